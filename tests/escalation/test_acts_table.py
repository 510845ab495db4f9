"""The pure machine against the table of all acts (DESIGN.md 4.1.6–4.1.9)."""

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import replace
from datetime import timedelta
from functools import cache
from itertools import product
from types import MappingProxyType

import pytest

from app.escalation.event import (
    Accepted,
    Acknowledged,
    Act,
    Arrived,
    By,
    Cancelled,
    Corrected,
    Declined,
    Escalated,
    ExternalCalled,
    HandedOver,
    Noted,
    Reclassified,
    Resolved,
    SetOut,
)
from app.escalation.network import Network
from app.escalation.party import PartyId
from app.escalation.refusals import ActRefused
from app.protocols.kinds import IncidentType, Outcome, Severity
from tests.escalation.acts_table import ACTORS, ACTS, STATUSES, ActRow, act_rows
from tests.escalation.network_samples import (
    NOON,
    Story,
    by,
    coordinator,
    desk,
    document,
    network,
    person,
    reporter,
)

MAKE: Mapping[str, Callable[[By], Act]] = MappingProxyType(
    {
        "acknowledge": lambda actor: Acknowledged(by=actor),
        "decline": lambda actor: Declined(by=actor),
        "escalate": lambda actor: Escalated(by=actor),
        "en_route": lambda actor: SetOut(by=actor),
        "arrive": lambda actor: Arrived(by=actor),
        "hand_over": lambda actor: HandedOver(by=actor, to_id=PartyId("before")),
        "accept": lambda actor: Accepted(by=actor),
        "resolve": lambda actor: Resolved(by=actor, outcome=Outcome.CLIENT_SAFE),
        "cancel": lambda actor: Cancelled(by=actor),
        "note": lambda actor: Noted(by=actor, text="x"),
        "external_called": lambda actor: ExternalCalled(by=actor, service="119"),
        "reclassify": lambda actor: Reclassified(
            by=actor, type=IncidentType.SUDDEN_CHANGE, severity=Severity.CRITICAL
        ),
        "correct": lambda actor: Corrected(by=actor, text="x"),
    }
)


def contacts() -> Network:
    names = ("before", "first", "now", "other", "last", "never", "offered")
    return network(
        document({"desk": "night"}, {"desk": "day"}, {"desk": "late"}),
        desk("night", "before", "first"),
        desk("day", "now", "other"),
        desk("late", "last"),
        desk("city-desk", "now", "other", organisation="city"),
        *(person(name) for name in names),
    )


def story_in(status: str) -> Story:
    """The story of the table, as far as this status; a new copy each time."""
    story = copy(played(status))
    story.entries = []
    return story


@cache
def played(status: str) -> Story:
    if status == "waiting":
        at_night = NOON + timedelta(hours=11)
        return Story(contacts(), type_=IncidentType.LOW_BATTERY, severity=Severity.LOW, at=at_night)
    story = Story(contacts())
    story.acknowledge("first")
    story.offer("first", "offered")
    story.decline("first")
    if status == "exhausted":
        story.run_out()
        story.run_out()
    elif status != "triggered":
        story.acknowledge("other")
        story.offer("other", "offered")
        go_on(story, status)
    assert ("exhausted" if story.incident.exhausted else story.incident.status) == (
        "triggered" if status == "waiting" else status
    )
    return story


def go_on(story: Story, status: str) -> None:
    acts: Mapping[str, tuple[Act, ...]] = {
        "acknowledged": (),
        "en_route": (SetOut(by=by("other")),),
        "arrived": (SetOut(by=by("other")), Arrived(by=by("other"))),
        "resolved": (Resolved(by=by("other"), outcome=Outcome.CLIENT_SAFE),),
        "cancelled": (Cancelled(by=by("other")),),
    }
    for act in acts[status]:
        story.happen(act)


def acting(actor: str, story: Story) -> By:
    match actor:
        case "coordinator":
            return coordinator()
        case "reporter":
            return reporter()
        case "holder":
            return by(story.incident.holder_id or "other")
        case _:
            return by(actor)


def test_table_is_complete() -> None:
    rows = [(row.act, row.status, row.actor) for row in act_rows()]
    assert sorted(rows) == sorted(product(ACTS, STATUSES, ACTORS))


Followed = tuple[str | None, str | None, str | None]


def outcome(row: ActRow, hand: By | None = None) -> Followed:
    """What the machine makes of an act: result or refusal, status and holder afterwards.

    `hand` does it in the actor's name.
    """
    story = story_in(row.status)
    before, actor = story.incident, acting(row.actor, story)
    try:
        decision = story.happen(MAKE[row.act](hand_of(actor, hand)), after=1)
    except ActRefused as refusal:
        assert story.incident == before
        return (type(refusal).__name__, None, None)
    # Nothing is swallowed: everything but a repetition is written down.
    assert bool(decision.entries) == (row.result != "repeated")
    if hand and decision.entries:
        first = decision.entries[0]
        assert (first.actor_id, first.facts["recorded_by"]) == (actor.party_id, hand.recorded_by)
    return (decision.result, story.incident.status, story.incident.holder_id)


def hand_of(actor: By, hand: By | None) -> By:
    return replace(hand, party_id=actor.party_id) if hand else actor


def expected(row: ActRow) -> Followed:
    """What the table says."""
    if row.refusal is not None:
        return (row.refusal, None, None)
    before = played(row.status).incident
    status = before.status if row.status_after == "=" else row.status_after
    names = {"=": before.holder_id, "self": acting(row.actor, played(row.status)).party_id}
    return (row.result, status, names.get(row.holder_after or "", row.holder_after))


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("act", ACTS)
def test_act_has_the_result_of_the_table(act: str, status: str) -> None:
    rows = [row for row in act_rows() if (row.act, row.status) == (act, status)]
    assert {row.actor: outcome(row) for row in rows} == {row.actor: expected(row) for row in rows}


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("act", ["acknowledge", "decline", "accept", "en_route", "arrive"])
def test_coordinator_in_somebodys_name_gets_what_they_would_get(act: str, status: str) -> None:
    """代理入力, DESIGN.md 4.1.8: the ledger names the person, and whose hand it was."""
    rows = [row for row in act_rows() if (row.act, row.status) == (act, status)]
    persons = [row for row in rows if row.actor not in {"coordinator", "reporter"}]
    assert {row.actor: outcome(row, coordinator()) for row in persons} == {
        row.actor: expected(row) for row in persons
    }
