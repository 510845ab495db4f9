"""Who says yes: acknowledging, joining, a desk's own phone. DESIGN.md 4.1.5–4.1.7, H2, H8."""

import pytest

from app.escalation.decision import EntryType, MessageKind, Result
from app.escalation.event import Acknowledged, By, Capacity, Declined
from app.escalation.incident import Basis, Status
from app.escalation.party import PartyId
from app.escalation.refusals import NotAsked
from tests.escalation.network_samples import (
    Story,
    by,
    coordinator,
    desk,
    document,
    network,
    of,
    person,
    point,
    told,
    transfers,
    two_desks,
)


def phone_story(*persons: str) -> Story:
    """Step 1 asks the night desk by its own phone too; step 2 asks suzuki."""
    night = desk("night", *persons, points=[point("night-1")])
    parties = (night, desk("day", "suzuki"), *(person(one) for one in (*persons, "suzuki")))
    return Story(network(document({"desk": "night"}, {"desk": "day"}), *parties))


def in_step_two() -> tuple[Story, By]:
    """The day desk is asked; sato's link of step 1 is out of date."""
    story = Story(two_desks())
    link = story.link("sato")
    story.run_out()
    return story, link


# --- acknowledge: 4.1.6, H2, H8 ----------------------------------------------------------------


def test_first_who_acknowledges_holds_and_the_others_are_stood_down() -> None:
    story = Story(two_desks())
    taken = story.acknowledge("sato", after=20)
    assert transfers(taken) == [("night", "sato", "acknowledged")]
    entry = taken.entries[0]
    assert (entry.basis, entry.actor_id) == (Basis.ACCEPTANCE, "sato")
    assert story.incident.status is Status.ACKNOWLEDGED
    assert story.incident.acknowledged_at == story.now
    assert story.due_in() == 1800  # the arrival; no reminder, no step any more
    assert told(taken, MessageKind.STOOD_DOWN) == ["tanaka-1"]
    assert taken.result is Result.APPLIED


def test_second_acknowledgement_joins_and_holds_nothing() -> None:
    story = Story(two_desks())
    story.acknowledge("sato")
    second = story.acknowledge("tanaka")
    assert (second.result, transfers(second)) == (Result.JOINED, [])
    assert of(second, EntryType.JOINED) == ["tanaka"]
    assert story.incident.holder_id == "sato"
    third = story.acknowledge("tanaka")
    assert (third.result, third.entries) == (Result.JOINED, ())


def test_holder_who_acknowledges_again_changes_nothing() -> None:
    story = Story(two_desks())
    story.acknowledge("sato")
    again = story.acknowledge("sato")
    assert (again.result, again.entries, again.effects) == (Result.REPEATED, (), ())


def test_late_acknowledgement_of_an_earlier_step_is_welcome() -> None:
    story, link = in_step_two()
    taken = story.happen(Acknowledged(by=link))
    assert transfers(taken) == [("day", "sato", "acknowledged")]
    assert told(taken, MessageKind.STOOD_DOWN) == ["suzuki-1", "tanaka-1"]


def test_acknowledgement_after_declining_is_welcome_and_takes_the_no_back() -> None:
    story = Story(two_desks())
    story.decline("sato")
    taken = story.acknowledge("sato")
    assert story.incident.holder_id == "sato"
    assert told(taken, MessageKind.STOOD_DOWN) == ["tanaka-1"]
    story.offer("sato", "kato")
    assert told(story.accept("kato"), MessageKind.STOOD_DOWN) == ["sato-1"]


def test_who_declined_or_could_not_be_reached_is_not_stood_down() -> None:
    story = Story(two_desks())
    story.decline("sato")
    story.fail("tanaka")  # step 2
    assert told(story.acknowledge("suzuki"), MessageKind.STOOD_DOWN) == ["tanaka-1"]
    other = Story(two_desks())
    other.decline("sato")
    assert told(other.acknowledge("tanaka"), MessageKind.STOOD_DOWN) == []


NOT_ASKED = {
    # a person whom no step has asked yet
    "later step": by("suzuki"),
    # a person of nobody's protocol
    "stranger": by("kato"),
    # a person whom the directory does not know
    "unknown": by("nobody"),
    # a desk: only persons accept
    "desk": by("night"),
    # nobody is named
    "nobody": coordinator(),
}


@pytest.mark.parametrize("actor", NOT_ASKED.values(), ids=NOT_ASKED)
def test_who_was_not_asked_cannot_acknowledge(actor: By) -> None:
    story = Story(two_desks())
    with pytest.raises(NotAsked):
        story.happen(Acknowledged(by=actor))


def test_desk_does_not_accept_though_its_phone_was_asked() -> None:
    story = phone_story("sato")
    with pytest.raises(NotAsked):
        story.acknowledge("night")
    with pytest.raises(NotAsked):
        story.decline("night")


def test_acknowledgement_by_another_hand_says_whose_hand() -> None:
    story = Story(two_desks())
    hand = By(
        capacity=Capacity.COORDINATOR,
        party_id=PartyId("sato"),
        recorded_by=PartyId("city"),
        on_behalf_of="電話で確認",
    )
    entry = story.happen(Acknowledged(by=hand)).entries[0]
    assert (entry.actor_id, entry.to_id) == ("sato", "sato")
    assert entry.facts == {"recorded_by": "city", "on_behalf_of": "電話で確認"}


# --- 4.1.5: a desk's own phone -----------------------------------------------------------------


def test_person_who_answers_the_desks_phone_holds() -> None:
    story = phone_story("sato", "tanaka")
    taken = story.happen(Acknowledged(by=story.link("night", "tanaka")))
    assert transfers(taken) == [("night", "tanaka", "acknowledged")]
    # The phone that said yes is not told to stand down.
    assert told(taken, MessageKind.STOOD_DOWN) == ["sato-1"]


def test_stranger_cannot_answer_the_desks_phone() -> None:
    story = phone_story("sato")
    with pytest.raises(NotAsked):
        story.happen(Acknowledged(by=story.link("night", "kato")))
    refused = story.happen(Declined(by=story.link("night", "suzuki")))
    assert (refused.result, story.incident.step) == (Result.RECORDED, 1)
    assert [asked.reply for asked in story.incident.asked] == [None, None]


def test_no_on_the_desks_phone_is_that_persons_no_too() -> None:
    story = phone_story("sato")
    ended = story.happen(Declined(by=story.link("night", "sato")))
    assert transfers(ended) == [("night", "day", "declined")]


def test_phone_rings_for_nobody_when_all_on_duty_have_said_no() -> None:
    story = phone_story("sato", "tanaka")
    assert transfers(story.decline("sato")) == []
    assert transfers(story.decline("tanaka")) == [("night", "day", "declined")]


def test_phone_keeps_the_step_while_persons_are_unreachable() -> None:
    story = phone_story("sato")
    assert transfers(story.fail("sato")) == []
    assert transfers(story.fail("night")) == [("night", "day", "unreachable")]
