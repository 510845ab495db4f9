"""What is found and refused, said in Japanese.

The rooms that find something wrong say it in English, once, and know of no other language. Here
stands the Japanese of each of their sentences, with its variable parts in braces; a test reads the
sources of those rooms and fails if one is missing.

    sentences.py   the Japanese of a sentence, and of the sentences in it
    codes.py       types of entries, causes and bases
    entries.py     the entries of an incident, and what they disclose
    transfers.py   what the protocol did not allow (R7)
    notes.py       keys, signatures, checkpoints, proofs, tiles
    handed_on.py   an export or an incident's evidence
    stored.py      a database, sealing, and the keys of both
    commands.py    what the command line answers
"""
