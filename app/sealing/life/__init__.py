"""The life of a log as a whole: what its own chain records.

chain.py        appending to it
rotation.py     other keys
succession.py   another log in its place
"""
