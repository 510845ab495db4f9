"""How an incident begins: DESIGN.md 4.1.2, 4.1.13, 4.1.15, and H1, H5, H7 at the first instant."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from app.escalation.decision import Alarm, EntryType, MessageKind, Page, Send
from app.escalation.event import Escalated
from app.escalation.incident import Basis, Status
from app.escalation.party import PartyId
from app.protocols.kinds import IncidentType, Severity
from tests.escalation.network_samples import (
    NOON,
    Story,
    alarms,
    coordinator,
    desk,
    document,
    network,
    of,
    organisation,
    person,
    point,
    told,
    transfers,
    two_desks,
)

SHUT = ["00:00-01:00"]
NIGHT = NOON + timedelta(hours=11)  # 23:00 in Tokyo
MORNING = NOON + timedelta(hours=19)  # 07:00 in Tokyo the next day


def test_first_step_begins_at_once() -> None:
    story = Story(two_desks())
    incident = story.incident
    assert transfers(story.opened) == [(None, "night", "reported")]
    assert (incident.status, incident.basis) == (Status.TRIGGERED, Basis.AGREEMENT)
    assert (incident.step, incident.round, incident.version) == (1, 1, 1)
    assert incident.opened_at == incident.holder_since == incident.last_at == NOON
    assert [entry.type for entry in story.entries] == [
        EntryType.OPENED,
        EntryType.STEP_STARTED,
        EntryType.PAGED,
        EntryType.PAGED,
    ]
    assert story.due_in() == 60  # the first reminder
    assert incident.step_due_at == NOON + timedelta(seconds=180)


def test_first_entry_says_what_was_reported() -> None:
    story = Story(two_desks())
    assert story.entries[0].facts == {"client": "client"}
    assert story.entries[0].actor_id == "alarm-centre"
    assert story.entries[0].basis is Basis.AGREEMENT


def test_each_person_is_paged_with_their_own_link_along_their_ladder() -> None:
    ladder = [point("sato-1"), point("sato-2", delay=60)]
    parties = (desk("night", "sato", "tanaka"), person("sato", points=ladder), person("tanaka"))
    effects = Story(network(document({"desk": "night"}), *parties)).opened.effects
    pages = {one.party_id: one.page_id for one in effects if isinstance(one, Page)}
    sends = [one for one in effects if isinstance(one, Send)]
    assert [(s.contact_point_id, s.delay.total_seconds(), s.page_id) for s in sends] == [
        ("sato-1", 0, pages[PartyId("sato")]),
        ("sato-2", 60, pages[PartyId("sato")]),
        ("tanaka-1", 0, pages[PartyId("tanaka")]),
    ]
    assert len(set(pages.values())) == 2


def test_those_to_be_informed_are_told_once_and_hold_nothing() -> None:
    parties = (
        desk("night", "sato"),
        desk("office", "kato", points=[point("office-1")]),
        desk("shut", "kato", hours=SHUT),
        *(person(one) for one in ("sato", "kato")),
        organisation("midori", [point("midori-1")]),
    )
    step = {"desk": "night", "inform": ["kato", "office", "midori", "shut"]}
    story = Story(network(document(step, rounds=2), *parties))
    assert told(story.opened, MessageKind.INFORMED) == ["kato-1", "office-1", "midori-1"]
    # The desk that is closed is named, so that nobody believes it was told.
    assert of(story.opened, EntryType.SKIPPED) == ["shut"]
    again = story.run_out()
    assert told(again, MessageKind.INFORMED) == []
    assert "kato" not in [one.party_id for one in story.incident.asked]


# --- 4.1.2: steps that cannot be asked ---------------------------------------------------------


def test_first_step_that_can_be_asked_begins() -> None:
    parties = (desk("shut", "sato", hours=SHUT), desk("day", "suzuki"))
    persons = (person("sato"), person("suzuki"))
    story = Story(network(document({"desk": "shut"}, {"desk": "day"}), *parties, *persons))
    # No interval of the step that was passed over: its desk never held.
    assert transfers(story.opened) == [(None, "day", "reported")]
    assert story.incident.step == 2
    skipped = [entry for entry in story.entries if entry.type is EntryType.SKIPPED]
    assert [(e.actor_id, e.cause, e.step, e.round) for e in skipped] == [
        ("shut", "nobody_on_duty", 1, 1)
    ]


def test_who_of_an_asked_step_is_left_out_is_named() -> None:
    parties = (desk("night", "sato", "mute"), person("sato"), person("mute", points=[]))
    story = Story(network(document({"desk": "night"}), *parties))
    skipped = [entry for entry in story.entries if entry.type is EntryType.SKIPPED]
    assert [(e.actor_id, e.cause, e.step) for e in skipped] == [("mute", "unreachable", 1)]


def test_nobody_at_all_in_round_one_is_exhausted_from_the_start() -> None:
    story = Story(network(document({"desk": "shut"}, rounds=3), desk("shut", hours=SHUT)))
    assert transfers(story.opened) == [(None, "city-desk", "reported")]
    assert of(story.opened, EntryType.SKIPPED) == ["shut"]  # one round, not three
    assert (story.incident.exhausted, story.incident.step) == (True, 0)
    assert told(story.opened, MessageKind.PAGED) == ["mori-1", "ono-1"]
    assert alarms(story.opened) == 1


def test_desk_without_approval_is_asked_while_the_accountable_desk_holds() -> None:
    parties = (desk("foreign", "sato", organisation="aoi"), person("sato", "aoi"))
    story = Story(network(document({"desk": "foreign"}), *parties))
    assert transfers(story.opened) == [(None, "city-desk", "reported")]
    assert told(story.opened, MessageKind.PAGED) == ["sato-1"]
    assert not story.incident.exhausted


# --- 4.1.13: no paperwork ----------------------------------------------------------------------


def test_without_a_protocol_the_accountable_desk_holds_exhausted_from_the_start() -> None:
    story = Story(network(None))
    assert transfers(story.opened) == [(None, "city-desk", "reported")]
    assert (story.incident.exhausted, story.incident.status) == (True, Status.TRIGGERED)
    assert told(story.opened, MessageKind.PAGED) == ["mori-1", "ono-1"]
    assert story.due_in() == 60
    assert alarms(story.opened) == 1


def test_without_an_accountable_desk_the_municipality_holds_and_the_alarm_goes_out() -> None:
    bare = replace(network(None, organisation("city")), accountable=PartyId("city"))
    story = Story(bare)
    assert transfers(story.opened) == [(None, "city", "reported")]
    assert alarms(story.opened) == 1
    assert not [one for one in story.opened.effects if not isinstance(one, Alarm)]
    # Nobody can be paged: that too is written down, and the alarm is repeated for ever.
    assert of(story.opened, EntryType.SKIPPED) == ["city"]
    for seconds in (60, 120, 240, 480, 600, 600):
        assert story.due_in() == seconds
        again = story.wake()
        assert (alarms(again), of(again, EntryType.SKIPPED)) == (1, ["city"])


def test_municipality_unknown_to_the_directory_holds_all_the_same() -> None:
    bare = replace(network(None), accountable=PartyId("nowhere"), parties={})
    story = Story(bare)
    assert story.incident.holder_id == "nowhere"
    assert alarms(story.opened) == 1


# --- H7 and the choice of the variant ----------------------------------------------------------

VARIANTS = {
    # its condition matches
    "matches": (IncidentType.FIRE_SMOKE, Severity.CRITICAL, NOON, "day"),
    # of two conditions one suffices
    "or": (IncidentType.FALL, Severity.HIGH, NIGHT, "day"),
    # none matches: the closing variant
    "closing": (IncidentType.FALL, Severity.HIGH, NOON, "night"),
}


@pytest.mark.parametrize(("type_", "severity", "at", "holder"), VARIANTS.values(), ids=VARIANTS)
def test_first_variant_that_matches_applies(
    type_: IncidentType, severity: Severity, at: datetime, holder: str
) -> None:
    when = [{"types": ["fire_smoke"]}, {"hours": ["21:00-07:00"]}]
    special = {"name": "特別", "when": when, "steps": [{"desk": "day"}]}
    closing = {"name": "全て", "steps": [{"desk": "night"}]}
    base = two_desks()
    sample = network(
        document(variants=[special, closing]), *(base.parties[party] for party in base.parties)
    )
    assert Story(sample, type_=type_, severity=severity, at=at).incident.holder_id == holder


# --- 4.1.15: types of their own ----------------------------------------------------------------


def test_test_call_is_opened_and_closed_in_one_and_wakes_nobody() -> None:
    story = Story(two_desks(), type_=IncidentType.TEST, severity=Severity.NONE)
    assert transfers(story.opened) == [
        (None, "city-desk", "reported"),
        ("city-desk", None, "resolved"),
    ]
    assert story.incident.status is Status.RESOLVED
    assert story.incident.closed_at == NOON
    assert (story.incident.holder_id, story.incident.wake_at) == (None, None)
    assert story.opened.effects == ()


WAITING = {
    # type, hour in Tokyo → whether the first page waits
    "fault at 21:00": (IncidentType.DEVICE_FAULT, 21, 0, True),
    "battery at 02:00": (IncidentType.LOW_BATTERY, 2, 0, True),
    "power at 06:59": (IncidentType.POWER_FAILURE, 6, 59, True),
    # the borders of the night
    "battery at 07:00": (IncidentType.LOW_BATTERY, 7, 0, False),
    "battery at 20:59": (IncidentType.LOW_BATTERY, 20, 59, False),
    # a lost connection may mean that nobody can call: it does not wait
    "connection at 02:00": (IncidentType.COMM_LOST, 2, 0, False),
    "fall at 02:00": (IncidentType.FALL, 2, 0, False),
}


@pytest.mark.parametrize(("type_", "hour", "minute", "waits"), WAITING.values(), ids=WAITING)
def test_faults_wait_for_the_morning(
    type_: IncidentType, hour: int, minute: int, *, waits: bool
) -> None:
    at = NOON.replace(hour=0) + timedelta(hours=hour - 9, minutes=minute)
    story = Story(two_desks(), type_=type_, severity=Severity.LOW, at=at)
    assert bool(told(story.opened, MessageKind.PAGED)) is not waits
    assert story.incident.holder_id == "night"
    assert (story.incident.step == 0) is waits


def waiting() -> Story:
    return Story(two_desks(), type_=IncidentType.LOW_BATTERY, severity=Severity.LOW, at=NIGHT)


def test_desk_holds_until_the_first_page_at_seven() -> None:
    story = waiting()
    assert story.opened.effects == ()
    # The ledger says why nobody was paged.
    skipped = [entry for entry in story.entries if entry.type is EntryType.SKIPPED]
    assert [(entry.actor_id, entry.cause) for entry in skipped] == [("night", "deferred")]
    assert story.incident.wake_at == MORNING
    begun = story.wake()
    assert story.now == MORNING
    assert told(begun, MessageKind.PAGED) == ["sato-1", "tanaka-1"]
    assert transfers(begun) == []  # the same desk holds on
    started = next(entry for entry in begun.entries if entry.type is EntryType.STEP_STARTED)
    assert (started.due, started.step) == (MORNING, 1)


def test_nobody_there_in_the_morning_goes_on_to_the_next_step() -> None:
    story = waiting()
    story.change(desk("night", "sato", hours=SHUT))
    begun = story.wake()
    assert transfers(begun) == [("night", "day", "nobody_on_duty")]


def test_fault_without_a_protocol_waits_too_and_is_exhausted_in_the_morning() -> None:
    story = Story(network(None), type_=IncidentType.LOW_BATTERY, severity=Severity.LOW, at=NIGHT)
    assert (story.incident.exhausted, story.opened.effects) == (False, ())
    story.wake()
    assert story.incident.exhausted


def test_coordinator_does_not_have_to_wait_for_the_morning() -> None:
    story = waiting()
    begun = story.happen(Escalated(by=coordinator()))
    assert told(begun, MessageKind.PAGED) == ["sato-1", "tanaka-1"]
    assert begun.incident.begin_at is None
