"""Keys and tokens: made here, never in the rules."""

import base64
import hashlib
import hmac
import os
import secrets
import uuid
from pathlib import Path

import uuid_utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.settings import Settings
from app.vault import Vault

KEY_BYTES = 32
SALT_BYTES = 16
UUID_BYTES = 16
# 192 bits: nobody guesses it, and the link stays short.
INBOX_MAC_BYTES = 24


class KeyFileInvalid(Exception):
    """A key file holds something else than 32 bytes in base64; the message names it."""


def new_id() -> str:
    """A UUIDv7 (RFC 9562 §5.7) as text."""
    return str(uuid_utils.uuid7())


def new_salt() -> bytes:
    """Sixteen fresh random bytes for one disclosure."""
    return secrets.token_bytes(SALT_BYTES)


def new_access_key() -> str:
    """`rk_` and 256 random bits."""
    return "rk_" + secrets.token_urlsafe(32)


def new_webhook_secret() -> str:
    """`whsec_` and 32 random bytes in base64 (Standard Webhooks)."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def digest(secret: str) -> str:
    """SHA-256, hexadecimal: all that is stored of a random secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


class LinkKey:
    """Makes the tokens of the links of pages and notices, of inboxes and of calendar feeds."""

    def __init__(self, data_key: bytes) -> None:
        """Derive the key by HKDF (RFC 5869) from the installation's data key."""
        self._key = HKDF(SHA256(), length=32, salt=None, info=b"renrakumo link key").derive(
            data_key
        )

    def token(self, page_id: str) -> str:
        """The token of a page: the same for every retry and reminder of it."""
        return self._token("page:" + page_id)

    def notice_token(self, notice_id: str) -> str:
        """The token of a notice that asks: the same for every retry of it."""
        return self._token("notice:" + notice_id)

    def inbox_token(self, contact_point_id: str) -> str:
        """The token of a person's inbox: the contact point's id (a UUID) and a MAC over it.

        Nothing of it is stored, so it must say by itself whose it is.
        """
        mac = self._mac("inbox:" + contact_point_id)[:INBOX_MAC_BYTES]
        return _base64url(uuid.UUID(contact_point_id).bytes + mac)

    def calendar_token(self, feed_id: str) -> str:
        """The token of a calendar feed; only its hash is stored."""
        return self._token("calendar:" + feed_id)

    def read_inbox_token(self, token: str) -> str | None:
        """The id of the contact point whose token this is; None for a token that is not ours."""
        try:
            said = base64.b64decode(token + "==", altchars=b"-_", validate=True)
        except ValueError:
            return None
        if len(said) != UUID_BYTES + INBOX_MAC_BYTES:
            return None
        contact_point_id = str(uuid.UUID(bytes=said[:UUID_BYTES]))
        # Compared as a whole: a last character with other spare bits is another token.
        is_ours = hmac.compare_digest(self.inbox_token(contact_point_id), token)
        return contact_point_id if is_ours else None

    def _token(self, subject: str) -> str:
        return _base64url(self._mac(subject))

    def _mac(self, subject: str) -> bytes:
        return hmac.digest(self._key, subject.encode(), "sha256")


def read_key(path: Path) -> bytes:
    """The key in `path`; made there, for its owner alone, at the first start.

    Raises:
        KeyFileInvalid: the file holds something else.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _parse_key(path)
    key = secrets.token_bytes(KEY_BYTES)
    with os.fdopen(descriptor, "wb") as file:
        file.write(base64.b64encode(key) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return key


def open_vault(settings: Settings) -> Vault:
    """What opens the database's columns, for whoever only reads: no key is made.

    Raises:
        KeyFileInvalid: there is no such file, or it holds something else.
    """
    if not settings.data_key_file.is_file():
        raise KeyFileInvalid(f"There is no DATA_KEY_FILE {settings.data_key_file.name}.")
    return Vault(_parse_key(settings.data_key_file))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _parse_key(path: Path) -> bytes:
    try:
        key = base64.b64decode(path.read_bytes().strip(), validate=True)
    except ValueError as error:
        raise KeyFileInvalid(_no_key(path)) from error
    if len(key) != KEY_BYTES:
        raise KeyFileInvalid(_no_key(path))
    return key


def _no_key(path: Path) -> str:
    return f"{path.name} does not hold a key of {KEY_BYTES} bytes in base64."
