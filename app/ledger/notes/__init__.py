"""The small texts that leave the house signed: checkpoints, proofs, cosignatures, policies.

Pure: keys, instants and bytes are parameters; nothing here makes a key or reads a file. Every
reader refuses whatever its writer would not write, so that no two texts say the same thing, and
its message names the line. Formats are those of c2sp.org.

    text.py         lines, base64, decimals and names, as all of these texts have them
    key.py          keys of verifiers and signers, and their text forms
    cosignature.py  what a witness signs: at this time I had seen no larger tree
    note.py         a text with signatures
    checkpoint.py   the head of a log: origin, size, root
    proof_file.py   one entry's proof with its checkpoint, for the offline reader
    witness.py      what a log sends to a witness, and what comes back
    policy.py       whose signatures a reader of an export asks for
"""
