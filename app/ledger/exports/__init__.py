"""What leaves the house: how a whole log, and one incident of it, are laid out in files.

Writers and readers share this room and nothing else: names, lines and their one form.

    layout.py      which files there are
    disclosed.py   the lines of disclosures.jsonl
"""
