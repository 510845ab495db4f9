"""The API of what coordinators keep."""
