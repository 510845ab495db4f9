"""Lists in pages: where one ends, and where the next begins."""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar

LIMIT_DEFAULT: Final = 50
LIMIT_MAX: Final = 500

_ID: Final = re.compile(r"[!-~]{1,100}")


class Row(Protocol):
    """Whatever is listed has an id, and lists are in the order of ids: oldest first."""

    @property
    def id(self) -> str:
        """Its id."""


RowT = TypeVar("RowT", bound=Row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """Which part of a list is wanted: at most `limit` rows with an id greater than `after`."""

    limit: int = LIMIT_DEFAULT
    after: str | None = None

    @property
    def wanted(self) -> int:
        """How many rows to ask the store for: one more says that there is a next page."""
        return self.limit + 1


def write_cursor(row_id: str) -> str:
    """The opaque cursor of what comes after this id."""
    return base64.urlsafe_b64encode(row_id.encode()).rstrip(b"=").decode()


def read_cursor(cursor: str) -> str:
    """The id that a cursor of ours stands for.

    Raises:
        ValueError: it is none of ours.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        row_id = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
    except (UnicodeError, binascii.Error):
        row_id = ""
    if not _ID.fullmatch(row_id):
        raise ValueError("Must be a `next_cursor` as it was given.")
    return row_id


def page(
    rows: Sequence[RowT], paging: Paging, show: Callable[[RowT], dict[str, object]]
) -> dict[str, object]:
    """The list's body, from the rows that were asked for with `paging.wanted`."""
    shown = rows[: paging.limit]
    has_more = len(rows) > paging.limit
    return {
        "items": [show(row) for row in shown],
        "next_cursor": write_cursor(shown[-1].id) if has_more else None,
    }
