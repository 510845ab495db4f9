"""The installation's keys: what wraps the subjects' data keys, and what finds without opening."""

import hmac
import secrets

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.vault.sealed import KEY_BYTES, Place, SealBroken, SubjectKey


class Vault:
    """Makes and unwraps data keys; everything comes from the key in DATA_KEY_FILE by HKDF.

    It keeps no unwrapped key: whoever works with a subject reads its wrapped key from the
    database, so that one that was destroyed by another process opens nothing here either.
    """

    def __init__(self, installation_key: bytes) -> None:
        """Derive the keys from the 32 bytes of DATA_KEY_FILE. Source: RFC 5869."""
        self._wrapping = SubjectKey(_derived(installation_key, "data key wrapping"))
        self._blind = _derived(installation_key, "blind index")
        # For what lives short and belongs to no one subject, such as an answer kept for a day.
        self.own = SubjectKey(_derived(installation_key, "own data"))

    def new_key(self, subject_id: str) -> tuple[SubjectKey, bytes]:
        """A fresh key for a subject, and the same as it is kept: wrapped."""
        key = secrets.token_bytes(KEY_BYTES)
        return SubjectKey(key), self._wrapping.seal(key, _kept(subject_id))

    def unwrap(self, subject_id: str, wrapped: bytes) -> SubjectKey:
        """The data key of a subject, from its row.

        Raises:
            SealBroken: it was wrapped by another installation's key, or for another subject.
        """
        try:
            return SubjectKey(self._wrapping.open(wrapped, _kept(subject_id)))
        except SealBroken as error:
            why = "DATA_KEY_FILE holds another key than when it was written"
            raise SealBroken(error.place, why) from None

    def blind(self, field: str, text: str) -> bytes:
        """What a text is found by without being stored: HMAC-SHA-256, 32 bytes.

        `field` keeps equal texts of different fields apart; normalising is the caller's matter.
        Who has the database but not the key cannot guess, but sees which rows are equal.
        """
        return hmac.digest(self._blind, f"{field}\0{text}".encode(), "sha256")


def _kept(subject_id: str) -> Place:
    return Place("data_key", "wrapped", subject_id)


def _derived(installation_key: bytes, purpose: str) -> bytes:
    info = f"renrakumo {purpose}".encode()
    return HKDF(SHA256(), length=KEY_BYTES, salt=None, info=info).derive(installation_key)
