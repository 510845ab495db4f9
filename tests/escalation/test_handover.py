"""Handing over: DESIGN.md 4.1.7, 4.1.11."""

from datetime import timedelta

import pytest

from app.escalation.decision import EntryType, MessageKind, Page, Result
from app.escalation.event import Accepted, Declined, HandedOver
from app.escalation.incident import Basis, Status
from app.escalation.party import PartyId
from app.escalation.refusals import (
    ActRefused,
    AlreadyHolder,
    NobodyToOffer,
    NotAllowed,
    NothingOffered,
    NotHolder,
)
from tests.escalation.network_samples import (
    Story,
    by,
    coordinator,
    desk,
    of,
    organisation,
    person,
    point,
    told,
    transfers,
    two_desks,
)

SHUT = ["00:00-01:00"]


def offered(to: str = "kato") -> Story:
    """Sato holds and has offered."""
    story = Story(two_desks())
    story.acknowledge("sato")
    story.offer("sato", to)
    return story


def test_holder_stays_holder_while_the_offer_is_open() -> None:
    story = Story(two_desks())
    story.acknowledge("sato")
    decision = story.happen(HandedOver(by=by("sato"), to_id=PartyId("kato"), reason="別件"))
    assert (story.incident.holder_id, transfers(decision)) == ("sato", [])
    assert of(decision, EntryType.OFFERED) == ["kato"]
    assert decision.entries[0].facts == {"reason": "別件"}
    assert told(decision, MessageKind.OFFERED) == ["kato-1"]
    assert [one.party_id for one in decision.effects if isinstance(one, Page)] == ["kato"]
    assert story.due_in() == 300


def test_who_accepts_holds_with_a_new_time_to_arrive() -> None:
    story = offered()
    taken = story.happen(Accepted(by=by("kato")), after=100)
    assert transfers(taken) == [("sato", "kato", "handed_over")]
    entry = taken.entries[0]
    assert (entry.actor_id, entry.basis) == ("kato", Basis.ACCEPTANCE)
    assert story.incident.status is Status.ACKNOWLEDGED
    assert story.due_in() == 1800
    assert told(taken, MessageKind.STOOD_DOWN) == ["sato-1"]
    assert story.incident.offer is None


def test_accepted_after_arrival_stays_arrived() -> None:
    story = Story(two_desks())
    story.acknowledge("sato")
    story.arrive("sato", after=60)
    story.offer("sato", "kato")
    story.happen(Accepted(by=by("kato")), after=60)
    incident = story.incident
    assert (incident.status, incident.holder_id) == (Status.ARRIVED, "kato")
    assert incident.arrived_at == story.now - timedelta(seconds=60)
    assert story.due_in() == 4 * 3600 - 60  # the reminder ran on


def test_arrival_timer_runs_on_while_the_offer_is_open() -> None:
    story = offered()
    assert story.incident.arrive_due_at == story.now + timedelta(seconds=1800)


def test_new_offer_withdraws_the_old_one() -> None:
    story = offered("kato")
    again = story.offer("sato", "suzuki")
    ended = [entry for entry in again.entries if entry.type is EntryType.OFFER_ENDED]
    assert [entry.cause for entry in ended] == ["withdrawn"]
    with pytest.raises(NothingOffered):
        story.accept("kato")
    assert story.accept("suzuki").result is Result.APPLIED


def test_refused_offer_ends_and_the_holder_is_told() -> None:
    story = offered()
    refused = story.decline("kato")
    assert (story.incident.holder_id, story.incident.offer) == ("sato", None)
    assert [(e.type, e.cause) for e in refused.entries] == [
        (EntryType.DECLINED, None),
        (EntryType.OFFER_ENDED, "declined"),
    ]
    assert told(refused, MessageKind.INFORMED) == ["sato-1"]


def test_offer_to_a_desk_goes_to_its_persons_on_duty_and_its_phone() -> None:
    story = Story(two_desks())
    story.change(desk("day", "suzuki", "kato", points=[point("day-1")]))
    story.acknowledge("sato")
    decision = story.offer("sato", "day")
    assert told(decision, MessageKind.OFFERED) == ["suzuki-1", "kato-1", "day-1"]
    # The first to accept holds, the other is told.
    taken = story.happen(Accepted(by=story.link("day", "kato")))
    assert transfers(taken) == [("sato", "kato", "handed_over")]
    assert told(taken, MessageKind.STOOD_DOWN) == ["sato-1", "suzuki-1"]


def test_offer_to_a_desk_ends_with_the_last_who_says_no() -> None:
    story = Story(two_desks())
    story.change(desk("day", "suzuki", "kato"))
    story.acknowledge("sato")
    story.offer("sato", "day")
    first = story.decline("suzuki")
    assert of(first, EntryType.OFFER_ENDED) == []
    with pytest.raises(NothingOffered):
        story.accept("suzuki")
    assert of(story.decline("kato"), EntryType.OFFER_ENDED) == ["kato"]


def test_offer_to_the_holders_own_desk_does_not_go_to_the_holder() -> None:
    story = Story(two_desks())
    story.acknowledge("sato")
    assert told(story.offer("sato", "night"), MessageKind.OFFERED) == ["tanaka-1"]


def test_no_by_a_link_of_an_earlier_step_does_not_refuse_the_offer() -> None:
    story = Story(two_desks())
    link = story.link("sato")
    story.run_out()
    story.acknowledge("suzuki")
    story.offer("suzuki", "sato")
    late = story.happen(Declined(by=link))
    assert (late.result, story.incident.offer is not None) == (Result.RECORDED, True)


def test_accepting_twice_is_a_repetition() -> None:
    story = offered()
    story.accept("kato")
    again = story.accept("kato")
    assert (again.result, again.entries) == (Result.REPEATED, ())


def test_release_withdraws_the_open_offer() -> None:
    story = offered()
    back = story.decline("sato")
    ended = [entry for entry in back.entries if entry.type is EntryType.OFFER_ENDED]
    assert [(entry.cause, entry.to_id) for entry in ended] == [("withdrawn", "sato")]
    with pytest.raises(NotAllowed):
        story.accept("kato")


def test_person_once_offered_is_welcome_when_the_holder_gives_back() -> None:
    story = offered()
    story.decline("sato")
    assert transfers(story.acknowledge("kato")) == [("day", "kato", "acknowledged")]


def test_acknowledging_is_not_accepting() -> None:
    story = offered()
    assert story.acknowledge("kato").result is Result.JOINED
    assert story.incident.holder_id == "sato"
    assert story.accept("kato").result is Result.APPLIED
    assert story.incident.joined == frozenset()


def test_coordinator_offers_and_accepts_in_others_names() -> None:
    story = Story(two_desks())
    story.acknowledge("sato")
    story.happen(HandedOver(by=coordinator(), to_id=PartyId("kato")))
    taken = story.happen(Accepted(by=coordinator("kato")))
    assert taken.entries[0].facts == {"recorded_by": "city"}


REFUSED: dict[str, tuple[HandedOver | Accepted, type[ActRefused]]] = {
    # not the holder
    "another": (HandedOver(by=by("tanaka"), to_id=PartyId("kato")), NotHolder),
    # to the holder
    "itself": (HandedOver(by=by("sato"), to_id=PartyId("sato")), AlreadyHolder),
    # to a desk that is closed
    "closed desk": (HandedOver(by=by("sato"), to_id=PartyId("shut")), NobodyToOffer),
    # to somebody who has left
    "retired": (HandedOver(by=by("sato"), to_id=PartyId("gone")), NobodyToOffer),
    # to nobody whom the directory knows
    "unknown": (HandedOver(by=by("sato"), to_id=PartyId("nowhere")), NobodyToOffer),
    # to an organisation: a person or a desk accepts
    "organisation": (HandedOver(by=by("sato"), to_id=PartyId("midori")), NobodyToOffer),
    # accepting what was not offered
    "no offer": (Accepted(by=by("kato")), NothingOffered),
    "no person": (Accepted(by=coordinator()), NothingOffered),
}


@pytest.mark.parametrize(("event", "refusal"), REFUSED.values(), ids=REFUSED)
def test_impossible_hand_over_is_refused_and_changes_nothing(
    event: HandedOver | Accepted, refusal: type[ActRefused]
) -> None:
    story = Story(two_desks())
    story.acknowledge("sato")
    story.change(desk("shut", "kato", hours=SHUT))
    story.change(person("gone"))
    story.retire("gone")
    story.change(organisation("midori", [point("office")]))
    before = story.incident
    with pytest.raises(refusal):
        story.happen(event)
    assert story.incident == before


def test_nobody_offers_what_nobody_has_taken() -> None:
    with pytest.raises(NotAllowed):
        Story(two_desks()).happen(HandedOver(by=coordinator(), to_id=PartyId("kato")))
