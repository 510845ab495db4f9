"""Whoever holds another incident is passed on where the step says so, by what holds at commit."""

import asyncio
from collections.abc import Sequence

import pytest

from app.auth import Principal, Role
from app.commands.act import ActOn
from app.commands.incident import OpenIncident
from app.escalation.event import Acknowledged, Declined
from app.installation.secrets import new_id
from app.protocols.kinds import IncidentType
from app.writer import busy
from tests.engine.databases import Place, rows
from tests.engine.node import Node
from tests.engine.town import Json, Town, asks
from tests.peers.sink import Sink

PASS: Json = {"when_busy": "pass"}
NAMES = ("first_nurse", "ito", "second_nurse")


@pytest.fixture(autouse=True)
async def _roster(town: Town) -> None:
    """Of the first desk `first_nurse` is on duty, and `ito` behind her; they are passed on."""
    await town.add_person("ito", desks=["first"])
    await town.add_contact_point("ito")
    rotations = [
        {"name": f"{tier}番", "tier": tier, "persons": [town[one]], "starts_on": "2026-11-01"}
        for tier, one in enumerate(NAMES[:2], start=1)
    ]
    document = {"rotations": rotations}
    await town.make("/v1/rosters", {"desk_id": town["first"], "document": document})
    await town.publish(asks("first", **PASS), asks("second"))


class Pages:
    """Whom an incident has paged, as the ledger has it."""

    def __init__(self, place: Place, town: Town) -> None:
        self.place, self.town = place, town

    async def of(self, incident: Json, type_: str = "paged") -> list[str]:
        """Who, in order."""
        return [name for name, _ in await self.why(incident, type_)]

    async def why(self, incident: Json, type_: str = "skipped") -> list[tuple[str, str | None]]:
        """Who, and why."""
        found = await rows(
            self.place.url,
            "SELECT actor_id, cause FROM ledger_entry"  # noqa: S608  # our own names
            f" WHERE incident_id = '{incident['id']}' AND type = '{type_}' ORDER BY seq",
        )
        names = {party_id: name for name, party_id in self.town.ids.items()}
        return [(names[row["actor_id"]], row["cause"]) for row in found]


@pytest.fixture
def pages(place: Place, town: Town) -> Pages:
    """What the ledger says of who was asked."""
    return Pages(place, town)


async def taken(town: Town, *, drill: bool = False) -> Json:
    """An incident that the first nurse holds."""
    incident = await town.opened(drill=drill)
    await town.acted(incident["id"], "acknowledge", "first_nurse")
    return incident


async def test_who_holds_another_incident_is_passed_on(
    node: Node, town: Town, pages: Pages, sink: Sink
) -> None:
    await taken(town)
    second = await town.opened()
    assert await pages.of(second) == ["ito"]
    assert await pages.why(second) == [("first_nurse", "busy")]
    assert second["holder"]["id"] == town["first"]
    await node.round()
    assert [one.json["type"] for one in sink.to("/ito")] == ["incident.paged"]
    # And when both are busy, the step is passed over.
    await town.acted(second["id"], "acknowledge", "ito")
    third = await town.opened()
    assert (third["step"], third["holder"]["id"]) == (2, town["second"])
    assert await pages.of(third) == ["second_nurse"]
    assert await pages.why(third) == [("first_nurse", "busy"), ("ito", "busy")]


async def test_who_holds_another_incident_is_asked_by_default(town: Town, pages: Pages) -> None:
    await town.publish(asks("first"), asks("second"))
    await taken(town)
    assert await pages.of(await town.opened()) == ["first_nurse"]


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("resolve", {"outcome": "client_safe"}),
        ("decline", {"reason": "行けなくなりました"}),
        ("cancel", {"reason": "誤報"}),
    ],
)
async def test_who_holds_no_more_is_asked_again(
    town: Town, pages: Pages, act: str, fields: Json
) -> None:
    first = await taken(town)
    assert await pages.of(await town.opened()) == ["ito"]
    await town.acted(first["id"], act, "first_nurse", **fields)
    assert await pages.of(await town.opened()) == ["first_nurse"]


async def test_who_took_it_over_is_busy_in_the_place_of_who_gave_it(
    town: Town, pages: Pages
) -> None:
    first = await taken(town)
    await town.acted(first["id"], "hand_over", "first_nurse", to_party_id=town["ito"])
    assert await pages.of(await town.opened()) == ["ito"]
    await town.acted(first["id"], "accept", "ito")
    assert await pages.of(await town.opened()) == ["first_nurse"]


async def test_holder_is_not_busy_because_of_the_incident_itself(
    node: Node, town: Town, pages: Pages
) -> None:
    first = await taken(town)
    # The promised arrival does not come: the step begins anew for all.
    await node.pass_time(seconds=1800)
    assert await pages.of(first) == ["first_nurse", "first_nurse"]
    assert await pages.why(first) == []


async def test_step_that_begins_by_itself_passes_the_busy_too(
    node: Node, town: Town, pages: Pages
) -> None:
    await town.publish(asks("second"), asks("first", **PASS))
    waiting = await town.opened()
    held = await town.opened()
    await town.acted(held["id"], "escalate", key="coordinator", reason="二番目の窓口へ")
    await town.acted(held["id"], "acknowledge", "first_nurse")
    await node.pass_time(seconds=180)
    assert await pages.of(waiting) == ["second_nurse", "ito"]


async def test_exercise_keeps_nobody_from_an_emergency(town: Town, pages: Pages) -> None:
    await taken(town, drill=True)
    assert await pages.of(await town.opened()) == ["first_nurse"]
    assert await pages.of(await town.opened(drill=True)) == ["ito"]


async def test_who_came_to_the_desk_later_is_passed_on_too(town: Town, pages: Pages) -> None:
    await town.publish(asks("third", **PASS), asks("second"))
    await town.opened()
    await town.add_person("ueda", desks=["third"])
    await town.add_contact_point("ueda")
    first = await town.opened()
    assert sorted(await pages.of(first)) == ["third_nurse", "ueda"]
    await town.acted(first["id"], "acknowledge", "ueda")
    second = await town.opened()
    assert await pages.of(second) == ["third_nurse"]
    assert await pages.why(second) == [("ueda", "busy")]


async def test_last_resort_is_paged_however_busy_it_is(
    node: Node, town: Town, pages: Pages
) -> None:
    await town.publish(asks("office", **PASS))
    first = await town.opened()
    await town.acted(first["id"], "acknowledge", "office_nurse")
    second = await town.opened()
    await node.round()
    assert second["exhausted"]
    assert await pages.of(second) == ["office_nurse"]
    assert await pages.why(second) == [("office_nurse", "busy")]


# --- within one batch -------------------------------------------------------------------------


def provider(town: Town) -> Principal:
    municipalities = frozenset({town["municipality"]})
    return Principal(
        key_id="key",
        role=Role.PROVIDER,
        organisation_id=town["provider"],
        municipality_ids=municipalities,
    )


def opening(town: Town) -> OpenIncident:
    return OpenIncident(
        principal=provider(town),
        incident_id=new_id(),
        client_id=town["client"],
        client_ref=None,
        type=IncidentType.FALL,
        severity=None,
        occurred_at=None,
        summary=None,
        details=None,
        dedup_key=None,
        drill=False,
        idempotency=None,
    )


def answering(town: Town, incident: Json, person: str, act: str) -> ActOn:
    event = {"acknowledge": Acknowledged, "decline": Declined}[act]
    return ActOn(
        principal=provider(town),
        incident_id=incident["id"],
        act=act,
        party_id=town[person],
        on_behalf_of=None,
        to_party_id=None,
        make=lambda by, _: event(by=by),
        idempotency=None,
    )


async def submit(node: Node, *commands: ActOn | OpenIncident) -> Sequence[object]:
    """Commands that wait at the same moment are one batch."""
    return await asyncio.gather(*(node.engine.submit(one) for one in commands))


async def test_second_command_of_a_batch_sees_the_acceptance_of_the_first(
    node: Node, town: Town, pages: Pages
) -> None:
    first, second = await town.opened(), opening(town)
    await submit(node, answering(town, first, "first_nurse", "acknowledge"), second)
    assert await pages.of({"id": second.incident_id}) == ["ito"]


async def test_second_command_of_a_batch_sees_the_release_of_the_first(
    node: Node, town: Town, pages: Pages
) -> None:
    first, second = await taken(town), opening(town)
    await submit(node, answering(town, first, "first_nurse", "decline"), second)
    assert await pages.of({"id": second.incident_id}) == ["first_nurse"]


async def test_where_no_step_passes_anybody_on_nothing_is_looked_up(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    async def find_held(tx: object, person_ids: Sequence[str]) -> Sequence[object]:
        asked.append((tx, person_ids))
        return []

    monkeypatch.setattr(busy, "find_held", find_held)
    await town.publish(asks("first"), asks("second"))
    await taken(town)
    await town.opened()
    assert asked == []
    # Of a protocol that does, once for each batch: only whom a step passes on.
    await town.publish(asks("first", **PASS), asks("second"))
    await town.opened()
    [(_, person_ids)] = asked
    assert sorted(person_ids) == sorted(town[one] for one in NAMES[:2])
