"""What one row of a sheet says, each field as the rules of its kind have let it pass.

References (to an organisation, a desk, a person) are ids or names, as they were written; whoever
imports finds out whom they mean. None: the cell is empty, or there is no such column.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from app.protocols.calendar import Hours
from app.protocols.kinds import OrganisationKind


class ImportKind(StrEnum):
    """What the rows of a sheet are."""

    ORGANISATIONS = "organisations"
    DESKS = "desks"
    PERSONS = "persons"
    CONTACT_POINTS = "contact-points"
    CLIENTS = "clients"
    ROSTERS = "rosters"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row; `line` is where it begins in the sheet, the first line is 1."""

    line: int
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationRow(Row):
    """An organisation, and where it works."""

    name: str
    kind: OrganisationKind
    municipalities: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskRow(Row):
    """A desk of an organisation."""

    name: str
    organisation: str | None = None
    hours: Hours | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow(Row):
    """A person of an organisation, and at which desks they take turns."""

    name: str
    organisation: str | None = None
    desks: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPointRow(Row):
    """A way to reach a desk, a person, or (with neither) an organisation."""

    channel: str
    organisation: str | None = None
    desk: str | None = None
    person: str | None = None
    address: str | None = None
    secret: str | None = None
    hours: Hours | None = None
    delay_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRow(Row):
    """A client; `external_ref` is the number by which the first of `served_by` knows them."""

    name: str
    municipality: str | None = None
    served_by: tuple[str, ...] | None = None
    external_ref: str | None = None
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferringRow(Row):
    """Whom a row of a roster means. Alone, a row with a flaw elsewhere: nothing is stored of it."""

    desk: str
    person: str | None
    organisation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftRow(ReferringRow):
    """One person on duty once."""

    person: str
    begins_at: datetime
    ends_at: datetime
    tier: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RowError:
    """What is wrong with a row: with one field of it, or (None) with the row."""

    line: int
    field: str | None
    detail: str


Outcome = Literal["created", "updated", "unchanged", "ended"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of a row; `secret` is shown once."""

    line: int
    result: Outcome
    id: str | None
    name: str | None
    secret: str | None = None


class RowsInvalid(Exception):
    """Some rows are wrong; nothing was stored."""

    def __init__(self, errors: tuple[RowError, ...]) -> None:
        self.errors = errors
        super().__init__(RowsInvalid.__doc__)
