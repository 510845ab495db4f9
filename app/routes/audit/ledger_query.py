"""What the reading of the ledger is asked for: instants, filters, cursors."""

import re
from datetime import datetime
from typing import Annotated, Final

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

from app.commands.audit.interval_search import Wanted
from app.commands.instants import exact
from app.installation.paging import LIMIT_MAX, read_cursor, write_cursor
from app.ledger.words import Cause
from app.models.columns import instant, milliseconds
from app.routes.bodies import Id
from app.routes.dependencies import ListQuery
from app.store.audit.responsibility import Key

ENTRIES_DEFAULT: Final = 500
# No more digits than the database's integers and Python's instants take.
_SEQ: Final = re.compile(r"0|[1-9][0-9]{0,8}")
_KEY: Final = re.compile(r"(0|[1-9][0-9]{0,13})\.([1-9][0-9]{0,17})")
# In a query, a "+" that was not written %2B arrives as a space.
_LOST_PLUS: Final = re.compile(r"(?<=\d) (?=\d\d:?\d\d$)")


def _with_plus(value: object) -> object:
    if isinstance(value, str) and "T" in value:
        return _LOST_PLUS.sub("+", value)
    return value


def _seq_of(cursor: str) -> int:
    text = read_cursor(cursor)
    if not _SEQ.fullmatch(text):
        raise ValueError("Must be a `next_cursor` of this list as it was given.")
    return int(text)


def _key_of(cursor: str) -> Key:
    match = _KEY.fullmatch(read_cursor(cursor))
    if match is None:
        raise ValueError("Must be a `next_cursor` of this list as it was given.")
    return Key(instant(int(match[1])), int(match[2]))


def _checked_seq(cursor: str) -> str:
    _seq_of(cursor)
    return cursor


def _checked_key(cursor: str) -> str:
    _key_of(cursor)
    return cursor


Instant = Annotated[AwareDatetime, BeforeValidator(_with_plus), AfterValidator(exact)]


class EntryQuery(ListQuery):
    """Which entries of an incident."""

    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = ENTRIES_DEFAULT
    cursor: Annotated[str, AfterValidator(_checked_seq)] | None = None

    @property
    def after_seq(self) -> int:
        """The last entry that was read, −1 before the first."""
        return -1 if self.cursor is None else _seq_of(self.cursor)


class IntervalQuery(ListQuery):
    """Which intervals: those that overlap [from, to), of a party, an organisation, a client.

    `cause` is why the holder began to hold; `drill=false` leaves exercises out. A page may hold
    fewer intervals than `limit`, even none, and have a `next_cursor` all the same.
    """

    cursor: Annotated[str, AfterValidator(_checked_key)] | None = None
    from_: Instant | None = Field(default=None, alias="from")
    to: Instant | None = None
    party_id: Id | None = None
    organisation_id: Id | None = None
    client_id: Id | None = None
    incident_id: Id | None = None
    cause: Cause | None = None
    drill: bool | None = None

    @field_validator("to")
    @classmethod
    def _is_later(cls, to: datetime | None, info: ValidationInfo) -> datetime | None:
        from_at = info.data.get("from_")
        if to and from_at and to <= from_at:
            raise ValueError("Must be later than `from`.")
        return to

    @property
    def wanted(self) -> Wanted:
        """The filter."""
        return Wanted(
            from_at=self.from_,
            to_at=self.to,
            party_id=self.party_id,
            organisation_id=self.organisation_id,
            client_id=self.client_id,
            incident_id=self.incident_id,
            cause=self.cause,
            drill=self.drill,
        )

    @property
    def after(self) -> Key | None:
        """Where the page begins."""
        return None if self.cursor is None else _key_of(self.cursor)


class InstantQuery(BaseModel):
    """An instant, and either an incident or a client."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    time: Instant
    incident_id: Id | None = None
    client_id: Id | None = None


def write_key(key: Key) -> str:
    """The cursor of what comes after this change."""
    return write_cursor(f"{milliseconds(key.at)}.{key.entry_id}")
