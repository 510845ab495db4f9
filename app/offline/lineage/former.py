"""The entries of the log before, each of which must be in the one that took its place.

A successor is complete by itself: nothing that it says shows what it left out. Who has an export of
its predecessor can tell.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import count
from types import TracebackType
from typing import Final, Self

from app.offline.report import Check, Report

_MISSING: Final = "not in the log that took its place"
_TAIL: Final = (
    "not in the log that took its place; they are its last ones, as when an older copy was restored"
)


class Former:
    """Leaf hashes that are looked for: in a nameless file that grows with them, gone at the end."""

    def __init__(self) -> None:
        """Look for nothing yet."""
        self._missing = sqlite3.connect("")
        self._missing.execute(
            "CREATE TABLE missing (hash BLOB PRIMARY KEY, place INTEGER NOT NULL) WITHOUT ROWID"
        )
        self._places = count()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._missing.close()

    def take(self, hashes: Sequence[bytes]) -> None:
        """The next leaf hashes of the log before."""
        rows = zip(hashes, self._places, strict=False)
        self._missing.executemany("INSERT OR IGNORE INTO missing VALUES (?, ?)", rows)

    def strike(self, hashes: Sequence[bytes]) -> None:
        """Leaf hashes of the log that took its place."""
        self._missing.executemany("DELETE FROM missing WHERE hash = ?", zip(hashes, strict=True))

    def judge(self, former: Report, report: Report) -> None:
        """Put on record what was not found.

        Args:
            former: of the log before.
            report: of the one that took its place; is added to.
        """
        for first, last in self._runs():
            detail = _TAIL if last + 1 == former.entries else _MISSING
            report.find(Check.SUCCESSION, f"{former.origin}, entries {first} to {last}", detail)

    def _runs(self) -> Iterator[tuple[int, int]]:
        """First and last place of what is missing, where it lies together."""
        places = self._missing.execute("SELECT place FROM missing ORDER BY place")
        first, last = 0, -1
        for (place,) in places:
            if place != last + 1:
                if last >= first:
                    yield first, last
                first = place
            last = place
        if last >= first:
            yield first, last
