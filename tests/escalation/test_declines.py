"""Who says no, gives back or wants the next step: DESIGN.md 4.1.3, 4.1.6, 4.1.7, H8."""

import pytest

from app.escalation.decision import Decision, EntryType, MessageKind, Result
from app.escalation.event import Acknowledged, By, Capacity, Declined, Escalated
from app.escalation.incident import Status
from app.escalation.party import PartyId
from app.escalation.refusals import ActRefused, NotAllowed, NotAsked
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


def changed_nothing(story: Story, decision: Decision) -> bool:
    """Holder, step and status are as the entries before say; something was written down."""
    return bool(decision.entries) and transfers(decision) == [] and story.incident.step == 2


# --- decline: 4.1.3, 4.1.6 ---------------------------------------------------------------------


def test_step_ends_when_the_last_of_those_asked_has_declined() -> None:
    story = Story(two_desks())
    first = story.decline("sato", after=5)
    assert (first.result, transfers(first)) == (Result.APPLIED, [])
    last = story.decline("tanaka", after=5)
    assert transfers(last) == [("night", "day", "declined")]
    assert last.entries[0].actor_id == "tanaka"
    assert story.due_in() == 60


CAUSES = {
    # the cause is that of the last who dropped out
    "declined last": (("fail", "sato"), ("decline", "tanaka"), "declined"),
    "unreachable last": (("decline", "sato"), ("fail", "tanaka"), "unreachable"),
}


@pytest.mark.parametrize(("first", "last", "cause"), CAUSES.values(), ids=CAUSES)
def test_cause_of_an_early_end_is_that_of_the_last(
    first: tuple[str, str], last: tuple[str, str], cause: str
) -> None:
    story = Story(two_desks())
    getattr(story, first[0])(first[1])
    assert transfers(getattr(story, last[0])(last[1])) == [("night", "day", cause)]


def test_those_paged_beside_the_desk_keep_the_step_too() -> None:
    story = Story(two_desks(also_page=["kato"]))
    story.decline("sato")
    assert transfers(story.decline("tanaka")) == []
    assert transfers(story.decline("kato")) == [("night", "day", "declined")]


def test_decline_may_jump_to_a_named_later_step() -> None:
    named = {"desk": "night", "on_decline": "chief"}
    steps = document(named, {"desk": "day"}, {"name": "chief", "person": "kato"})
    parties = (desk("night", "sato"), desk("day", "suzuki"))
    persons = [person(one) for one in ("sato", "suzuki", "kato")]
    story = Story(network(steps, *parties, *persons))
    story.decline("sato")
    assert story.incident.step == 3
    # Being unreachable is not declining.
    other = Story(network(steps, *parties, *persons))
    other.fail("sato")
    assert other.incident.step == 2


def test_second_no_of_one_person_is_a_repetition() -> None:
    story = Story(two_desks())
    story.decline("sato")
    again = story.decline("sato")
    assert (again.result, again.entries) == (Result.REPEATED, ())


def test_late_decline_of_an_earlier_step_is_recorded_and_changes_nothing() -> None:
    story, link = in_step_two()
    late = story.happen(Declined(by=link))
    assert late.result is Result.RECORDED
    assert changed_nothing(story, late)
    assert story.incident.find_asked(PartyId("suzuki")) is not None


def test_late_decline_does_not_count_for_the_round_that_asks_again() -> None:
    story = Story(two_desks(rounds=2))
    link = story.link("sato")
    story.run_out()
    story.run_out()
    late = story.happen(Declined(by=link))
    asked = story.incident.find_asked(PartyId("sato"))
    assert late.result is Result.RECORDED
    assert asked is not None
    assert asked.reply is None


def test_decline_of_somebody_not_asked_now_is_recorded() -> None:
    story = Story(two_desks())
    assert story.decline("kato").result is Result.RECORDED
    story.acknowledge("sato")
    assert story.decline("tanaka").result is Result.RECORDED
    assert story.incident.holder_id == "sato"


def test_joined_person_who_declines_is_no_longer_expected() -> None:
    story = Story(two_desks())
    story.acknowledge("sato")
    story.acknowledge("tanaka")
    story.decline("tanaka")
    assert story.incident.joined == frozenset()


# --- decline by the holder: 4.1.7 --------------------------------------------------------------


def test_holder_who_declines_gives_back_and_the_next_step_begins_at_once() -> None:
    story = Story(two_desks())
    story.acknowledge("sato")
    back = story.decline("sato", after=30)
    assert transfers(back) == [("sato", "night", "declined"), ("night", "day", "declined")]
    assert (story.incident.status, story.incident.step) == (Status.TRIGGERED, 2)
    assert told(back, MessageKind.PAGED) == ["suzuki-1"]
    assert story.incident.acknowledged_at is not None  # the first time stays


def test_holder_gives_back_by_any_of_their_links() -> None:
    story, link = in_step_two()
    story.happen(Acknowledged(by=link))
    back = story.happen(Declined(by=link))
    assert transfers(back)[0] == ("sato", "day", "declined")
    assert story.incident.exhausted  # step 2 was the last


def test_after_arrival_nobody_gives_back() -> None:
    story = arrived()
    with pytest.raises(NotAllowed):
        story.decline("sato")
    with pytest.raises(NotAllowed):
        story.decline("tanaka")


def arrived() -> Story:
    story = Story(two_desks())
    story.acknowledge("sato")
    story.arrive("sato")
    return story


# --- escalate: 4.1.6 ---------------------------------------------------------------------------


def test_person_asked_in_this_step_may_escalate() -> None:
    story = Story(two_desks())
    assert transfers(story.happen(Escalated(by=by("sato")))) == [("night", "day", "escalated")]


def test_person_behind_the_desks_phone_may_escalate() -> None:
    story = phone_story("sato")
    story.change(person("sato", points=[]))
    assert transfers(story.happen(Escalated(by=by("sato")))) == [("night", "day", "escalated")]


def test_late_escalation_of_an_earlier_step_is_recorded_and_changes_nothing() -> None:
    story, link = in_step_two()
    late = story.happen(Escalated(by=link))
    assert late.result is Result.RECORDED
    assert changed_nothing(story, late)
    assert of(late, EntryType.NOTED) == ["sato"]


REFUSED = {
    # never asked
    "stranger": (by("kato"), NotAsked),
    # nobody is named
    "nobody": (By(capacity=Capacity.RESPONDER), NotAsked),
}


@pytest.mark.parametrize(("actor", "refusal"), REFUSED.values(), ids=REFUSED)
def test_who_was_not_asked_cannot_escalate(actor: By, refusal: type[ActRefused]) -> None:
    with pytest.raises(refusal):
        Story(two_desks()).happen(Escalated(by=actor))


def test_nobody_escalates_what_somebody_has_taken() -> None:
    story = Story(two_desks())
    story.acknowledge("sato")
    with pytest.raises(NotAllowed):
        story.happen(Escalated(by=coordinator()))
