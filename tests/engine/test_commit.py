"""Commit before the answer: what was not stored is not answered, what was answered is stored."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final, TypeVar

import httpx
import pytest

from app.channels.channel import Channel
from app.database import Database, DatabaseUnavailable
from tests.engine.checking import check_everything
from tests.engine.databases import Place, rows
from tests.engine.faults import COMMIT, Fault, FaultyDatabase, GatedChannel, Moment
from tests.engine.node import Node, running_node
from tests.engine.town import Json, Town
from tests.peers.sink import Answer, Sink

LEASE_SECONDS = 11  # a lease and a little
TABLES = (
    *("incident", "ledger_entry", "ledger_disclosure", "page", "delivery", "attempt"),
    "idempotency",
)


@dataclass
class Stage:
    """A node whose database can be told to fail, and an incident in its second step."""

    url: str
    node: Node
    town: Town
    sink: Sink
    database: FaultyDatabase
    gate: asyncio.Event
    incident: Json

    async def content(self) -> list[str]:
        """Every row that commands write, but for leases: those run out by themselves."""
        found = [
            table + repr(sorted(dict(row, leased_until=None).items()))
            for table in TABLES
            for row in await rows(self.url, f"SELECT * FROM {table}")  # noqa: S608  # our names
        ]
        return sorted(found)

    def heard(self, path: str, kind: str) -> int:
        """How often a message of this type has arrived at a path."""
        return [one.json["type"] for one in self.sink.to(path)].count(kind)


@asynccontextmanager
async def staged(place: Place, sink: Sink) -> AsyncIterator[Stage]:
    made: list[FaultyDatabase] = []
    gate = asyncio.Event()
    gate.set()

    def wrap_database(database: Database) -> Database:
        made.append(FaultyDatabase.around(database))
        return made[0]

    def wrap_channels(channels: Mapping[str, Channel]) -> Mapping[str, Channel]:
        return {name: GatedChannel(channel, gate) for name, channel in channels.items()}

    async with running_node(
        place.url, wrap_database=wrap_database, wrap_channels=wrap_channels
    ) as node:
        town = place.town(node.http, sink)
        incident = await town.opened("fall")
        await node.pass_time(seconds=180)
        made[0].written.clear()
        yield Stage(place.url, node, town, sink, made[0], gate, incident)
        gate.set()


async def open_incident(stage: Stage) -> httpx.Response:
    return await stage.town.report("no_response", once="again")


async def acknowledge(stage: Stage) -> httpx.Response:
    return await stage.town.act(stage.incident["id"], "acknowledge", "second_nurse", once="again")


async def let_step_end(stage: Stage) -> None:
    """The second step is over; nobody has noticed."""
    stage.node.clock.push(seconds=180)


async def let_page_wait(stage: Stage) -> None:
    """The page of the third step is on its way, and has not arrived."""
    stage.gate.clear()
    stage.node.clock.push(seconds=180)
    await stage.node.engine.scheduler.run_once()


async def let_page_fail(stage: Stage) -> None:
    """The page of the third step failed once, and is due again."""
    stage.sink.plan("/third_nurse", Answer(status=503), Answer())
    stage.node.clock.push(seconds=180)
    await stage.node.round()
    stage.node.clock.push(seconds=2)


async def let_page_be_unwanted(stage: Stage) -> None:
    """The page of the third step failed once; by now somebody else goes."""
    await let_page_fail(stage)
    await stage.town.acted(stage.incident["id"], "acknowledge", "first_nurse")
    await stage.node.engine.dispatcher.drain()


async def do_round(stage: Stage) -> None:
    """What the next tick does."""
    await stage.node.round()


async def do_claim(stage: Stage) -> None:
    """What the next tick does, where it gets no further than the outbox."""
    with suppress(DatabaseUnavailable):
        await stage.node.round()


async def let_page_arrive(stage: Stage) -> None:
    """The page arrives, and that is written down."""
    stage.gate.set()
    await stage.node.engine.dispatcher.drain()


Do = Callable[[Stage], Awaitable[None]]
# What is done, after which preparation, and each table that it writes to.
REQUESTS: Final = {
    "open": (
        open_incident,
        ("incident", "ledger_entry", "ledger_disclosure", "page", "delivery", "idempotency"),
    ),
    "acknowledge": (
        acknowledge,
        ("incident", "ledger_entry", "ledger_disclosure", "delivery", "idempotency"),
    ),
}
ROUNDS: Final[Mapping[str, tuple[Do, Do, tuple[str, ...]]]] = {
    "wake": (
        let_step_end,
        do_round,
        ("incident", "ledger_entry", "ledger_disclosure", "page", "delivery"),
    ),
    "record": (let_page_wait, let_page_arrive, ("incident", "ledger_entry", "attempt", "delivery")),
    "claim": (let_page_fail, do_claim, ("delivery",)),
    "drop": (let_page_be_unwanted, do_round, ("delivery",)),
}
# The claim comes first in a round, and is not meant.
AFTER: Final = {"drop": 1}
# It leases messages about incidents, then notices.
WRITES_OF_CLAIM: Final = 2


MOMENTS: Final = pytest.mark.parametrize("moment", Moment, ids=lambda moment: moment.name.lower())


@MOMENTS
@pytest.mark.parametrize("what", REQUESTS)
async def test_request_is_answered_only_if_it_is_stored(
    place: Place, sink: Sink, what: str, moment: Moment
) -> None:
    request, writes = REQUESTS[what]
    async with staged(place, sink) as stage:
        before = await stage.content()
        for write in (*writes, COMMIT):
            refused = await fails(stage, request, Fault(write=write, moment=moment))
            assert refused.status_code == 503, (write, refused.text)
            # Only a commit that nobody heard of is more than nothing.
            is_kept = (write, moment) == (COMMIT, Moment.PERSISTED)
            assert (await stage.content() != before) == is_kept, write

        answered = await request(stage)
        assert answered.status_code == {"open": 201, "acknowledge": 200}[what]
        is_repeated = "idempotent-replayed" in answered.headers
        assert is_repeated == (moment is Moment.PERSISTED)
        stored = await rows(place.url, "SELECT id, status FROM incident ORDER BY id")
        statuses = {row["id"]: row["status"] for row in stored}
        assert len(statuses) == (2 if what == "open" else 1)
        assert statuses[answered.json()["id"]] == answered.json()["status"]
        # Whom the answer counts on hears of it, once, even if its sender did not know.
        await stage.node.pass_time(seconds=LEASE_SECONDS)
        told = {"open": "incident.paged", "acknowledge": "incident.stood_down"}[what]
        assert stage.heard("/first_nurse", told) == (2 if what == "open" else 1)
    await check_everything(place.url)


@MOMENTS
async def test_step_begins_once_however_often_its_round_fails(
    place: Place, sink: Sink, moment: Moment
) -> None:
    prepare, do, writes = ROUNDS["wake"]
    async with staged(place, sink) as stage:
        await prepare(stage)
        before = await stage.content()
        for write in (*writes, COMMIT):
            await fails(stage, do, Fault(write=write, moment=moment))
            is_kept = (write, moment) == (COMMIT, Moment.PERSISTED)
            assert (await stage.content() != before) == is_kept, write
        await stage.node.pass_time(seconds=LEASE_SECONDS)
        steps = await rows(
            place.url, "SELECT step FROM ledger_entry WHERE type = 'step_started' ORDER BY id"
        )
        assert [row["step"] for row in steps] == [1, 2, 3]
        assert stage.heard("/third_nurse", "incident.paged") == 1
    await check_everything(place.url)


@pytest.mark.parametrize(
    ("what", "write"),
    [(what, write) for what in ("record", "claim", "drop") for write in (*ROUNDS[what][2], COMMIT)],
)
@MOMENTS
async def test_message_is_sent_until_that_is_written_down(
    place: Place, sink: Sink, what: str, write: str, moment: Moment
) -> None:
    prepare, do, _ = ROUNDS[what]
    async with staged(place, sink) as stage:
        await prepare(stage)
        before = await stage.content()
        claims = AFTER.get(what, 0) * (1 if write == COMMIT else WRITES_OF_CLAIM)
        await fails(stage, do, Fault(write=write, moment=moment, after=claims))
        is_kept = (write, moment) == (COMMIT, Moment.PERSISTED)
        # A lease is not content.
        assert (await stage.content() != before) == (is_kept and what != "claim")

        await stage.node.pass_time(seconds=LEASE_SECONDS)
        pages = [one for one in sink.to("/third_nurse") if one.json["type"] == "incident.paged"]
        # What failed is sent again, and so is what was sent and could not be written down.
        is_repeated = what == "claim" or (what == "record" and not is_kept)
        assert len(pages) == 1 + is_repeated
        (page_id,) = {one.headers["webhook-id"] for one in pages}
        deliveries = await rows(place.url, "SELECT id, status FROM delivery")
        statuses = {row["id"]: row["status"] for row in deliveries}
        assert statuses[page_id] == ("dropped" if what == "drop" else "sent")
    await check_everything(place.url)


async def test_tables_of_requests_name_every_write(place: Place, sink: Sink) -> None:
    async with staged(place, sink) as stage:
        for request, writes in REQUESTS.values():
            await stage.node.engine.dispatcher.drain()
            stage.database.written.clear()
            await request(stage)
            assert set(stage.database.written[0]) == set(writes)


@pytest.mark.parametrize("what", ROUNDS)
async def test_tables_of_rounds_name_every_write(place: Place, sink: Sink, what: str) -> None:
    prepare, do, writes = ROUNDS[what]
    async with staged(place, sink) as stage:
        await prepare(stage)
        stage.database.written.clear()
        await do(stage)
        writing = [set(tables) for tables in stage.database.written if tables]
        assert writing[AFTER.get(what, 0)] == set(writes)


Result = TypeVar("Result")


async def fails(stage: Stage, do: Callable[[Stage], Awaitable[Result]], fault: Fault) -> Result:
    """What is answered while the database fails so; the fault must have struck."""
    stage.database.plan, stage.database.happened = [fault], []
    result = await do(stage)
    assert len(stage.database.happened) == 1, fault
    return result
