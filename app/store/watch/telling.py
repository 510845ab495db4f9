"""What the municipalities have not been told yet, gathered so that each is told once."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from app.database import Transaction
from app.models.columns import instant, milliseconds

CODES_MAX: Final = 20
_CLIENTS: Final = """
    SELECT w.id, CASE w.kind WHEN 'own' THEN 1 ELSE (
      SELECT count(*) FROM client c WHERE c.municipality_id = w.municipality_id
        AND c.retired_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM protocol_version v WHERE v.client_id = c.id)
        AND (w.kind = 'default' OR NOT EXISTS (SELECT 1 FROM protocol_version v
          WHERE v.municipality_id = c.municipality_id AND v.client_id IS NULL))
      ) END AS clients
    FROM protocol_watch w WHERE w.id = ANY($1)
"""


@dataclass(kw_only=True)
class News:
    """What one municipality is to be told, of how many protocols."""

    municipality_id: str
    # "lost", "regained" or "ending".
    what: str
    watch_ids: list[str] = field(default_factory=list)
    clients: int = 0
    # Of the first clients with protocols of their own.
    client_codes: list[str] = field(default_factory=list)
    begins_at: datetime | None = None
    causes: set[str] = field(default_factory=set)
    # Of lost cover: the desks whose steps lost it; of a roster that ends: the desks whose it is.
    desk_ids: set[str] = field(default_factory=set)


async def untold(tx: Transaction) -> Sequence[News]:
    """What was lost or regained and is untold, by municipality."""
    rows = await tx.fetch(
        "SELECT id, municipality_id, untold, untold_from, untold_lost FROM protocol_watch"
        " WHERE untold IS NOT NULL ORDER BY municipality_id, id"
    )
    found: dict[tuple[str, str], News] = {}
    for row in rows:
        key = (row["municipality_id"], row["untold"])
        news = found.setdefault(key, News(municipality_id=key[0], what=key[1]))
        news.watch_ids.append(row["id"])
        _begins(news, row["untold_from"])
        lost = json.loads(row["untold_lost"]) if row["untold_lost"] else {}
        if news.what == "lost":
            news.causes.update(lost.get("causes", ()))
            news.desk_ids.update(lost.get("party_ids", ()))
    await _count(tx, found.values())
    for news in found.values():
        news.desk_ids = await _desks_among(tx, news.desk_ids)
    return list(found.values())


async def forget_untold(tx: Transaction) -> None:
    """They have been told."""
    await tx.execute(
        "UPDATE protocol_watch SET untold = NULL, untold_from = NULL, untold_lost = NULL"
        " WHERE untold IS NOT NULL"
    )


async def endings(tx: Transaction, until: datetime) -> Sequence[News]:
    """Rosters whose plan ends before then, of which nobody was told; they count as told now."""
    rows = await tx.fetch(
        """
        SELECT w.municipality_id, p.watch_id, p.next_from FROM protocol_problem p
        JOIN protocol_watch w ON w.id = p.watch_id
        WHERE p.kind = 'unplanned' AND p.next_from < $1 AND p.told_from IS NULL
        ORDER BY w.municipality_id, p.watch_id
        """,
        milliseconds(until),
    )
    found: dict[str, News] = {}
    for row in rows:
        key = row["municipality_id"]
        news = found.setdefault(key, News(municipality_id=key, what="ending"))
        if row["watch_id"] not in news.watch_ids:
            news.watch_ids.append(row["watch_id"])
        _begins(news, row["next_from"])
    await _count(tx, found.values())
    for news in found.values():
        news.desk_ids = await _ending_desks(tx, news.watch_ids, until)
    await tx.execute(
        "UPDATE protocol_problem SET told_from = next_from"
        " WHERE kind = 'unplanned' AND next_from < $1 AND told_from IS NULL",
        milliseconds(until),
    )
    return list(found.values())


async def is_anything_to_tell(tx: Transaction, until: datetime) -> bool:
    """Whether `untold` or `endings` would find anything."""
    rows = await tx.fetch(
        """
        SELECT EXISTS (SELECT 1 FROM protocol_watch WHERE untold IS NOT NULL)
          OR EXISTS (SELECT 1 FROM protocol_problem
            WHERE kind = 'unplanned' AND next_from < $1 AND told_from IS NULL) AS is_any
        """,
        milliseconds(until),
    )
    return bool(rows[0]["is_any"])


def _begins(news: News, at: int | None) -> None:
    if at is not None and (news.begins_at is None or instant(at) < news.begins_at):
        news.begins_at = instant(at)


async def _count(tx: Transaction, many: Iterable[News]) -> None:
    for news in many:
        rows = await tx.fetch(_CLIENTS, news.watch_ids)
        news.clients = sum(int(row["clients"]) for row in rows)
        rows = await tx.fetch(
            "SELECT c.code FROM protocol_watch w JOIN client c ON c.id = w.client_id"
            " WHERE w.id = ANY($1) ORDER BY c.id LIMIT $2",
            news.watch_ids,
            CODES_MAX,
        )
        news.client_codes = [row["code"] for row in rows]


async def _desks_among(tx: Transaction, party_ids: Iterable[str]) -> set[str]:
    """Those of the parties that are desks."""
    rows = await tx.fetch(
        "SELECT id FROM party WHERE id = ANY($1) AND kind = 'desk'", sorted(party_ids)
    )
    return {row["id"] for row in rows}


async def _ending_desks(tx: Transaction, watch_ids: Sequence[str], until: datetime) -> set[str]:
    """Which desks that these protocols ask then have a roster."""
    rows = await tx.fetch(
        "SELECT r.desk_id, p.party_ids FROM protocol_problem p"
        " JOIN watched_party w ON w.watch_id = p.watch_id"
        " JOIN roster r ON r.desk_id = w.party_id"
        " WHERE p.watch_id = ANY($1) AND p.kind = 'unplanned' AND p.next_from < $2"
        " AND p.told_from IS NULL",
        list(watch_ids),
        milliseconds(until),
    )
    return {row["desk_id"] for row in rows if row["desk_id"] in row["party_ids"]}
