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

TEXT_MAX: Final = 4000
"""No text of several lines has more characters."""

_SECONDS_MAX: Final = 86_400
_CODES_MAX: Final = 40
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# General categories Cc and Cs, and what turns the direction of text, so that a name is read as
# another. Source: Unicode Standard Annex 9, 2 ("Directional Formatting Characters").
_INVISIBLE: Final = "\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069"
_NOT_IN_LINES: Final = re.compile(f"[\x00-\x08\x0b-\x1f{_INVISIBLE}]")
# Control and format characters, halves of surrogate pairs, ends of lines and paragraphs: two names
# that look alike would differ. The joiners that scripts and emoji need are format characters too.
# Source: Unicode Standard Annex 44, 5.7.1 ("General Category Values").
_NOT_IN_A_LINE: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS: Final = "\u200c\u200d"
# What nothing is seen of by itself, beside marks and spaces: Hangul fillers and the empty Braille
# pattern, which count as letters and symbols.
_FILLERS: Final = "\u115f\u1160\u3164\uffa0\u2800"
# Not the zones that depend on the machine, nor the files beside the zones.
_ZONE: Final = re.compile(
    r"(?!localtime|Factory|posix|right/)[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2}"
)

T = TypeVar("T")


def tidy(value: object) -> object:
    """Text without surrounding space, its characters composed (NFC); anything else as it is."""
    return unicodedata.normalize("NFC", value).strip() if isinstance(value, str) else value


def one_line(text: str) -> str:
    """The text, if it is one line of what can be seen.

    Raises:
        ValueError: It holds a control or format character, whose code point is named; or nothing
            that can be seen.
    """
    for one in text:
        if unicodedata.category(one) in _NOT_IN_A_LINE and one not in _JOINERS:
            raise ValueError(f"Must be one line without control characters: holds {_code(one)}.")
    if not any(map(_is_seen, text)):
        raise ValueError("Must hold at least one character that can be seen.")
    return text


def _is_seen(character: str) -> bool:
    """Whether it shows something by itself; private and unassigned ones may, so they do."""
    is_mark_or_space = unicodedata.category(character)[0] in "MZ"
    return not is_mark_or_space and character not in _JOINERS + _FILLERS


def lines(text: str) -> str:
    """The text, if it is lines of what can be seen; each line ends as on Unix.

    Raises:
        ValueError: It holds a control character other than a tab; names its code point.
    """
    text = text.replace("\r\n", "\n")
    found = _NOT_IN_LINES.search(text)
    if found:
        raise ValueError(f"Must be text without control characters: holds {_code(found[0])}.")
    return text


def _code(character: str) -> str:
    return f"U+{ord(character):04X}"


def day_of(value: object) -> date:
    """The day that is meant, from how a document writes it.

    Raises:
        ValueError: It is none.
    """
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError("There is no such day in the calendar.") from None
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise ValueError('Must be a date such as "2026-11-01".')


def zone_name(name: str) -> str:
    """The name, if it is that of a time zone.

    Raises:
        ValueError: It is not.
    """
    if not (_ZONE.fullmatch(name) and _is_zone(name)):
        raise ValueError('Must be the name of a time zone, such as "Asia/Tokyo".')
    return name


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder
        return False
    return True


def _at_most(items_max: int) -> BeforeValidator:
    # Before the items are looked at: a hundred thousand wrong ones would take seconds to name.
    def short(value: object) -> object:
        if isinstance(value, list | tuple) and len(value) > items_max:
            raise ValueError(f"The list is too long: at most {items_max}.")
        return value

    return BeforeValidator(short)


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
    AfterValidator(one_line),
]
"""One line of text, not empty, of at most 200 characters."""

Lines = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, max_length=TEXT_MAX),
    BeforeValidator(tidy),
    AfterValidator(lines),
]
"""Some lines of text, of at most 4000 characters."""

Seconds = Annotated[int, Field(strict=True, ge=1, le=_SECONDS_MAX)]
SecondsOrZero = Annotated[int, Field(strict=True, ge=0, le=_SECONDS_MAX)]
ZoneName = Annotated[Line, AfterValidator(zone_name)]
DayDate = Annotated[date, BeforeValidator(day_of)]
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

Few = Annotated[tuple[T, ...], Field(max_length=LIST_MAX), _at_most(LIST_MAX)]
Some = Annotated[tuple[T, ...], Field(min_length=1, max_length=LIST_MAX), _at_most(LIST_MAX)]
Codes = Annotated[tuple[T, ...], Field(min_length=1, max_length=_CODES_MAX), _at_most(_CODES_MAX)]
Maybe = Annotated[T | None, Field(exclude_if=_is_absent)]
"""What may be absent, and is then left out of the normal form."""
