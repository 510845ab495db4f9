"""The one way by which an incident changes: load, decide, save, commit, then answer.

What reads or changes only the directory does not come here, nor does any rule of who is next.
"""
