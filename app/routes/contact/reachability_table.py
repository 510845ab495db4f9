"""The report of reachability as a table."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from app.commands.contact.reachability import Item
from app.routes.tables import BOM, japanese, lines
from app.store.contact.check import CheckState

HEADINGS: Final = (
    *("機関ID", "機関", "担当ID", "担当の種類", "担当", "連絡先ID", "方法"),
    *("状態", "状態コード", "定期", "送信（日本時間）", "送信（UTC）", "配信", "配信できない理由"),
    *("確認（日本時間）", "確認（UTC）", "確認までの秒数"),
)
KINDS: Final = MappingProxyType({"organisation": "機関", "desk": "当番窓口", "person": "担当者"})
STATES: Final[Mapping[str, str]] = MappingProxyType(
    {
        CheckState.NEVER_ASKED.value: "未確認",
        CheckState.ASKED.value: "返事待ち",
        CheckState.CONFIRMED.value: "確認済み",
        CheckState.FAILED.value: "届かない",
        CheckState.UNANSWERED.value: "返事なし",
    }
)


def table(items: Iterable[Item]) -> str:
    """The heading and a line for each contact point."""
    return BOM + lines([HEADINGS, *(_row(one.shown()) for one in items)])


def _row(item: Mapping[str, Any]) -> tuple[object, ...]:
    party, organisation = item["party"], item["organisation"]
    is_scheduled = {True: "定期", False: "試し", None: None}[item["scheduled"]]
    return (
        *(organisation["id"], organisation["name"]),
        *(party["id"], KINDS[party["kind"]], party["name"]),
        *(item["contact_point_id"], item["channel"]),
        *(STATES[item["state"]], item["state"], is_scheduled),
        *(_local(item["asked_at"]), item["asked_at"], item["delivery"], item["reason"]),
        *(_local(item["read_at"]), item["read_at"], _seconds(item["seconds_until_read"])),
    )


def _local(text: str | None) -> str | None:
    return None if text is None else japanese(datetime.fromisoformat(text))


def _seconds(value: float | None) -> str | None:
    return None if value is None else f"{value:.3f}"
