"""The key by which this installation cosigns logs of others: its own, never that of a log."""

from app.ledger.notes.key import KeyType, SignerKey
from app.sealing.keys import LedgerKey
from app.sealing.opening import origin_prefix
from app.settings import Settings


def cosigner(settings: Settings, key: LedgerKey) -> SignerKey:
    """The witness's key; its name is that of our logs, with `/witness` at the end."""
    name = f"{origin_prefix(settings)}/witness"
    return SignerKey(name=name, type=KeyType.COSIGNATURE, seed=key.seed("witness", name))
