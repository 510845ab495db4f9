"""Intervals of responsibility as a table that opens in a Japanese spreadsheet (CSV)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from app.ledger.words import Basis, Cause
from app.routes.tables import BOM, japanese, lines
from app.writer.message import rfc3339

# Some fewer than a sheet of Excel holds (1,048,576 with the heading).
ROWS_MAX: Final = 1_000_000

HEADINGS: Final = (
    *("事案ID", "利用者ID", "対応責任者ID", "対応責任者の種類", "対応責任者", "機関"),
    *("開始（日本時間）", "終了（日本時間）", "開始（UTC）", "終了（UTC）", "期間（秒）"),
    *("理由", "理由コード", "根拠", "根拠コード", "段階", "手順書の版", "訓練"),
)
KINDS: Final = MappingProxyType({"organisation": "機関", "desk": "当番窓口", "person": "担当者"})
BASES: Final = MappingProxyType({Basis.AGREEMENT.value: "事前合意", Basis.ACCEPTANCE.value: "受諾"})
CAUSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        Cause.REPORTED.value: "通報を受けた",
        Cause.ESCALATED.value: "返事がなく次の連絡先へ",
        Cause.DECLINED.value: "対応できないとの返事",
        Cause.UNREACHABLE.value: "連絡がつかない",
        Cause.NOBODY_ON_DUTY.value: "当番者がいない",
        Cause.ACKNOWLEDGED.value: "対応を引き受けた",
        Cause.HANDED_OVER.value: "引継ぎを受けた",
        Cause.LAPSED.value: "引受の失効",
        Cause.RECLASSIFIED.value: "種別の変更",
        Cause.EXHAUSTED.value: "引受者なし",
        Cause.RESOLVED.value: "完了",
        Cause.CANCELLED.value: "取消",
    }
)
TRUNCATED: Final = "行数の上限に達したため、ここまでです。期間を分けて取得してください。"


def heading() -> str:
    """The first line, behind the mark that says UTF-8."""
    return BOM + lines([HEADINGS])


def rows(items: Iterable[Mapping[str, Any]]) -> str:
    """A line for each interval."""
    return lines(_row(item) for item in items)


def truncated() -> str:
    """A last line that says that there would be more."""
    return lines([(TRUNCATED,)])


def _row(item: Mapping[str, Any]) -> Sequence[object]:
    holder = item["holder"]
    from_at, to_at = _instant(item["from"]), _instant(item["to"])
    cause, basis = item["cause"], item["basis"]
    return (
        *(item["incident_id"], item["client_id"], holder["id"]),
        *(KINDS.get(holder["kind"]), holder["name"], holder["organisation"]),
        *(japanese(from_at), japanese(to_at), rfc3339(from_at), rfc3339(to_at)),
        f"{(to_at - from_at).total_seconds():.3f}" if from_at and to_at else None,
        *(CAUSES.get(cause or "", cause), cause, BASES.get(basis or ""), basis),
        *(item["step"], item["protocol_version"], "訓練" if item["drill"] else None),
    )


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
