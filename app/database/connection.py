"""The interface that both databases offer."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar

from sqlmodel import Session

from app.vault import Vault

Result = TypeVar("Result")

# A row answers row["column"]; the two drivers have different classes for it.
Row = Any


class DatabaseError(Exception):
    """The database did not do what it was asked."""


class DatabaseUnavailable(DatabaseError):
    """The database cannot be reached."""


class ConstraintError(DatabaseError):
    """A constraint of the schema refused the statement."""


class CommitUnknownError(DatabaseError):
    """The commit failed or its answer was lost: the work must count as not done."""


class Transaction(Protocol):
    """One transaction of written SQL. Parameters are `$1`, `$2`, … and `= ANY($n)` takes a list."""

    @property
    def vault(self) -> Vault:
        """What opens and seals the columns that hold personal data."""
        ...

    async def fetch(self, sql: str, *params: object) -> Sequence[Row]:
        """Run a statement and return its rows."""
        ...

    async def execute(self, sql: str, *params: object) -> int:
        """Run a statement and return how many rows it changed."""
        ...

    async def execute_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Run a statement once per row of parameters, in one go."""
        ...


def vault_of(session: Session) -> Vault:
    """What opens and seals the columns that hold personal data, for functions of a session."""
    vault = session.info["vault"]
    assert isinstance(vault, Vault), "every session of a Database has one"
    return vault


class Database(Protocol):
    """A database with one writer per process and any number of readers."""

    name: str
    # Whether other processes may work on the same data.
    is_shared: bool

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """A writing transaction: commits when left, rolls back when left by an exception.

        Raises:
            ConstraintError: a statement broke a constraint.
            CommitUnknownError: the commit did not succeed.
        """
        ...

    async def write(self, work: Callable[[Session], Result]) -> Result:
        """Run `work` in a writing transaction of its own; committed before this returns."""
        ...

    async def read(self, work: Callable[[Session], Result]) -> Result:
        """Run `work` on one consistent snapshot; what it changes is thrown away."""
        ...

    async def scrub(self, *, whole: bool = False) -> None:
        """Let nothing that was deleted stay in the files, as far as this database can do it.

        `whole`: also what was overwritten before deleting was secure; it rewrites the database.
        PostgreSQL does it by VACUUM, which is the operator's matter (docs/operations.md).
        """
        ...

    async def clock_skew_seconds(self, now_ms: int) -> float:
        """How far the database's clock is from `now_ms`; 0 for an embedded one."""
        ...

    async def version(self) -> str:
        """Name and version of the database engine."""
        ...

    async def close(self) -> None:
        """Finish what runs, then let go of every connection."""
        ...
