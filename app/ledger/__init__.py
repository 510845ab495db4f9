"""The proof: entries of the responsibility ledger, what can be derived from them, who checks them.

Pure: bytes and values in, values out. No I/O, no clock, no randomness (salts and instants are
parameters), nothing of the rules of escalation, so that an auditor can run this room alone,
offline, against a ledger that some other program wrote. Storing, sealing at the right moment
and erasing belong to `store` and `engine`.

    words.py        the closed sets: what can happen, why, by what right
    entry.py        a leaf: its members, its canonical bytes, its hash
    disclosure.py   salted commitments: what a leaf says without holding it
    binding.py      which party a pseudonym stands for
    interval.py     who was responsible from when until when
    fold.py         the state of an incident, from its leaves alone
    verify.py       the rules that a chain of leaves must keep
    seal.py         what a sealer does next, or why it must not
    tree/           the Merkle tree over the leaves of one log, in tiles
    notes/          the signed texts: checkpoints, proofs, cosignatures, policies
"""
