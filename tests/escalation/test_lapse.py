"""Promises that are not kept: DESIGN.md 4.1.10, 4.1.11, 4.1.12."""

from datetime import timedelta

import pytest

from app.escalation.decision import Alarm, Cause, Decision, EntryType, MessageKind
from app.escalation.event import Arrived, SetOut
from app.escalation.incident import Status
from tests.escalation.network_samples import (
    Story,
    by,
    desk,
    of,
    person,
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


# --- lapse: 4.1.10 -----------------------------------------------------------------------------


def test_arrival_that_does_not_come_in_time_lapses() -> None:
    story = acknowledged()
    assert story.due_in() == 1800
    lapsed = story.wake()
    assert transfers(lapsed) == [("sato", "night", "lapsed")]
    assert (story.incident.status, story.incident.step) == (Status.TRIGGERED, 1)
    assert told(lapsed, MessageKind.PAGED) == ["sato-1", "tanaka-1"]
    assert lapsed.entries[0].due == story.now
    assert story.incident.step_due_at == story.now + seconds(180)


def test_step_that_began_anew_gives_way_to_the_next() -> None:
    story = acknowledged()
    story.wake()
    assert transfers(story.run_out()) == [("night", "day", "escalated")]


def test_who_lapsed_is_asked_again_even_outside_their_step() -> None:
    story = Story(two_desks())
    story.run_out()
    story.acknowledge("sato")  # late, in step 2
    lapsed = story.wake()
    assert told(lapsed, MessageKind.PAGED) == ["suzuki-1"]
    assert told(lapsed, MessageKind.REMINDED) == ["sato-1"]
    assert transfers(story.acknowledge("sato")) == [("day", "sato", "acknowledged")]


def test_those_who_joined_have_no_claim_after_a_lapse_but_are_welcome() -> None:
    story = acknowledged()
    story.acknowledge("kato")  # never asked, comes along
    assert transfers(story.wake()) == [("sato", "night", "lapsed")]
    assert transfers(story.acknowledge("kato")) == [("night", "kato", "acknowledged")]


def test_step_that_cannot_be_asked_any_more_is_passed_over_at_the_lapse() -> None:
    story = acknowledged()
    story.change(desk("night", "sato", hours=SHUT))
    assert transfers(story.wake()) == [
        ("sato", "night", "lapsed"),
        ("night", "day", "nobody_on_duty"),
    ]


def test_lapse_after_exhaustion_sets_the_flag_and_the_interval_anew() -> None:
    story = Story(two_desks())
    story.run_out()
    story.run_out()
    for _ in range(3):
        story.wake()
    assert story.due_in() == 480
    story.acknowledge("mori")
    assert (story.incident.exhausted, story.incident.step) == (False, 2)
    lapsed = story.wake()
    assert transfers(lapsed) == [("mori", "city-desk", "lapsed")]
    assert (story.incident.exhausted, story.incident.step) == (True, 2)
    assert told(lapsed, MessageKind.PAGED) == ["mori-1", "ono-1"]
    assert story.due_in() == 60


RENEWALS = {
    # eta in seconds from now → seconds until the lapse
    "no eta": (None, 1800),
    # an eta sooner than the usual time does not shorten it
    "soon": (60, 1800),
    "past": (-3600, 1800),
    "later": (7200, 7200),
    # at most 24 hours, whatever is promised
    "a day": (86_400, 86_400),
    "two days": (172_800, 86_400),
}


@pytest.mark.parametrize(("eta", "due_in"), RENEWALS.values(), ids=RENEWALS)
def test_setting_out_renews_the_promise(eta: int | None, due_in: int) -> None:
    story = acknowledged()
    story.now += seconds(600)
    at = story.now + seconds(eta) if eta is not None else None
    story.happen(SetOut(by=by("sato"), eta=at))
    assert story.due_in() == due_in
    assert story.incident.status is Status.EN_ROUTE


def test_setting_out_again_renews_it_again() -> None:
    story = acknowledged()
    story.happen(SetOut(by=by("sato")))
    story.happen(SetOut(by=by("sato")), after=1700)
    assert story.due_in() == 1800
    assert transfers(story.wake()) == [("sato", "night", "lapsed")]


def test_after_arrival_nothing_lapses_and_the_holder_is_reminded_every_four_hours() -> None:
    story = acknowledged()
    story.happen(Arrived(by=by("sato")))
    for _ in range(3):
        assert story.due_in() == 4 * 3600
        reminded = story.wake()
        assert told(reminded, MessageKind.REMINDED) == ["sato-1"]
        assert (transfers(reminded), story.incident.holder_id) == ([], "sato")


def test_holder_there_without_a_usable_contact_point_is_named_and_raises_the_alarm() -> None:
    story = acknowledged()
    story.happen(Arrived(by=by("sato")))
    story.change(person("sato", points=[]))
    reminded = story.wake()
    assert of(reminded, EntryType.SKIPPED) == ["sato"]
    assert reminded.effects == (Alarm(reason=Cause.UNREACHABLE),)


# --- offers: 4.1.11 ----------------------------------------------------------------------------


def test_offer_that_nobody_accepts_ends_and_the_holder_is_told() -> None:
    story = acknowledged()
    story.offer("sato", "kato")
    assert story.due_in() == 300
    ended = story.wake()
    assert of(ended, EntryType.OFFER_ENDED) == ["system"]
    assert ended.entries[0].cause == "timed_out"
    assert told(ended, MessageKind.INFORMED) == ["sato-1"]
    assert (story.incident.holder_id, story.incident.offer) == ("sato", None)
    assert story.due_in() == 1500  # the arrival timer ran on


def test_lapse_withdraws_the_open_offer() -> None:
    story = acknowledged(arrive_within_seconds=100)
    story.offer("sato", "kato")
    lapsed = story.wake()
    ended = next(entry for entry in lapsed.entries if entry.type is EntryType.OFFER_ENDED)
    assert (ended.cause, story.incident.offer) == ("withdrawn", None)
    assert ended.to_id == "sato"  # the holder's offer ends while they still hold


def test_offer_and_arrival_overdue_at_once_both_end() -> None:
    story = acknowledged()
    story.offer("sato", "kato")
    lapsed = story.wake(late=7200)
    causes = [entry.cause for entry in lapsed.entries if entry.type is EntryType.OFFER_ENDED]
    assert causes == ["timed_out"]
    assert transfers(lapsed) == [("sato", "night", "lapsed")]
