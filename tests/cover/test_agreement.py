"""What is proved by arithmetic and what the rules do are one: neither knows the other."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from random import Random  # noqa: TID251  # seeded by Hypothesis

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.cover.course import Course, courses
from app.cover.gaps import Gap, explain, gaps
from app.cover.opening import Kind, openings
from app.cover.reach import Reach
from app.cover.rehearsal import ENDS_AFTER, Act, Answer, Rehearsal, rehearse
from app.cover.worst_case import Latest, worst_case
from app.escalation.decision import EntryType, MessageKind
from app.escalation.network import Network
from app.protocols.kinds import IncidentType, Severity
from app.rosters.interval import DAY, contains, milliseconds, moment
from tests.cover.drawn_towns import BEGINS, kinds_of_incident, towns

HORIZON = 3 * DAY
# Beyond the horizon the course of what was opened in it goes on: 2 rounds of 4 steps of 4 hours.
TAIL = 2 * DAY
GAPS_TRIED = 6
EXAMPLES = 30
EXAMPLES_IN_SOAK = 10_000


def whole(network: Network, begin: datetime) -> Reach:
    first = milliseconds(begin)
    return Reach(network=network, begin=first, end=first + HORIZON + TAIL)


def walked(network: Network, reach: Reach) -> list[Course]:
    assert network.protocol is not None
    return list(courses(network.protocol, reach, reach.begin, reach.begin + HORIZON))


def passed_over(past: Rehearsal) -> Iterator[tuple[int, datetime]]:
    """The steps that could ask nobody, and when."""
    started = {
        (one.entry.step, one.entry.round)
        for one in past.timeline
        if one.entry and one.entry.type is EntryType.STEP_STARTED
    }
    for one in past.timeline:
        if one.entry and one.entry.type is EntryType.SKIPPED and one.entry.step:
            place = (one.entry.step, one.entry.round)
            if place not in started and one.entry.cause != "deferred" and not _last(past, one.at):
                yield one.entry.step, one.at


def _last(past: Rehearsal, at: datetime) -> bool:
    """Whether it is the last resort's paging that says whom it left out."""
    first = min(
        (
            one.at
            for one in past.timeline
            if one.entry
            and one.entry.type is EntryType.STEP_STARTED
            and one.entry.cause == "exhausted"
        ),
        default=None,
    )
    return first is not None and at > first


def found_in(gaps_: list[Gap], variant: int, step: int, at: datetime) -> bool:
    instant = milliseconds(at)
    return any(
        gap.variant == variant and gap.step == step and gap.begin <= instant < gap.end
        for gap in gaps_
    )


@settings(max_examples=EXAMPLES)
@given(
    network=towns(), begin=st.sampled_from(BEGINS), restricted=st.booleans(), seed=st.integers(0)
)
def test_who_can_be_asked_when(
    network: Network, begin: datetime, *, restricted: bool, seed: int
) -> None:
    reach, dice = whole(network, begin), Random(seed)  # noqa: S311
    assert network.protocol is not None
    for variant in network.protocol.variants:
        for step in variant.steps:
            askable = reach.step(step, restricted=restricted).parties
            bounds = [bound for spans in askable.values() for span in spans for bound in span]
            instants = {dice.randrange(reach.begin, reach.end) for _ in range(20)}
            instants |= {b + d for b in dice.sample(bounds, min(20, len(bounds))) for d in (-1, 0)}
            for at in instants:
                if reach.begin <= at < reach.end:
                    asking = network.ask_step(step, moment(at), restricted=restricted)
                    by_rules = {ask.party_id for ask in asking.asks}
                    assert by_rules == {p for p, spans in askable.items() if contains(spans, at)}


@settings(max_examples=EXAMPLES)
@given(
    network=towns(), begin=st.sampled_from(BEGINS), kind=kinds_of_incident(), seed=st.integers(0)
)
def test_which_variant_applies_when(
    network: Network, begin: datetime, kind: tuple[IncidentType, Severity], seed: int
) -> None:
    dice, first = Random(seed), milliseconds(begin)  # noqa: S311
    assert network.protocol is not None
    found = list(openings(network.protocol, first, first + HORIZON))
    for _ in range(30):
        at = dice.randrange(first, first + HORIZON)
        variant = network.protocol.variant_for(kind[0], kind[1], moment(at))
        fitting = [one for one in found if kind[0] in one.types and contains(one.spans, at)]
        assert variant in {one.variant for one in fitting}


@settings(max_examples=EXAMPLES)
@given(network=towns(), begin=st.sampled_from(BEGINS))
def test_each_gap_is_run_into_at_its_counterexample(network: Network, begin: datetime) -> None:
    gaps_are_run_into(network, begin)


def gaps_are_run_into(network: Network, begin: datetime) -> None:
    reach = whole(network, begin)
    for course in walked(network, reach):
        found = explain(gaps(course, reach), course, reach)
        for one in islice(found, GAPS_TRIED):
            shown = one.counterexample
            sent_on = Answer(party_id=None, after=shown.after, act=Act.ESCALATE)
            past = rehearse(
                network,
                incident_type=shown.type,
                severity=shown.severity,
                at=shown.opened_at,
                answers=[sent_on] * 20,
            )
            assert (one.gap.step, shown.at) in set(passed_over(past))


@settings(max_examples=EXAMPLES)
@given(
    network=towns(), begin=st.sampled_from(BEGINS), kind=kinds_of_incident(), seed=st.integers(0)
)
def test_where_no_gap_is_known_none_is_run_into(
    network: Network, begin: datetime, kind: tuple[IncidentType, Severity], seed: int
) -> None:
    only_gaps_are_run_into(network, begin, kind, seed)


def only_gaps_are_run_into(
    network: Network, begin: datetime, kind: tuple[IncidentType, Severity], seed: int
) -> None:
    reach, dice = whole(network, begin), Random(seed)  # noqa: S311
    known = [gap for course in walked(network, reach) for gap in gaps(course, reach)]
    for _ in range(5):
        at = moment(dice.randrange(reach.begin, reach.begin + HORIZON))
        sent_on = [
            Answer(
                party_id=None, after=timedelta(minutes=dice.randrange(600, 1400)), act=Act.ESCALATE
            )
            for _ in range(dice.randrange(3))
        ]
        past = rehearse(network, incident_type=kind[0], severity=kind[1], at=at, answers=sent_on)
        for step, when in passed_over(past):
            assert found_in(known, past.incident.variant, step, when)


@settings(max_examples=EXAMPLES)
@given(network=towns(), begin=st.sampled_from(BEGINS), seed=st.integers(0))
def test_the_worst_case_is_reached_and_never_exceeded(
    network: Network, begin: datetime, seed: int
) -> None:
    worst_case_is_tight(network, begin, seed)


def worst_case_is_tight(network: Network, begin: datetime, seed: int) -> None:
    reach, dice = whole(network, begin), Random(seed)  # noqa: S311
    for course in walked(network, reach):
        worst = worst_case(course, reach)
        for latest in (worst.accountable, worst.first_page, *(p.latest for p in worst.pages[:3])):
            assert latest.after <= timedelta(days=2).total_seconds()
        held, heard = worst.accountable, worst.first_page
        if held.after > ENDS_AFTER.total_seconds():
            continue  # a rehearsal ends before
        # A page that waits for the morning: the time counts from then.
        if kind_of(course, held) is not Kind.QUIET:
            assert (
                held_after(rehearse_at(network, (held.type, held.severity), held.at)) == held.after
            )
        if kind_of(course, heard) is not Kind.QUIET:
            past = rehearse_at(network, (heard.type, heard.severity), heard.at)
            assert heard_after(past) == heard.after
        at_once = [one for one in course.openings if one.kind is not Kind.QUIET]
        if not at_once:
            continue
        for _ in range(3):
            one = dice.choice(at_once)
            span = dice.choice(one.spans)
            past = rehearse_at(network, one.example, moment(dice.randrange(*span)))
            assert held_after(past) <= worst.accountable.after
            assert heard_after(past) <= worst.first_page.after


@pytest.mark.soak
@settings(max_examples=EXAMPLES_IN_SOAK)
@given(
    network=towns(), begin=st.sampled_from(BEGINS), kind=kinds_of_incident(), seed=st.integers(0)
)
def test_all_of_it_for_ten_thousand_towns(
    network: Network, begin: datetime, kind: tuple[IncidentType, Severity], seed: int
) -> None:
    gaps_are_run_into(network, begin)
    only_gaps_are_run_into(network, begin, kind, seed)
    worst_case_is_tight(network, begin, seed)


def kind_of(course: Course, latest: Latest) -> Kind:
    example = (latest.type, latest.severity)
    return next(one.kind for one in course.openings if one.example == example)


def rehearse_at(network: Network, kind: tuple[IncidentType, Severity], at: datetime) -> Rehearsal:
    return rehearse(network, incident_type=kind[0], severity=kind[1], at=at)


def held_after(past: Rehearsal) -> float:
    """Seconds until the last resort begins."""
    opened = past.timeline[0].at
    return min(
        (one.at - opened).total_seconds()
        for one in past.timeline
        if one.entry and one.entry.type is EntryType.STEP_STARTED and one.entry.cause == "exhausted"
    )


def heard_after(past: Rehearsal) -> float:
    """Seconds until the first human is paged."""
    opened = past.timeline[0].at
    return min(
        (one.at - opened).total_seconds()
        for one in past.messages
        if one.kind in {MessageKind.PAGED, MessageKind.REMINDED}
    )
