"""Before the emergency: whether a protocol can fail, how long it takes, and what would happen.

Pure. `check` proves by interval arithmetic and does not run the rules; `rehearsal` runs the rules
on a virtual clock and proves nothing. Tests hold the two against each other.
"""
