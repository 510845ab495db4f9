"""Who holds another incident is asked, or passed on, as the step says (`when_busy`)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.escalation.decision import Cause, Decision, EntryType
from app.escalation.incident import Basis, Incident, Status
from app.escalation.network import Network
from app.escalation.party import Party, PartyId
from app.rosters.history import Version
from app.store.incident import Held
from app.writer.busy import Busy, passed_on
from tests.escalation.network_samples import (
    NOON,
    Story,
    desk,
    document,
    network,
    of,
    person,
    point,
    transfers,
)
from tests.rosters.documents import roster, rotation

PASS: dict[str, Any] = {"when_busy": "pass"}


def rostered(party: Party, *tiers: str) -> Party:
    """The desk with one person on duty in each of the first tiers, day and night."""
    rotations = [
        rotation(name=f"{at}番", tier=at, persons=[one], starts_on="2026-11-01")
        for at, one in enumerate(tiers, start=1)
    ]
    version = Version(
        number=1,
        document=roster(*rotations),
        effective_from=NOON - timedelta(days=7),
        recorded_at=NOON - timedelta(days=7),
    )
    return replace(party, roster=(version,))


def town(*busy: str, rounds: int = 1, phone: bool = False, **first_step: Any) -> Network:  # noqa: ANN401  # members of a document
    """The night desk has sato first and tanaka behind; the day desk has suzuki, without roster."""
    points = [point("night-1")] if phone else []
    parties = [
        rostered(desk("night", "sato", "tanaka", "kato", points=points), "sato", "tanaka"),
        desk("day", "suzuki"),
        *(person(one) for one in ("sato", "tanaka", "suzuki", "kato")),
    ]
    steps = document({"desk": "night"} | first_step, {"desk": "day"}, rounds=rounds)
    return replace(network(steps, *parties), busy=frozenset(PartyId(one) for one in busy))


def skipped(decision: Decision) -> list[tuple[str, str | None, int | None]]:
    """Who is skipped, why, and in which step; None: the running one."""
    return [
        (entry.actor_id, entry.cause, entry.step)
        for entry in decision.entries
        if entry.type is EntryType.SKIPPED
    ]


def test_who_is_busy_is_asked_unless_the_step_says_otherwise() -> None:
    steps: list[dict[str, Any]] = [{}, {"when_busy": "ask"}]
    for step in steps:
        story = Story(town("sato", **step))
        assert of(story.opened, EntryType.PAGED) == ["sato"]
        assert skipped(story.opened) == []


def test_who_is_not_busy_is_asked_where_the_busy_are_passed() -> None:
    story = Story(town("tanaka", "suzuki", **PASS))
    assert of(story.opened, EntryType.PAGED) == ["sato"]
    assert skipped(story.opened) == []


def test_who_is_behind_is_asked_in_the_place_of_the_busy() -> None:
    story = Story(town("sato", **PASS))
    assert of(story.opened, EntryType.PAGED) == ["tanaka"]
    assert skipped(story.opened) == [("sato", Cause.BUSY, 1)]
    assert story.incident.step == 1


def test_step_is_passed_over_where_nobody_is_left() -> None:
    story = Story(town("sato", "tanaka", **PASS))
    # Nobody who is not on duty is asked in their place.
    assert of(story.opened, EntryType.PAGED) == ["suzuki"]
    assert skipped(story.opened) == [("sato", Cause.BUSY, 1), ("tanaka", Cause.BUSY, 1)]
    assert (story.incident.step, story.incident.holder_id) == (2, "day")


def test_step_that_is_passed_over_in_the_middle_names_a_cause_of_a_transfer() -> None:
    steps = document({"desk": "day"}, {"desk": "night"} | PASS)
    sample = town("sato", "tanaka")
    story = Story(replace(network(steps, *sample.parties.values()), busy=sample.busy))
    decision = story.run_out()
    assert [entry.cause for entry in decision.entries if entry.type is EntryType.SKIPPED] == [
        Cause.BUSY,
        Cause.BUSY,
    ]
    assert transfers(decision) == [("day", "city-desk", "exhausted")]


def test_phone_of_the_desk_is_never_busy() -> None:
    story = Story(town("sato", "tanaka", phone=True, **PASS))
    assert of(story.opened, EntryType.PAGED) == ["night"]


def test_desk_without_a_roster_passes_on_to_its_other_persons() -> None:
    steps = document({"desk": "night"} | PASS)
    persons = [person(one) for one in ("sato", "tanaka")]
    sample = network(steps, desk("night", "sato", "tanaka"), *persons)
    story = Story(replace(sample, busy=frozenset({PartyId("sato")})))
    assert of(story.opened, EntryType.PAGED) == ["tanaka"]
    assert skipped(story.opened) == [("sato", Cause.BUSY, 1)]


def test_person_who_is_named_and_who_is_asked_beside_are_passed_too() -> None:
    step: dict[str, Any] = {"desk": "night", "person": "kato", "also_page": ["suzuki", "day"]}
    story = Story(town("kato", **step, **PASS))
    assert of(story.opened, EntryType.PAGED) == ["suzuki"]
    assert skipped(story.opened) == [("kato", Cause.BUSY, 1)]
    story = Story(town("kato", "suzuki", **step, **PASS))
    assert story.incident.step == 2


def test_later_round_asks_who_has_become_free() -> None:
    story = Story(town("sato", "tanaka", rounds=2, **PASS))
    story.network = replace(story.network, busy=frozenset())
    decision = story.run_out()
    assert of(decision, EntryType.PAGED) == ["sato"]
    assert (story.incident.step, story.incident.round) == (1, 2)


def test_last_resort_is_paged_however_busy_it_is() -> None:
    story = Story(town("sato", "tanaka", "suzuki", "mori", "ono", **PASS))
    decision = story.run_out()
    assert of(decision, EntryType.PAGED) == ["mori", "ono"]


# --- what the engine says of who is busy ------------------------------------------------------


def test_only_those_are_watched_whom_a_step_passes() -> None:
    assert passed_on(town()) == frozenset()
    assert passed_on(town(**PASS)) == {"sato", "tanaka", "kato"}
    assert passed_on(town(**PASS, also_page=["suzuki", "nobody"])) == {
        "sato",
        "tanaka",
        "kato",
        "suzuki",
    }
    assert passed_on(town(**PASS, person="suzuki")) == {"suzuki"}
    assert passed_on(network(None)) == frozenset()


def held(incident_id: str, holder: str, *, is_drill: bool = False) -> Held:
    return Held(incident_id=incident_id, holder_id=PartyId(holder), is_drill=is_drill)


def watching(*holdings: Held) -> Busy:
    names = frozenset(PartyId(one) for one in ("sato", "tanaka"))
    return Busy(person_ids=names, held={one.incident_id: one for one in holdings})


def test_holder_is_not_busy_because_of_the_incident_itself() -> None:
    busy = watching(held("i-1", "sato"), held("i-2", "tanaka"))
    sample = town(**PASS)
    assert busy.seen_from(sample, "i-1", is_drill=False).busy == {"tanaka"}
    assert busy.seen_from(sample, "i-2", is_drill=False).busy == {"sato"}
    assert busy.seen_from(sample, "i-3", is_drill=False).busy == {"sato", "tanaka"}
    # Of two incidents one remains.
    busy = watching(held("i-1", "sato"), held("i-2", "sato"))
    assert busy.seen_from(sample, "i-1", is_drill=False).busy == {"sato"}


def test_exercise_keeps_nobody_from_an_emergency() -> None:
    busy = watching(held("i-1", "sato", is_drill=True), held("i-2", "tanaka"))
    assert busy.seen_from(town(), "i-3", is_drill=False).busy == {"tanaka"}
    assert busy.seen_from(town(), "i-3", is_drill=True).busy == {"sato", "tanaka"}


def accepted(holder: str | None, *, basis: Basis | None = Basis.ACCEPTANCE) -> Incident:
    """The incident as it stands when somebody has accepted it, or nobody holds it any more."""
    story = Story(town())
    story.acknowledge("sato")
    assert story.incident.basis is Basis.ACCEPTANCE
    status = Status.ACKNOWLEDGED if holder else Status.RESOLVED
    holder_id = PartyId(holder) if holder else None
    return replace(story.incident, holder_id=holder_id, basis=basis, status=status)


@pytest.mark.parametrize(
    ("incident", "expected"),
    [
        (accepted("sato"), {"sato"}),
        (accepted("tanaka"), {"tanaka"}),  # handed over
        (accepted("suzuki"), set()),  # whom no step passes
        (accepted("night", basis=Basis.AGREEMENT), set()),  # given back: the desk holds
        (accepted(None, basis=None), set()),  # closed
    ],
)
def test_next_command_of_a_batch_sees_what_the_one_before_has_done(
    incident: Incident, expected: set[str]
) -> None:
    busy = watching(held(incident.id, "sato"))
    busy.take_in(incident)
    assert busy.seen_from(town(), "another", is_drill=False).busy == expected


def test_where_nobody_is_passed_nothing_is_kept() -> None:
    busy = Busy()
    busy.take_in(accepted("sato"))
    assert busy.held == {}
    sample = town()
    assert busy.seen_from(sample, "another", is_drill=False) is sample
