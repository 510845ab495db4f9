"""The head of a log: three lines that, signed, bind the log to all of its entries.

"A log MUST not sign any checkpoint which is inconsistent with any checkpoint it previously
signed": who keeps one, on paper if need be, can convict a log that was rewritten.

Source: c2sp.org/tlog-checkpoint; LEDGER.md 2.5.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.ledger.notes.key import KeyType, VerifierKey
from app.ledger.notes.note import Note, SignatureInvalid, Verified, verified
from app.ledger.notes.text import (
    FormatInvalid,
    check_name,
    check_text,
    decode_decimal,
    decode_hash,
    encode64,
)
from app.ledger.tree.merkle import EMPTY_ROOT, HASH_BYTES, SIZE_MAX

_LINES = ("origin", "size", "root")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a log says of itself.

    Attributes:
        origin: which log: an address without its scheme.
        size: how many entries it has.
        root: the root of its tree, 32 bytes.
        extensions: further lines, not empty. We write none; others' are signed with the rest.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_name(self.origin, "origin")
        if not 0 <= self.size <= SIZE_MAX or len(self.root) != HASH_BYTES:
            raise FormatInvalid("a checkpoint has a size up to 2^63 - 1 and a root of 32 bytes")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise FormatInvalid("the root of a log without entries is another")
        for line in self.extensions:
            if not line or "\n" in line:
                raise FormatInvalid("an extension is one line that is not empty")
            check_text(f"{line}\n", "extension")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedCheckpoint:
    """A checkpoint with at least one right signature of its log.

    Attributes:
        checkpoint: what was signed.
        note: it, with all its signatures.
        by: the right signatures: those of the log, then those of witnesses that are known.
    """

    checkpoint: Checkpoint
    note: Note
    by: tuple[Verified, ...]


def checkpoint_text(checkpoint: Checkpoint) -> str:
    """The lines that are signed."""
    lines = (checkpoint.origin, str(checkpoint.size), encode64(checkpoint.root))
    return "".join(f"{line}\n" for line in (*lines, *checkpoint.extensions))


def parse_checkpoint(text: str) -> Checkpoint:
    """The checkpoint of these lines; `checkpoint_text` of it gives the same lines.

    Raises:
        FormatInvalid: fewer than three lines, an empty one, an origin with spaces or a plus
            sign, a size that is no plain decimal, a root that is no base64 of 32 bytes, or the
            wrong root for an empty log.
    """
    *lines, rest = check_text(text, "the checkpoint").split("\n")
    if rest or len(lines) < len(_LINES) or not all(lines):
        raise FormatInvalid("the checkpoint: origin, size and root expected, and no empty line")
    origin, size, root, *extensions = lines
    return Checkpoint(
        origin=origin,
        size=decode_decimal(size, "size"),
        root=decode_hash(root, "root"),
        extensions=tuple(extensions),
    )


def opened(
    note: Note,
    *,
    origin: str,
    log_keys: Sequence[VerifierKey],
    witness_keys: Sequence[VerifierKey] = (),
) -> SignedCheckpoint:
    """The checkpoint in a note, once its log has been found to have signed it.

    Args:
        note: what came from elsewhere.
        origin: the log whose checkpoint is expected.
        log_keys: the log's keys; several while one is being replaced.
        witness_keys: the witnesses that the reader knows. That they signed is not required.

    Raises:
        FormatInvalid: the text is no checkpoint.
        SignatureInvalid: it is another log's, the log did not sign it, or a known key's
            signature is wrong.
    """
    if any(key.type is not KeyType.NOTE for key in log_keys):
        raise SignatureInvalid("a log signs with a key of its own, not with a witness's")
    by_log = verified(note, log_keys)
    by_witnesses: tuple[Verified, ...] = ()
    names = {(key.name, key.id) for key in witness_keys}
    if any((one.name, one.key_id) in names for one in note.signatures):
        by_witnesses = verified(note, witness_keys)
    checkpoint = parse_checkpoint(note.text)
    if checkpoint.origin != origin:
        raise SignatureInvalid("the checkpoint of another log")
    return SignedCheckpoint(checkpoint=checkpoint, note=note, by=(*by_log, *by_witnesses))
