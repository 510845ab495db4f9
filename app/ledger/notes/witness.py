"""What a log sends to a witness so that it cosigns a checkpoint, and what the witness answers.

Source: c2sp.org/tlog-witness (add-checkpoint); LEDGER.md 2.6.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from app.ledger.notes.checkpoint import Checkpoint, opened, parse_checkpoint
from app.ledger.notes.key import VerifierKey
from app.ledger.notes.note import (
    SIGNATURES_MAX,
    Note,
    Signature,
    SignatureInvalid,
    note_bytes,
    parse_note,
    parse_signature_lines,
    signature_lines,
)
from app.ledger.notes.text import (
    FormatInvalid,
    decode_decimal,
    decode_hash,
    decode_text,
    encode64,
)
from app.ledger.tree.merkle import (
    EMPTY_ROOT,
    SIZE_MAX,
    ProofInvalid,
    check_consistency,
    check_hash,
)

HASHES_MAX = 63
# The media type of the answer to a log that named another size than the witness has: 409.
SIZE_MEDIA_TYPE = "text/x.tlog.size"


class Answer(IntEnum):
    """The status of a witness's answer."""

    # With its cosignatures.
    COSIGNED = 200
    OLD_IS_LARGER = 400
    NOT_SIGNED = 403
    UNKNOWN_LOG = 404
    # With the size that it has: another than the request says, or another root at that size.
    OTHER_SIZE = 409
    NOT_CONSISTENT = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class AddCheckpoint:
    """The body of a request to `add-checkpoint`.

    Attributes:
        old_size: the size of the checkpoint that the witness cosigned last; 0 if none.
        proof: the consistency proof from there, at most 63 hashes of 32 bytes.
        checkpoint: the signed checkpoint, verbatim.
    """

    old_size: int
    proof: tuple[bytes, ...]
    checkpoint: Note

    def __post_init__(self) -> None:
        if not 0 <= self.old_size <= SIZE_MAX or len(self.proof) > HASHES_MAX:
            raise FormatInvalid(f"a request has an old size and at most {HASHES_MAX} hashes")
        for one in self.proof:
            check_hash(one)
        parse_checkpoint(self.checkpoint.text)

    @property
    def head(self) -> Checkpoint:
        """What the checkpoint says. Not to be believed before it was opened."""
        return parse_checkpoint(self.checkpoint.text)


def add_checkpoint_bytes(request: AddCheckpoint) -> bytes:
    """The body of the request."""
    lines = (f"old {request.old_size}", *map(encode64, request.proof), "")
    return "".join(f"{line}\n" for line in lines).encode() + note_bytes(request.checkpoint)


def parse_add_checkpoint(data: bytes) -> AddCheckpoint:
    """The request of this body; `add_checkpoint_bytes` of it gives the same body.

    Raises:
        FormatInvalid: no old size, a malformed line, more than 63 hashes, or what follows the
            first empty line is no signed checkpoint.
    """
    head, separator, note = decode_text(data, "the request").partition("\n\n")
    first, *hashes = head.split("\n")
    if not separator or not first.startswith("old "):
        raise FormatInvalid("the request: an old size, hashes and an empty line expected")
    return AddCheckpoint(
        old_size=decode_decimal(first.removeprefix("old "), "the old size"),
        proof=tuple(decode_hash(line, f"hash {at}") for at, line in enumerate(hashes, 1)),
        checkpoint=parse_note(note.encode()),
    )


def cosignatures_bytes(signatures: Sequence[Signature]) -> bytes:
    """The answer of a witness that cosigned: one or more signature lines.

    Raises:
        FormatInvalid: there is none, or more than a note can have.
    """
    _check_count(signatures)
    return signature_lines(signatures).encode()


def parse_cosignatures(data: bytes) -> tuple[Signature, ...]:
    """The signature lines of a witness's answer. Whether they are right is not looked at.

    Raises:
        FormatInvalid: none, too many, or a line is no signature line.
    """
    signatures = parse_signature_lines(decode_text(data, "the answer"))
    _check_count(signatures)
    return signatures


def size_bytes(size: int) -> bytes:
    """The answer of a witness that has another size than the log named."""
    return f"{size}\n".encode()


def parse_size(data: bytes) -> int:
    """The size that the witness has.

    Raises:
        FormatInvalid: not one line with a plain decimal.
    """
    return decode_decimal(decode_text(data, "the answer").removesuffix("\n"), "the answer")


def judged(
    request: AddCheckpoint, *, keys: Sequence[VerifierKey], last: Checkpoint | None
) -> Answer:
    """What a witness answers. It cosigns only what was written down before, in one transaction.

    Args:
        request: as it came.
        keys: those of the log that the request's checkpoint names; none if it is unknown.
        last: the checkpoint of this log that this witness cosigned last, None before the first.
            The proof is held against this one, not against what the request says of it.
    """
    head = request.head
    if not keys:
        return Answer.UNKNOWN_LOG
    try:
        opened(request.checkpoint, origin=head.origin, log_keys=keys)
    except SignatureInvalid:
        return Answer.NOT_SIGNED
    if request.old_size > head.size:
        return Answer.OLD_IS_LARGER
    size, old_root = (0, EMPTY_ROOT) if last is None else (last.size, last.root)
    if request.old_size != size or (head.size == size and head.root != old_root):
        return Answer.OTHER_SIZE
    try:
        check_consistency(
            request.proof,
            old_size=request.old_size,
            size=head.size,
            old_root=old_root,
            root=head.root,
        )
    except ProofInvalid:
        return Answer.NOT_CONSISTENT
    return Answer.COSIGNED


def with_cosignature(lines: str, made: Signature) -> str:
    """Signature lines with one more; of each key the first and the last are kept.

    The first says by when the tree was there, the last until when nothing was added to it.
    """
    kept = parse_signature_lines(lines)
    of_key = [one for one in kept if (one.name, one.key_id) == (made.name, made.key_id)]
    return signature_lines([*(one for one in kept if one not in of_key[1:]), made])


def newest_cosignatures(lines: str) -> str:
    """Of such lines the last of each key."""
    newest = {(one.name, one.key_id): one for one in parse_signature_lines(lines)}
    return signature_lines([*newest.values()])


def _check_count(signatures: Sequence[Signature]) -> None:
    if not 1 <= len(signatures) <= SIGNATURES_MAX:
        raise FormatInvalid(f"an answer has 1 to {SIGNATURES_MAX} signatures")
