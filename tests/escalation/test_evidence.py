"""What channels say of those who are asked: DESIGN.md 4.1.3, 4.1.4."""

from dataclasses import replace

import pytest

from app.escalation.decision import Cause, Decision, EntryType
from app.escalation.incident import Reply, Status
from app.escalation.party import PartyId
from tests.escalation.network_samples import (
    Story,
    alarms,
    desk,
    document,
    network,
    of,
    person,
    point,
    transfers,
    two_desks,
)


def changed_nothing(story: Story, decision: Decision) -> bool:
    """Holder, step and status are as the entries before say; something was written down."""
    return bool(decision.entries) and transfers(decision) == [] and story.incident.step == 2


# --- evidence: 4.1.4 ---------------------------------------------------------------------------


def ladder_story() -> Story:
    points = [point("sato-1"), point("sato-2", delay=60)]
    parties = (desk("night", "sato"), desk("day", "suzuki"))
    persons = (person("sato", points=points), person("suzuki"))
    return Story(network(document({"desk": "night"}, {"desk": "day"}), *parties, *persons))


def test_person_is_unreachable_when_all_contact_points_have_failed() -> None:
    story = ladder_story()
    assert transfers(story.fail("sato", 1)) == []
    assert transfers(story.fail("sato", 1)) == []  # the same one again
    assert transfers(story.fail("sato", 2)) == [("night", "day", "unreachable")]


def test_delivery_after_all_makes_the_person_reachable_again() -> None:
    story = Story(two_desks())
    story.fail("sato")
    story.send("sato")
    # Had sato still counted as unreachable, this no would have ended the step.
    assert transfers(story.decline("tanaka")) == []
    asked = story.incident.find_asked(PartyId("sato"))
    assert asked is not None
    assert (asked.reply, asked.failed_ids) == (None, ())


def test_delivery_does_not_take_back_a_no() -> None:
    story = Story(two_desks())
    story.fail("sato")
    story.decline("sato")
    story.send("sato")
    asked = story.incident.find_asked(PartyId("sato"))
    assert asked is not None
    assert asked.reply is Reply.DECLINED


def test_failure_of_an_earlier_step_is_recorded_and_changes_nothing() -> None:
    story = Story(two_desks())
    stale = story.failure("sato")
    story.run_out()
    late = story.happen(stale)
    assert of(late, EntryType.UNDELIVERABLE) == ["sato"]
    assert changed_nothing(story, late)


@pytest.mark.parametrize(
    ("permanent", "cause"), [(True, Cause.REJECTED), (False, Cause.ATTEMPTS_SPENT)]
)
def test_ledger_says_why_a_message_was_undeliverable(*, permanent: bool, cause: Cause) -> None:
    story = ladder_story()
    failed = story.happen(replace(story.failure("sato"), permanent=permanent))
    assert [(one.type, one.cause) for one in failed.entries] == [(EntryType.UNDELIVERABLE, cause)]


def arrived(story: Story) -> Story:
    story.acknowledge("sato")
    story.arrive("sato")
    return story


def test_arrived_holder_whom_no_reminder_reaches_raises_an_alarm_each_time() -> None:
    story = arrived(ladder_story())
    story.wake()
    assert alarms(story.fail("sato", 1)) == 0  # one of two ways
    assert alarms(story.fail("sato", 2)) == 1
    story.wake()
    assert alarms(story.fail("sato", 2)) == 1


def test_arrived_holder_who_was_reached_meanwhile_raises_none() -> None:
    story = arrived(ladder_story())
    story.wake()
    story.fail("sato", 1)
    story.send("sato", 1)
    assert alarms(story.fail("sato", 2)) == 0


def test_arrived_holder_who_never_was_paged_raises_an_alarm_with_the_first_failure() -> None:
    story = ladder_story()
    story.acknowledge("sato")
    story.offer("sato", "suzuki")
    story.accept("suzuki")
    story.arrive("suzuki")
    story.wake()
    assert alarms(story.fail("suzuki")) == 1


def test_failed_message_to_somebody_else_raises_no_alarm_after_arrival() -> None:
    story = Story(two_desks())
    stale = story.failure("tanaka")
    arrived(story)
    assert alarms(story.happen(stale)) == 0


def test_failure_of_another_round_does_not_count_now() -> None:
    story = Story(two_desks(rounds=2))
    stale = story.failure("sato")
    story.run_out()
    story.run_out()
    story.happen(stale)
    asked = story.incident.find_asked(PartyId("sato"))
    assert asked is not None
    assert asked.failed_ids == ()


def test_evidence_after_acknowledgement_changes_no_holder() -> None:
    story = Story(two_desks())
    story.acknowledge("sato")
    assert transfers(story.fail("tanaka")) == []
    assert transfers(story.fail("sato")) == []
    assert story.incident.holder_id == "sato"


def test_delivered_is_never_acknowledged() -> None:
    story = Story(two_desks())
    sent = story.send("sato")
    assert of(sent, EntryType.SENT) == ["sato"]
    assert (story.incident.status, transfers(sent)) == (Status.TRIGGERED, [])
