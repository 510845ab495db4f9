"""The API of what auditors read."""
