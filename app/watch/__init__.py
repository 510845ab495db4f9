"""The standing watch: proves published protocols again when something changes, and each night.

It tells the municipality when cover is lost, regained, or about to end with a roster's plan. It
changes nothing but its own projection (`app/models/watch.py`); how incidents run does not depend
on it.
"""
