"""`python -m benchmarks.audit`: what auditors ask of a ledger of 10,000,000 entries.

One real incident is run through the server and copied until the ledger is that long; then the
server is asked over HTTP, one request after another. Beside each time stands its ratio to the
server's own `/livez` in the same minute. What appending and sealing cost is measured before the
copies and after, on the same server.
"""

import argparse
import asyncio
import contextlib
import hashlib
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import httpx

from app.database.migration import migrate
from benchmarks.copies import Filled, Team, fill
from benchmarks.load import post_many, post_steadily
from benchmarks.servers import KEY, Town, furnish, our_server
from tests.peers.postgres import running_postgres

ENTRIES: Final = 10_000_000
ASKED: Final = 400
POSTED: Final = 600
CONNECTIONS: Final = 16
CLIENTS: Final = 1_000
TEAMS: Final = 200
STEADY_PER_SECOND: Final = 5
STEADY: Final = 150
SEAL_SECONDS: Final = 60
# Nobody answers there: what is sent stays out of these figures.
NOWHERE: Final = "http://127.0.0.1:9"


def main() -> None:
    """Measure, and print a table."""
    arguments = argparse.ArgumentParser(prog="benchmarks.audit")
    arguments.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    arguments.add_argument("--entries", type=int, default=ENTRIES)
    chosen = arguments.parse_args()
    for name in chosen.database or ["sqlite", "postgresql"]:
        with tempfile.TemporaryDirectory() as folder, _database(name, Path(folder)) as url:
            asyncio.run(_measure(name, url, Path(folder), chosen.entries))
        with tempfile.TemporaryDirectory() as folder, _database(name, Path(folder)) as url:
            asyncio.run(_measure_empty(url, Path(folder)))


@contextlib.contextmanager
def _database(name: str, folder: Path) -> Iterator[str]:
    if name == "sqlite":
        url = f"sqlite:///{folder}/bench.db"
        migrate(url)
        yield url
        return
    with running_postgres(durable=True) as server:
        url = server.create_database("bench")
        migrate(url)
        yield url


async def _measure(name: str, url: str, folder: Path, entries: int) -> None:
    with our_server(url, folder) as ours:
        town = await furnish(ours, NOWHERE)
        await _one_incident(ours, town)
        clients, teams = await _people(ours, town)
    begun = time.perf_counter()
    filled = await fill(url, folder / "ledger.key", entries, clients, teams)
    print(f"\n{name}: {filled.size:,} entries, made in {time.perf_counter() - begun:.0f} s")
    with our_server(url, folder) as ours:
        await _queries(ours, filled, clients, [one.person_id for one in teams])
        await _appends(ours, town, "to this ledger")


async def _measure_empty(url: str, folder: Path) -> None:
    with our_server(url, folder) as ours:
        town = await furnish(ours, NOWHERE)
        await _appends(ours, town, "to an empty one")


async def _one_incident(ours: str, town: Town) -> None:
    """An incident that is taken, reached and closed by the nurse of its desk; and sealed."""
    async with _http(ours, KEY) as http:
        body = {"client_id": town.clients["inbox"][0], "type": "fall", "severity": "high"}
        made = (await http.post("/v1/incidents", json=body)).raise_for_status().json()
        desk = made["holder"]["id"]
        people = (await http.get("/v1/parties", params={"kind": "person"})).json()["items"]
        nurse = next(one["id"] for one in people if desk in one["desk_ids"])
        for act in ("acknowledge", "en_route", "arrive", "resolve"):
            said = {"party_id": nurse} | ({"outcome": "client_safe"} if act == "resolve" else {})
            (await http.post(f"/v1/incidents/{made['id']}/{act}", json=said)).raise_for_status()
        async with asyncio.timeout(SEAL_SECONDS):
            while not await _is_sealed(http, made["id"]):  # noqa: ASYNC110  # in the server
                await asyncio.sleep(0.1)


async def _people(ours: str, town: Town) -> tuple[list[str], list[Team]]:
    """Clients, desks and persons whom the copies are about."""
    async with _http(ours, KEY) as http:

        async def made(path: str, body: object) -> str:
            return str((await http.post(path, json=body)).raise_for_status().json()["id"])

        first = (await http.get(f"/v1/clients/{town.clients['inbox'][0]}")).json()
        provider = first["served_by"][0]
        known = {"municipality_id": first["municipality_id"], "served_by": [provider]}
        clients = [
            await made("/v1/clients", {**known, "name": f"copy {number}"})
            for number in range(CLIENTS)
        ]
        teams = []
        for number in range(TEAMS):
            desk = {"organisation_id": provider, "kind": "desk", "name": f"copy {number}"}
            desk_id = await made("/v1/parties", desk)
            person = {**desk, "kind": "person", "desk_ids": [desk_id]}
            teams.append(Team(desk_id=desk_id, person_id=await made("/v1/parties", person)))
    return clients, teams


async def _is_sealed(http: httpx.AsyncClient, incident_id: str) -> bool:
    entries = (await http.get(f"/v1/incidents/{incident_id}/entries")).json()["items"]
    return all(one["leaf_index"] is not None for one in entries)


async def _queries(
    ours: str, filled: Filled, clients: Sequence[str], people: Sequence[str]
) -> None:
    log = f"/v1/ledgers/{filled.log_id}"
    month = {"from": "2025-05-01T00:00:00Z", "to": "2025-06-01T00:00:00Z"}
    asked: dict[str, Callable[[int], tuple[str, dict[str, Any]]]] = {
        "proof of an entry": lambda n: (f"{log}/proof", {"entry": n % filled.size}),
        "proof of consistency": lambda n: (f"{log}/consistency", {"old": n % filled.size}),
        "intervals of an incident": lambda n: (
            f"/v1/incidents/{_one(filled.incident_ids, n)}/responsibility",
            {},
        ),
        "entries of an incident": lambda n: (
            f"/v1/incidents/{_one(filled.incident_ids, n)}/entries",
            {},
        ),
        "who held an incident at": lambda n: (
            "/v1/responsibility/at",
            {"incident_id": _one(filled.incident_ids, n), "time": "2025-05-01T00:00:00Z"},
        ),
        "intervals of a party, newest": lambda n: (
            "/v1/responsibility",
            {"party_id": _one(people, n), "from": "2026-11-01T00:00:00Z"},
        ),
        "intervals of a party, a month": lambda n: (
            "/v1/responsibility",
            {"party_id": _one(people, n), **month},
        ),
        "intervals of a client, all": lambda n: (
            "/v1/responsibility",
            {"client_id": _one(clients, n)},
        ),
        "a page of all intervals": lambda n: (
            "/v1/responsibility",
            {**month, "limit": 100 + n % 2},
        ),
    }
    async with _http(ours, KEY) as http:
        for what, make in asked.items():
            bare = await _times(http, [("/livez", {})] * ASKED)
            times = await _times(http, [make(number) for number in _spread(ASKED)])
            ratio = _quantile(times, 0.5) / _quantile(bare, 0.5)
            _row(what, f"{_ms(times)}; p50 {ratio:.1f} x /livez")


async def _times(
    http: httpx.AsyncClient, asked: Sequence[tuple[str, dict[str, Any]]]
) -> list[float]:
    times = []
    for path, parameters in asked:
        begun = time.perf_counter()
        answer = await http.get(path, params=parameters)
        times.append(time.perf_counter() - begun)
        answer.raise_for_status()
    return times


async def _appends(ours: str, town: Town, what: str) -> None:
    """Incidents as fast as they are taken, and how soon those of a steady stream are sealed."""
    url = f"{ours}/v1/incidents"
    rates = []
    for _ in range(3):
        bodies = town.bodies("inbox", POSTED)
        rates.append((await post_many(url, bodies, key=town.key, connections=CONNECTIONS)).rate)
    _row(f"incidents, {what}", f"{sorted(rates)[1]:.0f}/s, the middle of three")
    async with _http(ours, KEY) as http:
        client = await http.get(f"/v1/clients/{town.clients['inbox'][0]}")
        log_id = client.json()["municipality_id"]
        seen: list[tuple[float, int]] = []
        watching = asyncio.create_task(_watch(http, log_id, seen))
        bodies = town.bodies("inbox", STEADY)
        posted = await post_steadily(url, bodies, town.key, STEADY_PER_SECOND)
        await asyncio.sleep(SEAL_SECONDS / 10)
        watching.cancel()
        delays = [await _sealed_at(http, one, seen) - begun for one, begun in posted.begun.items()]
    _row(f"sealed, {what}", f"{_ms(delays)} after the report, at {STEADY_PER_SECOND}/s")


async def _watch(http: httpx.AsyncClient, log_id: str, seen: list[tuple[float, int]]) -> None:
    while True:
        note = (await http.get(f"/v1/ledgers/{log_id}/checkpoint")).text
        seen.append((time.perf_counter(), int(note.split("\n")[1])))
        await asyncio.sleep(0.05)


async def _sealed_at(
    http: httpx.AsyncClient, incident_id: str, seen: Sequence[tuple[float, int]]
) -> float:
    """When a published head was first seen that covers the incident's first entries."""
    entries = (await http.get(f"/v1/incidents/{incident_id}/entries")).json()["items"]
    opened = entries[0]["leaf_index"]
    return next(at for at, size in seen if opened is not None and size > opened)


@contextlib.asynccontextmanager
async def _http(url: str, key: str) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as http:
        yield http


def _spread(count: int) -> Iterator[int]:
    """Large numbers, spread evenly, the same in every run."""
    for number in range(count):
        yield int.from_bytes(hashlib.sha256(b"%d" % number).digest()[:8], "big")


def _one(ids: Sequence[str], number: int) -> str:
    return ids[number % len(ids)]


def _quantile(times: Sequence[float], share: float) -> float:
    return sorted(times)[min(int(share * len(times)), len(times) - 1)]


def _ms(times: Sequence[float]) -> str:
    return ", ".join(
        f"p{share} {_quantile(times, share / 100) * 1e3:.1f} ms" for share in (50, 95, 99)
    )


def _row(what: str, found: str) -> None:
    print(f"  {what:<32} {found}", flush=True)


if __name__ == "__main__":
    main()
