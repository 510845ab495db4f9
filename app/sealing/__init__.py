"""Sealing: entries get their place in the tree of their log, and its head is signed.

The 2xx depends on the append, never on the seal: nothing here stands in an emergency's way.

    keys.py     the logs' signing keys
    tiles.py    reading a tree that lies in the database
    opening.py  the sealer as the settings want it
    patrol.py   looking again at what is sealed
    kept.py     the last published head of each log, outside of the database
    seal.py     one seal of one log: verify, extend, sign, commit
    sealer.py   the loop
    alarm.py    telling people that a log is not sealed
"""
