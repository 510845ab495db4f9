"""The evidence of one incident: what is sealed of it, with what of it the caller may see."""

from collections.abc import Iterator, Mapping, Sequence

from sqlmodel import Session

from app.auth import Principal
from app.commands.audit.entries import visible
from app.commands.ledgers.documents import document_lines, pinned_versions, sees_protocols
from app.commands.ledgers.head import head_files
from app.evidence.evidence import Evidence
from app.installation.answer import NotFound, Refusal
from app.installation.installation import Installation
from app.ledger.disclosure import Disclosure, DisclosureInvalid, decode, digest
from app.ledger.entry import parse_leaf
from app.ledger.exports.disclosed import Disclosed
from app.ledger.notes.note import parse_note
from app.ledger.notes.proof_file import ProofFile
from app.ledger.tree.proof import ReadTile, inclusion_proof
from app.ledger.words import EntryType
from app.store.audit.entry import StoredEntry, disclosures_of, entries_of, facts_of
from app.store.audit.export import later_erasures
from app.store.audit.log import PublishedHead, head_of, log_of, tile_reader

ENTRIES_MAX = 100_000


class NothingSealed(Refusal):
    """No entry of this incident is sealed yet; that takes some seconds after it was opened."""


async def read_evidence(
    installation: Installation, principal: Principal, incident_id: str
) -> Evidence:
    """The evidence of an incident, of one instant.

    Raises:
        NotFound: there is no such incident, or it is not the caller's.
        NothingSealed: there is nothing yet that could be proven.
    """

    def look(session: Session) -> Evidence:
        facts = facts_of(session, [incident_id], sight=principal.sight).get(incident_id)
        if facts is None:
            raise NotFound
        log_id = log_of(session, incident_id)
        head = None if log_id is None else head_of(session, log_id)
        entries = entries_of(session, incident_id, after_seq=-1, limit=ENTRIES_MAX)
        sealed = list(_sealed(entries))
        if log_id is None or head is None or not sealed:
            raise NothingSealed
        read_tile = _remembering(tile_reader(session, log_id))
        disclosed = _disclosed(
            session, principal, sealed, incident_id=incident_id, log_id=log_id, size=head.size
        )
        may_see = sees_protocols(session, principal, facts.client_id)
        pinned = list(pinned_versions(disclosed)) if may_see else []
        return Evidence(
            incident_id=incident_id,
            head=head_files(session, log_id, head),
            leaves=[one.leaf for one in sealed],
            proofs=[_proof(one, head, read_tile) for one in sealed],
            disclosed=disclosed,
            documents=document_lines(session, pinned),
            waiting=len(entries) - len(sealed),
        )

    return await installation.database.read(look)


def _sealed(entries: Sequence[StoredEntry]) -> Iterator[StoredEntry]:
    for one in entries:
        if one.leaf_index is None:
            return
        yield one


def _proof(entry: StoredEntry, head: PublishedHead, read_tile: ReadTile) -> ProofFile:
    assert entry.leaf_index is not None, "it is sealed"
    return ProofFile(
        index=entry.leaf_index,
        proof=inclusion_proof(entry.leaf_index, head.size, read_tile),
        checkpoint=parse_note(head.checkpoint.encode()),
    )


def _disclosed(
    session: Session,
    principal: Principal,
    sealed: Sequence[StoredEntry],
    *,
    incident_id: str,
    log_id: str,
    size: int,
) -> list[Disclosed]:
    """A line for each digest that opens, without what the caller may not see."""
    stored = disclosures_of(session, incident_id, from_seq=0, to_seq=sealed[-1].seq)
    lines = list(_read(stored))
    may_see = visible(session, principal, [read for read, _, _ in lines])
    told = [
        Disclosed(
            incident=incident_id,
            seq=seq,
            digest=digest(text),
            disclosure=text if may_see(read) else None,
        )
        for read, seq, text in lines
    ]
    erasures = later_erasures(session, log_id, [incident_id], size).get(incident_id, ())
    erased = {one for leaf in erasures for one in parse_leaf(leaf).sd}
    if not erased:
        return told
    there = {(one.seq, one.digest) for one in told}
    # What was erased, while the entry that says so has no place yet.
    return told + [
        Disclosed(incident=incident_id, seq=entry.seq, digest=one, disclosure=None)
        for entry in sealed
        if entry.type != EntryType.ERASED
        for one in parse_leaf(entry.leaf).sd
        if one in erased and (entry.seq, one) not in there
    ]


def _read(stored: Mapping[int, Sequence[str]]) -> Iterator[tuple[Disclosure, int, str]]:
    """What is disclosed, by whose entry; the verifier will miss what cannot be read."""
    for seq, texts in stored.items():
        for text in texts:
            try:
                yield decode(text), seq, text
            except DisclosureInvalid:
                continue


def _remembering(read_tile: ReadTile) -> ReadTile:
    """Reads each tile once."""
    tiles: dict[tuple[int, int, int], bytes] = {}

    def read(level: int, index: int, width: int) -> bytes:
        place = (level, index, width)
        if place not in tiles:
            tiles[place] = read_tile(*place)
        return tiles[place]

    return read
