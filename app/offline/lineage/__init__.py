"""Where a log comes from: how its keys followed one another, and whose place it took.

keys.py         from a key that the auditor has to the one that signs now
predecessor.py  what a successor says of the log before it
former.py       whether an export of that log has entries that the successor has not
"""
