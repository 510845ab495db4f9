"""Publishing: checkpoints leave the house, and others say when they saw them.

All of it comes after a seal is committed, is tried again, and stands in nobody's way: without an
auditor, a witness or an authority the log goes on as it is.

    keys.py       under which name and key this installation signs as a witness
    mail.py       the checkpoint of the day, to each auditor
    witness.py    cosigning the logs of others
    cosigning.py  asking witnesses to cosign ours
    stamping.py   asking an authority for a time stamp
    publisher.py  the loops
    opening.py    all of it as the settings want it
"""
