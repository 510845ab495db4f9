"""Asking witnesses to cosign our logs, and keeping what they answer.

A witness that is away, or answers nonsense, costs a line in the log and is asked again later. One
that has seen another history of our log is an alarm: one of the two is a lie.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Final

import structlog
from sqlmodel import Session

from app.installation.installation import Installation
from app.ledger.notes.key import VerifierKey, verifier_key_text
from app.ledger.notes.note import (
    Note,
    Signature,
    SignatureInvalid,
    Verified,
    parse_note,
    verified,
)
from app.ledger.notes.text import FormatInvalid
from app.ledger.notes.witness import (
    AddCheckpoint,
    Answer,
    add_checkpoint_bytes,
    parse_cosignatures,
    parse_size,
    with_cosignature,
)
from app.ledger.tree.proof import consistency_proof
from app.publishing.asking import Asker, NoAnswer
from app.store.audit.log import tile_reader
from app.store.publishing.outside import (
    StoredHead,
    ToWitness,
    claim_witness,
    cosigned_of,
    count_conflicts,
    head_to_witness,
    logs_to_witness,
    record_witness,
    write_cosigned,
)
from app.telemetry import COSIGNATURES, WITNESS_CONFLICTS

# After a seal, not more often than this; and without one as often as a head is signed anew.
PAUSE: Final = timedelta(seconds=10)
HEARTBEAT: Final = timedelta(minutes=5)
# A cosignature that states another time than ours would convict the honest: it is not kept.
AHEAD_MAX: Final = timedelta(seconds=30)
BEHIND_MAX: Final = timedelta(seconds=1)
_PLAIN: Final = "text/plain; charset=utf-8"
_BUSY: Final = frozenset({408, 425, 429, 500, 502, 503, 504})

log = structlog.get_logger()


class Fault(StrEnum):
    """Why there is no cosignature."""

    # It could not be reached, or took too long.
    AWAY = "away"
    # It does not know the log, or not its key: it must be told.
    UNKNOWN_LOG = "unknown_log"
    # It has seen a tree that ours does not continue, or one that is larger.
    CONFLICT = "conflict"
    # Its answer is none that the protocol has, or its signature is wrong.
    NONSENSE = "nonsense"
    # Its clock is not ours.
    CLOCK = "clock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A witness: where it is asked, and the key by which its cosignatures are verified."""

    url: str
    key: VerifierKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosigned:
    """What a witness answered: its signature with the time, or why there is none."""

    size: int
    signature: Signature | None = None
    at: datetime | None = None
    fault: Fault | None = None


class Cosigning:
    """Asks each of the witnesses about each log of the installation."""

    def __init__(self, installation: Installation, peers: Sequence[Peer], asker: Asker) -> None:
        """Nobody is asked yet."""
        self._installation = installation
        self._peers = peers
        self._asker = asker

    async def run_once(self) -> int:
        """Ask whoever is to be asked by now; how many cosignatures came."""
        counts = await asyncio.gather(*(self._ask_about_all(peer) for peer in self._peers))
        WITNESS_CONFLICTS.set(await self._installation.database.read(count_conflicts))
        return sum(counts)

    async def _ask_about_all(self, peer: Peer) -> int:
        now, count, key = self._installation.clock(), 0, verifier_key_text(peer.key)
        look = partial(logs_to_witness, verifier_key=key, now=now, pause=PAUSE, heartbeat=HEARTBEAT)
        for due in await self._installation.database.read(look):
            async with self._installation.database.transaction() as tx:
                is_ours = await claim_witness(tx, key, due, now)
            if is_ours:
                answer = await self._ask(peer, due)
                count += answer.signature is not None
                if answer.fault is Fault.AWAY:
                    break
        return count

    async def _ask(self, peer: Peer, due: ToWitness) -> Cosigned:
        head, answer = await self._exchange(peer, due.log_id, due.size)
        if answer.fault is None and answer.signature is None:
            # It has another size than we thought: once more, with the proof from there.
            head, answer = await self._exchange(peer, due.log_id, answer.size)
            if answer.fault is None and answer.signature is None:
                answer = Cosigned(size=answer.size, fault=Fault.NONSENSE)
        await self._keep(peer, head, answer)
        return answer

    async def _exchange(self, peer: Peer, log_id: str, old: int) -> tuple[StoredHead, Cosigned]:
        look = partial(_request, log_id=log_id, old=old)
        head, request = await self._installation.database.read(look)
        try:
            status, body = await self._asker.post(
                f"{peer.url}/add-checkpoint", add_checkpoint_bytes(request), _PLAIN
            )
        except NoAnswer:
            return head, Cosigned(size=old, fault=Fault.AWAY)
        try:
            return head, self._read(peer, head, request, status, body)
        except (FormatInvalid, SignatureInvalid):
            return head, Cosigned(size=old, fault=Fault.NONSENSE)

    def _read(
        self, peer: Peer, head: StoredHead, request: AddCheckpoint, status: int, body: bytes
    ) -> Cosigned:
        old = request.old_size
        match status:
            case Answer.COSIGNED:
                return self._cosigned(peer, head, request, body)
            case Answer.OTHER_SIZE if old != (size := parse_size(body)) <= head.size:
                return Cosigned(size=size)
            case Answer.OTHER_SIZE | Answer.NOT_CONSISTENT:
                fault = Fault.CONFLICT
            case Answer.UNKNOWN_LOG | Answer.NOT_SIGNED:
                fault = Fault.UNKNOWN_LOG
            case _:
                fault = Fault.AWAY if status in _BUSY else Fault.NONSENSE
        return Cosigned(size=old, fault=fault)

    def _cosigned(
        self, peer: Peer, head: StoredHead, request: AddCheckpoint, body: bytes
    ) -> Cosigned:
        now = self._installation.clock()
        cosigned = Note(text=request.checkpoint.text, signatures=parse_cosignatures(body))
        right: Verified = verified(cosigned, [peer.key])[-1]
        own = [
            one
            for one in cosigned.signatures
            if (one.name, one.key_id) == (peer.key.name, peer.key.id)
        ]
        if right.at is None or not head.signed_at - BEHIND_MAX <= right.at <= now + AHEAD_MAX:
            return Cosigned(size=request.old_size, fault=Fault.CLOCK)
        return Cosigned(size=head.size, signature=own[-1], at=right.at)

    async def _keep(self, peer: Peer, head: StoredHead, answer: Cosigned) -> None:
        key, log_id = verifier_key_text(peer.key), head.log_id
        async with self._installation.database.transaction() as tx:
            if answer.signature is not None:
                lines = await cosigned_of(tx, log_id, head.size) or ""
                lines = with_cosignature(lines, answer.signature)
                await write_cosigned(tx, log_id, head.size, lines)
            await record_witness(
                tx,
                log_id,
                key,
                size=answer.size,
                cosigned_at=answer.at,
                fault=answer.fault,
            )
        COSIGNATURES.labels(answer.fault or "cosigned").inc()
        if answer.fault is Fault.CONFLICT:
            log.warning("witness_conflict", log_id=log_id, witness=peer.key.name, size=head.size)
        elif answer.fault is not None:
            log.info("witness_failed", log_id=log_id, witness=peer.key.name, reason=answer.fault)


def _request(session: Session, log_id: str, old: int) -> tuple[StoredHead, AddCheckpoint]:
    """The newest head, and the proof that it continues the log of `old` entries."""
    head = head_to_witness(session, log_id)
    # A log that was restored may be smaller than it was: the witness will say so.
    old = min(old, head.size)
    proof = consistency_proof(old, head.size, tile_reader(session, log_id))
    checkpoint = parse_note(head.note.encode())
    return head, AddCheckpoint(old_size=old, proof=proof, checkpoint=checkpoint)
