"""Finding people by what they are called, in a directory that says of nobody what they are called.

Pure: how names and numbers are written alike, and the tokens that stand for them.
"""
