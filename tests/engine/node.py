"""One node in the test's own process: real database, real sockets, a clock that is pushed.

Nothing ticks by itself: `round` does what the metronome would have done, `pass_time` pushes the
clock from one due instant to the next.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_network
from typing import Final

import httpx
from fastapi import FastAPI

from app.auth import Authenticator
from app.channels import open_channels
from app.channels.channel import Channel
from app.commands.directory.keys import apply_bootstrap_key
from app.database import Database, open_database
from app.engine.engine import Engine
from app.installation.installation import Installation
from app.installation.misses import Misses
from app.installation.secrets import LinkKey, new_id
from app.ledger.notes.key import KeyType, SignerKey, parse_verifier_key
from app.main import create_app
from app.publishing.witness import Witness
from app.settings import Settings
from app.store.outbox import next_due
from tests.applications import Applications
from tests.keys import VAULT

BEGIN: Final = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)  # a Friday, noon in Tokyo
KEY: Final = "rk_" + "k" * 40
WITNESS_KEY: Final = SignerKey(
    name="renrakumo.test/ledger/witness", type=KeyType.COSIGNATURE, seed=b"w" * 32
)
PUBLIC_URL: Final = "http://renrakumo.test"
WrapDatabase = Callable[[Database], Database]
WrapChannels = Callable[[Mapping[str, Channel]], Mapping[str, Channel]]
HOPS_MAX = 10_000


@dataclass
class PushedClock:
    """A clock that stands until it is pushed."""

    now: datetime = BEGIN

    def __call__(self) -> datetime:
        return self.now

    def push(self, **ahead: float) -> None:
        """Put it forward; negative amounts put it back."""
        self.now += timedelta(**ahead)


@dataclass
class Node:
    """An engine that runs, its API, and its clock."""

    installation: Installation
    engine: Engine
    clock: PushedClock
    http: httpx.AsyncClient

    async def round(self) -> int:
        """Do all that is due now, and wait until it has been sent; how many incidents woke."""
        woken = await self.engine.scheduler.run_once()
        await self.engine.dispatcher.drain()
        return woken

    async def pass_time(self, **time: float) -> None:
        """Let time pass: at each due instant on the way there is a round."""
        until = self.clock.now + timedelta(**time)
        await self.engine.dispatcher.drain()
        for _ in range(HOPS_MAX):
            due_at = await self.next_due()
            if due_at is None or due_at > until:
                break
            self.clock.now = max(self.clock.now, due_at)
            await self.round()
        else:
            raise AssertionError(f"something is due again and again at {self.clock.now}")
        self.clock.now = until
        await self.round()

    async def next_due(self) -> datetime | None:
        """When something is due next: an incident, or a message that nobody has leased."""
        async with self.installation.database.transaction() as tx:
            instants = await next_due(tx)
        return min((at for at in instants if at), default=None)

    def path(self, link: str) -> str:
        """The path of a link that a message carried."""
        assert link.startswith(PUBLIC_URL + "/r/")
        return link.removeprefix(PUBLIC_URL)


def node_settings(database_url: str, **changes: object) -> Settings:
    """The settings of a node of the tests."""
    fields: dict[str, object] = {
        "database_url": database_url,
        "public_url": PUBLIC_URL,
        "bootstrap_key": KEY,
        "webhook_allowed_networks": (ip_network("127.0.0.0/8"),),
    }
    return Settings.model_validate(fields | changes)


@asynccontextmanager
async def running_node(
    database_url: str,
    *,
    clock: PushedClock | None = None,
    sends: bool = True,
    wrap_database: WrapDatabase = lambda database: database,
    wrap_channels: WrapChannels = lambda channels: channels,
    **settings: object,
) -> AsyncIterator[Node]:
    """A node on a migrated database, for the time of the block."""
    clock = clock or PushedClock()
    chosen = node_settings(database_url, **settings)
    database = wrap_database(await open_database(database_url, VAULT))
    installation = Installation(
        settings=chosen,
        database=database,
        clock=clock,
        link_key=LinkKey(bytes(32)),
        new_id=new_id,
    )
    await apply_bootstrap_key(installation)
    channels = wrap_channels(open_channels(chosen, clock))
    engine = Engine(installation, channels, sends=sends)
    engine.writer.start()
    if sends:
        engine.dispatcher.start()
    with _applications().lent() as app:
        _give(app, installation, engine, channels)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        headers = {"Authorization": f"Bearer {KEY}"}
        async with httpx.AsyncClient(
            transport=transport, base_url=PUBLIC_URL, headers=headers, timeout=30
        ) as http:
            try:
                yield Node(installation, engine, clock, http)
            finally:
                await engine.close()
                await database.close()


@cache
def _applications() -> Applications:
    """Applications as `serve` joins them; their settings matter to the lifespan alone."""
    return Applications(lambda: create_app(node_settings("sqlite:///not-opened")))


def _give(
    app: FastAPI, installation: Installation, engine: Engine, channels: Mapping[str, Channel]
) -> None:
    """What the lifespan would give it, but for the metronome: no lifespan runs here."""
    app.state.installation = installation
    app.state.authenticator = Authenticator(
        database=installation.database, clock=installation.clock
    )
    app.state.misses = Misses(per_minute=installation.settings.misses_per_minute)
    app.state.channels = channels
    app.state.engine = engine
    app.state.witness = Witness(
        database=installation.database,
        clock=installation.clock,
        signer=WITNESS_KEY,
        logs=map(parse_verifier_key, installation.settings.witnessed_logs),
    )
