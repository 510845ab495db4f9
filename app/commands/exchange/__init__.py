"""What comes in from other programs and goes out to them: calendars, feeds, sheets of rows.

The rules are those of the commands that write one thing at a time; nothing is allowed here that is
not allowed there.
"""
