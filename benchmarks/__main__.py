"""`make bench`: intake, first page and lateness of a step, as ratios to a bare endpoint; proofs.

Both servers run on this machine in the same minutes; absolute times say little, ratios say
something. SQLite and PostgreSQL in turn (`--database` for one of them), then proofs of cover
(`--cover` for those alone).
"""

import argparse
import asyncio
import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.cover import measure_cover
from benchmarks.load import Load, post_many, post_steadily
from benchmarks.servers import Town, bare_server, furnish, our_server
from benchmarks.sink import Sink, running_sink
from tests.peers.postgres import running_postgres

CONNECTIONS = 16
INTAKE = 3_000
SURGE = 2_000
STEADY = 100
STEADY_PER_SECOND = 5
LATE = 200
STEP_SECONDS = 2
ROUNDS = 3


def main() -> None:
    """Measure what the arguments ask for, and print a table."""
    arguments = argparse.ArgumentParser(prog="benchmarks")
    arguments.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    arguments.add_argument("--quick", action="store_true", help="a tenth of everything")
    arguments.add_argument("--cover", action="store_true", help="proofs of cover alone")
    chosen = arguments.parse_args()
    share = 0.1 if chosen.quick else 1.0
    for name in [] if chosen.cover else chosen.database or ["sqlite", "postgresql"]:
        with tempfile.TemporaryDirectory() as folder, _database(name, Path(folder)) as url:
            asyncio.run(_measure(name, url, Path(folder), share))
    if chosen.cover or not chosen.database:
        measure_cover(share)


@contextlib.contextmanager
def _database(name: str, folder: Path) -> Iterator[str]:
    if name == "sqlite":
        yield f"sqlite:///{folder}/bench.db"
        return
    with running_postgres(durable=True) as server:
        yield server.create_database("bench")


async def _measure(name: str, url: str, folder: Path, share: float) -> None:
    print(f"\n{name}")
    async with running_sink() as sink:
        with bare_server() as bare, our_server(url, folder) as ours:
            town = await furnish(ours, sink.url)
            await _intake(bare, ours, town, sink, int(INTAKE * share))
            await _first_page(bare, ours, town, sink, int(STEADY * share))
            await _surge(ours, town, sink, int(SURGE * share))
            await _lateness(ours, town, sink, int(LATE * share))


async def _intake(bare: str, ours: str, town: Town, sink: Sink, count: int) -> None:
    for kind in ("inbox", "webhook"):
        bodies = town.bodies(kind, count)
        rounds = []
        for _ in range(ROUNDS):
            yardstick = await _post(bare, bodies, town)
            measured = await _post(ours, bodies, town)
            rounds.append((measured.rate / yardstick.rate, measured, yardstick))
            if kind == "webhook":
                await sink.settle()
        ratio, measured, yardstick = sorted(rounds, key=lambda one: one[0])[ROUNDS // 2]
        _row(
            f"intake, {kind}",
            f"{ratio:.2f} x bare ({measured.rate:.0f}/s to {yardstick.rate:.0f}/s), "
            f"p50 {_ms(measured, 0.5)}, p99 {_ms(measured, 0.99)}",
        )


async def _first_page(bare: str, ours: str, town: Town, sink: Sink, count: int) -> None:
    echo = await post_steadily(
        f"{bare}/v1/incidents", town.bodies("webhook", count), town.key, STEADY_PER_SECOND
    )
    sink.forget()
    sent = await post_steadily(
        f"{ours}/v1/incidents", town.bodies("webhook", count), town.key, STEADY_PER_SECOND
    )
    await sink.wait_for(count)
    times = [sink.at(one) - begun for one, begun in sent.begun.items()]
    load = Load(count=count, seconds=1, times=times)
    yardstick = Load(count=count, seconds=1, times=echo.times)
    _row(
        "first page, 5/s",
        f"p50 {_ms(load, 0.5)}, p99 {_ms(load, 0.99)}; "
        f"{load.quantile(0.5) / yardstick.quantile(0.5):.1f} x the bare answer's p50",
    )


async def _surge(ours: str, town: Town, sink: Sink, count: int) -> None:
    sink.forget()
    load = await _post(ours, town.bodies("webhook", count), town)
    seconds = load.seconds + await sink.wait_for(count)
    _row(f"{count} first pages", f"all at the sink after {seconds:.2f} s")


async def _lateness(ours: str, town: Town, sink: Sink, count: int) -> None:
    sink.forget()
    await _post(ours, town.bodies("late", count), town)
    await sink.wait_for(2 * count)
    load = Load(count=count, seconds=1, times=sink.lateness(STEP_SECONDS))
    _row(
        "lateness of step 2",
        f"p50 {_ms(load, 0.5)}, p99 {_ms(load, 0.99)} ({len(load.times)} incidents in one burst)",
    )


async def _post(server: str, bodies: list[bytes], town: Town) -> Load:
    return await post_many(f"{server}/v1/incidents", bodies, key=town.key, connections=CONNECTIONS)


def _ms(load: Load, share: float) -> str:
    return f"{load.quantile(share) * 1e3:.1f} ms"


def _row(what: str, found: str) -> None:
    print(f"  {what:<22} {found}")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
