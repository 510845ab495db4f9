"""Many incidents from one real one: a database with as long a ledger as is wanted.

Each copy is an incident of its own, with its own id, instants, client, desk and person, and with
the chain of its entries hashed anew; sealed in a tree over all of them. What was said to whom
(pages, messages, disclosures) is not copied: no query of intervals reads it.
"""

import json
import uuid
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from app.clock import utc_now
from app.database import Database, Transaction, open_database
from app.installation.secrets import read_key
from app.ledger.entry import leaf_hash
from app.ledger.notes.checkpoint import Checkpoint, checkpoint_text
from app.ledger.notes.note import note_bytes, signed
from app.ledger.tree.edge import Edge, frontier, grown
from app.ledger.tree.merkle import root
from app.ledger.tree.tile import Tile
from app.models.columns import instant, milliseconds
from app.sealing.kept import KeptHeads
from app.sealing.keys import LedgerKey
from app.store.sealing.log import insert_checkpoint, lock_log, replace_head, write_tiles
from app.vault import Vault

YEARS: Final = 5
CHUNK: Final = 20_000
INSTANTS: Final = ("occurred_at", "opened_at", "acknowledged_at", "arrived_at", "closed_at")
PARTIES: Final = ("from_id", "to_id", "actor_id")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A desk and its person, who take the places of those of the incident."""

    desk_id: str
    person_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The incident that is copied, and those who took part in it."""

    incident: Row
    entries: Sequence[Row]
    desk_id: str
    person_id: str
    # Hashes of everything in the log already, in order of their places.
    sealed: Sequence[bytes]
    log: Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What there is now to ask for."""

    log_id: str
    size: int
    incident_ids: Sequence[str]


async def fill(
    url: str, key_file: Path, entries: int, clients: Sequence[str], teams: Sequence[Team]
) -> Filled:
    """Copy the only incident of a database, which is sealed, until its log has so many entries."""
    # Nothing that is sealed is read, and nothing is sealed.
    database = await open_database(url, Vault(bytes(32)))
    try:
        async with database.transaction() as tx:
            original = await _original(tx)
        copies = _Copies(original)
        count = (entries - len(copies.hashes)) // len(original.entries)
        ids = []
        for number in range(count):
            client, team = clients[number % len(clients)], teams[number % len(teams)]
            ids.append(copies.add(number, count, client, team))
            if copies.is_full or number + 1 == count:
                async with database.transaction() as tx:
                    await copies.flush(tx)
        await _seal(database, key_file, original.log["id"], copies.hashes)
        if database.is_shared:
            async with database.transaction() as tx:
                await tx.fetch("ANALYZE")
    finally:
        await database.close()
    return Filled(
        log_id=original.log["id"],
        size=len(copies.hashes),
        incident_ids=ids,
    )


async def _original(tx: Transaction) -> Original:
    async def rows(sql: str, *params: object) -> list[Row]:
        return [dict(row) for row in await tx.fetch(sql, *params)]

    (incident,) = await rows("SELECT * FROM incident")
    (log,) = await rows("SELECT * FROM ledger_log")
    chain = await rows(
        "SELECT * FROM ledger_entry WHERE incident_id = $1 ORDER BY seq", incident["id"]
    )
    places = await rows("SELECT leaf_hash FROM ledger_entry ORDER BY leaf_index")
    holders = [one["to_id"] for one in chain if one["type"] in {"opened", "transferred"}]
    return Original(
        incident=incident,
        entries=chain,
        desk_id=holders[0],
        person_id=holders[-1],
        sealed=[bytes(one["leaf_hash"]) for one in places],
        log=log,
    )


class _Copies:
    """Copies, collected and written in large pieces."""

    def __init__(self, original: Original) -> None:
        self.hashes = list(original.sealed)
        self._original = original
        self._incidents: list[Row] = []
        self._entries: list[Row] = []
        chain = [{k: v for k, v in one.items() if k != "id"} for one in original.entries]
        self._forms = [(one, _form(json.loads(bytes(one["leaf"])))) for one in chain]

    @property
    def is_full(self) -> bool:
        """Whether it is time to write."""
        return len(self._entries) >= CHUNK

    def add(self, number: int, count: int, client_id: str, team: Team) -> str:
        """One copy; the first lies years back, the last one ends now."""
        row = dict(self._original.incident)
        back = timedelta(days=365 * YEARS) * ((count - number) / count)
        shift = -(back // timedelta(milliseconds=1))
        incident_id = row["id"] = _id(row["opened_at"] + shift, number)
        row["client_id"] = client_id
        new = {self._original.desk_id: team.desk_id, self._original.person_id: team.person_id}
        for column in INSTANTS:
            row[column] = row[column] + shift if row[column] is not None else None
        for column in ("state", "pseudonyms"):
            for before, after in new.items():
                row[column] = row[column].replace(before, after)
        for one, form in self._forms:
            leaf = form(incident_id, shift, row["ledger_head"] if one["seq"] else None)
            row["ledger_head"] = leaf_hash(leaf)
            self._entries.append(
                one
                | {column: new.get(one[column], one[column]) for column in PARTIES}
                | {"incident_id": incident_id, "leaf": leaf, "leaf_hash": row["ledger_head"]}
                | {"at": one["at"] + shift, "appended_at": one["appended_at"] + shift}
                | {"leaf_index": len(self.hashes)}
            )
            self.hashes.append(row["ledger_head"])
        self._incidents.append(row)
        return str(incident_id)

    async def flush(self, tx: Transaction) -> None:
        """Write what was collected."""
        await _insert(tx, "incident", self._incidents)
        await _insert(tx, "ledger_entry", self._entries)
        self._incidents.clear()
        self._entries.clear()


def _form(leaf: Row) -> Callable[[str, int, bytes | None], bytes]:
    """Makes the leaf of a copy: of another incident, so much later, after another leaf."""
    instants = {
        name: milliseconds(datetime.fromisoformat(leaf[name]))
        for name in ("at", "due")
        if leaf[name] is not None
    }
    marked = leaf | {name: f"@{name}@" for name in (*instants, "incident", "prev")}
    text = json.dumps(marked, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    def made(incident_id: str, shift: int, head: bytes | None) -> bytes:
        prev = "null" if head is None else f'"{b64encode(head).decode()}"'
        filled = text.replace("@incident@", incident_id).replace('"@prev@"', prev)
        for name, at in instants.items():
            said = instant(at + shift).isoformat(timespec="milliseconds")
            filled = filled.replace(f"@{name}@", said.replace("+00:00", "Z"))
        return filled.encode()

    return made


def _id(at: int, number: int) -> str:
    """A UUIDv7 of that millisecond."""
    tail = f"7{number >> 48 & 0xFFF:03x}8{number:015x}"
    digits = f"{at:012x}{tail}"
    return str(uuid.UUID(digits))


async def _seal(database: Database, key_file: Path, log_id: str, hashes: Sequence[bytes]) -> None:
    """The tree over all hashes, with a head as the log's own sealer signs it."""
    edge, tiles = Edge(), dict[tuple[int | None, int], tuple[Tile, bytes]]()
    for first in range(0, len(hashes), 1024):
        made = grown(edge, hashes[first : first + 1024])
        edge = made.edge
        tiles.update({(tile.level, tile.index): (tile, data) for tile, data in made.tiles})
    async with database.transaction() as tx:
        before = await lock_log(tx, log_id)
        assert before is not None, "nobody else is at it"
        assert before.origin is not None, "its first entries are sealed"
        head = Checkpoint(origin=before.origin, size=len(hashes), root=root(frontier(edge)))
        signer = LedgerKey(read_key(key_file)).signer(before.origin)
        note = note_bytes(signed(checkpoint_text(head), signer))
        after = replace(before, size=head.size, root=head.root, checkpoint=note.decode())
        after = replace(after, signed_at=utc_now())
        await write_tiles(tx, log_id, tiles.values())
        assert await replace_head(tx, before, after), "nobody else is at it"
        await insert_checkpoint(tx, after)
    KeptHeads(key_file.with_name(key_file.name + ".heads")).write(log_id, note)


async def _insert(tx: Transaction, table: str, rows: Sequence[Row]) -> None:
    columns = list(rows[0])
    places = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
    await tx.execute_many(
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})",  # noqa: S608  # a table
        [tuple(row.values()) for row in rows],
    )
