"""The logs' signing keys: one for each origin, made from the key in LEDGER_KEY_FILE."""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.ledger.notes.key import SignerKey

SEED_BYTES = 32


class LedgerKey:
    """Makes the signer of each log; who has it can sign in the name of every log."""

    def __init__(self, key: bytes) -> None:
        """Take the 32 bytes of the key file."""
        self._key = key

    def signer(self, origin: str) -> SignerKey:
        """The Ed25519 key of a log, always the same (HKDF, RFC 5869)."""
        info = b"renrakumo ledger key\n" + origin.encode()
        seed = HKDF(SHA256(), length=SEED_BYTES, salt=None, info=info).derive(self._key)
        return SignerKey(name=origin, seed=seed)
