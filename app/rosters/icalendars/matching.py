"""Whom an event of a calendar means, by its texts: the persons of a desk, and nobody by guess."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from app.rosters.icalendars.reading import Occurrence

LINES_MAX: Final = 50
"""No more lines of a description are looked at."""
TEXT_MAX: Final = 1000
"""Nor more characters of a line or a summary."""
ATTENDEES_MAX: Final = 200
"""Nor more attendees."""
WORDS_MAX: Final = 40
"""Nor more words between two signs."""

_BETWEEN: Final = re.compile(r"[:;,、。,.・/|()\[\]{}<>【】「」『』〔〕〈〉《》=＝→⇒&+\n\r\t]+")


class Why(StrEnum):
    """Why an event could not be matched."""

    UNKNOWN = "unknown"
    """Nobody of the desk has such an id, name or address."""
    AMBIGUOUS = "ambiguous"
    """Several persons of the desk have this name or address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Who is meant; nobody, and why, where `persons` is empty."""

    persons: tuple[str, ...] = ()
    why: Why | None = None


@dataclass(slots=True)
class _Found:
    persons: dict[str, None] = field(default_factory=dict)
    is_ambiguous: bool = False


class Directory:
    """The persons who may be meant: by id, by name, by mail address, and by what the caller says.

    Names are compared without spaces, width and case: 佐藤　花子 and 佐藤花子 are one.
    """

    def __init__(
        self,
        names: Mapping[str, str],
        addresses: Mapping[str, Sequence[str]],
        said: Mapping[str, str],
    ) -> None:
        """Each person's name by id, their mail addresses by id, and persons by a text of the file.

        What is said wins over what is known.
        """
        self._ids = frozenset(names)
        self._by_name: dict[str, set[str]] = defaultdict(set)
        for person, name in names.items():
            self._by_name[_key(name)].add(person)
        self._by_address: dict[str, set[str]] = defaultdict(set)
        for person, mails in addresses.items():
            for mail in mails:
                self._by_address[mail.casefold()].add(person)
        self._said = {_key(text): person for text, person in said.items()}
        self._known: dict[int, Matched] = {}

    def match(self, occurrence: Occurrence) -> Matched:
        """Who is meant: by the attendees, else by the summary, else by the description.

        An event that names several persons means all of them; a name that is not exactly one
        person's means nobody.
        """
        # An event may repeat five thousand times, and hold half a megabyte.
        if occurrence.line not in self._known:
            self._known[occurrence.line] = self._match(occurrence)
        return self._known[occurrence.line]

    def _match(self, occurrence: Occurrence) -> Matched:
        lines = occurrence.description.splitlines()[:LINES_MAX]
        is_ambiguous = False
        attendees = occurrence.attendees[:ATTENDEES_MAX]
        for texts in (attendees, (occurrence.summary,), lines):
            found = _Found()
            for text in texts:
                self._look(text[:TEXT_MAX], found)
            # Half of those who are meant would be a gap that nobody sees.
            if found.persons and not found.is_ambiguous:
                return Matched(persons=tuple(found.persons))
            is_ambiguous |= found.is_ambiguous
        return Matched(why=Why.AMBIGUOUS if is_ambiguous else Why.UNKNOWN)

    def _look(self, text: str, found: _Found) -> None:
        whole = self._person(text)
        if whole:
            _take(whole, found)
            return
        for word in text.split():
            if "@" in word:
                _take(self._by_address.get(word.strip("<>()").casefold(), set()), found)
        for part in _BETWEEN.split(unicodedata.normalize("NFKC", text)):
            for persons in self._in_words(part.split()[:WORDS_MAX]):
                _take(persons, found)

    def _in_words(self, words: Sequence[str]) -> Iterator[set[str]]:
        """Whom runs of words name, the longest run first; no word twice."""
        first = 0
        while first < len(words):
            for last in range(len(words), first, -1):
                persons = self._person("".join(words[first:last]))
                if persons:
                    yield persons
                    first = last - 1
                    break
            first += 1

    def _person(self, text: str) -> set[str]:
        key, text = _key(text), text.strip()
        if key in self._said:
            return {self._said[key]}
        if text in self._ids:
            return {text}
        return self._by_address.get(text.casefold()) or self._by_name.get(key) or set()


def _take(persons: set[str], found: _Found) -> None:
    if len(persons) > 1:
        # Rather nobody than one of two.
        found.is_ambiguous = True
    else:
        found.persons.update(dict.fromkeys(persons))


def _key(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
