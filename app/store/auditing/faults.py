"""What the auditor has found and told: once for each incident and kind of fault."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.database import Transaction
from app.models.columns import milliseconds

# In one notice.
SHOWN_MAX: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One fault of one incident; `detail` has ids, codes and instants only."""

    incident_id: str
    fault: str
    municipality_id: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a municipality is told of one kind of fault; `is_over`: it is well again."""

    municipality_id: str
    fault: str
    count: int
    incident_ids: Sequence[str]
    is_over: bool


async def record(tx: Transaction, found: Collection[Found], now: datetime) -> int:
    """Put faults on record; how many were not, or had ended."""
    changed = 0
    for one in found:
        changed += await tx.execute(
            """
            INSERT INTO audit_fault (incident_id, fault, municipality_id, detail, found_at)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (incident_id, fault) DO UPDATE
            SET detail = excluded.detail, found_at = excluded.found_at, told_at = NULL,
              ended_at = NULL
            WHERE audit_fault.ended_at IS NOT NULL
            """,
            one.incident_id,
            one.fault,
            one.municipality_id,
            one.detail,
            milliseconds(now),
        )
    return changed


async def end(
    tx: Transaction, well: Collection[tuple[str, str]], now: datetime
) -> Sequence[tuple[str, str]]:
    """These incidents no longer have these faults; the municipalities and faults that changed."""
    groups: dict[tuple[str, str], None] = {}
    for incident_id, fault in well:
        rows = await tx.fetch(
            "UPDATE audit_fault SET ended_at = $3 WHERE incident_id = $1 AND fault = $2"
            " AND ended_at IS NULL RETURNING municipality_id, told_at",
            incident_id,
            fault,
            milliseconds(now),
        )
        groups |= {(row["municipality_id"], fault): None for row in rows if row["told_at"]}
    return list(groups)


async def open_faults(tx: Transaction, incident_ids: Collection[str]) -> set[tuple[str, str]]:
    """What is on record of these incidents: incident and fault."""
    rows = await tx.fetch(
        "SELECT incident_id, fault FROM audit_fault"
        " WHERE ended_at IS NULL AND incident_id = ANY($1)",
        sorted(incident_ids),
    )
    return {(row["incident_id"], row["fault"]) for row in rows}


async def count_open(tx: Transaction) -> dict[str, int]:
    """How many incidents have each fault now."""
    rows = await tx.fetch(
        "SELECT fault, count(*) AS n FROM audit_fault WHERE ended_at IS NULL GROUP BY fault"
    )
    return {row["fault"]: row["n"] for row in rows}


async def untold(tx: Transaction, now: datetime, told_before: datetime) -> Sequence[Told]:
    """What is to be told now, and counts as told: of each kind at most once in a while."""
    groups = await tx.fetch(
        "SELECT municipality_id, fault, count(*) AS n, max(told_at) AS told_at FROM audit_fault"
        " WHERE ended_at IS NULL GROUP BY municipality_id, fault"
        " HAVING count(*) > count(told_at) ORDER BY municipality_id, fault"
    )
    told = []
    for row in groups:
        if row["told_at"] is not None and row["told_at"] > milliseconds(told_before):
            continue
        ids = await tx.fetch(
            "UPDATE audit_fault SET told_at = $3 WHERE municipality_id = $1 AND fault = $2"
            " AND ended_at IS NULL AND told_at IS NULL RETURNING incident_id",
            row["municipality_id"],
            row["fault"],
            milliseconds(now),
        )
        told.append(
            _told(row["municipality_id"], row["fault"], [one["incident_id"] for one in ids])
        )
    return told


async def over(tx: Transaction, groups: Collection[tuple[str, str]]) -> Sequence[Told]:
    """Those of the groups in which nothing is wrong any more."""
    found = []
    for municipality_id, fault in groups:
        left = await tx.fetch(
            "SELECT 1 FROM audit_fault WHERE municipality_id = $1 AND fault = $2"
            " AND ended_at IS NULL LIMIT 1",
            municipality_id,
            fault,
        )
        if not left:
            found.append(_told(municipality_id, fault, [], is_over=True))
    return found


async def see(tx: Transaction, name: str, entry_id: int) -> None:
    """Remember the last entry that was seen."""
    await tx.execute(
        "INSERT INTO audit_progress (name, entry_id) VALUES ($1, $2)"
        " ON CONFLICT (name) DO UPDATE SET entry_id = excluded.entry_id"
        " WHERE audit_progress.entry_id < excluded.entry_id",
        name,
        entry_id,
    )


async def known_parties(tx: Transaction, party_ids: Collection[str]) -> set[str]:
    """Those of these parties that there are: what was put there by hand may name nobody."""
    rows = await tx.fetch("SELECT id FROM party WHERE id = ANY($1)", sorted(party_ids))
    return {row["id"] for row in rows}


def _told(
    municipality_id: str, fault: str, incident_ids: Sequence[str], *, is_over: bool = False
) -> Told:
    return Told(
        municipality_id=municipality_id,
        fault=fault,
        count=len(incident_ids),
        incident_ids=sorted(incident_ids)[:SHOWN_MAX],
        is_over=is_over,
    )
