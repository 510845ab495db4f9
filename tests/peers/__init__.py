"""Peers: real programs and faithful local counterparts that the tests talk to."""


class MissingToolError(Exception):
    """A program that a test needs is not on this machine; the message says which, and the remedy.

    Raise it from a fixture. The test is then listed among those that could not run, and with
    `CI=true` it is an error (see `tests/conftest.py`).
    """
