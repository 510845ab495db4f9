"""The verifier: judges an export or an incident's evidence, offline and by the formats alone.

It shares `app/ledger` with those who wrote, which is formats and rules, and nothing else: no
database, no settings, no clock. An auditor can run it on a machine that has never seen ours.

    files.py     a folder, a tar or a zip, read one file at a time
    tree.py      the tree, hashed anew while entries pass by
    incidents/   each put together from entries that lie apart, and the protocol pinned to it
    head.py      keys, policy and checkpoints
    lineage/     how the keys followed one another, and the log before
    outside/     what others have seen, and the auditor kept
    log.py       a whole log
    bundle.py    the evidence of one incident
    report.py    what was counted and found
    wording/     how that is said in Japanese and English
    verify.py    all of it, for the command line
"""
