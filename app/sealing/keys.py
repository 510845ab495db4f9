"""The logs' signing keys: some for each origin, made from the key in LEDGER_KEY_FILE.

A log begins with its key number 1 and goes on to the next when its key is rotated. When the file
itself is replaced, the old one lies beside it for as long as both sign.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.installation.secrets import read_key
from app.ledger.notes.key import SignerKey, verifier_key_text

SEED_BYTES: Final = 32
OLD: Final = ".old"


class LedgerKey:
    """Makes the signers of each log; who has it can sign in the name of every log."""

    def __init__(self, *keys: bytes) -> None:
        """Take the 32 bytes of the key file, then those of older ones."""
        self._keys = keys

    def signer(self, origin: str, number: int = 1) -> SignerKey:
        """The Ed25519 key of a log with this number, by the newest file; always the same."""
        return next(self.signers(origin, number))

    def signers(self, origin: str, number: int) -> Iterator[SignerKey]:
        """The keys with this number by each file (HKDF, RFC 5869)."""
        name = f"{origin}\n{number}" if number > 1 else origin
        for key in self._keys:
            yield SignerKey(name=origin, seed=_seed(key, "ledger", name))

    def seed(self, purpose: str, name: str) -> bytes:
        """A secret of its own for another purpose, by the newest file: 32 bytes."""
        return _seed(self._keys[0], purpose, name)

    def find(self, origin: str, number: int, verifier_key: str) -> SignerKey | None:
        """The key with this number that is verified by this one; None if no file makes it."""
        made = self.signers(origin, number)
        return next((one for one in made if verifier_key_text(one.verifier) == verifier_key), None)


def read_ledger_key(path: Path) -> LedgerKey:
    """The key in a file, made there at the first start, and the old one beside it.

    Raises:
        KeyFileInvalid: a file holds something else.
    """
    old = old_key_file(path)
    return LedgerKey(read_key(path), *([read_key(old)] if old.exists() else ()))


def old_key_file(path: Path) -> Path:
    """Where the old key lies while a new file takes its place."""
    return path.with_name(path.name + OLD)


def _seed(key: bytes, purpose: str, name: str) -> bytes:
    info = f"renrakumo {purpose} key\n{name}".encode()
    return HKDF(SHA256(), length=SEED_BYTES, salt=None, info=info).derive(key)
