"""What an append and a seal cost does not depend on how long the log is."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from app.database.sqlite import SqliteDatabase
from app.sealing.kept import KeptHeads
from tests.engine.databases import Place
from tests.engine.node import running_node
from tests.peers.sink import Sink
from tests.sealing.conftest import Log, sealer_of

SHORT, LONG = 4, 60
# A tile grows wider, a tree one level higher: that much is allowed.
MORE = 1.3


@asynccontextmanager
async def counted(database: SqliteDatabase) -> AsyncIterator[list[int]]:
    """How many instructions SQLite executes for the writer: exact, whatever else runs."""
    count = [0]

    def step() -> int:
        count[0] += 1
        return 0

    # Nobody else may ask for the connection, which only its own thread may use.
    connection, on_thread = database._connection, database._on_thread  # noqa: SLF001
    await on_thread(connection.set_progress_handler, step, 1)
    yield count
    await on_thread(connection.set_progress_handler, None, 1)


async def test_long_log_costs_what_a_short_one_does(
    sqlite_copy: Place, sink: Sink, tmp_path: Path
) -> None:
    async with running_node(sqlite_copy.url, sends=False) as node:
        town = sqlite_copy.town(node.http, sink)
        kept = KeptHeads(tmp_path / "heads")
        sealer, log = sealer_of(node, kept), Log(sqlite_copy, kept)
        database = node.installation.database
        assert isinstance(database, SqliteDatabase)

        async def costs(length: int) -> tuple[int, int]:
            for number in range(length):
                await town.opened(dedup_key=f"{length} {number}")
            await sealer.run_once()
            async with counted(database) as appended:
                await town.opened(dedup_key=f"{length} counted")
            async with counted(database) as sealed:
                assert await sealer.seal.run(log.log_id, node.clock()) is not None
            return appended[0], sealed[0]

        short, long = await costs(SHORT), await costs(LONG)
        for before, after in zip(short, long, strict=True):
            assert 0 < after < before * MORE
