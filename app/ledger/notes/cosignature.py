"""What a witness signs: at this time, this was the largest consistent tree of the log I had seen.

Source: c2sp.org/tlog-cosignature (`cosignature/v1`, Ed25519); LEDGER.md 2.6.
"""

from datetime import UTC, datetime, timedelta

from app.ledger.notes.key import SIGNATURE_BYTES, KeyType, SignerKey, VerifierKey
from app.ledger.notes.text import FormatInvalid

TIME_BYTES = 8
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
# The last second of the year 9999, beyond which no instant of ours lies.
_SECONDS_MAX = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _SECOND


def cosignature(text: str, key: SignerKey, at: datetime) -> bytes:
    """The witness's signature over a checkpoint's text: the time and 64 bytes, 72 in all.

    Args:
        text: the whole checkpoint without its signatures.
        key: the witness's, of type COSIGNATURE.
        at: when it saw the checkpoint; parts of a second are cut off.

    Raises:
        FormatInvalid: the key is of another type, or the instant lies before 1970.
    """
    seconds = (at - _EPOCH) // _SECOND
    if key.type is not KeyType.COSIGNATURE or seconds < 0:
        raise FormatInvalid("a cosignature needs a witness's key and a time from 1970 on")
    return seconds.to_bytes(TIME_BYTES, "big") + key.sign(_message(text, seconds))


def cosigned_at(text: str, key: VerifierKey, signature: bytes) -> datetime | None:
    """When the witness saw this checkpoint, by its own clock; None if it did not sign this."""
    if len(signature) != TIME_BYTES + SIGNATURE_BYTES:
        return None
    seconds = int.from_bytes(signature[:TIME_BYTES], "big")
    if seconds > _SECONDS_MAX:
        return None
    if not key.is_signature(signature[TIME_BYTES:], _message(text, seconds)):
        return None
    return _EPOCH + seconds * _SECOND


def _message(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()
