"""Family is kept out of a suspicion of abuse, and what reclassifying does.

DESIGN.md 4.1.6 (`reclassify`), 4.1.15.
"""

from datetime import timedelta

import pytest

from app.escalation.decision import EntryType, MessageKind
from app.escalation.delivery import is_wanted
from app.escalation.event import Acknowledged, By, Cancelled, Capacity, Noted, Reclassified
from app.escalation.incident import Status
from app.escalation.network import Network
from app.escalation.party import PartyId
from app.escalation.refusals import ActRefused, NotAllowed, NotAsked, NotUpwards, PartyRestricted
from app.protocols.kinds import IncidentType, Severity
from tests.escalation.network_samples import (
    NOON,
    Story,
    by,
    coordinator,
    desk,
    document,
    network,
    of,
    person,
    point,
    reporter,
    told,
    transfers,
    two_desks,
)

FAMILY = {"son", "wife", "home"}
ABUSE = IncidentType.ABUSE_SUSPECTED


def household() -> Network:
    """Family is asked beside the night desk, informed, and asked alone in step 2."""
    first = {"desk": "night", "also_page": ["son"], "inform": ["wife"]}
    home = desk("home", "son", organisation="family", points=[point("home-1")])
    family = (home, person("son", "family"), person("wife", "family"))
    parties = (desk("night", "sato"), desk("day", "suzuki"), person("sato"), person("suzuki"))
    return network(document(first, {"desk": "home"}, {"desk": "day"}), *parties, *family)


def abuse() -> Story:
    return Story(household(), type_=ABUSE)


def worse(
    actor: By, type_: IncidentType = IncidentType.SUDDEN_CHANGE, severity: str = "critical"
) -> Reclassified:
    return Reclassified(by=actor, type=type_, severity=Severity(severity))


# --- 4.1.15 ------------------------------------------------------------------------------------


def test_family_is_asked_and_informed_of_other_emergencies() -> None:
    story = Story(household())
    assert told(story.opened, MessageKind.PAGED) == ["sato-1", "son-1"]
    assert told(story.opened, MessageKind.INFORMED) == ["wife-1"]


def test_family_is_neither_asked_nor_informed_and_the_ledger_says_so() -> None:
    story = abuse()
    assert told(story.opened, MessageKind.PAGED) == ["sato-1"]
    assert told(story.opened, MessageKind.INFORMED) == []
    skipped = [entry for entry in story.entries if entry.type is EntryType.SKIPPED]
    assert [(entry.actor_id, entry.cause) for entry in skipped] == [
        ("son", "restricted"),
        ("wife", "restricted"),
    ]


def test_step_of_family_alone_is_passed_over() -> None:
    story = abuse()
    ended = story.run_out()
    # `restricted` says why they were skipped; a transfer has one of the causes of H2.
    assert transfers(ended) == [("night", "day", "nobody_on_duty")]
    assert of(ended, EntryType.SKIPPED) == ["son", "home"]


def test_family_acts_are_refused() -> None:
    story = abuse()
    for event in (Acknowledged(by=by("son")), Noted(by=by("wife"), text="x")):
        with pytest.raises(PartyRestricted):
            story.happen(event)
    theirs = By(capacity=Capacity.REPORTER, recorded_by=PartyId("wife"))
    with pytest.raises(PartyRestricted):
        story.happen(Cancelled(by=theirs))


def test_nothing_is_handed_over_to_family() -> None:
    story = abuse()
    story.acknowledge("sato")
    with pytest.raises(PartyRestricted):
        story.offer("sato", "son")
    with pytest.raises(PartyRestricted):
        story.offer("sato", "home")
    # A person of the family who works at another desk is left out of an offer to it.
    story.change(desk("day", "suzuki", "son"))
    assert told(story.offer("sato", "day"), MessageKind.OFFERED) == ["suzuki-1"]


def test_family_is_told_nothing_at_the_end() -> None:
    closed = abuse().happen(Cancelled(by=reporter()))
    assert told(closed, MessageKind.CLOSED) == ["sato-1"]


# --- abuse is suspected later ------------------------------------------------------------------


def suspected() -> Story:
    """Reported as a fall, the son asked and the wife informed; then abuse is suspected."""
    story = Story(household())
    story.happen(worse(coordinator(), ABUSE, "high"))
    return story


def test_messages_to_family_that_are_still_on_their_way_are_stopped() -> None:
    story = Story(household())
    kinds = {"son": MessageKind.PAGED, "wife": MessageKind.INFORMED}
    for party, kind in kinds.items():
        assert is_wanted(story.incident, kind, PartyId(party))
    story = suspected()
    for party, kind in kinds.items():
        assert not is_wanted(story.incident, kind, PartyId(party))
    assert is_wanted(story.incident, MessageKind.PAGED, PartyId("sato"))


def test_link_that_family_got_before_is_worth_nothing() -> None:
    story = suspected()
    with pytest.raises(PartyRestricted):
        story.happen(Acknowledged(by=story.link("son")))


def test_family_asked_before_is_told_nothing_afterwards() -> None:
    story = suspected()
    taken = story.acknowledge("sato")
    assert told(taken, MessageKind.STOOD_DOWN) == []
    cancelled = suspected().happen(Cancelled(by=reporter()))
    assert told(cancelled, MessageKind.CLOSED) == ["sato-1"]


def test_family_stays_out_whatever_the_incident_is_called_later() -> None:
    story = suspected()
    story.happen(worse(coordinator()))
    assert story.incident.type is IncidentType.SUDDEN_CHANGE
    assert FAMILY.isdisjoint(one.party_id for one in story.incident.asked)
    story.run_out()
    assert not FAMILY & {one.split("-")[0] for one in story.incident.everyone_asked}
    with pytest.raises(PartyRestricted):
        story.acknowledge("son")


# --- reclassify: 4.1.6 -------------------------------------------------------------------------


def variants() -> Network:
    """Critical: suzuki, then kato; anything else: the night desk twice."""
    critical = {
        "name": "重大",
        "when": {"severities": ["critical"]},
        "steps": [{"desk": "day"}, {"person": "kato"}],
    }
    other = {"name": "全て", "steps": [{"desk": "night"}, {"desk": "night"}]}
    base = two_desks()
    return network(document(variants=[critical, other]), *base.parties.values())


def test_matching_variant_starts_anew() -> None:
    story = Story(variants())
    story.run_out()
    begun = story.happen(worse(by("sato")), after=1)
    assert [entry.type for entry in begun.entries[:3]] == [
        EntryType.RECLASSIFIED,
        EntryType.TRANSFERRED,
        EntryType.STEP_STARTED,
    ]
    assert transfers(begun) == [("night", "day", "reclassified")]
    assert (story.incident.step, story.incident.round, story.incident.variant) == (1, 1, 0)
    assert told(begun, MessageKind.PAGED) == ["suzuki-1"]
    # Who was asked before may still come.
    assert transfers(story.acknowledge("sato")) == [("day", "sato", "acknowledged")]


def test_exhausted_incident_that_gets_worse_is_walked_again() -> None:
    story = Story(variants())
    story.run_out()
    story.run_out()
    assert story.incident.holder_id == "city-desk"
    story.happen(worse(coordinator()))
    assert (story.incident.exhausted, story.incident.holder_id) == (False, "day")


def test_new_variant_in_which_nobody_can_be_asked_is_exhausted() -> None:
    story = Story(variants())
    for name in ("suzuki", "kato"):
        story.change(person(name, points=[]))
    begun = story.happen(worse(coordinator()))
    assert transfers(begun) == [("night", "city-desk", "exhausted")]
    # The numbers of the old variant's steps mean nothing in the new one.
    assert (story.incident.step, story.incident.round) == (0, 0)
    story.acknowledge("mori")
    assert story.due_in() == 1800


def test_reclassified_at_night_does_not_wait_for_the_morning() -> None:
    at_night = NOON + timedelta(hours=11)
    story = Story(two_desks(), type_=IncidentType.LOW_BATTERY, severity=Severity.LOW, at=at_night)
    begun = story.happen(worse(reporter(), IncidentType.COMM_LOST, "medium"))
    assert told(begun, MessageKind.PAGED) == ["sato-1", "tanaka-1"]


UPWARDS = {
    # more severe
    "worse": (IncidentType.FALL, "critical", None),
    "worse and other": (IncidentType.SUDDEN_CHANGE, "critical", None),
    # another emergency of the same severity
    "other": (IncidentType.MISSING, "high", None),
    # nothing new
    "same": (IncidentType.FALL, "high", NotUpwards),
    # downwards
    "milder": (IncidentType.FALL, "medium", NotUpwards),
    "milder and other": (IncidentType.SUDDEN_CHANGE, "medium", NotUpwards),
    # a test is nobody's emergency
    "test": (IncidentType.TEST, "critical", NotUpwards),
}


@pytest.mark.parametrize(("type_", "severity", "refusal"), UPWARDS.values(), ids=UPWARDS)
def test_only_upwards(type_: IncidentType, severity: str, refusal: type[ActRefused] | None) -> None:
    story = Story(two_desks())
    event = worse(coordinator(), type_, severity)
    if refusal:
        with pytest.raises(refusal):
            story.happen(event)
    else:
        story.happen(event)
        assert (story.incident.type, story.incident.severity) == (type_, severity)


def test_who_was_not_asked_cannot_reclassify() -> None:
    with pytest.raises(NotAsked):
        Story(two_desks()).happen(worse(by("kato")))


def test_what_somebody_has_taken_is_not_reclassified() -> None:
    story = Story(two_desks())
    story.acknowledge("sato")
    with pytest.raises(NotAllowed):
        story.happen(worse(coordinator()))
    assert story.incident.status is Status.ACKNOWLEDGED
