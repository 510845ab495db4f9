"""Heads, tiles and proofs, in the formats of c2sp.org that any tool reads.

Leaves name nobody, so whoever audits a municipality may have all of its tree; a proof of one entry
is also for those whose incident it is.
"""

from functools import partial

from sqlmodel import Session

from app.auth import Principal, Role
from app.channels.channel import rfc3339
from app.installation.answer import FieldError, FieldsInvalid, NotFound
from app.installation.installation import Installation
from app.ledger.notes.note import parse_note
from app.ledger.notes.proof_file import ProofFile, proof_file_bytes
from app.ledger.notes.text import encode64
from app.ledger.tree.proof import consistency_proof, inclusion_proof
from app.ledger.tree.tile import (
    TILE_WIDTH,
    TileInvalid,
    bundle_bytes,
    parse_tile_path,
    width_of,
)
from app.sealing.sealer import SEAL_DEADLINE
from app.store.audit.entry import facts_of
from app.store.audit.log import (
    KnownKey,
    PublishedHead,
    checkpoint_of,
    head_of,
    incident_at,
    known_keys,
    leaves_of,
    predecessors_of,
    stopped_of,
    tile_reader,
)


async def read_head(installation: Installation, principal: Principal, log_id: str) -> PublishedHead:
    """The newest head of a municipality's log.

    Raises:
        NotFound: there is no such log, it is not the caller's, or nothing is signed yet.
        RoleForbids: a provider has no matter there.
    """
    require_log(principal, log_id)
    return await installation.database.read(partial(_head, log_id=log_id))


async def read_log(
    installation: Installation, principal: Principal, log_id: str
) -> dict[str, object]:
    """What a reader needs to know before anything else: who signs, and how far.

    Raises:
        NotFound, RoleForbids: as `read_head` does.
    """
    head = await read_head(installation, principal, log_id)
    keys = await installation.database.read(partial(known_keys, log_id=log_id))
    former = await installation.database.read(partial(predecessors_of, log_id=log_id))
    stopped = await installation.database.read(partial(stopped_of, log_id=log_id))
    return {
        "municipality_id": log_id,
        "origin": head.origin,
        "verifier_key": head.verifier_key,
        "size": head.size,
        "root": encode64(head.root),
        "signed_at": rfc3339(head.signed_at),
        "seal_deadline_seconds": int(SEAL_DEADLINE.total_seconds()),
        "waiting": head.waiting,
        "waiting_since": rfc3339(head.waiting_since) if head.waiting_since else None,
        "stopped": stopped and {"reason": stopped.reason, "since": rfc3339(stopped.since)},
        "keys": [_key(one) for one in keys if one.origin == head.origin],
        "predecessors": [
            {
                "origin": one.origin,
                "checkpoint": one.checkpoint,
                "ended_at": rfc3339(one.ended_at),
                # Since when and until when they signed, a restored database does not know.
                "keys": [
                    {"number": key.number, "verifier_key": key.verifier_key}
                    for key in keys
                    if key.origin == one.origin
                ],
            }
            for one in former
        ],
    }


def _key(key: KnownKey) -> dict[str, object]:
    return {
        "number": key.number,
        "verifier_key": key.verifier_key,
        "made_at": rfc3339(key.made_at),
        "retired_at": rfc3339(key.retired_at) if key.retired_at else None,
    }


async def read_tile(
    installation: Installation, principal: Principal, log_id: str, path: str
) -> bytes:
    """A tile or a bundle of entries, by its path under the log's address.

    Raises:
        NotFound: as `read_head` does; or the path is none, or the tree is not so large.
    """
    require_log(principal, log_id)
    try:
        tile = parse_tile_path(path)
    except TileInvalid:
        raise NotFound from None

    def look(session: Session) -> bytes:
        head = _head(session, log_id)
        if width_of(tile.level or 0, tile.index, head.size) < tile.width:
            raise NotFound
        if tile.level is None:
            leaves = leaves_of(session, log_id, tile.index * TILE_WIDTH, tile.width)
            return bundle_bytes(leaves)
        return tile_reader(session, log_id)(tile.level, tile.index, tile.width)

    return await installation.database.read(look)


async def read_proof(
    installation: Installation, principal: Principal, log_id: str, place: int
) -> bytes:
    """The proof that the entry at a place is in the tree, as a tlog-proof file.

    Raises:
        NotFound: there is no such log or place, or it is not the caller's matter.
    """

    def look(session: Session) -> bytes:
        if not _audits(principal, log_id):
            incident_id = incident_at(session, log_id, place)
            if not facts_of(session, [incident_id or ""], sight=principal.sight):
                raise NotFound
        head = _head(session, log_id)
        if place >= head.size:
            raise NotFound
        proof = inclusion_proof(place, head.size, tile_reader(session, log_id))
        checkpoint = parse_note(head.checkpoint.encode())
        return proof_file_bytes(ProofFile(index=place, proof=proof, checkpoint=checkpoint))

    return await installation.database.read(look)


async def read_consistency(
    installation: Installation, principal: Principal, log_id: str, old_size: int
) -> dict[str, object]:
    """The proof that the log still begins with what it was at a size, with both checkpoints.

    Raises:
        NotFound, RoleForbids: as `read_head` does.
        FieldsInvalid: the log was never so large.
    """
    require_log(principal, log_id)

    def look(session: Session) -> dict[str, object]:
        head = _head(session, log_id)
        if old_size > head.size:
            detail = f"The log has {head.size} sealed entries."
            raise FieldsInvalid(errors=[FieldError(pointer="/old", detail=detail)])
        proof = consistency_proof(old_size, head.size, tile_reader(session, log_id))
        return {
            "old_size": old_size,
            "old_checkpoint": checkpoint_of(session, log_id, old_size),
            "size": head.size,
            "proof": [encode64(one) for one in proof],
            "checkpoint": head.checkpoint,
        }

    return await installation.database.read(look)


def require_log(principal: Principal, log_id: str) -> None:
    """Go on only if a municipality's log is the caller's to read.

    Raises:
        NotFound: it is not the caller's.
        RoleForbids: a provider has no matter there.
    """
    if not principal.sees_municipality(log_id):
        raise NotFound
    principal.require(Role.AUDITOR, Role.COORDINATOR)


def _head(session: Session, log_id: str) -> PublishedHead:
    head = head_of(session, log_id)
    if head is None:
        raise NotFound
    return head


def _audits(principal: Principal, log_id: str) -> bool:
    return principal.role is not Role.PROVIDER and principal.sees_municipality(log_id)
