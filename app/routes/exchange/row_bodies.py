"""What a row of a sheet may say: the fields of the bodies that make one such thing."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import (
    Field,
    PlainValidator,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from app.commands.sheets import rows
from app.commands.sheets.rows import ImportKind
from app.protocols.fields import HoursField
from app.protocols.kinds import OrganisationKind
from app.rosters.fields import parse_instant
from app.rosters.icalendars.zone_names import instant_of
from app.rosters.interval import DAY, MINUTE, moment
from app.routes.bodies import LIST_MAX, Body, Delay, Id, Name, Reference
from app.routes.directory.clients import Details, FamilyContact
from app.routes.directory.contact_points import Address, ChannelName, Secret
from app.routes.directory.roster_bodies import TIER_MAX

# A day more or less in a zone's time must still be a year that rosters know.
_YEARS: Final = range(1971, 2200)
_WALL: Final = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?[\sT]*(\d{1,2})[:時]([0-5]\d)(?::00|分)?"
)

Referent = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=410)]
"""An id, a name, or two names with a stroke between."""
Referred = Annotated[list[Referent], Field(max_length=LIST_MAX)]


def _instant(value: object, info: ValidationInfo) -> datetime:
    """A local time in the zone of the sheet, as spreadsheets write it; or with its own offset."""
    zone = (info.context or {}).get("zone", UTC)
    text = unicodedata.normalize("NFKC", str(value)).strip()
    matched = _WALL.fullmatch(text)
    if matched is None:
        try:
            return parse_instant(text)
        except ValueError:
            raise ValueError('Must be a day and a time such as "2026/12/1 17:30".') from None
    year, month, day, hour, minute = (int(one) for one in matched.groups())
    try:
        wall = datetime(year, month, day) + timedelta(hours=hour, minutes=minute)  # noqa: DTZ001 - a wall time
    except (ValueError, OverflowError):
        raise ValueError("There is no such day or time.") from None
    # 24:00 is the end of a day, 25:00 is a slip.
    if hour * 60 + minute > DAY // MINUTE or wall.year not in _YEARS:
        raise ValueError("There is no such day or time.")
    return _moment(wall, zone)


def _moment(wall: datetime, zone: ZoneInfo) -> datetime:
    at = moment(instant_of(wall, zone))
    if at.astimezone(zone).replace(tzinfo=None) != wall:
        raise ValueError("The clock is put forward then; there is no such time.")
    return at


Moment = Annotated[datetime, PlainValidator(_instant)]


class _Row(Body):
    """A row; its type of row is what it becomes."""

    def row(self, line: int) -> rows.Row:
        """The row as the command takes it."""
        raise NotImplementedError

    def _said(self) -> dict[str, Any]:
        """What was said, by field; lists as tuples."""
        found = {name: getattr(self, name) for name in self.model_fields_set}
        return {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in found.items()
        }


class OrganisationRow(_Row):
    """An organisation."""

    id: Id | None = None
    name: Name
    kind: OrganisationKind
    municipalities: Referred | None = None

    def row(self, line: int) -> rows.OrganisationRow:
        """The row as the command takes it."""
        return rows.OrganisationRow(line=line, **self._said())


class DeskRow(_Row):
    """A desk."""

    id: Id | None = None
    name: Name
    organisation: Referent | None = None
    hours: HoursField | None = None

    def row(self, line: int) -> rows.DeskRow:
        """The row as the command takes it."""
        return rows.DeskRow(line=line, **self._said())


class PersonRow(_Row):
    """A person."""

    id: Id | None = None
    name: Name
    organisation: Referent | None = None
    desks: Referred | None = None

    def row(self, line: int) -> rows.PersonRow:
        """The row as the command takes it."""
        return rows.PersonRow(line=line, **self._said())


class ContactPointRow(_Row):
    """A contact point of a desk, a person or an organisation."""

    organisation: Referent | None = None
    desk: Referent | None = None
    person: Referent | None = None
    channel: ChannelName
    address: Address | None = None
    secret: Secret | None = None
    hours: HoursField | None = None
    delay_seconds: Delay | None = None

    def row(self, line: int) -> rows.ContactPointRow:
        """The row as the command takes it."""
        return rows.ContactPointRow(line=line, **self._said())


class ClientRow(_Row, Details):
    """A client, with one family contact at most."""

    id: Id | None = None
    name: Name
    municipality: Referent | None = None
    served_by: Referred | None = None
    external_ref: Reference | None = None

    @model_validator(mode="before")
    @classmethod
    def _gather_family(cls, data: Any) -> Any:  # noqa: ANN401 - whatever stands in a row
        if not isinstance(data, dict):
            return data
        names = {f"family_{one}": one for one in FamilyContact.model_fields}
        said = {names[name]: value for name, value in data.items() if name in names}
        rest = {name: value for name, value in data.items() if name not in names}
        return rest | ({"family_contacts": [said]} if said else {})

    def row(self, line: int) -> rows.ClientRow:
        """The row as the command takes it."""
        own = self._said()
        names = ("id", "name", "municipality", "served_by", "external_ref")
        said = {name: own[name] for name in names if name in own}
        return rows.ClientRow(line=line, details=self.details(), **said)


class ShiftRow(_Row):
    """A shift of a roster."""

    organisation: Referent | None = None
    desk: Referent
    person: Referent
    from_: Moment = Field(alias="from")
    to: Moment
    tier: Annotated[int, Field(strict=True, ge=1, le=TIER_MAX)] = 1

    @field_validator("to")
    @classmethod
    def _lasts(cls, to: datetime, others: ValidationInfo) -> datetime:
        if "from_" in others.data and to <= others.data["from_"]:
            raise ValueError("Must be later than the begin.")
        return to

    def row(self, line: int) -> rows.ShiftRow:
        """The row as the command takes it."""
        return rows.ShiftRow(
            line=line,
            organisation=self.organisation,
            desk=self.desk,
            person=self.person,
            begins_at=self.from_,
            ends_at=self.to,
            tier=self.tier,
        )


ROWS: Final[Mapping[ImportKind, type[_Row]]] = MappingProxyType(
    {
        ImportKind.ORGANISATIONS: OrganisationRow,
        ImportKind.DESKS: DeskRow,
        ImportKind.PERSONS: PersonRow,
        ImportKind.CONTACT_POINTS: ContactPointRow,
        ImportKind.CLIENTS: ClientRow,
        ImportKind.ROSTERS: ShiftRow,
    }
)
