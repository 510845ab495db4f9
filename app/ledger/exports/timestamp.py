"""Time stamps over checkpoints, by an authority that knows nothing of what it stamps.

The token is over the signed note, byte for byte as the log wrote it, without the signatures of
witnesses: `openssl ts -verify -data NOTE -in TOKEN -CAfile CA` judges it too.

Source: RFC 3161; LEDGER.md 2.9 and 6.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from cryptography.x509 import Certificate, load_pem_x509_certificates
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

REQUEST_TYPE: Final = "application/timestamp-query"
REPLY_TYPE: Final = "application/timestamp-reply"
# A token has some kilobytes, most of them certificates.
TOKEN_BYTES_MAX: Final = 100_000


class TimestampInvalid(ValueError):
    """No token over this note, or none of an authority that is trusted."""


def timestamp_request(note: bytes) -> bytes:
    """What is sent to the authority: a hash of the note, and a number that it gives back."""
    builder = TimestampRequestBuilder().data(note).hash_algorithm(HashAlgorithm.SHA256)
    return builder.nonce(nonce=True).cert_request(cert_request=True).build().as_bytes()


def authorities(pem: bytes) -> Sequence[Certificate]:
    """The certificates of a file.

    Raises:
        TimestampInvalid: there is none.
    """
    try:
        return load_pem_x509_certificates(pem)
    except ValueError as error:
        raise TimestampInvalid(f"no certificate in PEM: {error}") from None


def stamped_at(token: bytes, note: bytes, trusted: Sequence[Certificate] | None = None) -> datetime:
    """When the authority saw the note, by its clock.

    Args:
        token: the authority's whole answer.
        note: what was stamped.
        trusted: the authorities' roots. Without them only the form and the hash are looked at,
            and the token proves nothing.

    Raises:
        TimestampInvalid: it is not over this note, or not signed under one of the roots.
    """
    reply = _decoded(token)
    try:
        if reply.status != PKIStatus.GRANTED:
            raise TimestampInvalid("the authority did not grant it")
        if trusted is None:
            _check_hash(reply, note)
        else:
            builder = VerifierBuilder(roots=[*trusted])
            builder.build().verify_message(reply, note)
    except (VerificationError, ValueError) as error:
        raise TimestampInvalid(str(error)) from None
    return reply.tst_info.gen_time


def _check_hash(reply: TimeStampResponse, note: bytes) -> None:
    # SHA-256 is what we ask for; a token over anything else is not the answer to that.
    if reply.tst_info.message_imprint.message != hashlib.sha256(note).digest():
        raise TimestampInvalid("it is over something else")


def _decoded(token: bytes) -> TimeStampResponse:
    if len(token) > TOKEN_BYTES_MAX:
        raise TimestampInvalid("too long for a token")
    try:
        return decode_timestamp_response(token)
    except ValueError as error:
        raise TimestampInvalid(f"no answer of an authority: {error}") from None
