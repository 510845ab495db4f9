"""The auditor: looks from outside whether what should have happened has happened.

It reads entries and protocols as any auditor may, judges them by `app/ledger/judge`, and knows
nothing of how the program decides, wakes or sends. What it finds it tells people.

    faults.py    what can be wrong with an incident, and whether it is
    telling.py   what is put on record and told
    auditor.py   the loop: which incidents, how many at a time
"""
