"""The places of a log's entries in its tree, as they are stored: nothing is parsed on the way."""

from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import RowMapping, text
from sqlmodel import Session

from app.ledger.tree.tile import TILE_WIDTH

Raw = RowMapping

_LOG: Final = text("SELECT origin, size, root, checkpoint FROM ledger_log WHERE id = :log")
_KEYS: Final = text("""
    SELECT verifier_key FROM ledger_key
    WHERE log_id = :log AND origin = :origin AND retired_at IS NULL
""")
_PLACED: Final = text("""
    SELECT leaf_index, incident_id, seq, leaf FROM ledger_entry
    WHERE log_id = :log AND leaf_index > :after ORDER BY leaf_index LIMIT :limit
""")
_COUNTED: Final = text("""
    SELECT (SELECT count(*) FROM ledger_entry WHERE log_id = :log AND leaf_index IS NOT NULL)
        AS entries,
      (SELECT count(*) FROM ledger_tile WHERE log_id = :log) AS tiles
""")
_WAITING: Final = text("""
    SELECT count(*) AS entries, min(appended_at) AS since FROM ledger_entry
    WHERE log_id = :log AND leaf_index IS NULL AND appended_at < :before
""")


def stored_logs(session: Session) -> Sequence[str]:
    """The ids of all logs."""
    found = session.connection().execute(text("SELECT id FROM ledger_log ORDER BY id"))
    return list(found.scalars())


def stored_log(session: Session, log_id: str) -> Raw:
    """The row of a log."""
    return session.connection().execute(_LOG, {"log": log_id}).mappings().one()


def stored_keys(session: Session, log_id: str, origin: str) -> Sequence[str]:
    """The keys that sign for a log now."""
    found = session.connection().execute(_KEYS, {"log": log_id, "origin": origin})
    return list(found.scalars())


def placed_by_tile(session: Session, log_id: str) -> Iterator[Sequence[Raw]]:
    """The entries that have a place, in the order of these, as many at a time as a tile has."""
    after = -1
    while True:
        values = {"log": log_id, "after": after, "limit": TILE_WIDTH}
        rows = list(session.connection().execute(_PLACED, values).mappings())
        if rows:
            yield rows
        if len(rows) < TILE_WIDTH:
            return
        after = rows[-1]["leaf_index"]


def counted(session: Session, log_id: str) -> Raw:
    """How many `entries` have any place, and how many `tiles` there are."""
    return session.connection().execute(_COUNTED, {"log": log_id}).mappings().one()


def waiting(session: Session, log_id: str, before: int) -> Raw:
    """How many `entries` appended before an instant have no place; `since` when (ms)."""
    values = {"log": log_id, "before": before}
    return session.connection().execute(_WAITING, values).mappings().one()
