"""What a message about an incident says: nothing but ids and codes.

A message lies open on a lock screen, on a mail server, in a shared room: it names neither the
client nor their condition, only the type of the incident, the time, the town and the client's
code. Source: CARE.md 3.2 R1.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final, NamedTuple

from app.channels.channel import Message
from app.channels.wording.phrases import FIXED, LOST, WORDS, Words
from app.channels.wording.plain import instant_in_japan, moment, plain
from app.escalation.decision import Cause, MessageKind
from app.protocols.kinds import LIFE_THREATENING, IncidentType, Language, Severity, label

# Full-width characters, as a Japanese SMS is counted.
LINE_MAX = 70
TOWN_MAX, CODE_MAX, ID_MAX, LINK_MAX = 20, 16, 64, 2048


def subject_line(message: Message) -> str:
    """The message in one line, short enough for one SMS without its link; the town gives way."""
    parts, words = _Parts.of(message), _words_of(message)
    town = parts.town
    line = _line(parts, words, town, message.language)
    while _size(line, message.language) > LINE_MAX and town:
        kept = town.removesuffix("…")[:-1]
        town = kept and kept + "…"
        line = _line(parts, words, town, message.language)
    return line


def body_text(message: Message) -> str:
    """The message in full: what, when, where, and the link to answer by."""
    parts, words = _Parts.of(message), _words_of(message)
    blocks = [
        [FIXED[message.language].drill] if parts.drill else [],
        [words.sentence],
        [FIXED[message.language].danger] if words.asks and parts.danger else [],
        list(_facts(parts, words, message.language)),
        list(_links(parts, words, message.language)),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


class _Parts(NamedTuple):
    """The parts of a message as people read them; empty when the message lacks them."""

    type: str
    danger: bool
    severity: str
    opened: datetime | None
    due: datetime | None
    town: str
    code: str
    drill: bool
    link: str
    incident_id: str

    @classmethod
    def of(cls, message: Message) -> "_Parts":
        data, links = message.public_data, message.public_data.get("links")
        code = plain(data.get("incident_type"), CODE_MAX)
        return cls(
            type=_label(IncidentType, code, message.language),
            danger=code in LIFE_THREATENING,
            severity=_label(Severity, plain(data.get("severity"), CODE_MAX), message.language),
            opened=instant_in_japan(data.get("opened_at")),
            due=instant_in_japan(data.get("due_at")),
            town=plain(data.get("town"), TOWN_MAX),
            code=plain(data.get("client_code"), CODE_MAX),
            drill=data.get("drill") is True,
            link=plain(links.get("respond"), LINK_MAX) if isinstance(links, Mapping) else "",
            incident_id=plain(data.get("incident_id"), ID_MAX),
        )


# A page that is not urgent says so: not every page should frighten.
_CALM: Final[Mapping[Language, str]] = MappingProxyType({"ja": "呼出", "en": "PAGE"})
_URGENT: Final = frozenset({Severity.CRITICAL, Severity.HIGH})


def _words_of(message: Message) -> Words:
    kind = MessageKind(message.type.removeprefix("incident."))
    if kind is MessageKind.ALARM and message.data.get("reason") == Cause.UNREACHABLE:
        return LOST[message.language]
    words = WORDS[message.language][kind]
    if kind is MessageKind.PAGED and message.data.get("severity") not in _URGENT:
        return words._replace(mark=_CALM[message.language])
    return words


def _line(parts: _Parts, words: Words, town: str, language: Language) -> str:
    marks = [FIXED[language].drill_mark, words.mark] if parts.drill else [words.mark]
    opened = f"{parts.opened:%H:%M}" if parts.opened else ""
    if language == "ja":
        code = f"利用者#{parts.code}" if parts.code else ""
        facts = " ".join(part for part in (parts.type, opened, town, code, words.call) if part)
        return "".join(f"【{mark}】" for mark in marks) + facts
    code = f"client {parts.code}" if parts.code else ""
    facts = " ".join(part for part in (parts.type, opened, town, code) if part)
    return "".join(f"[{mark}] " for mark in marks) + ": ".join(
        part for part in (facts, words.call) if part
    )


def _size(line: str, language: Language) -> float:
    """In full-width characters. A single Japanese one makes every other count as much in an SMS."""
    if language == "ja":
        return len(line)
    return sum(1.0 if unicodedata.east_asian_width(one) in "WFA" else 0.5 for one in line)


def _facts(parts: _Parts, words: Words, language: Language) -> Iterator[str]:
    values = (
        parts.type,
        parts.severity,
        moment(parts.opened, language),
        parts.town,
        parts.code,
        moment(parts.due, language) if words.asks else "",
        parts.incident_id,
    )
    for name, value in zip(FIXED[language].facts, values, strict=True):
        if value:
            yield f"{name}: {value}"


def _links(parts: _Parts, words: Words, language: Language) -> Iterator[str]:
    fixed = FIXED[language]
    if parts.link:
        yield fixed.answer if words.asks else fixed.more
        yield parts.link
        if words.asks:
            yield fixed.opening


def _label(codes: type[IncidentType] | type[Severity], code: str, language: Language) -> str:
    try:
        return label(codes(code), language)
    except ValueError:
        return code
