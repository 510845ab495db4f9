"""The one place where the parts are joined."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

from fastapi import FastAPI

from app.auditing.auditor import auditing
from app.auth import Authenticator
from app.channels import open_channels
from app.channels.channel import Channel
from app.clock import Clock, utc_now
from app.commands.directory.keys import apply_bootstrap_key
from app.database import Database, open_database
from app.engine.deposit import watch_deposits
from app.engine.engine import Engine
from app.installation.installation import Installation
from app.installation.misses import Misses
from app.installation.secrets import LinkKey, new_id, read_key
from app.pages import install_pages
from app.problems import install_problems
from app.publishing.opening import open_witness, publishing
from app.requests import install_miss_limit, install_request_log
from app.routes.all import routers
from app.sealing.opening import sealing
from app.settings import Settings
from app.store.search.indexing import index_everybody
from app.store.vault.conversion import seal_columns
from app.vault import Vault

DESCRIPTION = """
Who answers when someone is in danger, and proof of it: per-client emergency protocols,
escalation along the contact tree, and a responsibility ledger.
"""


async def open_installation(settings: Settings, *, clock: Clock = utc_now) -> Installation:
    """Open the database and the keys that the settings name."""
    key = read_key(settings.data_key_file)
    link_key = LinkKey(key)
    database = await open_database(settings.database_url, Vault(key))
    await seal_columns(database)
    await index_everybody(database)
    return Installation(
        settings=settings, database=database, clock=clock, link_key=link_key, new_id=new_id
    )


def create_app(
    settings: Settings,
    *,
    clock: Clock = utc_now,
    sends: bool = True,
    make_channels: Callable[[Settings, Clock], Mapping[str, Channel]] = open_channels,
    wrap_database: Callable[[Database], Database] | None = None,
) -> FastAPI:
    """The application; it opens its database when it starts and closes it when it ends.

    The schema must be there already (`app.database.migration`). `sends` says whether this
    process also wakes incidents and sends messages. Tests give their own clock, channels, and
    a wrapper that makes the database fail.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        installation = await open_installation(settings, clock=clock)
        if wrap_database is not None:
            installation = replace(installation, database=wrap_database(installation.database))
        channels = make_channels(settings, clock)
        engine = Engine(installation, channels, sends=sends)
        async with _running(app, engine, channels), beside(installation, channels, runs=sends):
            yield

    app = FastAPI(
        title="Renrakumo 連絡網",
        version="0.1.0",
        description=DESCRIPTION,
        lifespan=lifespan,
        openapi_url="/openapi.json",
        # FastAPI's viewers load scripts from elsewhere; `app/pages/public` has a page of our own.
        docs_url=None,
        redoc_url=None,
        # A path with a slash too many is not there; it leads nowhere else.
        redirect_slashes=False,
    )
    for router in routers():
        app.include_router(router)
    install_pages(app)
    install_problems(app)
    install_miss_limit(app)
    install_request_log(app)
    return app


@asynccontextmanager
async def beside(
    installation: Installation, channels: Mapping[str, Channel], *, runs: bool = True
) -> AsyncIterator[None]:
    """Seal, publish and audit meanwhile, in a process that also sends."""
    if not runs:
        yield
        return
    async with sealing(installation), publishing(installation, channels), auditing(installation):
        yield


@asynccontextmanager
async def _running(
    app: FastAPI, engine: Engine, channels: Mapping[str, Channel]
) -> AsyncIterator[None]:
    """Give the routes what they work with, and run the engine meanwhile."""
    installation = engine.installation
    app.state.installation = installation
    app.state.authenticator = Authenticator(
        database=installation.database, clock=installation.clock
    )
    app.state.misses = Misses(per_minute=installation.settings.misses_per_minute)
    app.state.channels = channels
    app.state.engine = engine
    app.state.witness = open_witness(installation)
    await apply_bootstrap_key(installation)
    await engine.start()
    deposits = asyncio.create_task(watch_deposits(installation), name="deposits")
    try:
        yield
    finally:
        deposits.cancel()
        await engine.close()
        await installation.database.close()
