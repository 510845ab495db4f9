"""What helps coordinators to write protocols: templates, and what two documents differ in.

Nothing here is stored; publishing is `directory`'s matter.
"""
