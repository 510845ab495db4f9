"""All SQL: functions of a session or a transaction that take and return values.

Nothing here commits, decides who may do what, or reads the clock. What a caller may see comes in
as a `Sight`. The hot statements stand here; `directory` and `audit` are rooms of their own.
"""
