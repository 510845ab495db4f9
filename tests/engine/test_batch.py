"""Group commit: commands share a transaction, and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from app.auth import Principal, Role
from app.commands.act import ActOn
from app.commands.incident import OpenIncident
from app.database import CommitUnknownError, ConstraintError, Database, DatabaseError
from app.escalation.event import Acknowledged
from app.installation.answer import ATTEMPTS_MAX, Answer, NotFound
from app.installation.secrets import new_id
from app.protocols.kinds import IncidentType
from app.writer.batch import Batch, Command, Needs
from app.writer.writer import WAITING_MAX, Overloaded, ShuttingDown, Writer
from tests.engine.checking import check_everything
from tests.engine.databases import Place, number, rows
from tests.engine.faults import COMMIT, Fault, FaultyDatabase, Moment
from tests.engine.node import Node, running_node
from tests.engine.town import Town, asks
from tests.peers.sink import Sink

COUNT = "SELECT count(*) FROM incident"


@dataclass
class Stage:
    """A node whose database can be told to fail."""

    node: Node
    town: Town
    database: FaultyDatabase

    @property
    def provider(self) -> Principal:
        """Whoever reports."""
        return Principal(
            key_id="key",
            role=Role.PROVIDER,
            organisation_id=self.town["provider"],
            municipality_ids=frozenset({self.town["municipality"]}),
        )

    def opening(self, kind: IncidentType = IncidentType.FALL, **fields: str) -> OpenIncident:
        """A report."""
        return OpenIncident(
            principal=self.provider,
            incident_id=new_id(),
            client_id=self.town["client"],
            client_ref=None,
            type=kind,
            severity=None,
            occurred_at=None,
            summary=None,
            details=None,
            dedup_key=fields.get("dedup_key"),
            drill=False,
            idempotency=None,
        )

    def acknowledging(self, incident_id: str, person: str) -> ActOn:
        """A person's yes."""
        return ActOn(
            principal=self.provider,
            incident_id=incident_id,
            act="acknowledge",
            party_id=self.town[person],
            on_behalf_of=None,
            to_party_id=None,
            make=lambda by, _: Acknowledged(by=by),
            idempotency=None,
        )

    async def submit(self, *commands: Command) -> list[object]:
        """The answers to commands that wait at the same moment: one batch."""
        waiting = (self.node.engine.submit(command) for command in commands)
        return await asyncio.gather(*waiting, return_exceptions=True)

    def transactions(self, table: str) -> int:
        """How many transactions have written to a table."""
        return sum(table in tables for tables in self.database.written)


class Refuses:
    """A command that is refused."""

    @property
    def needs(self) -> Needs:
        """Nothing."""
        return Needs()

    def run(self, batch: Batch) -> object:
        """Refuse."""
        del batch
        raise NotFound


@dataclass
class StopsHalfWay:
    """A command with a fault of ours: it has changed something when it fails."""

    inner: OpenIncident

    @property
    def needs(self) -> Needs:
        """What the inner command needs."""
        return self.inner.needs

    def run(self, batch: Batch) -> object:
        """Do it, and fail."""
        self.inner.run(batch)
        raise ZeroDivisionError


@pytest.fixture
async def stage(place: Place, sink: Sink) -> AsyncIterator[Stage]:
    made: list[FaultyDatabase] = []

    def wrap(database: Database) -> Database:
        made.append(FaultyDatabase.around(database))
        return made[0]

    async with running_node(place.url, wrap_database=wrap) as node:
        yield Stage(node, place.town(node.http, sink), made[0])
    await check_everything(place.url)


def status(answer: object) -> int:
    assert isinstance(answer, Answer), answer
    return answer.status


async def test_refused_command_does_not_harm_its_neighbours(place: Place, stage: Stage) -> None:
    first, refused, last = await stage.submit(stage.opening(), Refuses(), stage.opening())
    assert (status(first), status(last)) == (201, 201)
    assert isinstance(refused, NotFound)
    # All in one commit: it changed nothing, so there was nothing to undo.
    assert stage.transactions("page") == 1
    assert await number(place.url, COUNT) == 2


async def test_command_that_fails_half_way_leaves_nothing(place: Place, stage: Stage) -> None:
    half = stage.opening()
    first, failed, last = await stage.submit(stage.opening(), StopsHalfWay(half), stage.opening())
    assert (status(first), status(last)) == (201, 201)
    assert isinstance(failed, ZeroDivisionError)
    ids = {row["id"] for row in await rows(place.url, "SELECT id FROM incident")}
    assert len(ids) == 2
    assert half.incident_id not in ids


async def test_command_that_fails_half_way_alone_leaves_nothing(place: Place, stage: Stage) -> None:
    (failed,) = await stage.submit(StopsHalfWay(stage.opening()))
    assert isinstance(failed, ZeroDivisionError)
    assert await number(place.url, COUNT) == 0


async def test_constraint_error_in_a_batch_lets_each_run_alone(place: Place, stage: Stage) -> None:
    stage.database.plan = [Fault(write="incident", error=ConstraintError)]
    opening = [stage.opening() for _ in range(3)]
    answers = await stage.submit(*opening)
    assert [status(answer) for answer in answers] == [201, 201, 201]
    assert stage.transactions("page") == 3
    assert await number(place.url, COUNT) == 3


async def test_constraint_error_of_one_command_fails_that_one_alone(
    place: Place, stage: Stage
) -> None:
    # An id that is taken stays taken, however often it is tried.
    taken = stage.opening()
    await stage.submit(taken)
    first, failed, last = await stage.submit(stage.opening(), taken, stage.opening())
    assert (status(first), status(last)) == (201, 201)
    assert isinstance(failed, ConstraintError)
    assert await number(place.url, COUNT) == 3


async def test_race_that_was_lost_once_is_tried_again(place: Place, stage: Stage) -> None:
    lost = Fault(write="incident", error=ConstraintError)
    stage.database.plan = [lost] * (ATTEMPTS_MAX - 1)
    (answer,) = await stage.submit(stage.opening())
    assert status(answer) == 201
    assert await number(place.url, COUNT) == 1


async def test_race_that_is_lost_again_and_again_is_a_conflict(place: Place, stage: Stage) -> None:
    lost = Fault(write="incident", error=ConstraintError)
    stage.database.plan = [lost] * ATTEMPTS_MAX
    refused = await stage.town.report()
    assert refused.status_code == 409
    assert await number(place.url, COUNT) == 0


# Whatever breaks once the commit was sent, nobody may try again by themselves.
@pytest.mark.parametrize("error", [CommitUnknownError, DatabaseError, ConnectionResetError])
async def test_batch_whose_end_is_unknown_is_not_repeated(
    place: Place, stage: Stage, error: type[Exception]
) -> None:
    stage.database.plan = [Fault(write=COMMIT, moment=Moment.PERSISTED, error=error)]
    answers = await stage.submit(stage.opening(), stage.opening())
    assert [type(answer) for answer in answers] == [CommitUnknownError] * 2
    assert stage.transactions("incident") == 1
    assert await number(place.url, COUNT) == 2


async def test_who_is_told_of_a_commit_cannot_undo_it(place: Place, stage: Stage) -> None:
    def fail(_batch: Batch) -> None:
        raise ZeroDivisionError

    writer = Writer(stage.node.installation, fail, sends_here=False)
    writer.start()
    first, last = await asyncio.gather(
        writer.submit(stage.opening()), writer.submit(stage.opening())
    )
    await writer.close()
    assert (status(first), status(last)) == (201, 201)
    assert await number(place.url, COUNT) == 2


async def test_second_acknowledgement_of_a_batch_sees_the_first(stage: Stage) -> None:
    incident = await stage.town.opened()
    await stage.node.pass_time(seconds=180)
    first, last = await stage.submit(
        stage.acknowledging(incident["id"], "second_nurse"),
        stage.acknowledging(incident["id"], "first_nurse"),
    )
    assert isinstance(first, Answer)
    assert isinstance(last, Answer)
    assert (first.body["result"], last.body["result"]) == ("applied", "joined")
    held = (await stage.town.incident(incident["id"]))["holder"]
    assert held["id"] == stage.town["second_nurse"]


async def test_second_signal_of_a_batch_repeats_the_first(place: Place, stage: Stage) -> None:
    answers = await stage.submit(*(stage.opening(dedup_key="device-7") for _ in range(4)))
    assert sorted(status(answer) for answer in answers) == [200, 200, 200, 201]
    found = await rows(place.url, "SELECT signal_count FROM incident")
    assert [row["signal_count"] for row in found] == [4]


async def test_signal_without_key_repeats_one_with_a_key_of_the_same_batch(stage: Stage) -> None:
    await stage.town.publish(asks("first"), repeat_window_seconds=60)
    answers = await stage.submit(stage.opening(dedup_key="device-7"), stage.opening())
    assert [status(answer) for answer in answers] == [201, 200]


async def test_caller_who_went_away_harms_nobody(place: Place, stage: Stage) -> None:
    gone = asyncio.ensure_future(stage.node.engine.submit(stage.opening()))
    stays = asyncio.ensure_future(stage.node.engine.submit(stage.opening()))
    await asyncio.sleep(0)
    gone.cancel()
    assert status(await stays) == 201
    assert gone.cancelled()
    # What was asked for is done all the same.
    assert await number(place.url, COUNT) == 2


async def test_too_many_waiting_are_refused_with_a_sentence(stage: Stage) -> None:
    idle = Writer(stage.node.installation, lambda _: None, sends_here=False)
    waiting = [asyncio.ensure_future(idle.submit(Refuses())) for _ in range(WAITING_MAX)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded, match="Too many changes"):
        await idle.submit(Refuses())
    idle.start()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(answer) for answer in answers} == {NotFound}
    await idle.close()


async def test_writer_that_ends_finishes_what_waits_and_takes_no_more(
    place: Place, stage: Stage
) -> None:
    writer = Writer(stage.node.installation, lambda _: None, sends_here=False)
    writer.start()
    waiting = [asyncio.ensure_future(writer.submit(stage.opening())) for _ in range(20)]
    await asyncio.sleep(0)
    await writer.close()
    assert [status(await one) for one in waiting] == [201] * 20
    with pytest.raises(ShuttingDown, match="ending"):
        await writer.submit(stage.opening())
    assert await number(place.url, COUNT) == 20
