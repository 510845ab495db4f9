"""The fields of documents from outside: what one member may be, told in a sentence if it is not."""

import re
import unicodedata
from datetime import date, datetime
from typing import Annotated, Final, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
    WithJsonSchema,
)

from app.protocols.calendar import Hours

LIST_MAX: Final = 20
"""No list of a protocol is longer: variants, steps, parties, approvals, conditions."""

_SECONDS_MAX: Final = 86_400
_CODES_MAX: Final = 40
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Not the zones that depend on the machine, nor the files beside the zones.
_ZONE: Final = re.compile(
    r"(?!localtime|Factory|posix|right/)[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2}"
)

T = TypeVar("T")


def tidy(value: object) -> object:
    """Text without surrounding space, its characters composed (NFC); anything else as it is."""
    return unicodedata.normalize("NFC", value).strip() if isinstance(value, str) else value


def _one_line(text: str) -> str:
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise ValueError("Must be one line without control characters.")
    return text


def _day(value: object) -> object:
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError("There is no such day in the calendar.") from None
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise ValueError('Must be a date such as "2026-11-01".')


def _zone_name(name: str) -> str:
    if not (_ZONE.fullmatch(name) and _is_zone(name)):
        raise ValueError('Must be the name of a time zone, such as "Asia/Tokyo".')
    return name


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder
        return False
    return True


def _short(value: object) -> object:
    # Before the members are looked at: a hundred thousand wrong ones would take seconds to name.
    if isinstance(value, list | tuple) and len(value) > _CODES_MAX:
        raise ValueError(f"The list is too long: at most {LIST_MAX}.")
    return value


def _hours(value: object) -> Hours:
    return value if isinstance(value, Hours) else Hours.parse(value)


def _is_absent(value: object) -> bool:
    return value is None


Id = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x20\x7f]+$"),
]
Line = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, max_length=200),
    BeforeValidator(tidy),
    AfterValidator(_one_line),
]
Seconds = Annotated[int, Field(strict=True, ge=1, le=_SECONDS_MAX)]
SecondsOrZero = Annotated[int, Field(strict=True, ge=0, le=_SECONDS_MAX)]
ZoneName = Annotated[Line, AfterValidator(_zone_name)]
DayDate = Annotated[date, BeforeValidator(_day)]
HoursField = Annotated[
    Hours,
    PlainValidator(_hours),
    PlainSerializer(Hours.dump),
    WithJsonSchema(
        {
            "anyOf": [
                {"const": "24h"},
                {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": 20,
                    "items": {
                        "type": "string",
                        "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]"
                        "-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$",
                    },
                },
            ]
        }
    ),
]
"""Opening hours in a document or a request: "24h" or ["18:00-08:30"]."""

_Short = BeforeValidator(_short)
Few = Annotated[tuple[T, ...], Field(max_length=LIST_MAX), _Short]
Some = Annotated[tuple[T, ...], Field(min_length=1, max_length=LIST_MAX), _Short]
Codes = Annotated[tuple[T, ...], Field(min_length=1, max_length=_CODES_MAX), _Short]
Maybe = Annotated[T | None, Field(exclude_if=_is_absent)]
"""What may be absent, and is then left out of the normal form."""
