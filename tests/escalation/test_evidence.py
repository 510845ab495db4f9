"""What channels say of those who are asked: DESIGN.md 4.1.3, 4.1.4."""

from app.escalation.decision import Decision, EntryType
from app.escalation.incident import Reply, Status
from app.escalation.network import PartyId
from tests.escalation.network_samples import (
    Story,
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
