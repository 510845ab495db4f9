"""A witness: cosigns a log of others as long as it only grows.

What it has seen of a log is in the database, and is replaced by compare and swap before anything
is signed: of two requests at once one is answered again from what the other left.

Source: c2sp.org/tlog-witness; LEDGER.md 2.6.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from app.clock import Clock
from app.database import Database
from app.ledger.notes.checkpoint import Checkpoint
from app.ledger.notes.key import SignerKey, VerifierKey
from app.ledger.notes.note import note_bytes, signature
from app.ledger.notes.text import FormatInvalid
from app.ledger.notes.witness import (
    SIZE_MEDIA_TYPE,
    AddCheckpoint,
    Answer,
    cosignatures_bytes,
    judged,
    parse_add_checkpoint,
    size_bytes,
)
from app.store.publishing.witnessed import Witnessed, lock_witnessed, replace_witnessed
from app.telemetry import WITNESSED

PLAIN: Final = "text/plain; charset=utf-8"
_ATTEMPTS: Final = 5
# Of these nothing need be looked up: they are refused whatever was cosigned before.
_EARLY: Final = frozenset({Answer.UNKNOWN_LOG, Answer.NOT_SIGNED, Answer.OLD_IS_LARGER})

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is answered over HTTP, to the byte."""

    status: int
    body: bytes = b""
    media_type: str = PLAIN


class Witness:
    """Cosigns the logs whose keys it was given, and no others."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        signer: SignerKey,
        logs: Iterable[VerifierKey] = (),
    ) -> None:
        """Take the cosigner's key, and the keys of logs: several of one name are all its own."""
        self._database = database
        self._clock = clock
        self._signer = signer
        keys: defaultdict[str, list[VerifierKey]] = defaultdict(list)
        for key in logs:
            keys[key.name].append(key)
        self._keys: Mapping[str, Sequence[VerifierKey]] = keys

    @property
    def verifier(self) -> VerifierKey:
        """The key by which others verify what is cosigned here."""
        return self._signer.verifier

    async def add_checkpoint(self, body: bytes) -> Reply:
        """Judge a request, and cosign what continues all that was cosigned before.

        Raises:
            DatabaseError: nothing was signed.
        """
        try:
            request = parse_add_checkpoint(body)
        except FormatInvalid as error:
            return _said(400, f"{error}\n".encode())
        origin = request.head.origin
        keys = self._keys.get(origin, ())
        early = judged(request, keys=keys, last=None)
        if early in _EARLY:
            return _refused(early)
        for _ in range(_ATTEMPTS):
            reply = await self._advance(request, keys)
            if reply is not None:
                return reply
        # Others were faster each time; the log asks again.
        return _said(503, b"busy\n")

    async def _advance(self, request: AddCheckpoint, keys: Sequence[VerifierKey]) -> Reply | None:
        """The answer by what is stored now; None if another request replaced that meanwhile."""
        now, head = self._clock(), request.head
        async with self._database.transaction() as tx:
            stored = await lock_witnessed(tx, head.origin)
            last = None if stored is None else _head_of(stored)
            answer = judged(request, keys=keys, last=last)
            if answer is Answer.COSIGNED:
                after = Witnessed(
                    origin=head.origin,
                    size=head.size,
                    root=head.root,
                    note=note_bytes(request.checkpoint).decode(),
                )
                if not await replace_witnessed(tx, stored, after, now):
                    return None
        if answer is Answer.COSIGNED:
            # Committed: whatever is signed now, nothing that contradicts it ever will be.
            made = signature(request.checkpoint.text, self._signer, at=now)
            return _said(Answer.COSIGNED, cosignatures_bytes([made]))
        return _contradicted(request, answer, 0 if last is None else last.size)


def _head_of(stored: Witnessed) -> Checkpoint:
    return Checkpoint(origin=stored.origin, size=stored.size, root=stored.root)


def _contradicted(request: AddCheckpoint, answer: Answer, size: int) -> Reply:
    if answer is Answer.NOT_CONSISTENT or request.old_size == size:
        # Signed by the log, and no continuation of what it signed before: the note proves that.
        note = note_bytes(request.checkpoint).decode()
        log.warning("witness_refused", origin=request.head.origin, seen=size, note=note)
    if answer is Answer.OTHER_SIZE:
        return _said(answer, size_bytes(size), SIZE_MEDIA_TYPE)
    return _refused(answer)


def _refused(answer: Answer) -> Reply:
    return _said(answer, f"{answer.name.lower().replace('_', ' ')}\n".encode())


def _said(status: int, body: bytes, media_type: str = PLAIN) -> Reply:
    WITNESSED.labels(str(int(status))).inc()
    return Reply(status=int(status), body=body, media_type=media_type)
