"""Intervals of responsibility as a table that opens in a Japanese spreadsheet (CSV)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from app.evidence.wording import KINDS
from app.ledger.speaking.codes import code_said
from app.routes.tables import BOM, japanese, lines
from app.writer.message import rfc3339

# Some fewer than a sheet of Excel holds (1,048,576 with the heading).
ROWS_MAX: Final = 1_000_000

HEADINGS: Final = (
    *("事案ID", "利用者ID", "対応責任者ID", "対応責任者の種類", "対応責任者", "機関"),
    *("開始（日本時間）", "終了（日本時間）", "開始（UTC）", "終了（UTC）", "期間（秒）"),
    *("理由", "理由コード", "根拠", "根拠コード", "段階", "手順書の版", "訓練"),
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
    kind = KINDS.get(holder["kind"])
    return (
        *(item["incident_id"], item["client_id"], holder["id"]),
        *(kind and kind.ja, holder["name"], holder["organisation"]),
        *(japanese(from_at), japanese(to_at), rfc3339(from_at), rfc3339(to_at)),
        f"{(to_at - from_at).total_seconds():.3f}" if from_at and to_at else None,
        *(cause and code_said(cause), cause, basis and code_said(basis), basis),
        *(item["step"], item["protocol_version"], "訓練" if item["drill"] else None),
    )


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
