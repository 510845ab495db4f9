"""Every text of the pages, in Japanese and in English, in a file for each kind of reader.

Plain words that a tired person understands at once. Placeholders are the same on both sides. What
only programmers read (the API's reference) is in English alone, and not here.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.pages.wording.contact import CONTACT
from app.pages.wording.duty import DUTY
from app.pages.wording.holder import DONE, HOLDER
from app.pages.wording.inbox import INBOX
from app.pages.wording.refusals import REFUSED
from app.pages.wording.responder import ASKED, FACTS, OTHERS
from app.pages.wording.start import START
from app.pages.wording.words import Words

__all__ = ["TEXTS", "Words"]

TEXTS: Final[Mapping[str, Words]] = MappingProxyType(
    {**FACTS, **ASKED, **OTHERS, **HOLDER, **INBOX, **DUTY, **CONTACT, **DONE}
    | {**REFUSED, **START}
)
"""All texts by key."""
