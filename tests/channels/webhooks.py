"""An opened webhook channel, and the names that it looks up."""

import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_address

import pytest

from app.channels.network_guard import Address, Resolve
from app.channels.webhook import WebhookChannel
from app.clock import Clock, utc_now
from tests.channels.messages import settings

FAST_AND_PLAIN = pytest.mark.parametrize("fast", [True, False], ids=["fast", "plain"])


@asynccontextmanager
async def webhook(
    *, clock: Clock = utc_now, fast: bool = True, resolve: Resolve | None = None, **changes: object
) -> AsyncIterator[WebhookChannel]:
    """A webhook channel for the time of the block; `changes` are settings."""
    channel = WebhookChannel(settings(**changes), clock, fast=fast, resolve=resolve)
    yield channel
    await channel.close()


class Names:
    """Answers the next of its addresses at each look-up; the last one stays."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = list(addresses)
        self.asked: list[str] = []

    async def __call__(self, host: str) -> Sequence[Address]:
        self.asked.append(host)
        found = self._addresses.pop(0) if len(self._addresses) > 1 else self._addresses[0]
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [ip_address(one) for one in found.split()]
