"""One value sealed under one key, at one place: AES-256-GCM with the place as associated data."""

import json
import secrets
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 32
# 96 bits, the length that GCM is made for; random, because several processes seal at once.
# Source: NIST SP 800-38D §8.2.2: safe up to 2^32 values under one key.
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
# What every sealed value begins with; JSON and base64 never do.
VERSION: Final = b"\x01"


class SealBroken(Exception):
    """A sealed value does not open: other key, other place, or changed bytes."""

    def __init__(self, place: "Place", why: str) -> None:
        """Say where, and nothing of what."""
        super().__init__(f"{place.table}.{place.column} of {place.row} does not open: {why}.")
        self.place = place


class SubjectErased(Exception):
    """The subject's data key was destroyed: what was sealed under it opens to nobody."""


class Place(NamedTuple):
    """Where a sealed value lies, so that it opens nowhere else.

    `table` and `column` are names of the schema, without a dot or colon; `row` is the row's
    primary key, of several columns joined by "/".
    """

    table: str
    column: str
    row: str

    def associated(self) -> bytes:
        """The associated data; two places never have the same."""
        return f"{self.table}.{self.column}:{self.row}".encode()


class SubjectKey:
    """A data key in use: seals and opens what belongs to its subject."""

    __slots__ = ("_cipher",)

    def __init__(self, key: bytes) -> None:
        """A key of 32 bytes."""
        assert len(key) == KEY_BYTES, "AES-256"
        self._cipher = AESGCM(key)

    def seal(self, plain: bytes, place: Place) -> bytes:
        """The version, a fresh nonce, the ciphertext and its tag: 29 bytes more than `plain`."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return VERSION + nonce + self._cipher.encrypt(nonce, plain, place.associated())

    def open(self, sealed: bytes, place: Place) -> bytes:
        """What was sealed for this place.

        Raises:
            SealBroken: it was not sealed here, by this key, or not like this.
        """
        if not is_sealed(sealed):
            raise SealBroken(place, "it is not sealed, or by a newer version of this program")
        nonce, rest = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, rest, place.associated())
        except InvalidTag:
            raise SealBroken(place, "another key, another place, or changed bytes") from None

    def seal_text(self, plain: str, place: Place) -> bytes:
        """As `seal`, of a text."""
        return self.seal(plain.encode(), place)

    def open_text(self, sealed: bytes, place: Place) -> str:
        """As `open`, of a text."""
        return self.open(sealed, place).decode()

    def seal_json(self, value: object, place: Place) -> bytes:
        """As `seal`, of what JSON can hold."""
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        return self.seal(text.encode(), place)

    def open_json(self, sealed: bytes, place: Place) -> object:
        """As `open`, of what `seal_json` sealed."""
        value: object = json.loads(self.open(sealed, place))
        return value

    def open_object(self, sealed: bytes, place: Place) -> dict[str, object]:
        """As `open_json`, where an object was sealed."""
        value = self.open_json(sealed, place)
        assert isinstance(value, dict), "an object was sealed here"
        return value


def is_sealed(value: bytes) -> bool:
    """Whether this looks like a sealed value, and not like the plain text that it may have been."""
    return value[:1] == VERSION and len(value) > NONCE_BYTES + TAG_BYTES
