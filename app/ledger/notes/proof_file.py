"""One entry's proof, with the checkpoint that it leads to: a file that is checked offline.

The entry is not in the file; whoever checks hashes the bytes that they were shown.

Source: c2sp.org/tlog-proof (v1); LEDGER.md 2.6.
"""

from dataclasses import dataclass

from app.ledger.notes.checkpoint import SignedCheckpoint, parse_checkpoint
from app.ledger.notes.note import Note, note_bytes, parse_note
from app.ledger.notes.text import (
    FormatInvalid,
    decode64,
    decode_decimal,
    decode_hash,
    decode_text,
    encode64,
)
from app.ledger.tree.merkle import SIZE_MAX, check_hash, check_inclusion

# The file's ending, by the specification.
SUFFIX = ".tlog-proof"
HEADER = "c2sp.org/tlog-proof@v1"
# No tree of at most SIZE_MAX leaves is deeper.
HASHES_MAX = 63


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofFile:
    """What the file says. None of it is to be believed before it was checked.

    Attributes:
        index: the entry's place in the log, from 0.
        proof: hashes of 32 bytes, the entry's sibling first.
        checkpoint: the signed checkpoint, verbatim.
        extra: bytes that nothing authenticates; None when there are none.
    """

    index: int
    proof: tuple[bytes, ...]
    checkpoint: Note
    extra: bytes | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.index <= SIZE_MAX or len(self.proof) > HASHES_MAX:
            raise FormatInvalid(f"a proof has an index and at most {HASHES_MAX} hashes")
        if self.extra == b"":
            raise FormatInvalid("no extra bytes are left out, not written as none")
        for one in self.proof:
            check_hash(one)
        parse_checkpoint(self.checkpoint.text)


def proof_file_bytes(file: ProofFile) -> bytes:
    """The file's bytes."""
    lines = [HEADER]
    if file.extra is not None:
        lines.append(f"extra {encode64(file.extra)}")
    lines += [f"index {file.index}", *map(encode64, file.proof), ""]
    return "".join(f"{line}\n" for line in lines).encode() + note_bytes(file.checkpoint)


def parse_proof_file(data: bytes) -> ProofFile:
    """What these bytes say; `proof_file_bytes` of it gives the same bytes.

    Raises:
        FormatInvalid: another first line, no index, a malformed line, too many hashes, or what
            follows the first empty line is no signed checkpoint.
    """
    head, separator, note = decode_text(data, "the proof").partition("\n\n")
    header, *lines = head.split("\n")
    if not separator or header != HEADER:
        raise FormatInvalid(f"the proof: it does not begin with {HEADER}, or ends too early")
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = decode64(lines.pop(0).removeprefix("extra "), "extra")
    if not lines or not lines[0].startswith("index "):
        raise FormatInvalid("the proof: no index line")
    index = decode_decimal(lines.pop(0).removeprefix("index "), "index")
    return ProofFile(
        index=index,
        proof=tuple(decode_hash(line, f"hash {at}") for at, line in enumerate(lines, 1)),
        checkpoint=parse_note(note.encode()),
        extra=extra,
    )


def check_proof_file(file: ProofFile, leaf_hash: bytes, signed: SignedCheckpoint) -> None:
    """Check that the entry with this hash stands where the file says.

    Args:
        file: the parsed file.
        leaf_hash: of the entry's bytes.
        signed: what `opened` made of the file's own checkpoint.

    Raises:
        ProofInvalid: it does not, or `signed` is another checkpoint than the file's.
    """
    assert signed.note == file.checkpoint, "the checkpoint that was verified is another"
    check_inclusion(
        file.proof,
        size=signed.checkpoint.size,
        index=file.index,
        root=signed.checkpoint.root,
        leaf_hash=leaf_hash,
    )
