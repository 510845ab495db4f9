"""Keys that sign and verify, named and typed, with the text forms in which they are handed on.

A key belongs to one name and one type: its id is a hash over name, type and public key, so the
same 32 bytes used as another's key, or for another kind of signature, are another key.

Source: c2sp.org/signed-note (verifier keys); golang.org/x/mod/sumdb/note (signer keys);
LEDGER.md 2.4.
"""

import hashlib
from dataclasses import dataclass, field
from enum import IntEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app.ledger.notes.text import FormatInvalid, check_name, decode64, encode64

KEY_BYTES = 32
KEY_ID_BYTES = 4
SIGNATURE_BYTES = 64
_SIGNER_PREFIX = "PRIVATE+KEY+"


class KeyType(IntEnum):
    """What is signed, and how. Other types of c2sp.org/signed-note are not ours."""

    # Ed25519 over the text of a note.
    NOTE = 0x01
    # Ed25519 over a checkpoint and the time at which a witness saw it.
    COSIGNATURE = 0x04


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """Whose signatures can be verified.

    Attributes:
        name: without spaces and plus signs; a log's is its origin.
        type: what the key signs.
        public: the public key, 32 bytes (RFC 8032).
    """

    name: str
    type: KeyType = KeyType.NOTE
    public: bytes

    def __post_init__(self) -> None:
        check_name(self.name, "the key's name")
        if len(self.public) != KEY_BYTES:
            raise FormatInvalid(f"a public key has {KEY_BYTES} bytes, not {len(self.public)}")

    @property
    def id(self) -> bytes:
        """The 4 bytes that stand for this key in front of its signatures."""
        parts = (self.name.encode(), b"\n", bytes([self.type]), self.public)
        return hashlib.sha256(b"".join(parts)).digest()[:KEY_ID_BYTES]

    def is_signature(self, signature: bytes, message: bytes) -> bool:
        """Whether this key made the 64 bytes of a signature over the message."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerKey:
    """Who signs. The seed is secret, and is not shown.

    Attributes:
        name: without spaces and plus signs; a log's is its origin.
        type: what the key signs.
        seed: the private key, 32 random bytes that the caller made (RFC 8032).
    """

    name: str
    type: KeyType = KeyType.NOTE
    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        check_name(self.name, "the key's name")
        if len(self.seed) != KEY_BYTES:
            raise FormatInvalid(f"a seed has {KEY_BYTES} bytes")

    @property
    def verifier(self) -> VerifierKey:
        """The key by which others verify."""
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        return VerifierKey(name=self.name, type=self.type, public=public)

    def sign(self, message: bytes) -> bytes:
        """The signature over a message: 64 bytes, always the same for the same message."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)


def verifier_key_text(key: VerifierKey) -> str:
    """A verifier key as one line without its end: `name+id+key` (vkey)."""
    return f"{key.name}+{key.id.hex()}+{encode64(bytes([key.type]) + key.public)}"


def parse_verifier_key(text: str) -> VerifierKey:
    """The verifier key that a vkey is; `verifier_key_text` of it gives the same text.

    Raises:
        FormatInvalid: a part is missing or malformed, the id is not that of the key, or the
            type is not one of ours.
    """
    # Not more: the base64 of a key may hold a plus sign of its own.
    name, _, rest = text.partition("+")
    key_id, _, key_text = rest.partition("+")
    type_, public = _typed(key_text, "the verifier key")
    key = VerifierKey(name=name, type=type_, public=public)
    if key_id != key.id.hex():
        raise FormatInvalid("the verifier key: its id is not that of name, type and key")
    return key


def signer_key_text(key: SignerKey) -> str:
    """A signer key as one line without its end. It is the secret itself."""
    secret = encode64(bytes([key.type]) + key.seed)
    return f"{_SIGNER_PREFIX}{key.name}+{key.verifier.id.hex()}+{secret}"


def parse_signer_key(text: str) -> SignerKey:
    """The signer key that a text is; `signer_key_text` of it gives the same text.

    Raises:
        FormatInvalid: a part is missing or malformed, the id is not that of the key, or the
            type is not one of ours. Nothing of the secret is shown.
    """
    if not text.startswith(_SIGNER_PREFIX):
        raise FormatInvalid(f"the signer key: it does not begin with {_SIGNER_PREFIX}")
    name, _, rest = text.removeprefix(_SIGNER_PREFIX).partition("+")
    key_id, _, key_text = rest.partition("+")
    type_, seed = _typed(key_text, "the signer key")
    key = SignerKey(name=name, type=type_, seed=seed)
    if key_id != key.verifier.id.hex():
        raise FormatInvalid("the signer key: its id is not that of name, type and key")
    return key


def _typed(key_text: str, what: str) -> tuple[KeyType, bytes]:
    data = decode64(key_text, what)
    if not data or data[0] not in set(KeyType):
        raise FormatInvalid(f"{what}: of a type that is not ours")
    return KeyType(data[0]), data[1:]
