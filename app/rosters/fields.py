"""The fields of roster documents, beside those of all documents (`app.protocols.fields`)."""

import re
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
)

from app.protocols.fields import DayDate, Id
from app.rosters.zone import YEARS

TIERS: Final = range(1, 6)
PERSONS_MAX: Final = 50

_DAYS_MAX: Final = 366
_INSTANT: Final = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_EVERY: Final = MappingProxyType({"day": 1, "week": 7})
_OUTSIDE: Final = f"Must lie in the years {YEARS[0]} to {YEARS[-1]}."


def parse_instant(value: object) -> datetime:
    """The UTC instant that a text of RFC 3339 (or an aware datetime) means, in whole milliseconds.

    Raises:
        ValueError: It means none, or one beyond the years that a roster knows.
    """
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        try:
            value = datetime.fromisoformat(value.upper())
        except ValueError:
            raise ValueError("There is no such day or time.") from None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError('Must be an instant such as "2026-11-01T08:30:00+09:00".')
    # Before it is moved, too: the first day of all cannot be.
    if value.year not in YEARS or (value := value.astimezone(UTC)).year not in YEARS:
        raise ValueError(_OUTSIDE)
    return value.replace(microsecond=value.microsecond // 1000 * 1000)


def _written(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _minute(value: object) -> int:
    matched = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if matched is None:
        raise ValueError('Must be a local time such as "09:00".')
    return int(matched[1]) * 60 + int(matched[2])


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _days(value: object) -> int:
    if isinstance(value, str) and value in _EVERY:
        return _EVERY[value]
    if isinstance(value, dict) and value.keys() == {"days"}:
        days = value["days"]
        if type(days) is int and 1 <= days <= _DAYS_MAX:
            return days
    raise ValueError(f'Must be "day", "week" or {{"days": 1 to {_DAYS_MAX}}}.')


def _turn(days: int) -> str | dict[str, int]:
    return {1: "day", 7: "week"}.get(days, {"days": days})


def _in_range(day: date) -> date:
    if day.year not in YEARS:
        raise ValueError(_OUTSIDE)
    return day


def at_most(limit: int) -> BeforeValidator:
    """Refuses a list that is too long as such, before its members are looked at."""

    def check(value: object) -> object:
        # Before the members are looked at: thousands of wrong ones would take seconds to name.
        if isinstance(value, list | tuple) and len(value) > limit:
            raise ValueError(f"The list is too long: at most {limit}.")
        return value

    return BeforeValidator(check)


InstantField = Annotated[
    datetime,
    PlainValidator(parse_instant),
    PlainSerializer(_written),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
LocalDate = Annotated[DayDate, AfterValidator(_in_range)]
MinuteOfDay = Annotated[
    int,
    PlainValidator(_minute),
    PlainSerializer(_clock),
    WithJsonSchema({"type": "string", "pattern": f"^{_CLOCK.pattern}$"}),
]
TurnDays = Annotated[
    int,
    PlainValidator(_days),
    PlainSerializer(_turn),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": sorted(_EVERY)},
                {
                    "type": "object",
                    "properties": {"days": {"type": "integer", "minimum": 1, "maximum": _DAYS_MAX}},
                    "required": ["days"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
Tier = Annotated[int, Field(strict=True, ge=TIERS[0], le=TIERS[-1])]
Persons = Annotated[
    tuple[Id, ...], Field(min_length=1, max_length=PERSONS_MAX), at_most(PERSONS_MAX)
]
