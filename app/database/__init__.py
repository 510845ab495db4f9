"""The database: one narrow interface with two implementations.

Hot statements are written SQL in PostgreSQL's dialect and run through a `Transaction`; rare
reads and writes are plain functions of a SQLModel `Session`. Nothing above `app/store` knows
which database answers.
"""

from app.database.connection import (
    CommitUnknownError,
    ConstraintError,
    Database,
    DatabaseError,
    DatabaseUnavailable,
    Row,
    Transaction,
    vault_of,
)
from app.database.opening import open_database

__all__ = [
    "CommitUnknownError",
    "ConstraintError",
    "Database",
    "DatabaseError",
    "DatabaseUnavailable",
    "Row",
    "Transaction",
    "open_database",
    "vault_of",
]
