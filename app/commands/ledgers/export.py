"""A whole log as files, consistent with one checkpoint while the log grows on.

What is sealed never changes, so the head is read first, and all else afterwards up to its size, a
bounded part at a time: no snapshot is held for long, and a log of any size fits.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from itertools import groupby
from typing import Final

from sqlmodel import Session

from app.auth import Principal, Role
from app.commands.audit.entries import visible
from app.commands.ledgers.documents import document_lines, pinned_versions
from app.commands.ledgers.head import LogBroken, head_files, require_whole
from app.commands.ledgers.reading import require_log
from app.commands.ledgers.recipients import recipient_of
from app.database.reading import Reader
from app.installation.answer import NotFound
from app.installation.installation import Installation
from app.ledger.disclosure import DisclosureInvalid, decode
from app.ledger.entry import LeafInvalid, parse_leaf
from app.ledger.exports import layout
from app.ledger.exports.disclosed import Disclosed, disclosed_line, parse_disclosed
from app.ledger.tree.merkle import HASH_BYTES
from app.ledger.tree.tile import TILE_WIDTH, Tile, bundle_bytes, tile_path, tiles_of
from app.ledger.words import EntryType
from app.sealing.life.exporting import record_export
from app.store.audit.export import (
    PlacedEntry,
    SeenHead,
    later_erasures,
    placed_disclosures,
    placed_entries,
    seen_heads,
    tiles_between,
)
from app.store.audit.log import PublishedHead, head_of
from app.store.vault.disclosures import StoredDisclosure

# The files that are made line by line.
LINES: Final = (layout.DISCLOSURES, layout.PROTOCOLS)
# Bundles, or tiles of one level, that are read from one snapshot.
AT_ONCE: Final = 16
DOCUMENTS_AT_ONCE: Final = 200
# How the line of an incident's first entry ends.
_FIRST: Final = b'"seq":0}\n'

# Of some disclosures those that the reader may see.
Seen = Callable[[Session, Sequence[StoredDisclosure]], Sequence[StoredDisclosure]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A file of an export, or the next part of one of the two that are made line by line."""

    name: str
    data: bytes


async def export_log(
    reader: Reader,
    log_id: str,
    *,
    head: PublishedHead | None = None,
    disclosures: bool = True,
    documents: bool = True,
    seen: Seen | None = None,
) -> AsyncIterator[Piece]:
    """The files of a log at a head of it; those of `LINES` come in several parts.

    Args:
        reader: the database.
        log_id: the municipality's.
        head: what it is to be exported at; the newest one if None.
        disclosures: whether what entries disclose is handed on.
        documents: whether the protocols that these name are, too.
        seen: what of it the reader may see; everything if None.

    Raises:
        NotFound: there is no such log, or nothing is sealed yet. Nothing was given before.
        LogBroken: an entry or a tile is missing.
    """
    head = head or await reader.read(partial(head_of, log_id=log_id))
    if head is None:
        raise NotFound
    seen_before = await reader.read(partial(seen_heads, log_id=log_id, size=head.size))
    beside = await reader.read(partial(head_files, log_id=log_id, head=head))
    for name, data in (beside | seen_files(seen_before)).items():
        yield Piece(name=name, data=data)
    if disclosures:
        yield Piece(name=layout.DISCLOSURES, data=b"")
    pinned: dict[str, None] = {}
    async for piece in _grown(reader, log_id, head.size, told=disclosures, seen=seen):
        pinned |= dict.fromkeys(_pinned(piece))
        yield piece
    async for piece in _documents(reader, list(pinned) if documents else []):
        yield piece


async def _grown(
    reader: Reader, log_id: str, size: int, *, told: bool, seen: Seen | None
) -> AsyncIterator[Piece]:
    """The tiles and entries of a log of this size, with what the entries disclose."""
    for level, run in _runs(size):
        for piece in await reader.read(partial(_tiles, log_id=log_id, level=level, run=run)):
            yield piece
        if level == 0:
            look = partial(_entries, log_id=log_id, run=run, size=size, told=told, seen=seen)
            for piece in await reader.read(look):
                yield piece


def seen_files(heads: Sequence[SeenHead]) -> dict[str, bytes]:
    """Heads that others have seen, with what they said; nothing where nobody was asked."""
    files: dict[str, bytes] = {}
    for one in heads:
        name = layout.head_file(one.size)
        files[name] = one.note.encode()
        if one.cosigned is not None:
            files[name + layout.COSIGNED_SUFFIX] = one.cosigned.encode()
        if one.token is not None:
            files[name + layout.STAMP_SUFFIX] = one.token
    return files | {layout.HEAD_SUMS: layout.sums_bytes(files)} if files else files


async def export_for(
    installation: Installation, principal: Principal, log_id: str
) -> AsyncIterator[Piece]:
    """The same for the holder of a key, on record; an auditor gets what says nothing of persons.

    So no protocols: their titles and approvals name people.

    Raises:
        NotFound: there is no such log, or it is not the caller's.
        RoleForbids: a provider has no matter there.
        LogBroken: an entry or a tile is missing. Nothing is on record.
    """
    require_log(principal, log_id)
    database = installation.database
    await require_whole(database, log_id)
    recipient = await recipient_of(installation, principal)
    head = await record_export(database, log_id, recipient, installation.clock())
    if head is None:
        raise NotFound
    is_auditor = principal.role is Role.AUDITOR
    seen = partial(_seen_by, principal) if is_auditor else None
    return export_log(database, log_id, head=head, documents=not is_auditor, seen=seen)


def _pinned(piece: Piece) -> Iterator[str]:
    """The versions of protocols that a part of the disclosures names."""
    if piece.name == layout.DISCLOSURES:
        lines = piece.data.splitlines(keepends=True)
        yield from pinned_versions(parse_disclosed(one) for one in lines if one.endswith(_FIRST))


async def _documents(reader: Reader, version_ids: Sequence[str]) -> AsyncIterator[Piece]:
    """The documents of these versions, no line twice."""
    told: set[bytes] = set()
    for first in range(0, len(version_ids), DOCUMENTS_AT_ONCE):
        wanted = version_ids[first : first + DOCUMENTS_AT_ONCE]
        found = await reader.read(partial(document_lines, version_ids=wanted))
        lines = {sha256(one).digest(): one for one in found}
        data = b"".join(one for digest, one in lines.items() if digest not in told)
        told.update(lines)
        if data:
            yield Piece(name=layout.PROTOCOLS, data=data)


def _seen_by(
    principal: Principal, session: Session, found: Sequence[StoredDisclosure]
) -> Sequence[StoredDisclosure]:
    opened = []
    for one in found:
        try:
            opened.append((one, decode(one.disclosure)))
        except DisclosureInvalid:
            continue
    may_see = visible(session, principal, [disclosure for _, disclosure in opened])
    return [one for one, disclosure in opened if may_see(disclosure)]


def _runs(size: int) -> Iterator[tuple[int, Sequence[Tile]]]:
    """The tiles, some neighbours of one level at a time."""

    def place(tile: Tile) -> tuple[int, int]:
        return tile.level or 0, tile.index // AT_ONCE

    for (level, _), run in groupby(tiles_of(size), place):
        yield level, list(run)


def _tiles(session: Session, *, log_id: str, level: int, run: Sequence[Tile]) -> list[Piece]:
    stored = tiles_between(session, log_id, level, run[0].index, len(run))
    pieces = []
    for tile in run:
        # The last one may have grown since the head was read.
        hashes = stored.get(tile.index, b"")[: tile.width * HASH_BYTES]
        if len(hashes) != tile.width * HASH_BYTES:
            raise LogBroken(f"{tile_path(tile)} is not stored")
        pieces.append(Piece(name=tile_path(tile), data=hashes))
    return pieces


def _entries(  # what one snapshot says of some neighbouring bundles
    session: Session,
    *,
    log_id: str,
    run: Sequence[Tile],
    size: int,
    told: bool,
    seen: Seen | None,
) -> list[Piece]:
    first, count = run[0].index * TILE_WIDTH, sum(tile.width for tile in run)
    entries = placed_entries(session, log_id, first, count)
    if len(entries) != count:
        raise LogBroken(f"of {count} entries from {first} on {len(entries)} are stored")
    pieces = []
    for tile in run:
        start = tile.index * TILE_WIDTH - first
        data = bundle_bytes(one.leaf for one in entries[start : start + tile.width])
        bundle = Tile(level=None, index=tile.index, width=tile.width)
        pieces.append(Piece(name=tile_path(bundle), data=data))
    if told:
        stored = placed_disclosures(session, log_id, first, count)
        open_ = set(stored if seen is None else seen(session, stored))
        lines = [_line(one, is_open=one in open_) for one in stored]
        lines += _erased_later(session, log_id, entries, stored, size)
        pieces.append(Piece(name=layout.DISCLOSURES, data=b"".join(lines)))
    return pieces


def _line(one: StoredDisclosure, *, is_open: bool) -> bytes:
    return disclosed_line(
        Disclosed(
            incident=one.incident_id,
            seq=one.seq,
            digest=one.digest,
            disclosure=one.disclosure if is_open else None,
        )
    )


def _erased_later(
    session: Session,
    log_id: str,
    entries: Sequence[PlacedEntry],
    stored: Sequence[StoredDisclosure],
    size: int,
) -> Iterator[bytes]:
    """What was erased while the entry that says so has no place in this export."""
    there = {(one.incident_id, one.seq, one.digest) for one in stored}
    gone = [one for entry in entries for one in _commitments(entry) if one not in there]
    incidents = {incident for incident, _, _ in gone}
    erasures = later_erasures(session, log_id, incidents, size) if incidents else {}
    erased = {
        (incident, digest)
        for incident, leaves in erasures.items()
        for leaf in leaves
        for digest in parse_leaf(leaf).sd
    }
    for incident, seq, digest in gone:
        if (incident, digest) in erased:
            one = Disclosed(incident=incident, seq=seq, digest=digest, disclosure=None)
            yield disclosed_line(one)


def _commitments(entry: PlacedEntry) -> Iterator[tuple[str, int, str]]:
    """The digests of an entry; of one that is no leaf the verifier says so."""
    if b'"sd":[]' in entry.leaf:
        return
    try:
        leaf = parse_leaf(entry.leaf)
    except LeafInvalid:
        return
    if leaf.type is not EntryType.ERASED:
        for digest in leaf.sd:
            yield entry.incident_id, entry.seq, digest
