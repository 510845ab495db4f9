"""Where cover is missing, as it was proved last."""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from app.database import Row, Transaction
from app.models.columns import milliseconds
from app.store.vault.places import variant_name_at
from app.vault import Vault


class ProblemKind(StrEnum):
    """Nobody can be asked; or nobody is planned yet; or the accountable desk has hours without."""

    GAP = "gap"
    UNPLANNED = "unplanned"
    ACCOUNTABLE = "accountable"


class Missing(NamedTuple):
    """A time without cover, and an incident that runs into it; instants in milliseconds."""

    begin: int
    end: int
    opened_at: int
    at: int
    type: str
    severity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """All the times that are missing at one step, for one cause; or at the accountable desk."""

    kind: ProblemKind
    variant: int | None
    variant_name: str | None
    step: int | None
    cause: str
    incidents: tuple[str, ...]
    party_ids: tuple[str, ...]
    # In order, none overlapping; at least one.
    spans: tuple[Missing, ...]

    @property
    def place(self) -> str:
        """What tells it from all others of its protocol."""
        where = "-" if self.variant is None else f"{self.variant}.{self.step}"
        return f"{self.kind}.{where}.{self.cause}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What is stored of one problem."""

    missed: Missed
    told_from: int | None


async def load_problems(
    tx: Transaction, watch_ids: Sequence[str]
) -> Mapping[str, Sequence[Stored]]:
    """What was found last, by watched thing."""
    rows = await tx.fetch(
        "SELECT watch_id, place, kind, variant, variant_name, step, cause, incidents, party_ids,"
        " spans, told_from FROM protocol_problem WHERE watch_id = ANY($1) ORDER BY watch_id, place",
        list(watch_ids),
    )
    # Hundreds of times each: long enough to hold up everything else on the event loop.
    return await asyncio.to_thread(_by_watch, tx.vault, rows)


async def replace_problems(tx: Transaction, found: Mapping[str, Iterable[Stored]]) -> None:
    """Say what is missing of each of these; what was said before is replaced."""
    written = await asyncio.to_thread(
        lambda: [
            _written(tx.vault, watch_id, one) for watch_id, many in found.items() for one in many
        ]
    )
    await tx.execute("DELETE FROM protocol_problem WHERE watch_id = ANY($1)", sorted(found))
    await tx.execute_many(
        """
        INSERT INTO protocol_problem (watch_id, place, kind, variant, variant_name, step, cause,
          incidents, party_ids, spans, next_from, next_to, told_from)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        """,
        written,
    )


async def roll_problems(tx: Transaction, now: datetime, limit: int) -> int:
    """Let pass what has passed: the next times of each problem are first again; how many moved."""
    at = milliseconds(now)
    rows = await tx.fetch(
        "SELECT watch_id, place, spans FROM protocol_problem WHERE next_to <= $1"
        " ORDER BY next_to LIMIT $2",
        at,
        limit,
    )
    over: list[tuple[str, str]] = []
    moved: list[tuple[str, int, int, str, str]] = []
    for row in rows:
        spans = [span for span in json.loads(row["spans"]) if span[1] > at]
        key = (row["watch_id"], row["place"])
        if spans:
            moved.append((json.dumps(spans), spans[0][0], spans[0][1], *key))
        else:
            over.append(key)
    await tx.execute_many(
        "UPDATE protocol_problem SET spans = $1, next_from = $2, next_to = $3"
        " WHERE watch_id = $4 AND place = $5",
        moved,
    )
    await tx.execute_many("DELETE FROM protocol_problem WHERE watch_id = $1 AND place = $2", over)
    return len(rows)


async def count_with_problems(tx: Transaction, until: datetime) -> int:
    """How many watched things have a gap that begins before then."""
    rows = await tx.fetch(
        "SELECT count(DISTINCT watch_id) AS number FROM protocol_problem"
        " WHERE kind <> 'unplanned' AND next_from < $1",
        milliseconds(until),
    )
    return int(rows[0]["number"])


def _by_watch(vault: Vault, rows: Iterable[Row]) -> Mapping[str, Sequence[Stored]]:
    found: dict[str, list[Stored]] = {}
    for row in rows:
        one = Stored(missed=_missed(vault, row), told_from=row["told_from"])
        found.setdefault(row["watch_id"], []).append(one)
    return found


def _missed(vault: Vault, row: Row) -> Missed:
    return Missed(
        kind=ProblemKind(row["kind"]),
        variant=row["variant"],
        variant_name=open_name(vault, row["variant_name"], row["watch_id"], row["place"]),
        step=row["step"],
        cause=row["cause"],
        incidents=tuple(json.loads(row["incidents"])),
        party_ids=tuple(json.loads(row["party_ids"])),
        spans=tuple(Missing(*span) for span in json.loads(row["spans"])),
    )


def open_name(vault: Vault, sealed: bytes | None, watch_id: str, place: str) -> str | None:
    """The name of a variant, which is kept under the installation's own key."""
    return None if sealed is None else vault.own.open_text(sealed, variant_name_at(watch_id, place))


def _written(vault: Vault, watch_id: str, stored: Stored) -> tuple[object, ...]:
    one = stored.missed
    name, place = one.variant_name, variant_name_at(watch_id, one.place)
    return (
        watch_id,
        one.place,
        one.kind.value,
        one.variant,
        None if name is None else vault.own.seal_text(name, place),
        one.step,
        one.cause,
        json.dumps(one.incidents),
        json.dumps(one.party_ids),
        json.dumps(one.spans),
        one.spans[0].begin,
        one.spans[0].end,
        stored.told_from,
    )
