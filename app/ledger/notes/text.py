"""What all texts of this room share: lines, base64, decimals and names, read without mercy.

Source: c2sp.org/signed-note; RFC 4648 §4; LEDGER.md 2.
"""

import base64
import binascii
import re

from app.ledger.tree.merkle import HASH_BYTES, SIZE_MAX

# Far beyond any of these texts; what is larger is not looked at.
TEXT_BYTES_MAX = 1_000_000

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]")


class FormatInvalid(ValueError):
    """No text of this kind; the message names the place."""


def encode64(data: bytes) -> str:
    """Base64 in the standard alphabet, padded."""
    return base64.b64encode(data).decode("ascii")


def decode64(text: str, what: str) -> bytes:
    """The bytes that a base64 text stands for; `encode64` of them gives the same text.

    Raises:
        FormatInvalid: another alphabet, padding too much or missing, or bits left over.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise FormatInvalid(f"{what}: not base64") from None
    if encode64(data) != text:
        raise FormatInvalid(f"{what}: not base64 in its one form")
    return data


def decode_hash(text: str, what: str) -> bytes:
    """A hash of 32 bytes in base64.

    Raises:
        FormatInvalid: not base64, or of another length.
    """
    data = decode64(text, what)
    if len(data) != HASH_BYTES:
        raise FormatInvalid(f"{what}: {HASH_BYTES} bytes expected, not {len(data)}")
    return data


def decode_decimal(text: str, what: str) -> int:
    """A whole number from 0 to 2^63 − 1 in ASCII digits, without a zero too many.

    Raises:
        FormatInvalid: anything else.
    """
    if _DECIMAL.fullmatch(text) is None or int(text) > SIZE_MAX:
        raise FormatInvalid(f"{what}: not a decimal number up to {SIZE_MAX}")
    return int(text)


def decode_text(data: bytes, what: str) -> str:
    """The text of bytes that hold nothing but UTF-8 lines, each ended by LF.

    Raises:
        FormatInvalid: too long, not UTF-8, a control character below U+0020 other than LF, or
            the last line is not ended.
    """
    if len(data) > TEXT_BYTES_MAX:
        raise FormatInvalid(f"{what}: more than {TEXT_BYTES_MAX:,} bytes")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatInvalid(f"{what}: byte {error.start} is not UTF-8") from None
    return check_text(text, what)


def check_text(text: str, what: str) -> str:
    """The text itself, if it is whole lines without control characters.

    Raises:
        FormatInvalid: it is empty, its last line is not ended, or it holds a control character
            or a lone surrogate.
    """
    if not text.endswith("\n"):
        raise FormatInvalid(f"{what}: the last line is not ended")
    if match := _CONTROL.search(text):
        number = text.count("\n", 0, match.start()) + 1
        raise FormatInvalid(f"{what}, line {number}: a control character or a lone surrogate")
    return text


def check_name(name: str, what: str) -> str:
    """The name itself, if a key, and so the origin of a log, may be called so.

    Raises:
        FormatInvalid: it is empty, or holds a space of any kind, a plus sign, a control
            character or a lone surrogate.
    """
    if not name:
        raise FormatInvalid(f"{what}: empty")
    if any(character.isspace() or character == "+" for character in name):
        raise FormatInvalid(f"{what}: a space or a plus sign")
    check_text(f"{name}\n", what)
    return name
