"""By what people are found: terms, each a kind and a text in one spelling."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple

from app.search.spelling import digits_of, may_be_number, one_spelling, parts_of

# One character would gather thousands; a name that is one character is found whole.
BEGINNING_MIN: Final = 2
# Longer beginnings are searched for by nobody.
BEGINNING_MAX: Final = 20
# Grows when what is indexed changes: the next start makes all tokens anew.
TERMS_VERSION: Final = 2


class Kind(StrEnum):
    """What a text is; the same text is another term as another kind."""

    NAME = "client.name"
    KANA = "client.kana"
    PHONE = "client.phone"
    PERSON = "person.name"


class Term(NamedTuple):
    """One thing by which somebody is found."""

    kind: Kind
    text: str


def terms_of_client(personal: Mapping[str, Any]) -> Iterator[Term]:
    """Name and kana, their parts and beginnings, and telephone numbers whole.

    The family's numbers too: whoever calls is often somebody else.
    """
    yield from (Term(Kind.NAME, one) for one in beginnings(personal.get("name")))
    yield from (Term(Kind.KANA, one) for one in beginnings(personal.get("kana")))
    family = personal.get("family_contacts") or ()
    for phone in (*(personal.get("phones") or ()), *(one.get("phone") for one in family)):
        if phone and (digits := digits_of(phone)):
            yield Term(Kind.PHONE, digits)


def terms_of_person(name: str) -> Iterator[Term]:
    """The whole name, as it is: a sheet names persons, families and their desks so."""
    yield Term(Kind.PERSON, name)


def terms_of_word(word: str) -> Iterator[Term]:
    """What a client must have one of to be found by this word; nothing: it says nothing."""
    if spelt := one_spelling(word):
        yield Term(Kind.NAME, spelt)
        yield Term(Kind.KANA, spelt)
    if may_be_number(word):
        yield Term(Kind.PHONE, digits_of(word))


def beginnings(name: str | None) -> Iterator[str]:
    """A name and each of its parts, whole, and how they begin from two characters on."""
    parts = parts_of(name or "")
    for whole in dict.fromkeys(["".join(parts), *parts]):
        if whole:
            yield whole
        for length in range(BEGINNING_MIN, min(len(whole), BEGINNING_MAX + 1)):
            yield whole[:length]
