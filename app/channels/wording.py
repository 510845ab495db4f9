"""What a message says to the person who reads it, made of nothing but ids and codes.

A message lies open on a lock screen, on a mail server, in a shared room: it names neither the
client nor their condition, only the type of the incident, the time, the town and the client's
code. Source: CARE.md 3.2 R1.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from types import MappingProxyType
from typing import Final, NamedTuple

from app.channels.channel import Message
from app.escalation.decision import MessageKind
from app.protocols.kinds import LIFE_THREATENING, IncidentType, Language, Severity, label

# Full-width characters, as a Japanese SMS is counted.
LINE_MAX = 70
TOWN_MAX, CODE_MAX, ID_MAX, LINK_MAX = 20, 16, 64, 2048
# People read the time in Japan, which has had no daylight saving since 1951.
JAPAN: Final = timezone(timedelta(hours=9), "JST")
WEEKDAYS = "月火水木金土日"


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
        [_FIXED[message.language].drill] if parts.drill else [],
        [words.sentence],
        [_FIXED[message.language].danger] if words.asks and parts.danger else [],
        list(_facts(parts, words, message.language)),
        list(_links(parts, words, message.language)),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


class _Words(NamedTuple):
    mark: str
    call: str
    sentence: str
    asks: bool


class _Fixed(NamedTuple):
    drill_mark: str
    drill: str
    danger: str
    answer: str
    opening: str
    more: str
    facts: tuple[str, str, str, str, str, str, str]


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
        code = _plain(data.get("incident_type"), CODE_MAX)
        return cls(
            type=_label(IncidentType, code, message.language),
            danger=code in LIFE_THREATENING,
            severity=_label(Severity, _plain(data.get("severity"), CODE_MAX), message.language),
            opened=_instant(data.get("opened_at")),
            due=_instant(data.get("due_at")),
            town=_plain(data.get("town"), TOWN_MAX),
            code=_plain(data.get("client_code"), CODE_MAX),
            drill=data.get("drill") is True,
            link=_plain(links.get("respond"), LINK_MAX) if isinstance(links, Mapping) else "",
            incident_id=_plain(data.get("incident_id"), ID_MAX),
        )


_JA: Final = MappingProxyType(
    {
        MessageKind.PAGED: _Words(
            "緊急", "対応してください", "対応できるかどうか、返事をしてください。", asks=True
        ),
        MessageKind.REMINDED: _Words(
            "再連絡",
            "返事をしてください",
            "まだ返事がありません。対応できるかどうか、返事をしてください。",
            asks=True,
        ),
        MessageKind.OFFERED: _Words(
            "引継ぎ",
            "引き受けられますか",
            "対応の引継ぎをお願いしています。引き受けられるかどうか、返事をしてください。\n"
            "あなたが引き受けるまで、責任者は変わりません。",
            asks=True,
        ),
        MessageKind.INFORMED: _Words(
            "お知らせ",
            "担当者に連絡しています",
            "お知らせです。担当者に連絡しています。返事はいりません。",
            asks=False,
        ),
        MessageKind.STOOD_DOWN: _Words(
            "対応不要",
            "ほかの人が対応します",
            "ほかの人が対応を引き受けました。あなたの対応はいりません。",
            asks=False,
        ),
        MessageKind.CLOSED: _Words(
            "終了", "対応は終わりました", "この事案は終わりました。対応はいりません。", asks=False
        ),
        MessageKind.ALARM: _Words(
            "警報",
            "引き受けた人がいません",
            "対応を引き受けた人がいません。すぐに確認してください。",
            asks=False,
        ),
    }
)

_EN: Final = MappingProxyType(
    {
        MessageKind.PAGED: _Words(
            "URGENT", "please respond", "Please answer whether you can go.", asks=True
        ),
        MessageKind.REMINDED: _Words(
            "REMINDER",
            "please answer",
            "There is no answer from you yet. Please answer whether you can go.",
            asks=True,
        ),
        MessageKind.OFFERED: _Words(
            "HAND-OVER",
            "can you take over?",
            "You are asked to take over. Please answer whether you can.\n"
            "Until you accept, the other person stays responsible.",
            asks=True,
        ),
        MessageKind.INFORMED: _Words(
            "FOR INFORMATION",
            "those on duty are being asked",
            "For your information: those on duty are being asked. No answer is needed.",
            asks=False,
        ),
        MessageKind.STOOD_DOWN: _Words(
            "NOT NEEDED",
            "somebody else goes",
            "Somebody else has accepted. You need not go.",
            asks=False,
        ),
        MessageKind.CLOSED: _Words(
            "CLOSED", "it is over", "This incident is over. Nothing is left to do.", asks=False
        ),
        MessageKind.ALARM: _Words(
            "ALARM",
            "nobody has accepted",
            "Nobody has accepted this incident. Please look at it at once.",
            asks=False,
        ),
    }
)

_WORDS: Final[Mapping[Language, Mapping[MessageKind, _Words]]] = MappingProxyType(
    {"ja": _JA, "en": _EN}
)
# A page that is not urgent says so: not every page should frighten.
_CALM: Final[Mapping[Language, str]] = MappingProxyType({"ja": "呼出", "en": "PAGE"})
_URGENT: Final = frozenset({Severity.CRITICAL, Severity.HIGH})

_FIXED: Final[Mapping[Language, _Fixed]] = MappingProxyType(
    {
        "ja": _Fixed(
            drill_mark="訓練",
            drill="【訓練】これは訓練です。本当の緊急事態ではありません。",
            danger="命にかかわるおそれがあります。119番への通報は自動では行われません。",
            answer="返事はこちら:",
            opening="リンクを開いただけでは、返事をしたことになりません。"
            "開いたページのボタンを押してください。",
            more="くわしくはこちら:",
            facts=("種別", "重要度", "時刻", "町名", "利用者コード", "返事の期限", "事案番号"),
        ),
        "en": _Fixed(
            drill_mark="DRILL",
            drill="[DRILL] This is an exercise, not a real emergency.",
            danger="Life may be in danger. Nobody calls 119 automatically.",
            answer="Answer here:",
            opening="Opening the link answers nothing yet. Press a button on the page.",
            more="More here:",
            facts=("Type", "Severity", "Time", "Town", "Client code", "Answer by", "Incident"),
        ),
    }
)


def _words_of(message: Message) -> _Words:
    kind = MessageKind(message.type.removeprefix("incident."))
    words = _WORDS[message.language][kind]
    if kind is MessageKind.PAGED and message.data.get("severity") not in _URGENT:
        return words._replace(mark=_CALM[message.language])
    return words


def _line(parts: _Parts, words: _Words, town: str, language: Language) -> str:
    marks = [_FIXED[language].drill_mark, words.mark] if parts.drill else [words.mark]
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


def _facts(parts: _Parts, words: _Words, language: Language) -> Iterator[str]:
    values = (
        parts.type,
        parts.severity,
        _moment(parts.opened, language),
        parts.town,
        parts.code,
        _moment(parts.due, language) if words.asks else "",
        parts.incident_id,
    )
    for name, value in zip(_FIXED[language].facts, values, strict=True):
        if value:
            yield f"{name}: {value}"


def _links(parts: _Parts, words: _Words, language: Language) -> Iterator[str]:
    fixed = _FIXED[language]
    if parts.link:
        yield fixed.answer if words.asks else fixed.more
        yield parts.link
        if words.asks:
            yield fixed.opening


def _moment(at: datetime | None, language: Language) -> str:
    if at is None:
        return ""
    if language == "ja":
        return f"{at.month}月{at.day}日({WEEKDAYS[at.weekday()]}) {at:%H:%M}（日本時間）"
    return f"{at:%Y-%m-%d %H:%M} (Japan time)"


def _label(codes: type[IncidentType] | type[Severity], code: str, language: Language) -> str:
    try:
        return label(codes(code), language)
    except ValueError:
        return code


def _instant(value: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(value))
        return at.astimezone(JAPAN) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _plain(value: object, length_max: int) -> str:
    """Text without line breaks and invisible characters, which could forge a header or a line."""
    if not isinstance(value, str):
        return ""
    kept = "".join(one for one in value if unicodedata.category(one)[0] not in "CZ" or one == " ")
    return kept[:length_max].strip()
