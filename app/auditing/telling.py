"""What is put on record, and told to the municipality and the operators."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from app.auditing.faults import Fault, Seen
from app.database import Transaction
from app.installation.installation import Installation
from app.protocols.kinds import NoticeKind
from app.store.auditing.choosing import CLOSED
from app.store.auditing.faults import (
    Found,
    Told,
    count_open,
    end,
    known_parties,
    open_faults,
    over,
    record,
    see,
    untold,
)
from app.store.network import operator_ids
from app.store.notice import Notice, insert_notices
from app.telemetry import AUDIT_FAULTS

# One notice for each kind of fault and municipality in this time, however many incidents have it.
TELL_AGAIN_AFTER: Final = timedelta(minutes=5)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What a round has found: what begins, what is over, and how far it has come."""

    found: Sequence[Found]
    well: Sequence[tuple[str, str]]
    entry_id: int


async def tell(tx: Transaction, installation: Installation, news: News, now: datetime) -> int:
    """Write it down, and notices about it; how many notices."""
    if await record(tx, news.found, now):
        for one in news.found:
            log.warning(
                "audit_fault", incident_id=one.incident_id, fault=one.fault, detail=one.detail
            )
    ended = await end(tx, news.well, now)
    for incident_id, fault in news.well:
        log.info("audit_cleared", incident_id=incident_id, fault=fault)
    await see(tx, CLOSED, news.entry_id)
    counts = await count_open(tx)
    for fault in Fault:
        AUDIT_FAULTS.labels(fault.value).set(counts.get(fault.value, 0))
    told = [*await untold(tx, now, now - TELL_AGAIN_AFTER), *await over(tx, ended)]
    if not told:
        return 0
    operators = await operator_ids(tx)
    known = await known_parties(tx, {one.municipality_id for one in told})
    notices = [one for each in told for one in _notices(each, operators, known, installation)]
    await insert_notices(tx, notices, now=now, new_id=installation.new_id)
    return len(notices)


async def on_record(tx: Transaction, seen: Collection[Seen]) -> set[tuple[str, str]]:
    """The faults of these incidents that were found before."""
    return await open_faults(tx, {one.incident_id for one in seen})


def _notices(
    told: Told, operators: Sequence[str], known: Collection[str], installation: Installation
) -> Iterator[Notice]:
    own = [told.municipality_id] if told.municipality_id in known else []
    for party_id in dict.fromkeys([*own, *operators]):
        data: dict[str, object] = {"municipality_id": told.municipality_id, "fault": told.fault}
        if not told.is_over:
            data |= {"incident_count": told.count, "incident_ids": list(told.incident_ids)}
        kind = NoticeKind.AUDIT_CLEARED if told.is_over else NoticeKind.AUDIT_FAULT
        yield Notice(id=installation.new_id(), kind=kind, party_id=party_id, data=data)
