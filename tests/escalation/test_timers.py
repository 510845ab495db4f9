"""What the clock does: DESIGN.md 4.1.3, 4.1.10, 4.1.11, 4.1.14, H5, H11."""

from datetime import timedelta

import pytest

from app.escalation.decision import Decision, EntryType, MessageKind, Send
from app.escalation.event import Woke
from tests.escalation.network_samples import (
    NOON,
    Story,
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

SHUT = ["00:00-01:00"]


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def acknowledged(arrive_within_seconds: int = 1800) -> Story:
    story = Story(two_desks(arrive_within_seconds=arrive_within_seconds))
    story.acknowledge("sato", after=10)
    return story


def is_stalled(decision: Decision) -> bool:
    return any(entry.type is EntryType.STALLED for entry in decision.entries)


# --- reminders within a step -------------------------------------------------------------------


def test_who_has_not_answered_is_paged_again_within_the_step() -> None:
    story = Story(two_desks())
    story.decline("tanaka")
    reminded = story.wake()
    assert story.now == NOON + seconds(60)
    assert told(reminded, MessageKind.REMINDED) == ["sato-1"]
    assert [entry.due for entry in reminded.entries] == [story.now]
    assert transfers(reminded) == []
    assert story.due_in() == 60


def test_reminder_carries_the_link_of_the_page() -> None:
    story = Story(two_desks())
    pages = {one.party_id: one.page_id for one in story.incident.asked}
    sends = [effect for effect in story.wake().effects if isinstance(effect, Send)]
    assert {one.party_id: one.page_id for one in sends} == pages


def test_step_without_reminders_asks_once() -> None:
    story = Story(two_desks(remind_every_seconds=None))
    assert story.due_in() == 180


def test_reminder_that_would_come_with_the_end_of_the_step_is_left_out() -> None:
    story = Story(two_desks(remind_every_seconds=60, ack_within_seconds=120))
    story.wake()
    assert story.due_in() == 60
    assert transfers(story.wake()) == [("night", "day", "escalated")]


def ladder(*rungs: int) -> Story:
    """Sato's contact points at these seconds after the page, and tanaka's after 120."""
    points = [point(f"sato-{one}", delay=one) for one in rungs]
    parties = (desk("night", "sato", "tanaka"), person("sato", points=points))
    late = person("tanaka", points=[point("tanaka-120", delay=120)])
    return Story(network(document({"desk": "night", "ack_within_seconds": 600}), *parties, late))


def test_reminder_uses_only_the_rungs_that_have_come() -> None:
    story = ladder(0, 90)
    assert told(story.wake(), MessageKind.REMINDED) == ["sato-0"]
    assert told(story.wake(), MessageKind.REMINDED) == ["sato-0", "sato-90", "tanaka-120"]


def test_reminder_waits_for_the_first_rung() -> None:
    story = ladder(100)
    assert story.due_in() == 100
    assert told(story.wake(), MessageKind.REMINDED) == ["sato-100"]


def test_ladder_holds_nobody_back_when_those_before_have_dropped_out() -> None:
    story = ladder(0)
    story.decline("sato")
    # Nobody who still could answer has heard anything at 60 seconds.
    assert told(story.wake(), MessageKind.REMINDED) == ["tanaka-120"]


def test_who_has_no_usable_contact_point_at_the_reminder_is_named() -> None:
    story = Story(two_desks())
    story.change(person("sato", points=[]))
    reminded = story.wake()
    assert of(reminded, EntryType.REMINDED) == ["tanaka"]
    skipped = [entry for entry in reminded.entries if entry.type is EntryType.SKIPPED]
    assert [(entry.actor_id, entry.cause) for entry in skipped] == [("sato", "unreachable")]


def test_contact_point_that_opened_since_counts_before_unreachable() -> None:
    story = Story(two_desks())
    story.change(person("sato", points=[point("sato-1"), point("sato-2")]))
    story.wake()
    story.decline("tanaka")
    assert transfers(story.fail("sato", 1)) == []
    assert transfers(story.fail("sato", 2)) == [("night", "day", "unreachable")]


# --- downtime: H5, 4.1.14 ----------------------------------------------------------------------


def test_after_an_outage_steps_advance_one_at_a_time_with_their_full_time() -> None:
    story = Story(two_desks(rounds=2))
    story.wake(late=3 * 24 * 3600)
    assert (story.incident.step, story.incident.round) == (2, 1)
    assert story.incident.step_due_at == story.now + seconds(180)
    # Nothing else is overdue.
    assert story.happen(Woke()).entries == ()


def test_entry_after_an_outage_says_due_and_at_and_the_outage_is_told() -> None:
    story = Story(two_desks(remind_every_seconds=None))
    due = story.incident.wake_at
    ended = story.wake(late=3600)
    first, second = ended.entries[:2]
    assert (first.type, first.due) == (EntryType.STALLED, due)
    assert (second.type, second.due) == (EntryType.TRANSFERRED, due)
    assert ended.at == story.now


LATENESS = {"on time": (0, False), "10 s": (10, False), "11 s": (11, True)}


@pytest.mark.parametrize(("late", "stalled"), LATENESS.values(), ids=LATENESS)
def test_stalled_is_written_beyond_ten_seconds(late: int, *, stalled: bool) -> None:
    assert is_stalled(Story(two_desks()).wake(late=late)) is stalled
    assert is_stalled(acknowledged().wake(late=late)) is stalled


def test_act_after_an_outage_is_not_stalled() -> None:
    story = Story(two_desks())
    story.now += seconds(3600)
    assert not is_stalled(story.acknowledge("sato"))


def test_due_of_the_entry_is_that_of_the_transition_not_of_an_older_reminder() -> None:
    story = Story(two_desks())  # reminder at 60 s, end at 180 s
    ended = story.wake(late=600)
    dues = {entry.type: entry.due for entry in ended.entries}
    assert dues[EntryType.STALLED] == NOON + seconds(60)
    assert dues[EntryType.STEP_STARTED] == NOON + seconds(180)


def test_waking_early_changes_nothing() -> None:
    story = Story(two_desks())
    before = story.incident
    early = story.happen(Woke(), after=59)
    assert (early.incident, early.entries, early.effects) == (before, (), ())


# --- H11: the clock goes back ------------------------------------------------------------------


def test_time_never_goes_back_within_an_incident() -> None:
    story = Story(two_desks())
    story.decline("sato", after=30)
    taken = story.acknowledge("tanaka", after=-3600)
    assert taken.at == story.incident.last_at == NOON + seconds(30)
    assert story.incident.arrive_due_at == NOON + seconds(30 + 1800)
