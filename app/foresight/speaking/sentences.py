"""What is wrong with a document, said in the reader's language and with the names of parties."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from app.foresight.speaking.catalogue import PARTS, SENTENCES
from app.foresight.speaking.incoming import INCOMING
from app.protocols.kinds import Language

_PLACE: Final = re.compile(r"\{(\w+)\}")


def in_words(detail: str, language: Language, names: Mapping[str, str]) -> str:
    """A sentence of a problem, of a document, a calendar or a sheet, in Japanese or English.

    Args:
        detail: the English sentence, as the room says it that found the problem.
        language: Japanese or English; what is in no catalogue stays English.
        names: what is said for an id that is a variable part of the sentence.
    """
    found = _found(detail, _sentences())
    if found is None:
        return detail
    english, parts = found
    said = {
        place: names.get(part, _part(part) if language == "ja" else part)
        for place, part in parts.items()
    }
    return (_catalogue()[english] if language == "ja" else english).format(**said)


def _part(part: str) -> str:
    found = _found(part, _parts())
    if found is None:
        return part
    english, inner = found
    return PARTS[english].format(**{place: _part(one) for place, one in inner.items()})


def _found(text: str, patterns: Mapping[str, re.Pattern[str]]) -> tuple[str, dict[str, str]] | None:
    for english, pattern in patterns.items():
        if matched := pattern.fullmatch(text):
            return english, matched.groupdict()
    return None


@lru_cache(maxsize=1)
def _catalogue() -> Mapping[str, str]:
    return {**SENTENCES, **INCOMING}


@lru_cache(maxsize=1)
def _sentences() -> Mapping[str, re.Pattern[str]]:
    return {english: _pattern(english) for english in _catalogue()}


@lru_cache(maxsize=1)
def _parts() -> Mapping[str, re.Pattern[str]]:
    return {english: _pattern(english) for english in PARTS}


def _pattern(english: str) -> re.Pattern[str]:
    """What matches the sentence whatever its variable parts are."""
    pieces = (
        f"(?P<{piece}>.*?)" if at % 2 else re.escape(piece.format())
        for at, piece in enumerate(_PLACE.split(english))
    )
    return re.compile("".join(pieces), re.DOTALL)
