"""The moves of an incident: each takes the draft of a decision and writes on it. Pure.

Who answers what (`answers`, `course`, `handover`, `record`), what comes when nobody does
(`opening`, `timers`, `walk`), and what all of them share (`paging`, `holding`).
"""
