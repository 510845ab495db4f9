"""A sentence that says what is wrong, in the language of whoever reads it."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from app.ledger.speaking.codes import code_said
from app.ledger.speaking.commands import COMMANDS
from app.ledger.speaking.entries import ENTRIES
from app.ledger.speaking.handed_on import HANDED_ON
from app.ledger.speaking.notes import NOTES
from app.ledger.speaking.stored import STORED
from app.ledger.speaking.transfers import TRANSFERS

CATALOGUES: Final = (ENTRIES, TRANSFERS, NOTES, HANDED_ON, STORED, COMMANDS)
# What is longer is no sentence of ours, and would take long to compare.
CHARACTERS_MAX: Final = 2_000
_PLACE: Final = re.compile(r"\{(\w+)\}")
_TWICE: Final = re.compile(r"([^:]+: )\1+")


class _Row(NamedTuple):
    pattern: re.Pattern[str]
    japanese: str


def said(text: str, language: str) -> str:
    """What was found or refused, in Japanese ("ja…") or English; said twice it is said once.

    In the rows a variable part called `why` or `what` is words and said in Japanese too, one
    called `code` is a word of the ledger, and any other is a value, which stays.

    Args:
        text: the English, as the room says it that found something. Of several parts with ": "
            between them, such as a file and what is wrong with it, each is said for itself.
        language: Japanese or English; what is in no catalogue stays as it is.
    """
    if twice := _TWICE.match(text):
        text = twice[1] + text[twice.end() :]
    is_japanese = language.startswith("ja") and len(text) <= CHARACTERS_MAX
    return _in_japanese(text) if is_japanese else text


def said_of(where: str, detail: str, language: str) -> str:
    """What is wrong with a file or a place, which `detail` may name again."""
    detail = detail.removeprefix(f"{where}: ")
    return f"{said(where, language)}: {said(detail, language)}"


def has_row(text: str) -> bool:
    """Whether a catalogue has the Japanese of this sentence, whatever its variable parts."""
    return _found(text) is not None


def _in_japanese(text: str) -> str:
    found = _found(text)
    if found is not None:
        japanese, parts = found
        return japanese.format(**{place: _part(place, one) for place, one in parts.items()})
    before, colon, after = text.partition(": ")
    return _in_japanese(before) + colon + _in_japanese(after) if colon else text


def _part(place: str, text: str) -> str:
    if place.startswith("code"):
        return code_said(text)
    return _in_japanese(text) if place in {"why", "what"} else text


def _found(text: str) -> tuple[str, Mapping[str, str]] | None:
    for one in _rows():
        if matched := one.pattern.fullmatch(text):
            return one.japanese, matched.groupdict()
    return None


@lru_cache(maxsize=1)
def _rows() -> tuple[_Row, ...]:
    """All sentences; what says more comes first, so that the closest one is found."""
    rows = {english: japanese for one in CATALOGUES for english, japanese in one.items()}
    ordered = sorted(rows, key=lambda english: len(_PLACE.sub("", english)), reverse=True)
    return tuple(_Row(_pattern(english), rows[english]) for english in ordered)


def _pattern(english: str) -> re.Pattern[str]:
    """What matches the sentence whatever its variable parts are."""
    pieces = (
        _part_pattern(piece) if at % 2 else re.escape(piece)
        for at, piece in enumerate(_PLACE.split(english))
    )
    return re.compile("".join(pieces), re.DOTALL)


def _part_pattern(place: str) -> str:
    """A value holds no ": ", which stands between parts; what another program says may."""
    return f"(?P<{place}>.+)" if place in {"error", "why"} else f"(?P<{place}>(?:(?!: ).)+?)"
