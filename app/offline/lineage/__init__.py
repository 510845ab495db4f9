"""Where a log comes from: how its keys followed one another, and whose place it took.

keys.py         from a key that the auditor has to the one that signs now
predecessor.py  what a successor says of the log before it
"""
