"""The phrases of messages, in Japanese and in English."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from app.escalation.decision import MessageKind
from app.protocols.kinds import Language


class Words(NamedTuple):
    """What one kind of message says: its mark, its call, its sentence, whether it asks."""

    mark: str
    call: str
    sentence: str
    asks: bool


class Fixed(NamedTuple):
    """What messages of every kind say."""

    drill_mark: str
    drill: str
    danger: str
    answer: str
    opening: str
    more: str
    facts: tuple[str, str, str, str, str, str, str]


_JA: Final = MappingProxyType(
    {
        MessageKind.PAGED: Words(
            "緊急", "対応してください", "対応できるかどうか、返事をしてください。", asks=True
        ),
        MessageKind.REMINDED: Words(
            "再連絡",
            "返事をしてください",
            "まだ返事がありません。対応できるかどうか、返事をしてください。",
            asks=True,
        ),
        MessageKind.OFFERED: Words(
            "引継ぎ",
            "引き受けられますか",
            "対応の引継ぎをお願いしています。引き受けられるかどうか、返事をしてください。\n"
            "あなたが引き受けるまで、責任者は変わりません。",
            asks=True,
        ),
        MessageKind.INFORMED: Words(
            "お知らせ",
            "担当者に連絡しています",
            "お知らせです。担当者に連絡しています。返事はいりません。",
            asks=False,
        ),
        MessageKind.STOOD_DOWN: Words(
            "対応不要",
            "ほかの人が対応します",
            "ほかの人が対応を引き受けました。あなたの対応はいりません。",
            asks=False,
        ),
        MessageKind.CLOSED: Words(
            "終了", "対応は終わりました", "この事案は終わりました。対応はいりません。", asks=False
        ),
        MessageKind.ALARM: Words(
            "警報",
            "引き受けた人がいません",
            "対応を引き受けた人がいません。すぐに確認してください。",
            asks=False,
        ),
    }
)

_EN: Final = MappingProxyType(
    {
        MessageKind.PAGED: Words(
            "URGENT", "please respond", "Please answer whether you can go.", asks=True
        ),
        MessageKind.REMINDED: Words(
            "REMINDER",
            "please answer",
            "There is no answer from you yet. Please answer whether you can go.",
            asks=True,
        ),
        MessageKind.OFFERED: Words(
            "HAND-OVER",
            "can you take over?",
            "You are asked to take over. Please answer whether you can.\n"
            "Until you accept, the other person stays responsible.",
            asks=True,
        ),
        MessageKind.INFORMED: Words(
            "FOR INFORMATION",
            "those on duty are being asked",
            "For your information: those on duty are being asked. No answer is needed.",
            asks=False,
        ),
        MessageKind.STOOD_DOWN: Words(
            "NOT NEEDED",
            "somebody else goes",
            "Somebody else has accepted. You need not go.",
            asks=False,
        ),
        MessageKind.CLOSED: Words(
            "CLOSED", "it is over", "This incident is over. Nothing is left to do.", asks=False
        ),
        MessageKind.ALARM: Words(
            "ALARM",
            "nobody has accepted",
            "Nobody has accepted this incident. Please look at it at once.",
            asks=False,
        ),
    }
)

WORDS: Final[Mapping[Language, Mapping[MessageKind, Words]]] = MappingProxyType(
    {"ja": _JA, "en": _EN}
)
# The alarm where somebody took the incident, went there, and cannot be reached any more.
LOST: Final[Mapping[Language, Words]] = MappingProxyType(
    {
        "ja": Words(
            "警報",
            "対応者に連絡がつきません",
            "到着した対応者に連絡がつきません。対応は終わっていません。すぐに確認してください。",
            asks=False,
        ),
        "en": Words(
            "ALARM",
            "the responder cannot be reached",
            "Who arrived there cannot be reached, and the incident is not closed. "
            "Please look at it at once.",
            asks=False,
        ),
    }
)
FIXED: Final[Mapping[Language, Fixed]] = MappingProxyType(
    {
        "ja": Fixed(
            drill_mark="訓練",
            drill="【訓練】これは訓練です。本当の緊急事態ではありません。",
            danger="命にかかわるおそれがあります。119番への通報は自動では行われません。",
            answer="返事はこちら:",
            opening="リンクを開いただけでは、返事をしたことになりません。"
            "開いたページのボタンを押してください。",
            more="くわしくはこちら:",
            facts=("種別", "重要度", "時刻", "町名", "利用者コード", "返事の期限", "事案番号"),
        ),
        "en": Fixed(
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
