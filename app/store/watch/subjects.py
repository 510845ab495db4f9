"""What is watched: clients' own protocols, municipalities' defaults, and their last resorts."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from app.database import Row, Transaction
from app.models.columns import instant, milliseconds
from app.store.vault.places import document_at
from app.vault import Vault

Lost = Mapping[str, Sequence[Sequence[int]]]


class WatchKind(StrEnum):
    """Whose protocol; `fallback` is what a municipality falls back on without any."""

    OWN = "own"
    DEFAULT = "default"
    FALLBACK = "fallback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One watched thing, its newest version, and what was found of it last."""

    id: str
    kind: WatchKind
    municipality_id: str
    # The newest version and its stored text; None for a fallback.
    version_id: str | None
    document: str | None
    published_at: datetime | None
    # A fallback's desk, if the municipality names one.
    accountable_id: str | None
    # What is known from the last time.
    proved_version_id: str | None
    digest: str | None
    valid_to: datetime
    lost: Lost
    # Of a loss that was not told yet: its "causes" and "party_ids".
    untold_lost: Mapping[str, Sequence[str]] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchState:
    """What is to be remembered of one check."""

    watch_id: str
    version_id: str | None
    digest: str
    valid_to: datetime
    lost: Lost
    # "lost" or "regained", and since when or from when on; None for nothing new.
    untold: str | None
    untold_from: datetime | None
    untold_lost: Mapping[str, Sequence[str]] | None


_OWN: Final = """
    INSERT INTO protocol_watch (id, kind, client_id, municipality_id, checked_at, valid_to)
    SELECT 'own:' || c.id, 'own', c.id, c.municipality_id, 0, 0 FROM client c
    WHERE c.retired_at IS NULL
      AND EXISTS (SELECT 1 FROM protocol_version v WHERE v.client_id = c.id)
      AND NOT EXISTS (SELECT 1 FROM protocol_watch w WHERE w.id = 'own:' || c.id)
"""
_DEFAULTS: Final = """
    INSERT INTO protocol_watch (id, kind, municipality_id, checked_at, valid_to)
    SELECT 'default:' || p.id, 'default', p.id, 0, 0 FROM party p
    WHERE p.organisation_kind = 'municipality' AND p.retired_at IS NULL
      AND EXISTS (SELECT 1 FROM protocol_version v
        WHERE v.municipality_id = p.id AND v.client_id IS NULL)
      AND NOT EXISTS (SELECT 1 FROM protocol_watch w WHERE w.id = 'default:' || p.id)
"""
_FALLBACKS: Final = """
    INSERT INTO protocol_watch (id, kind, municipality_id, checked_at, valid_to)
    SELECT 'fallback:' || p.id, 'fallback', p.id, 0, 0 FROM party p
    WHERE p.organisation_kind = 'municipality' AND p.retired_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM protocol_watch w WHERE w.id = 'fallback:' || p.id)
"""
_ENDED: Final = """
    SELECT w.id FROM protocol_watch w
    LEFT JOIN client c ON c.id = w.client_id
    JOIN party p ON p.id = w.municipality_id
    WHERE c.retired_at IS NOT NULL OR p.retired_at IS NOT NULL
"""


async def adopt(tx: Transaction, ids: Sequence[str]) -> None:
    """Watch the protocols of these clients and municipalities too, if they have any yet unwatched.

    New ones have never been checked: the next round finds them.
    """
    for statement, who in ((_OWN, "c.id"), (_DEFAULTS, "p.id"), (_FALLBACKS, "p.id")):
        await tx.execute(f"{statement} AND {who} = ANY($1) ON CONFLICT DO NOTHING", list(ids))


async def adopt_all(tx: Transaction) -> None:
    """Watch whatever is published and not watched yet, and nothing that has ended."""
    for statement in (_OWN, _DEFAULTS, _FALLBACKS):
        await tx.execute(f"{statement} ON CONFLICT DO NOTHING")
    ended = [row["id"] for row in await tx.fetch(_ENDED)]
    for table, column in (
        ("protocol_problem", "watch_id"),
        ("watched_party", "watch_id"),
        ("protocol_watch", "id"),
    ):
        sql = f"DELETE FROM {table} WHERE {column} = ANY($1)"  # noqa: S608  # our own names
        await tx.execute(sql, ended)


async def due_watches(tx: Transaction, since: datetime, limit: int) -> Sequence[str]:
    """Those that have not been looked at since then, the longest unseen first."""
    rows = await tx.fetch(
        "SELECT id FROM protocol_watch WHERE checked_at < $1 ORDER BY checked_at, id LIMIT $2",
        milliseconds(since),
        limit,
    )
    return [row["id"] for row in rows]


async def load_watched(tx: Transaction, watch_ids: Sequence[str]) -> Sequence[Watched]:
    """These, each with its newest version, in the order of their ids."""
    rows = await tx.fetch(
        """
        SELECT w.id, w.kind, w.municipality_id, w.version_id AS proved_version_id, w.digest,
          w.valid_to, w.lost, w.untold_lost, v.id AS version_id, v.document, v.published_at,
          v.client_id, p.accountable_desk_id, k.wrapped
        FROM protocol_watch w
        JOIN party p ON p.id = w.municipality_id
        LEFT JOIN protocol_version v ON v.id = CASE w.kind
          WHEN 'own' THEN (SELECT n.id FROM protocol_version n WHERE n.client_id = w.client_id
            ORDER BY n.number DESC LIMIT 1)
          WHEN 'default' THEN (SELECT n.id FROM protocol_version n
            WHERE n.municipality_id = w.municipality_id AND n.client_id IS NULL
            ORDER BY n.number DESC LIMIT 1) END
        LEFT JOIN data_key k ON k.subject_id = v.client_id
        WHERE w.id = ANY($1) ORDER BY w.id
        """,
        list(watch_ids),
    )
    return [
        Watched(
            id=row["id"],
            kind=WatchKind(row["kind"]),
            municipality_id=row["municipality_id"],
            version_id=row["version_id"],
            document=_document(tx.vault, row),
            published_at=None if row["published_at"] is None else instant(row["published_at"]),
            accountable_id=row["accountable_desk_id"],
            proved_version_id=row["proved_version_id"],
            digest=row["digest"],
            valid_to=instant(row["valid_to"]),
            lost=json.loads(row["lost"]) if row["lost"] else {},
            untold_lost=json.loads(row["untold_lost"]) if row["untold_lost"] else None,
        )
        for row in rows
    ]


async def mark_checked(tx: Transaction, watch_ids: Iterable[str], now: datetime) -> None:
    """These have been looked at."""
    await tx.execute(
        "UPDATE protocol_watch SET checked_at = $1 WHERE id = ANY($2)",
        milliseconds(now),
        sorted(watch_ids),
    )


async def save_states(tx: Transaction, states: Iterable[WatchState]) -> None:
    """Remember what was proved; what is untold stays so until it is told."""
    await tx.execute_many(
        """
        UPDATE protocol_watch SET version_id = $2, digest = $3, valid_to = $4, lost = $5,
          untold = coalesce($6, untold), untold_from = coalesce($7, untold_from),
          untold_lost = coalesce($8, untold_lost)
        WHERE id = $1
        """,
        [
            (
                one.watch_id,
                one.version_id,
                one.digest,
                milliseconds(one.valid_to),
                json.dumps(one.lost) if one.lost else None,
                one.untold,
                None if one.untold_from is None else milliseconds(one.untold_from),
                json.dumps(one.untold_lost) if one.untold_lost else None,
            )
            for one in states
        ],
    )


async def set_watched_parties(tx: Transaction, named: Mapping[str, Iterable[str]]) -> None:
    """Say whom each of these watched protocols names; what was said before is replaced."""
    await tx.execute("DELETE FROM watched_party WHERE watch_id = ANY($1)", sorted(named))
    await tx.execute_many(
        "INSERT INTO watched_party (party_id, watch_id) VALUES ($1, $2)",
        [(party, watch_id) for watch_id, parties in named.items() for party in sorted(parties)],
    )


def _document(vault: Vault, row: Row) -> str | None:
    if row["document"] is None or (row["client_id"] and not row["wrapped"]):
        return None
    key = vault.unwrap(row["client_id"], row["wrapped"]) if row["client_id"] else vault.own
    return key.open_text(row["document"], document_at(row["version_id"]))
