"""The walk from step to step: DESIGN.md 4.1.1–4.1.4, 4.1.12, H3."""

from datetime import timedelta

from app.escalation.decision import Cause, Decision, EntryType, MessageKind
from app.escalation.event import Escalated
from app.escalation.incident import Basis, Status
from app.escalation.party import Party
from tests.escalation.network_samples import (
    NOON,
    Story,
    alarms,
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

SHUT = ["00:00-01:00"]
THREE = ("one", "two", "three")


def three_desks(rounds: int = 1, **closed: Party) -> Story:
    """Steps of the desks one, two, three with a person each: p-one, p-two, p-three."""
    parties = {name: desk(name, f"p-{name}") for name in THREE} | closed
    persons = [person(f"p-{name}") for name in THREE]
    steps = [{"desk": name, "remind_every_seconds": None} for name in THREE]
    return Story(network(document(*steps, rounds=rounds), *parties.values(), *persons))


def started(decision: Decision) -> list[tuple[int | None, int | None, str | None]]:
    """The steps that a decision began: step, round, cause."""
    starts = [entry for entry in decision.entries if entry.type is EntryType.STEP_STARTED]
    return [(entry.step, entry.round, entry.cause) for entry in starts]


# --- from step to step -------------------------------------------------------------------------


def test_step_that_passes_gives_way_to_the_next() -> None:
    story = three_desks()
    ended = story.wake()
    assert story.now == NOON + timedelta(seconds=180)
    assert transfers(ended) == [("one", "two", "escalated")]
    assert started(ended) == [(2, 1, "escalated")]
    assert told(ended, MessageKind.PAGED) == ["p-two-1"]
    assert [entry.due for entry in ended.entries[:2]] == [story.now, story.now]
    assert story.incident.asked_before == {"p-one"}


def test_same_desk_in_the_next_step_is_no_transfer() -> None:
    steps = ({"desk": "one"}, {"desk": "one"})
    story = Story(network(document(*steps), desk("one", "p"), person("p")))
    since = story.incident.holder_since
    ended = story.run_out()
    assert transfers(ended) == []
    assert started(ended) == [(2, 1, "escalated")]
    assert (story.incident.holder_since, story.incident.basis) == (since, Basis.AGREEMENT)


def test_second_round_asks_everybody_again_those_who_declined_too() -> None:
    story = three_desks(rounds=2)
    story.decline("p-one")
    story.wake()
    second_round = story.wake()
    assert started(second_round) == [(1, 2, "escalated")]
    assert told(second_round, MessageKind.PAGED) == ["p-one-1"]
    assert story.incident.declined == frozenset()


def test_page_of_another_round_has_another_link() -> None:
    story = Story(two_desks(rounds=2))
    first = story.incident.asked[0].page_id
    story.run_out()
    story.run_out()
    assert story.incident.asked[0].party_id == "sato"
    assert story.incident.asked[0].page_id != first


# --- 4.1.2: passed over ------------------------------------------------------------------------


def test_next_transfer_names_why_the_step_before_it_was_passed_over() -> None:
    story = three_desks(two=desk("two", "p-two", hours=SHUT))
    ended = story.wake()
    assert transfers(ended) == [("one", "three", "nobody_on_duty")]
    skipped = [entry for entry in ended.entries if entry.type is EntryType.SKIPPED]
    assert [(e.actor_id, e.cause, e.step, e.round) for e in skipped] == [
        ("two", "nobody_on_duty", 2, 1)
    ]
    assert started(ended) == [(3, 1, "nobody_on_duty")]


def test_step_whose_persons_have_no_usable_contact_point_is_passed_over() -> None:
    story = three_desks()
    story.change(person("p-two", points=[]))
    assert transfers(story.wake()) == [("one", "three", "unreachable")]


def test_steps_passed_over_in_two_rounds_carry_their_round() -> None:
    story = three_desks(rounds=2, one=desk("one", "p-one", hours=SHUT))
    assert story.incident.step == 2
    story.change(desk("three", "p-three", hours=SHUT))
    ended = story.wake()
    skipped = [entry for entry in ended.entries if entry.type is EntryType.SKIPPED]
    assert [(entry.step, entry.round) for entry in skipped] == [(3, 1), (1, 2)]
    assert started(ended) == [(2, 2, "nobody_on_duty")]


def test_round_in_which_nobody_can_be_asked_is_the_last() -> None:
    story = three_desks(rounds=10)
    for name in THREE:
        story.change(desk(name, f"p-{name}", hours=SHUT))
    ended = story.wake()
    # The rest of round 1, then round 2 once; not rounds 3 to 10.
    assert of(ended, EntryType.SKIPPED) == ["two", "three", "one", "two", "three"]
    assert transfers(ended) == [("one", "city-desk", "exhausted")]
    assert (story.incident.step, story.incident.round) == (1, 1)  # their last values


def test_desk_that_opens_later_is_asked_in_the_next_round() -> None:
    story = three_desks(rounds=2, two=desk("two", "p-two", hours=SHUT))
    story.wake()
    story.change(desk("two", "p-two"))
    assert started(story.wake()) == [(1, 2, "escalated")]
    assert started(story.wake()) == [(2, 2, "escalated")]


# --- steps spent: H3, 4.1.12 -------------------------------------------------------------------


def exhausted(every: int = 60) -> Story:
    steps = document({"desk": "night"}, accountable_remind_every_seconds=every)
    story = Story(network(steps, desk("night", "sato"), person("sato"), person("kato")))
    story.run_out()
    return story


def intervals(story: Story, count: int) -> list[float]:
    """The seconds before each of the next pages."""
    seconds = []
    for _ in range(count):
        seconds.append(story.due_in())
        story.wake()
    return seconds


def test_spent_steps_leave_it_to_the_accountable_desk() -> None:
    story = Story(two_desks())
    story.run_out()
    ended = story.run_out()
    assert transfers(ended) == [("day", "city-desk", "exhausted")]
    assert started(ended) == [(2, 1, "exhausted")]
    assert (story.incident.exhausted, story.incident.status) == (True, Status.TRIGGERED)
    assert told(ended, MessageKind.PAGED) == ["mori-1", "ono-1"]
    assert alarms(ended) == 1


def test_accountable_desk_is_paged_without_end_at_growing_intervals() -> None:
    story = exhausted()
    for seconds in (60, 120, 240, 480, 600, 600, 600, 600):
        assert story.due_in() == seconds
        again = story.wake()
        assert told(again, MessageKind.REMINDED) == ["mori-1", "ono-1"]
        assert (transfers(again), alarms(again)) == ([], 0)


def test_first_interval_is_the_protocols() -> None:
    assert intervals(exhausted(every=400), 3) == [400, 600, 600]


def test_interval_of_one_second_doubles_too() -> None:
    doubling = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]
    assert intervals(exhausted(every=1), 12) == doubling


def test_accountable_desk_that_declined_is_paged_again() -> None:
    story = exhausted()
    for name in ("mori", "ono"):
        story.decline(name)
    assert (story.incident.exhausted, story.incident.holder_id) == (True, "city-desk")
    assert told(story.wake(), MessageKind.REMINDED) == ["mori-1", "ono-1"]
    assert [asked.reply for asked in story.incident.asked] == [None, None]


def test_accountable_desk_that_cannot_be_reached_is_paged_again() -> None:
    story = exhausted()
    for name in ("mori", "ono"):
        story.fail(name)
    assert story.incident.holder_id == "city-desk"
    assert told(story.wake(), MessageKind.REMINDED) == ["mori-1", "ono-1"]


def test_person_who_comes_to_the_accountable_desk_is_paged_from_then_on() -> None:
    story = exhausted()
    story.change(desk("city-desk", "mori", "ono", "kato", organisation="city"))
    again = story.wake()
    assert told(again, MessageKind.PAGED) == ["kato-1"]
    assert told(again, MessageKind.REMINDED) == ["mori-1", "ono-1"]


def test_accountable_desk_without_anybody_raises_the_alarm_again_and_again() -> None:
    story = exhausted()
    for name in ("mori", "ono"):
        story.retire(name)
    for _ in range(3):
        again = story.wake()
        assert (alarms(again), of(again, EntryType.SKIPPED)) == (1, ["city-desk"])
    story.change(person("mori", "city"))
    assert told(story.wake(), MessageKind.REMINDED) == ["mori-1"]


def test_exhausted_from_one_empty_round_stays_so_when_the_holder_gives_back() -> None:
    story = three_desks(rounds=3)
    for name in THREE:
        story.change(desk(name, f"p-{name}", hours=SHUT))
    story.wake()
    story.acknowledge("mori")
    for name in THREE:
        story.change(desk(name, f"p-{name}"))
    back = story.decline("mori")
    assert story.incident.exhausted
    assert transfers(back) == [("mori", "city-desk", "declined")]
    assert story.due_in() == 60


# --- escalate: the next step now ---------------------------------------------------------------


def test_escalation_of_a_coordinator_begins_the_next_step_at_once() -> None:
    story = three_desks()
    ended = story.happen(Escalated(by=coordinator(), reason="手が離せない"), after=5)
    assert transfers(ended) == [("one", "two", "escalated")]
    assert started(ended) == [(2, 1, "escalated")]
    assert story.due_in() == 180
    assert ended.entries[0].due is None  # nothing of it was planned


def test_escalation_after_exhaustion_begins_the_pause_anew() -> None:
    story = exhausted()
    for _ in range(4):
        story.wake()
    assert story.due_in() == 600
    story.happen(Escalated(by=coordinator()))
    assert story.due_in() == 60  # sooner than without, however often somebody presses
    story.happen(Escalated(by=coordinator()))
    assert story.due_in() == 60


def test_escalation_after_exhaustion_pages_the_accountable_desk_at_once() -> None:
    story = exhausted()
    again = story.happen(Escalated(by=coordinator()), after=10)
    assert told(again, MessageKind.REMINDED) == ["mori-1", "ono-1"]
    assert transfers(again) == []
    assert again.result == "applied"


def test_desk_that_never_agreed_never_holds_on_the_whole_walk() -> None:
    parties = (desk("foreign", "sato", organisation="aoi"), person("sato", "aoi"))
    story = Story(network(document({"desk": "foreign"}, rounds=2), *parties))
    story.run_out()
    story.run_out()
    holders = {entry.to_id for entry in story.entries}
    assert holders == {"city-desk"}
    # Exhaustion is said although the holder stays.
    assert story.incident.exhausted
    assert story.entries[-3].cause is Cause.EXHAUSTED


def test_ladder_begins_anew_with_each_page() -> None:
    ladder = [point("slow", delay=90)]
    parties = (desk("one", "p"), person("p", points=ladder))
    story = Story(network(document({"desk": "one"}, rounds=2), *parties))
    ended = story.run_out()
    assert told(ended, MessageKind.PAGED) == ["slow"]
