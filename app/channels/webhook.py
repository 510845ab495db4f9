"""The webhook: one signed POST to one URL.

Source: Standard Webhooks 1.0.0, "Webhook metadata" and "Signature scheme".
"""

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

import httpx

from app.channels.channel import (
    AddressInvalid,
    Failed,
    Message,
    Reason,
    Result,
    result_of_status,
    rfc3339,
)
from app.channels.lane import Lanes
from app.channels.network_guard import NameResolver, NetworkGuard, Resolve, host_of
from app.channels.post import OTHERS_FAILURES, FastPost, PlainPost, Post, failure_of
from app.clock import Clock
from app.settings import Settings

SECRET_PREFIX = "whsec_"  # noqa: S105  # what secrets begin with
SECRET_BYTES_MIN, SECRET_BYTES_MAX = 24, 64
# Addresses whose reading is remembered: they come again with every page.
ADDRESSES_KEPT = 4096
HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "user-agent": "renrakumo",
        "accept": "*/*",
        "accept-encoding": "identity",
        "content-type": "application/json",
    }
)


class SecretInvalid(Exception):
    """A signing secret is `whsec_` and the base64 of 24 to 64 bytes."""


class WebhookChannel:
    """Signs and posts, a few at a time to each host."""

    name = "webhook"

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        *,
        fast: bool = True,
        resolve: Resolve | None = None,
    ) -> None:
        """Prepare; connections open with the first message.

        Args:
            settings: the time-out and the networks that may be reached besides the internet.
            clock: the instant of a try, which its signature covers.
            fast: post by aiohttp; else by httpx, which tests can intercept.
            resolve: looks names up.
        """
        self._clock = clock
        self._timeout_seconds = settings.send_timeout_seconds
        self._guard = NetworkGuard(settings.webhook_allowed_networks)
        self._read = lru_cache(ADDRESSES_KEPT)(self._guard.read)
        self._names = NameResolver()
        self._resolve = resolve or self._names
        self._lanes = Lanes(patience_seconds=settings.send_timeout_seconds / 2)
        kind = FastPost if fast else PlainPost
        self._post: Post = kind(self._guard, self._resolve, self._timeout_seconds)

    async def send(self, message: Message) -> Result:
        """Post once; at most eight at a time to one host, the others wait a little."""
        try:
            url, body = self._read(message.address), body_of(message)
            headers = self._sign(message, body)
        except AddressInvalid:
            return Failed(permanent=True, reason=Reason.REFUSED_ADDRESS)
        except SecretInvalid:
            return Failed(permanent=True, reason=Reason.SECRET_INVALID)
        return await self._lanes.in_turn(host_of(url), lambda: self._try(url, headers, body))

    def check_address(self, address: str) -> str:
        """The URL in the form to store.

        Raises:
            AddressInvalid: it is no web address, or one that messages may never go to.
        """
        return str(self._guard.read(address))

    async def check_destination(self, address: str) -> str:
        """The URL in the form to store; its name leads where messages may go.

        Raises:
            AddressInvalid: it does not; an unknown name is accepted with https:// only.
        """
        url = self._guard.read(address)
        await self._guard.check_name(url, self._resolve, within_seconds=self._timeout_seconds)
        return str(url)

    async def close(self) -> None:
        """Close the connections."""
        await self._post.close()
        self._names.close()

    async def _try(self, url: httpx.URL, headers: Mapping[str, str], body: bytes) -> Result:
        try:
            return result_of_status(await self._post.post(url, headers, body))
        except OTHERS_FAILURES as error:
            return failure_of(error)

    def _sign(self, message: Message, body: bytes) -> dict[str, str]:
        at = int(self._clock().timestamp())
        signed = b"%s.%d.%s" % (message.id.encode(), at, body)
        mac = hmac.digest(signing_key(message.secret), signed, "sha256")
        return {
            **HEADERS,
            "webhook-id": message.id,
            "webhook-timestamp": str(at),
            "webhook-signature": "v1," + base64.b64encode(mac).decode(),
        }


def body_of(message: Message) -> bytes:
    """The body, byte for byte the same on every try; ASCII, so that nothing re-encodes it."""
    return json.dumps(
        {
            "type": message.type,
            "timestamp": rfc3339(message.created_at),
            "data": dict(message.public_data),
        },
        separators=(",", ":"),
    ).encode("ascii")


def signing_key(secret: str | None) -> bytes:
    """The key bytes in a secret.

    Raises:
        SecretInvalid: it is none.
    """
    if secret is None or not secret.startswith(SECRET_PREFIX):
        raise SecretInvalid(SecretInvalid.__doc__)
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise SecretInvalid(SecretInvalid.__doc__) from error
    if not SECRET_BYTES_MIN <= len(key) <= SECRET_BYTES_MAX:
        raise SecretInvalid(SecretInvalid.__doc__)
    return key
