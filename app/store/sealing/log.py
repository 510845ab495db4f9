"""Logs: their heads, their tiles, and the entries that wait for a place in the tree."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.database import Transaction
from app.ledger.seal import Unsealed
from app.ledger.tree.merkle import EMPTY_ROOT
from app.ledger.tree.tile import Tile
from app.models.columns import instant, milliseconds

# A root, and when it was signed last.
SignedRoot = tuple[bytes, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogHead:
    """A log as it stands: what is sealed of it, and the checkpoint that says so.

    `origin`, `verifier_key` and `checkpoint` are None before the first seal.
    """

    id: str
    origin: str | None
    verifier_key: str | None
    size: int
    root: bytes
    checkpoint: str | None
    signed_at: datetime | None


async def log_ids(tx: Transaction) -> Sequence[str]:
    """All logs of the installation."""
    return [row["id"] for row in await tx.fetch("SELECT id FROM ledger_log ORDER BY id")]


async def newest_roots(tx: Transaction) -> Mapping[str, SignedRoot | None]:
    """All logs, and the root that each has signed last; None before its first head."""
    rows = await tx.fetch("SELECT id, root, signed_at FROM ledger_log ORDER BY id")
    return {
        row["id"]: (bytes(row["root"]), instant(row["signed_at"]))
        if row["root"] is not None and row["signed_at"] is not None
        else None
        for row in rows
    }


async def waiting_since(tx: Transaction) -> Mapping[str, datetime]:
    """The logs of which anything is unsealed: since when its oldest entry waits."""
    rows = await tx.fetch(
        "SELECT log_id, min(appended_at) AS since FROM ledger_entry"
        " WHERE leaf_index IS NULL GROUP BY log_id"
    )
    return {row["log_id"]: instant(row["since"]) for row in rows}


async def lock_log(tx: Transaction, log_id: str) -> LogHead | None:
    """The log, locked until the transaction ends; None while another node is at it.

    Not for its key: appends hold a share of that by their foreign key, and must not keep the
    sealer out.
    """
    rows = await tx.fetch(
        "SELECT id, origin, verifier_key, size, root, checkpoint, signed_at FROM ledger_log"
        " WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED",
        log_id,
    )
    if not rows:
        return None
    row = rows[0]
    return LogHead(
        id=row["id"],
        origin=row["origin"],
        verifier_key=row["verifier_key"],
        size=row["size"],
        root=EMPTY_ROOT if row["root"] is None else bytes(row["root"]),
        checkpoint=row["checkpoint"],
        signed_at=instant(row["signed_at"]) if row["signed_at"] is not None else None,
    )


async def unsealed_entries(tx: Transaction, log_id: str, limit: int) -> Sequence[Unsealed]:
    """Entries without a place, in the order of their ids: a set, never a watermark.

    Ids are given at the insert and seen at the commit, so a lower one may come later.
    """
    rows = await tx.fetch(
        "SELECT id, leaf, leaf_hash FROM ledger_entry"
        " WHERE log_id = $1 AND leaf_index IS NULL ORDER BY id LIMIT $2",
        log_id,
        limit,
    )
    return [
        Unsealed(id=row["id"], leaf=bytes(row["leaf"]), leaf_hash=bytes(row["leaf_hash"]))
        for row in rows
    ]


async def own_entry(tx: Transaction, log_id: str, *, seq: int) -> Unsealed:
    """An entry of the log's own chain, which has no place yet."""
    (row,) = await tx.fetch(
        "SELECT e.id, e.leaf, e.leaf_hash FROM ledger_entry e JOIN ledger_log l ON l.id = e.log_id"
        " WHERE l.id = $1 AND e.incident_id = COALESCE(l.chain_id, l.id) AND e.seq = $2",
        log_id,
        seq,
    )
    return Unsealed(id=row["id"], leaf=bytes(row["leaf"]), leaf_hash=bytes(row["leaf_hash"]))


async def is_rotation_sealed(tx: Transaction, log_id: str) -> bool:
    """Whether every entry that names a key of the log has its place."""
    rows = await tx.fetch(
        "SELECT count(*) AS n FROM ledger_entry e JOIN ledger_log l ON l.id = e.log_id"
        " WHERE l.id = $1 AND e.incident_id = COALESCE(l.chain_id, l.id)"
        " AND e.type = 'key_rotated' AND e.leaf_index IS NULL",
        log_id,
    )
    return int(rows[0]["n"]) == 0


async def last_sealed(
    tx: Transaction, log_id: str, entry_ids: Sequence[int]
) -> Mapping[str, bytes]:
    """By incident of these entries the leaf of its last entry that has a place.

    Joined crosswise, which SQLite leaves in this order: from the other end it reads the whole log.
    """
    rows = await tx.fetch(
        """
        SELECT e.incident_id, e.leaf
        FROM (SELECT DISTINCT incident_id FROM ledger_entry WHERE id = ANY($2)) w
        CROSS JOIN ledger_entry e
        WHERE e.log_id = $1 AND e.incident_id = w.incident_id
          AND e.seq = (SELECT max(o.seq) FROM ledger_entry o
            WHERE o.incident_id = w.incident_id AND o.leaf_index IS NOT NULL)
        """,
        log_id,
        list(entry_ids),
    )
    return {row["incident_id"]: bytes(row["leaf"]) for row in rows}


async def read_tiles(
    tx: Transaction, log_id: str, places: Iterable[tuple[int, int]]
) -> Mapping[tuple[int, int], bytes]:
    """Tiles by (level, index), as wide as they are; those that do not exist are left out."""
    wanted = set(places)
    rows = await tx.fetch(
        "SELECT level, n, hashes FROM ledger_tile"
        " WHERE log_id = $1 AND level = ANY($2) AND n = ANY($3)",
        log_id,
        sorted({level for level, _ in wanted}),
        sorted({index for _, index in wanted}),
    )
    found = {(row["level"], row["n"]): bytes(row["hashes"]) for row in rows}
    return {place: found[place] for place in wanted if place in found}


async def write_tiles(tx: Transaction, log_id: str, tiles: Iterable[tuple[Tile, bytes]]) -> None:
    """New tiles, and those that grew wider."""
    await tx.execute_many(
        "INSERT INTO ledger_tile (log_id, level, n, hashes) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (log_id, level, n) DO UPDATE SET hashes = excluded.hashes",
        [(log_id, tile.level, tile.index, hashes) for tile, hashes in tiles],
    )


async def give_places(tx: Transaction, places: Iterable[tuple[int, int]]) -> None:
    """Give entries their places: (id, leaf index) each."""
    await tx.execute_many("UPDATE ledger_entry SET leaf_index = $2 WHERE id = $1", places)


async def replace_head(tx: Transaction, before: LogHead, after: LogHead) -> bool:
    """Compare and swap the head of a log; False if it is not what it was."""
    changed = await tx.execute(
        """
        UPDATE ledger_log SET origin = $2, verifier_key = $3, size = $4, root = $5,
          checkpoint = $6, signed_at = $7
        WHERE id = $1 AND size = $8 AND (root = $9 OR (root IS NULL AND size = 0))
        """,
        before.id,
        after.origin,
        after.verifier_key,
        after.size,
        after.root,
        after.checkpoint,
        milliseconds(after.signed_at) if after.signed_at else None,
        before.size,
        before.root,
    )
    return changed == 1


async def insert_checkpoint(tx: Transaction, head: LogHead) -> None:
    """Keep a head that was signed; a heartbeat signs the one that is kept already."""
    assert head.signed_at is not None, "it was signed"
    await tx.execute(
        "INSERT INTO ledger_checkpoint (log_id, size, root, note, signed_at)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (log_id, size) DO NOTHING",
        head.id,
        head.size,
        head.root,
        head.checkpoint,
        milliseconds(head.signed_at),
    )
