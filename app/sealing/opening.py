"""The sealer as the settings want it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from app.clock import Clock
from app.database import Database
from app.installation.installation import Installation
from app.sealing.kept import KeptHeads
from app.sealing.keys import read_ledger_key
from app.sealing.seal import Seal
from app.sealing.sealer import Sealer
from app.settings import Settings


def open_seal(settings: Settings, database: Database) -> Seal:
    """What seals with the key in `ledger_key_file`, made there at the first start.

    Raises:
        KeyFileInvalid: the file holds something else.
    """
    path = settings.ledger_key_file
    return Seal(
        database=database,
        key=read_ledger_key(path),
        kept=KeptHeads(path.with_name(path.name + ".heads")),
        prefix=origin_prefix(settings),
    )


def open_sealer(settings: Settings, database: Database, clock: Clock) -> Sealer:
    """The loop that does so.

    Raises:
        KeyFileInvalid: the file holds something else.
    """
    return Sealer(open_seal(settings, database), clock)


@asynccontextmanager
async def sealing(installation: Installation) -> AsyncIterator[None]:
    """Seal the logs meanwhile."""
    sealer = open_sealer(installation.settings, installation.database, installation.clock)
    sealer.start()
    try:
        yield
    finally:
        await sealer.close()


def origin_prefix(settings: Settings) -> str:
    """What the names of the installation's logs begin with."""
    return settings.ledger_origin or f"{urlsplit(settings.public_url).netloc}/ledger"
