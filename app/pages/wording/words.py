"""What a text of the pages is."""

from typing import NamedTuple


class Words(NamedTuple):
    """One text in both languages."""

    ja: str
    en: str
