"""The words for the members of a protocol document and for their values, in two languages."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from app.protocols.calendar import Day
from app.protocols.kinds import IncidentType, Language, Severity, label
from app.protocols.protocol import NEXT


class Said(NamedTuple):
    """A text in Japanese and in English."""

    ja: str
    en: str

    def of(self, language: Language) -> str:
        """The text in one of them."""
        return self.ja if language == "ja" else self.en


MEMBERS: Final[Mapping[str, Said]] = MappingProxyType(
    {
        "title": Said("表題", "title"),
        "timezone": Said("タイムゾーン", "time zone"),
        "accountable": Said("最終責任者", "accountable desk"),
        "accountable_remind_every_seconds": Said(
            "最終責任者の再呼出間隔", "reminder of the accountable desk"
        ),
        "approvals": Said("事前合意", "approval"),
        "organisation": Said("機関", "organisation"),
        "approved_by": Said("合意した人", "approved by"),
        "approved_on": Said("合意日", "approved on"),
        "reference": Said("文書番号", "reference"),
        "variants": Said("適用区分", "variant"),
        "name": Said("名前", "name"),
        "when": Said("適用条件", "condition"),
        "types": Said("種別", "types"),
        "severities": Said("重大度", "severities"),
        "days": Said("曜日", "days"),
        "hours": Said("時間帯", "hours"),
        "rounds": Said("周回数", "rounds"),
        "steps": Said("段階", "step"),
        "desk": Said("当番窓口", "desk"),
        "person": Said("担当者", "person"),
        "ack_within_seconds": Said("応答期限", "time to answer"),
        "remind_every_seconds": Said("再呼出間隔", "reminder"),
        "arrive_within_seconds": Said("到着期限", "time to arrive"),
        "inform": Said("通知先", "informed"),
        "also_page": Said("同時呼出", "also paged"),
        "on_decline": Said("対応不可のときの進み先", "step after a decline"),
        "tier": Said("当番の順位", "tier of the roster"),
        "when_busy": Said("対応中の人", "who is busy"),
        "repeat_window_seconds": Said("再通報とみなす時間", "window for repeated signals"),
        "offer_within_seconds": Said("引継ぎの返事の期限", "time to answer a hand-over"),
    }
)
"""What people call a member; tests hold that none is missing."""

PARTIES: Final = frozenset({"accountable", "organisation", "desk", "person", "inform", "also_page"})
"""The members whose values are party ids."""

_DAYS: Final[Mapping[str, Said]] = MappingProxyType(
    {
        Day.MON: Said("月曜", "Monday"),
        Day.TUE: Said("火曜", "Tuesday"),
        Day.WED: Said("水曜", "Wednesday"),
        Day.THU: Said("木曜", "Thursday"),
        Day.FRI: Said("金曜", "Friday"),
        Day.SAT: Said("土曜", "Saturday"),
        Day.SUN: Said("日曜", "Sunday"),
        Day.WEEKDAY: Said("平日", "weekdays"),
        Day.HOLIDAY: Said("祝日", "holidays"),
        Day.YEAR_END: Said("年末年始", "turn of the year"),
    }
)
_CODES: Final[Mapping[str, Mapping[str, IncidentType | Severity]]] = MappingProxyType(
    {
        "types": {str(one): one for one in IncidentType},
        "severities": {str(one): one for one in Severity},
    }
)
_NONE: Final = Said("なし", "none")
_NEXT: Final = Said("次の段", "the next step")
_BUSY: Final[Mapping[str, Said]] = MappingProxyType(
    {"ask": Said("呼び出す", "is asked"), "pass": Said("次の人へ回す", "is passed over")}
)
_STEP: Final = Said("「{}」", '"{}"')
_SECONDS: Final = Said("{}秒", "{} s")


def member_label(name: str, language: Language) -> str:
    """What people call a member; its own name if there is no better."""
    return MEMBERS[name].of(language) if name in MEMBERS else name


def value_label(name: str, value: object, language: Language) -> str:
    """How people say a single value of the member `name`, or of its list."""
    text = str(value)
    if value is None:
        return _NONE.of(language)
    if name.endswith("_seconds"):
        return _SECONDS.of(language).format(text)
    if name == "on_decline":
        return _NEXT.of(language) if text == NEXT else _STEP.of(language).format(text)
    if name in _CODES and text in _CODES[name]:
        return label(_CODES[name][text], language)
    words = {"days": _DAYS, "when_busy": _BUSY}.get(name, {})
    return words[text].of(language) if text in words else text
