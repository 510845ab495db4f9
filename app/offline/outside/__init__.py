"""What others have seen: it says when an entry cannot have been there yet, or must have been.

heads.py      heads with signatures of witnesses and time stamps, from an export and kept ones
brackets.py   each entry's own time against when others saw the log without it and with it
"""
