"""Who held and why, in Japanese and English: the words of page, CSV and demonstration."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

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
BASES: Final[Mapping[str, Words]] = MappingProxyType(
    {
        Basis.AGREEMENT: Words("事前合意", "agreement"),
        Basis.ACCEPTANCE: Words("受諾", "acceptance"),
    }
)
CAUSES: Final[Mapping[str, Words]] = MappingProxyType(
    {
        Cause.REPORTED: Words("通報を受けた", "reported"),
        Cause.ESCALATED: Words("返事がなく次の連絡先へ", "no answer: next step"),
        Cause.DECLINED: Words("対応できないとの返事", "declined"),
        Cause.UNREACHABLE: Words("連絡がつかない", "unreachable"),
        Cause.NOBODY_ON_DUTY: Words("当番者がいない", "nobody on duty"),
        Cause.ACKNOWLEDGED: Words("対応を引き受けた", "acknowledged"),
        Cause.HANDED_OVER: Words("引継ぎを受けた", "handed over"),
        Cause.LAPSED: Words("引受の失効", "lapsed"),
        Cause.RECLASSIFIED: Words("種別の変更", "reclassified"),
        Cause.EXHAUSTED: Words("引受者なし", "exhausted"),
        Cause.RESOLVED: Words("完了", "resolved"),
        Cause.CANCELLED: Words("取消", "cancelled"),
        # Why an offer ended.
        Cause.TIMED_OUT: Words("返事の期限切れ", "timed out"),
        Cause.WITHDRAWN: Words("取下げ", "withdrawn"),
    }
)


def japanese_word(words: Mapping[str, Words], code: str | None) -> str | None:
    """What a code is called in Japanese; itself, if it is none of these."""
    found = words.get(code or "")
    return code if found is None else found.ja
