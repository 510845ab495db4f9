"""The roster document of a desk (当番表): rotations, single shifts, and what overrides them.

A coordinator writes it as JSON or YAML; everybody reads it with `parse_roster`. What is parsed is
immutable and complete, its defaults filled in. Source: DESIGN.md 2 and 6.2; CARE.md 1.3, 4.4.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Final, Self
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)

from app.protocols.calendar import Day, Hours
from app.protocols.document import Written, read_text
from app.protocols.fields import Codes, HoursField, Id, Line, Maybe, ZoneName, day_of, tidy
from app.protocols.problems import (
    Location,
    Problem,
    ProtocolInvalid,
    gathered,
    member,
    problems_of,
    within_json,
)
from app.rosters.fields import (
    InstantField,
    LocalDate,
    MinuteOfDay,
    Persons,
    Tier,
    TurnDays,
    at_most,
    parse_instant,
)
from app.rosters.interval import Instant, Layers, Span, milliseconds
from app.rosters.zone import first_instant

ROTATIONS_MAX: Final = 20
SHIFTS_MAX: Final = 5000
OVERRIDES_MAX: Final = 1000
AT_ONCE_MAX: Final = 50
"""No more shifts, and no more overrides, lie over one instant: an answer takes microseconds."""


class RosterInvalid(Exception):
    """A roster document says what cannot be followed; every problem is named."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        assert self.problems, "a refusal names what is wrong"
        super().__init__("; ".join(f"{one.pointer or '/'}: {one.detail}" for one in self.problems))


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rotation(_Part):
    """Persons who take turns, from the hand-over on `starts_on` to the hand-over on `ends_on`.

    Turns change at a local time; each lasts `every` days, whether or not the rotation is on duty
    meanwhile. Within a turn the person is on duty while `hours` are open on such `days`.
    """

    name: Line
    tier: Tier = 1
    persons: Persons
    """In turn; who stands here twice has two turns."""
    starts_on: LocalDate
    ends_on: Maybe[LocalDate] = None
    """The rotation that follows may start on the same date: no instant is lost or doubled."""
    every: TurnDays = 1
    """Days."""
    hand_over: MinuteOfDay = 9 * 60
    """Minute of the local day."""
    hours: HoursField = Hours.always
    days: Maybe[Codes[Day]] = None

    @model_validator(mode="wrap")
    @classmethod
    def _ends_later(cls, data: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        dates = [value for name in ("starts_on", "ends_on") if (value := _date_of(data, name))]
        is_wrong = dates != sorted(set(dates))
        return gathered(
            data, handler, [(("ends_on",), "Must be later than starts_on.")] if is_wrong else []
        )


class _Timed(_Part):
    begins_at: InstantField = Field(alias="from")
    ends_at: InstantField = Field(alias="to")
    """Not included."""

    @cached_property
    def span(self) -> Span:
        """The interval of instants."""
        return milliseconds(self.begins_at), milliseconds(self.ends_at)

    @model_validator(mode="wrap")
    @classmethod
    def _lasts(cls, data: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        span = _span_of(data)
        is_wrong = span is not None and span[0] >= span[1]
        return gathered(data, handler, [(("to",), "Must be later than from.")] if is_wrong else [])


class Shift(_Timed):
    """One person on duty from one instant to another."""

    person: Id
    tier: Tier = 1


class Override(_Timed):
    """While it lasts, somebody (or everybody) is off duty, and somebody else may be on.

    `replaces` is off; without it everybody is; in `tier`, or without it in every tier. `person` is
    on from its begin to its end: in `tier`; without it in each tier out of which somebody is
    taken, and where nobody is, in tier 1.
    """

    person: Maybe[Id] = None
    replaces: Maybe[Id] = None
    tier: Maybe[Tier] = None
    reason: Maybe[Line] = None


class Roster(_Part):
    """A whole roster document. Make one with `parse_roster`."""

    timezone: ZoneName = "Asia/Tokyo"
    rotations: Annotated[
        tuple[Rotation, ...], Field(max_length=ROTATIONS_MAX), at_most(ROTATIONS_MAX)
    ] = ()
    shifts: Annotated[tuple[Shift, ...], Field(max_length=SHIFTS_MAX), at_most(SHIFTS_MAX)] = ()
    overrides: Annotated[
        tuple[Override, ...], Field(max_length=OVERRIDES_MAX), at_most(OVERRIDES_MAX)
    ] = ()
    """Later ones win over earlier ones."""
    planned_until: Maybe[LocalDate] = None
    """The last local date that is planned; after it nobody on duty is no gap yet."""

    @property
    def zone(self) -> ZoneInfo:
        """The zone of all its local times."""
        return ZoneInfo(self.timezone)

    @cached_property
    def shift_layers(self) -> Layers:
        """Which shifts lie over each instant."""
        return Layers.of(shift.span for shift in self.shifts)

    @cached_property
    def override_layers(self) -> Layers:
        """Which overrides lie over each instant."""
        return Layers.of(override.span for override in self.overrides)

    @property
    def planned_to(self) -> Instant | None:
        """The instant at which what is planned ends; None if it never does."""
        if self.planned_until is None:
            return None
        return first_instant(self.planned_until, 24 * 60, self.zone)

    def person_ids(self) -> frozenset[str]:
        """The ids of all persons that it names."""
        rotating = {person for rotation in self.rotations for person in rotation.persons}
        single = {shift.person for shift in self.shifts}
        named = {one for each in self.overrides for one in (each.person, each.replaces) if one}
        return frozenset(rotating | single | named)

    def document(self) -> dict[str, Any]:
        """The normal form, ready for JSON: defaults filled in, what is absent left out."""
        return self.model_dump(mode="json", by_alias=True)

    @model_validator(mode="wrap")
    @classmethod
    def _agrees(cls, data: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        found = [
            *_same_names(_listed(data, "rotations", ROTATIONS_MAX)),
            *_too_many("shifts", _listed(data, "shifts", SHIFTS_MAX)),
            *_too_many("overrides", _listed(data, "overrides", OVERRIDES_MAX)),
        ]
        return gathered(data, handler, found)


# --- reading ---------------------------------------------------------------------------------


def parse_roster(data: object) -> Roster:
    """Read a roster from plain data, as a JSON or YAML reader gives it.

    Raises:
        RosterInvalid: All that is wrong with it, each problem with its pointer.
    """
    return _parsed(Written(data=data))


def parse_roster_text(text: bytes | str, *, is_yaml: bool) -> Roster:
    """Read a roster from JSON text, or from YAML text.

    Raises:
        RosterInvalid: The text cannot be read, or all that is wrong with the document.
    """
    try:
        written = read_text(text, is_yaml=is_yaml)
    except ProtocolInvalid as error:
        raise RosterInvalid(error.problems) from None
    return _parsed(written)


def _parsed(written: Written) -> Roster:
    try:
        data, beyond = within_json(written.data)
    except ProtocolInvalid as error:
        raise RosterInvalid(error.problems) from None
    problems = [*beyond, *written.problems()]
    try:
        roster = Roster.model_validate(data)
    except ValidationError as error:
        known = {one.pointer for one in beyond}
        problems += [one for one in problems_of(error, data) if one.pointer not in known]
        raise RosterInvalid(problems) from None
    if problems:
        raise RosterInvalid(problems)
    return roster


def _listed(data: object, name: str, limit: int) -> list[object]:
    # A list that is too long is refused as such; comparing its members would take for ever.
    value = member(data, name)
    return list(value) if isinstance(value, list | tuple) and len(value) <= limit else []


def _date_of(data: object, name: str) -> date | None:
    try:
        return day_of(member(data, name))
    except ValueError:
        return None  # the member itself is refused


def _span_of(data: object) -> Span | None:
    try:
        begins_at, ends_at = (parse_instant(member(data, name)) for name in ("from", "to"))
    except ValueError:
        return None  # the member itself is refused
    return milliseconds(begins_at), milliseconds(ends_at)


def _same_names(rotations: list[object]) -> Iterator[tuple[Location, str]]:
    names = [tidy(member(rotation, "name")) for rotation in rotations]
    for at, name in enumerate(names):
        if isinstance(name, str) and name in names[:at]:
            yield ("rotations", at, "name"), "Another rotation has this name."


def _too_many(name: str, timed: list[object]) -> Iterator[tuple[Location, str]]:
    layers = Layers.of(_span_of(one) or (0, 0) for one in timed)
    deepest = layers.deepest()
    if len(deepest) > AT_ONCE_MAX:
        yield (name, deepest[AT_ONCE_MAX]), f"More than {AT_ONCE_MAX} {name} lie over one instant."
