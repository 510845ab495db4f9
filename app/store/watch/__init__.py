"""The SQL of the standing watch: marks, what is watched, the problems found, who watches.

Nothing here decides; `app/watch` does.
"""
