"""The Japanese of the words of the ledger: in sentences, on the page, in the CSV and the demo."""

from collections.abc import Mapping
from itertools import chain
from types import MappingProxyType
from typing import Final

from app.ledger.words import Basis, Cause, EntryType

TYPES: Final[Mapping[EntryType, str]] = MappingProxyType(
    {
        EntryType.OPENED: "事案の開始",
        EntryType.BOUND: "仮名の結付け",
        EntryType.STEP_STARTED: "段階の開始",
        EntryType.PAGED: "呼出",
        EntryType.REMINDED: "再呼出",
        EntryType.INFORMED: "お知らせ",
        EntryType.SENT: "連絡の送信",
        EntryType.DELIVERED: "連絡の到達",
        EntryType.UNDELIVERABLE: "連絡の不達",
        EntryType.VIEWED: "閲覧",
        EntryType.SKIPPED: "呼出の省略",
        EntryType.TRANSFERRED: "対応責任者の変更",
        EntryType.SIGNALLED: "再度の通報",
        EntryType.DECLINED: "対応できないとの返事",
        EntryType.JOINED: "協力の申し出",
        EntryType.OFFERED: "引継ぎの申し出",
        EntryType.OFFER_ENDED: "引継ぎの申し出の終わり",
        EntryType.EN_ROUTE: "出発",
        EntryType.ARRIVED: "到着",
        EntryType.EXTERNAL_CALLED: "外部への通報",
        EntryType.RECLASSIFIED: "種別の変更",
        EntryType.NOTED: "書き込み",
        EntryType.CORRECTED: "訂正",
        EntryType.STALLED: "動作の停止",
        EntryType.CLOSED: "終結",
        EntryType.DISCLOSED: "個人情報の提供",
        EntryType.ERASED: "個人情報の消去",
        EntryType.EXPORTED: "台帳・証拠の引渡し",
        EntryType.KEY_ROTATED: "鍵の交代",
        EntryType.SUCCEEDED: "前の台帳の引継ぎ",
    }
)
CAUSES: Final[Mapping[Cause, str]] = MappingProxyType(
    {
        Cause.REPORTED: "通報を受けた",
        Cause.ESCALATED: "返事がなく次の連絡先へ",
        Cause.DECLINED: "対応できないとの返事",
        Cause.UNREACHABLE: "連絡がつかない",
        Cause.NOBODY_ON_DUTY: "当番者がいない",
        Cause.ACKNOWLEDGED: "対応を引き受けた",
        Cause.HANDED_OVER: "引継ぎを受けた",
        Cause.LAPSED: "引受の失効",
        Cause.RECLASSIFIED: "種別の変更",
        Cause.EXHAUSTED: "引受者なし",
        Cause.RESOLVED: "完了",
        Cause.CANCELLED: "取消",
        Cause.RESTRICTED: "この事案を知らせない相手",
        Cause.BUSY: "別の事案に対応中",
        Cause.NO_CONTACT_POINT: "連絡先がない",
        Cause.OUTSIDE_HOURS: "連絡できる時間の外",
        Cause.ALREADY_ASKED: "すでに呼出中",
        Cause.RETIRED: "廃止された機関・担当",
        Cause.DEFERRED: "朝まで延期",
        Cause.REJECTED: "連絡が拒否された",
        Cause.ATTEMPTS_SPENT: "連絡の試行が尽きた",
        Cause.TIMED_OUT: "時間切れ",
        Cause.WITHDRAWN: "取下げ",
        Cause.REPEATED: "繰り返しの通報",
        Cause.LATE: "遅れた返事",
        Cause.STOOD_DOWN: "対応不要の連絡",
        Cause.CONSENT: "本人の同意",
        Cause.REQUIRED_BY_LAW: "法令に基づく",
        Cause.LIFE_PROTECTION: "生命・身体の保護",
        Cause.ENTRUSTED: "委託",
        Cause.JOINT_USE: "共同利用",
        Cause.DISASTER_RELIEF: "災害時の支援",
        Cause.REQUESTED: "消去の求め",
        Cause.RETENTION_ENDED: "保存期間の満了",
    }
)
BASES: Final[Mapping[Basis, str]] = MappingProxyType(
    {Basis.AGREEMENT: "事前合意", Basis.ACCEPTANCE: "受諾"}
)
_OTHERS: Final[Mapping[str, str]] = MappingProxyType(
    {"None": "なし", "none": "なし", "chain": "記録", "state": "進行状態"}
)
_ALL: Final[Mapping[str, str]] = MappingProxyType(
    dict[str, str](chain(CAUSES.items(), BASES.items(), TYPES.items(), _OTHERS.items()))
)


def code_said(code: str) -> str:
    """A word of the ledger, or what stands for one, in Japanese; all else as it is."""
    return _ALL.get(code, code)
