"""Who is on duty by the roster is asked, and nobody else; what the roster says now counts."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import product

import pytest

from app.database import Transaction
from app.models.columns import milliseconds
from app.rosters.history import Version, in_force
from app.rosters.roster import Roster
from app.store.roster import CLOCK_PUT_BACK, load_rosters
from tests.engine.databases import Place, rows
from tests.engine.node import BEGIN, Node
from tests.engine.town import Json, Town, asks
from tests.peers.sink import Sink

HOUR = timedelta(hours=1)
NAMES = ("first_nurse", "ito", "kato")


@pytest.fixture(autouse=True)
async def _three_nurses(town: Town) -> None:
    """The first desk has three nurses, each with a webhook of their own."""
    for name in NAMES[1:]:
        await town.add_person(name, desks=["first"])
        await town.add_contact_point(name)


def rotation(town: Town, *persons: str, **members: object) -> Json:
    """Turns of a day, which change at nine in the morning; it begins at noon."""
    ids = [town[one] for one in persons]
    return {"name": "当番", "persons": ids, "starts_on": "2026-11-20", **members}


async def plan(town: Town, *rotations: Json, desk: str = "first", **members: object) -> str:
    """Give a desk its roster; the path of the roster."""
    document = {"rotations": list(rotations), **members}
    made = await town.make("/v1/rosters", {"desk_id": town[desk], "document": document})
    return f"/v1/rosters/{made['id']}"


def paged(sink: Sink, *names: str) -> list[str]:
    """Those of the three nurses (or of others) who have been paged, once for each page."""
    types = [(name, one.json["type"]) for name in names or NAMES for one in sink.to(f"/{name}")]
    return [name for name, type_ in types if type_ == "incident.paged"]


async def causes(place: Place, incident_id: str, type_: str) -> list[tuple[str | None, str]]:
    """The cause of each entry of a type, and who it is about."""
    found = await rows(
        place.url,
        "SELECT cause, actor_id FROM ledger_entry"  # noqa: S608  # our own names
        f" WHERE incident_id = '{incident_id}' AND type = '{type_}' ORDER BY seq",
    )
    return [(row["cause"], row["actor_id"]) for row in found]


async def test_who_is_on_duty_is_paged_and_nobody_else(node: Node, town: Town, sink: Sink) -> None:
    await plan(town, rotation(town, "ito", "kato"))
    incident = await town.opened()
    await node.round()
    assert paged(sink) == ["ito"]
    assert incident["holder"]["id"] == town["first"]
    # A later round asks whoever is on duty then, too.
    await town.publish(asks("first"), rounds=2)
    node.clock.now = BEGIN + timedelta(hours=20, minutes=58)
    await town.opened()
    await node.pass_time(seconds=180)
    assert paged(sink) == ["ito", "ito", "kato"]


async def test_without_a_roster_all_persons_of_a_desk_are_paged(
    node: Node, town: Town, sink: Sink
) -> None:
    await town.opened()
    await node.round()
    assert sorted(paged(sink)) == sorted(NAMES)


async def test_change_of_the_roster_counts_from_the_next_incident_on(
    node: Node, town: Town, sink: Sink
) -> None:
    path = await plan(town, rotation(town, "ito"))
    await town.opened()
    await node.round()
    document = {"rotations": [rotation(town, "kato")]}
    await town.make(path, {"document": document}, method="PUT")
    await town.opened()
    await node.round()
    assert paged(sink) == ["ito", "kato"]
    override = {"person_id": town["first_nurse"], "to": (BEGIN + HOUR).isoformat()}
    await town.make(f"{path}/overrides", override)
    await town.opened()
    await node.round()
    assert paged(sink) == ["first_nurse", "ito", "kato"]


async def test_turn_and_plan_change_by_themselves(node: Node, town: Town, sink: Sink) -> None:
    path = await plan(town, rotation(town, "ito", "kato"))
    later = (BEGIN + 48 * HOUR).isoformat()
    document = {"rotations": [rotation(town, "first_nurse")]}
    await town.make(path, {"document": document, "effective_from": later}, method="PUT")
    # The process knows the roster from here on, and is not told of anything.
    for hours, name in ((0, "ito"), (21, "kato"), (48, "first_nurse")):
        before = paged(sink)
        node.clock.now = BEGIN + timedelta(hours=hours, milliseconds=-1)
        incident = await town.opened("test")
        assert incident["status"] == "resolved"
        node.clock.now = BEGIN + timedelta(hours=hours)
        incident = await town.opened()
        await node.round()
        assert sorted(paged(sink)) == sorted([*before, name])
        await town.acted(incident["id"], "cancel", key="coordinator", reason="誤報")


async def test_open_incident_asks_who_is_on_duty_when_the_step_begins(
    node: Node, town: Town, sink: Sink
) -> None:
    await town.publish(asks("second"), asks("first"))
    path = await plan(town, rotation(town, "ito"))
    await town.opened()
    await town.make(path, {"document": {"rotations": [rotation(town, "kato")]}}, method="PUT")
    await node.pass_time(seconds=180)
    assert paged(sink) == ["kato"]


async def test_later_step_asks_those_behind_them(node: Node, town: Town, sink: Sink) -> None:
    await town.publish(asks("first"), asks("first", tier=2))
    second = rotation(town, "kato", name="二次", tier=2)
    await plan(town, rotation(town, "ito"), second)
    incident = await town.opened()
    await node.pass_time(seconds=179)
    assert paged(sink) == ["ito"]
    await node.pass_time(seconds=1)
    assert paged(sink) == ["ito", "kato"]
    assert (await town.incident(incident["id"]))["step"] == 2


async def test_step_with_nobody_on_duty_is_passed_over(
    node: Node, town: Town, place: Place, sink: Sink
) -> None:
    off = {"from": BEGIN.isoformat(), "to": (BEGIN + HOUR).isoformat()}
    await plan(town, rotation(town, "ito"), overrides=[off])
    incident = await town.opened()
    await node.round()
    assert paged(sink, *NAMES, "second_nurse") == ["second_nurse"]
    assert incident["holder"]["id"] == town["second"]
    nobody = ("nobody_on_duty", town["first"])
    assert await causes(place, incident["id"], "skipped") == [nobody]
    # In the middle of a walk the transfer says so too.
    await town.publish(asks("third"), asks("first"), asks("second"))
    incident = await town.opened()
    await node.pass_time(seconds=180)
    assert await causes(place, incident["id"], "skipped") == [nobody]
    assert [one for one, _ in await causes(place, incident["id"], "transferred")] == [
        "nobody_on_duty"
    ]
    # When somebody is on duty again, they are asked.
    node.clock.now = BEGIN + HOUR
    await town.publish(asks("first"))
    await town.opened()
    await node.round()
    assert paged(sink) == ["ito"]


async def test_tier_in_which_nobody_is_on_duty_is_passed_over(
    node: Node, town: Town, place: Place, sink: Sink
) -> None:
    await town.publish(asks("first", tier=2), asks("second"))
    await plan(town, rotation(town, "ito"))
    incident = await town.opened()
    await node.round()
    assert paged(sink, *NAMES, "second_nurse") == ["second_nurse"]
    assert await causes(place, incident["id"], "skipped") == [("nobody_on_duty", town["first"])]


async def test_who_has_left_the_desk_is_not_paged(
    node: Node, town: Town, place: Place, sink: Sink
) -> None:
    await plan(town, rotation(town, "ito"))
    await town.make(f"/v1/parties/{town['ito']}", {"desk_ids": []}, method="PATCH")
    incident = await town.opened()
    await node.round()
    assert paged(sink, *NAMES, "second_nurse") == ["second_nurse"]
    assert await causes(place, incident["id"], "skipped") == [("nobody_on_duty", town["first"])]


async def test_accountable_desk_pages_everybody_whatever_its_roster_says(
    node: Node, town: Town, sink: Sink
) -> None:
    for name in ("abe", "baba"):
        await town.add_person(name, desks=["office"])
        await town.add_contact_point(name)
    office = ("office_nurse", "abe", "baba")
    await plan(town, rotation(town, "abe"), desk="office")
    await town.publish(asks("office"))
    incident = await town.opened()
    await node.round()
    assert paged(sink, *office) == ["abe"]
    await node.pass_time(seconds=180)
    assert (await town.incident(incident["id"]))["exhausted"]
    assert sorted(paged(sink, *office)) == ["abe", "abe", "baba", "office_nurse"]


async def test_who_is_on_duty_is_told_and_offered(node: Node, town: Town, sink: Sink) -> None:
    await plan(town, rotation(town, "ito"))
    await town.publish(asks("second", inform=["first"]))
    incident = await town.opened()
    await town.acted(incident["id"], "acknowledge", "second_nurse")
    to = town["first"]
    await town.acted(incident["id"], "hand_over", "second_nurse", to_party_id=to)
    await node.round()
    heard = {name: [one.json["type"] for one in sink.to(f"/{name}")] for name in NAMES}
    told = ["incident.informed", "incident.offered"]
    assert heard == {"first_nurse": [], "ito": told, "kato": []}


# --- what is loaded --------------------------------------------------------------------------

GAPS = (timedelta(0), HOUR / 2, 2 * HOUR)
# From when on a version holds, from when it was recorded: a correction, at once, a plan.
OFFSETS = (-3 * HOUR, timedelta(0), HOUR, 4 * HOUR)
LONGEST = 3
PROBES = [number * HOUR / 2 for number in range(-8, 24)]
EMPTY = Roster()


def histories() -> Iterator[tuple[Version, ...]]:
    """Every history of up to three versions with these gaps and these begins."""
    for length in range(1, LONGEST + 1):
        for choice in product(product(GAPS, OFFSETS), repeat=length):
            found: list[Version] = []
            recorded_at = BEGIN
            for number, (gap, offset) in enumerate(choice, start=1):
                recorded_at += gap
                found.append(version(number, recorded_at, recorded_at + offset))
            yield tuple(found)


def version(number: int, recorded_at: datetime, effective_from: datetime) -> Version:
    return Version(
        number=number,
        document=EMPTY,
        effective_from=effective_from,
        recorded_at=recorded_at,
        is_correction=effective_from < recorded_at,
        reason="訂正" if effective_from < recorded_at else None,
    )


async def write(tx: Transaction, town: Town, told: Sequence[Sequence[Version]]) -> list[str]:
    """Store each history as the roster of a desk of its own; the ids of the desks."""
    names = [f"desk-{number:05}" for number in range(len(told))]
    await tx.execute_many(
        "INSERT INTO party (id, kind, organisation_id, name, created_at)"
        " VALUES ($1, 'desk', $2, '当番', 0)",
        [(name, town["provider"]) for name in names],
    )
    await tx.execute_many(
        "INSERT INTO roster (id, desk_id, created_at) VALUES ($1, $2, 0)",
        [(f"r-{name}", name) for name in names],
    )
    await tx.execute_many(
        "INSERT INTO roster_version (id, roster_id, number, document, effective_from, recorded_at,"
        " is_correction) VALUES ($1, $2, $3, '{}', $4, $5, $6)",
        [
            (
                f"v-{name}-{one.number}",
                f"r-{name}",
                one.number,
                milliseconds(one.effective_from),
                milliseconds(one.recorded_at),
                one.is_correction,
            )
            for name, versions in zip(names, told, strict=True)
            for one in versions
        ],
    )
    return names


async def test_versions_that_are_not_loaded_can_never_hold_again(node: Node, town: Town) -> None:
    told = list(histories())
    async with node.installation.database.transaction() as tx:
        names = await write(tx, town, told)
        loaded = await load_rosters(tx, names)
    dropped = 0
    for name, versions in zip(names, told, strict=True):
        now = versions[-1].recorded_at - CLOCK_PUT_BACK
        kept = loaded[name]
        dropped += len(versions) - len(kept)
        for at in (now, *(now + probe for probe in PROBES if probe > timedelta(0))):
            found, meant = in_force(kept, at), in_force(versions, at)
            assert number_of(found) == number_of(meant), (versions, at)
    assert dropped > len(told) / 4, "and many are not loaded"


def number_of(found: Version | None) -> int | None:
    return found.number if found else None


async def test_long_history_is_not_loaded(node: Node, town: Town) -> None:
    times = [BEGIN + timedelta(days=number) for number in range(300)]
    told = [version(number, at, at) for number, at in enumerate(times, start=1)]
    planned = version(301, times[-1], times[-1] + HOUR)
    async with node.installation.database.transaction() as tx:
        [name] = await write(tx, town, [[*told, planned]])
        loaded = await load_rosters(tx, [name, town["first"]])
    assert {key: [one.number for one in value] for key, value in loaded.items()} == {
        name: [299, 300, 301]
    }
