"""The words of the page's table, in Japanese and English."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from app.ledger.speaking.codes import code_said
from app.ledger.words import Basis, Cause


class Words(NamedTuple):
    """One text in both languages."""

    ja: str
    en: str


KINDS: Final[Mapping[str, Words]] = MappingProxyType(
    {
        "organisation": Words("機関", "organisation"),
        "desk": Words("当番窓口", "desk"),
        "person": Words("担当者", "person"),
    }
)


def words_of(code: Cause | Basis) -> Words:
    """A word of the ledger in both languages."""
    return Words(code_said(code), code.replace("_", " "))
