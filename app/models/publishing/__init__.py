"""Tables of what leaves the house of the logs, and of what others have said of them.

auditors.py    to whom checkpoints are mailed, and the mails
witnesses.py   who cosigns our logs, whose logs we cosign, and time stamps
"""
