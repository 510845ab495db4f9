"""What stands beside the tree of a log that is handed on, and whether all of that is there."""

from collections.abc import Iterator

from sqlmodel import Session

from app.database.reading import Reader
from app.installation.answer import NotFound, Refusal
from app.ledger.exports import layout
from app.ledger.notes.key import parse_verifier_key
from app.ledger.notes.note import parse_note
from app.ledger.notes.policy import Policy, Witness, policy_bytes
from app.ledger.notes.proof_file import ProofFile, proof_file_bytes
from app.ledger.tree.proof import ReadTile, inclusion_proof
from app.store.audit.export import missing_of
from app.store.audit.log import (
    PublishedHead,
    Rotation,
    head_of,
    known_keys,
    rotations_of,
    tile_reader,
)


class LogBroken(Refusal):
    """What is stored of a log is not what its head says; `ledger verify` says more."""


async def require_whole(reader: Reader, log_id: str) -> None:
    """Go on only if all of a log is there to be handed on, as far as counting tells.

    Raises:
        NotFound: there is no such log, or nothing is sealed yet.
        LogBroken: an entry or a tile is missing.
    """

    def look(session: Session) -> str | None:
        head = head_of(session, log_id)
        if head is None:
            raise NotFound
        return missing_of(session, log_id, head.size)

    missing = await reader.read(look)
    if missing is not None:
        raise LogBroken(f"The log is not whole: {missing} are missing.")


def head_files(session: Session, log_id: str, head: PublishedHead) -> dict[str, bytes]:
    """The key, the checkpoint, whose signatures count, and how the keys followed one another."""
    keys = dict.fromkeys(
        (head.verifier_key, *(one.verifier_key for one in known_keys(session, log_id)))
    )
    witnesses = [parse_verifier_key(one) for one in head.witnesses]
    policy = Policy(
        logs=tuple(parse_verifier_key(one) for one in keys),
        # By name and id: a witness may have had several keys.
        witnesses=tuple(Witness(name=f"{one.name}+{one.id.hex()}", key=one) for one in witnesses),
    )
    files = {
        layout.VERIFIER_KEY: f"{head.verifier_key}\n".encode(),
        layout.CHECKPOINT: head.checkpoint.encode(),
        layout.POLICY: policy_bytes(policy),
    }
    read_tile = tile_reader(session, log_id)
    for number, one in enumerate(rotations_of(session, log_id, head.size), 2):
        files |= {
            layout.key_file(number, part): data
            for part, data in zip(layout.KEY_PARTS, _key_parts(one, read_tile), strict=True)
        }
    return files


def _key_parts(one: Rotation, read_tile: ReadTile) -> Iterator[bytes]:
    yield one.leaf
    yield f"{one.disclosure}\n".encode()
    yield proof_file_bytes(
        ProofFile(
            index=one.leaf_index,
            proof=inclusion_proof(one.leaf_index, one.size, read_tile),
            checkpoint=parse_note(one.checkpoint.encode()),
        )
    )
