"""A text with signatures: what is signed can be read by people, and by anyone's tools.

A note says nothing until `verified` has found the signature of a key that the reader knows.

Source: c2sp.org/signed-note; LEDGER.md 2.4.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.ledger.notes.cosignature import cosignature, cosigned_at
from app.ledger.notes.key import KEY_ID_BYTES, KeyType, SignerKey, VerifierKey
from app.ledger.notes.text import (
    FormatInvalid,
    check_name,
    check_text,
    decode64,
    decode_text,
    encode64,
)

SIGNATURES_MAX = 100
_DASH = "— "


class SignatureInvalid(ValueError):
    """A signature is missing that must be there, or one is wrong that must be right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One signature line, by a key that the reader may know or not.

    Attributes:
        name: the key's name.
        key_id: the key's id, 4 bytes.
        signature: what follows the id; its length is that of the key's type.
    """

    name: str
    key_id: bytes
    signature: bytes

    def __post_init__(self) -> None:
        check_name(self.name, "the signer's name")
        if len(self.key_id) != KEY_ID_BYTES or not self.signature:
            raise FormatInvalid("a signature line holds an id of 4 bytes and a signature")


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A text and the signatures beneath it, at least one.

    Attributes:
        text: what is signed, with the LF that ends its last line.
        signatures: in their order, at most 100.
    """

    text: str
    signatures: tuple[Signature, ...]

    def __post_init__(self) -> None:
        check_text(self.text, "the note")
        if not 1 <= len(self.signatures) <= SIGNATURES_MAX:
            raise FormatInvalid(f"a note has 1 to {SIGNATURES_MAX} signatures")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A signature that was found right.

    Attributes:
        key: whose it is.
        at: for a witness, when it saw the text, by its own clock; None for others.
    """

    key: VerifierKey
    at: datetime | None


def signed(text: str, *keys: SignerKey, at: datetime | None = None) -> Note:
    """The text with a signature by each of the keys, in their order.

    Args:
        text: whole lines.
        keys: at least one.
        at: the time that witnesses' keys state; others need none.

    Raises:
        FormatInvalid: the text is not whole lines, there is no key, or a witness's key lacks
            the time.
    """
    return Note(text=text, signatures=tuple(signature(text, key, at=at) for key in keys))


def signature(text: str, key: SignerKey, *, at: datetime | None = None) -> Signature:
    """One key's signature over a text.

    Raises:
        FormatInvalid: a witness's key lacks the time.
    """
    if key.type is KeyType.NOTE:
        data = key.sign(text.encode())
    elif at is not None:
        data = cosignature(text, key, at)
    else:
        raise FormatInvalid("a cosignature states a time")
    return Signature(name=key.name, key_id=key.verifier.id, signature=data)


def verified(note: Note, keys: Iterable[VerifierKey]) -> tuple[Verified, ...]:
    """The signatures by keys that the reader knows, in their order; all of them are right.

    Lines of other keys are passed over, whatever they say.

    Raises:
        SignatureInvalid: there is none, one is wrong, or two of the given keys cannot be told
            apart by name and id.
    """
    known: dict[tuple[str, bytes], VerifierKey] = {}
    for key in keys:
        if known.setdefault((key.name, key.id), key) != key:
            raise SignatureInvalid(f"two keys with the name and id of {key.name}")
    found = [
        _checked(note.text, known[one.name, one.key_id], one)
        for one in note.signatures
        if (one.name, one.key_id) in known
    ]
    if not found:
        raise SignatureInvalid("no signature by a known key")
    return tuple(found)


def note_bytes(note: Note) -> bytes:
    """The note as it is kept and sent."""
    return f"{note.text}\n{signature_lines(note.signatures)}".encode()


def parse_note(data: bytes) -> Note:
    """The note that these bytes are; `note_bytes` of it gives the same bytes.

    Raises:
        FormatInvalid: too long, not UTF-8, control characters, no empty line before the
            signatures, a malformed signature line, or too many.
    """
    text, separator, lines = decode_text(data, "the note").rpartition("\n\n")
    if not separator:
        raise FormatInvalid("the note: no empty line before the signatures")
    return Note(text=f"{text}\n", signatures=parse_signature_lines(lines))


def signature_lines(signatures: Sequence[Signature]) -> str:
    """Signature lines, each with its end."""
    return "".join(
        f"{_DASH}{one.name} {encode64(one.key_id + one.signature)}\n" for one in signatures
    )


def parse_signature_lines(text: str) -> tuple[Signature, ...]:
    """The signatures of lines that `signature_lines` gives again.

    Raises:
        FormatInvalid: a line is no signature line, or the last is not ended.
    """
    *lines, rest = text.split("\n")
    if rest:
        raise FormatInvalid("the last signature line is not ended")
    return tuple(_parsed(line, number) for number, line in enumerate(lines, 1))


def _parsed(line: str, number: int) -> Signature:
    what = f"signature line {number}"
    name, space, text = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space:
        raise FormatInvalid(f"{what}: a dash, a name and a signature expected")
    data = decode64(text, what)
    if len(data) <= KEY_ID_BYTES:
        raise FormatInvalid(f"{what}: too short for an id and a signature")
    return Signature(
        name=check_name(name, what), key_id=data[:KEY_ID_BYTES], signature=data[KEY_ID_BYTES:]
    )


def _checked(text: str, key: VerifierKey, one: Signature) -> Verified:
    if key.type is KeyType.COSIGNATURE:
        at = cosigned_at(text, key, one.signature)
        is_right = at is not None
    else:
        at = None
        is_right = key.is_signature(one.signature, text.encode())
    if not is_right:
        raise SignatureInvalid(f"a wrong signature in the name of {key.name}")
    return Verified(key=key, at=at)
