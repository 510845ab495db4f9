"""How long the first page takes over all instants of a week, against the rules themselves."""

from datetime import UTC, datetime, timedelta
from random import Random  # noqa: TID251  # seeded

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.cover.distribution import Distribution, distributions
from app.cover.opening import Kind
from app.cover.rehearsal import ENDS_AFTER, Rehearsal, rehearse
from app.escalation.decision import MessageKind
from app.escalation.network import Network
from app.protocols.kinds import IncidentType, Severity
from app.rosters.interval import contains, milliseconds, moment
from tests.cover.drawn_towns import BEGINS, towns
from tests.escalation.network_samples import desk, document, network, person, point

BEGIN = datetime(2026, 11, 29, 15, 0, tzinfo=UTC)  # a Monday, 00:00 in Tokyo
FALL = (IncidentType.FALL, Severity.HIGH)
EXAMPLES = 15


def of(pair: tuple[IncidentType, Severity], network: Network) -> Distribution:
    (found,) = (one for one in distributions(network, BEGIN) if pair in one.pairs)
    return found


def said(one: Distribution) -> list[tuple[int, float]]:
    return [(share.after, round(share.share, 6)) for share in one.shares]


def day_desk_first() -> Network:
    """The day desk is asked for ten minutes, then the city."""
    return network(
        document({"desk": "day", "ack_within_seconds": 600}, {"desk": "city-desk"}),
        desk("day", "suzuki", hours=["09:00-17:00"]),
        person("suzuki"),
    )


def heard_after(past: Rehearsal) -> float:
    opened = past.timeline[0].at
    return min(
        (one.at - opened).total_seconds()
        for one in past.messages
        if one.kind in {MessageKind.PAGED, MessageKind.REMINDED}
    )


def test_everybody_is_heard_at_once_where_somebody_always_is_there() -> None:
    found = of(FALL, day_desk_first())
    assert said(found) == [(0, 1.0)]
    assert (found.quantile(0.5), found.quantile(0.99), found.longest) == (0, 0, 0)


def test_a_first_step_that_is_deaf_by_night_counts_for_its_part_of_the_week() -> None:
    quiet = {"desk": "day", "ack_within_seconds": 600}
    slow = person("suzuki", points=[point("suzuki-slow", delay=90)])
    deaf = network(
        document(quiet, {"desk": "city-desk"}), desk("day", "suzuki", hours=["09:00-17:00"]), slow
    )
    # By day the nurse hears after 90 s; by night the step is passed over and the city hears.
    found = of(FALL, deaf)
    assert said(found) == [(0, round(16 / 24, 6)), (90, round(8 / 24, 6))]
    assert (found.quantile(0.5), found.quantile(0.9), found.longest) == (0, 90, 90)


def test_types_that_wait_for_the_morning_say_for_how_many_instants() -> None:
    found = of((IncidentType.LOW_BATTERY, Severity.LOW), day_desk_first())
    assert found.kind is Kind.QUIET
    (only,) = found.shares
    assert (only.after, round(only.share, 6), round(only.waiting, 6)) == (0, 1.0, round(10 / 24, 6))
    assert only.example.astimezone(day_desk_first().zone).hour == 7


def test_incidents_to_which_other_variants_apply_are_apart() -> None:
    first = {"name": "夜の転倒", "when": {"types": ["fall"], "hours": ["18:00-08:30"]}}
    steps = [{"desk": "city-desk"}]
    variants = [first | {"steps": steps}, {"name": "全て", "steps": steps}]
    town = network(document(variants=variants))
    assert of(FALL, town).variants == (0, 1)
    assert of((IncidentType.MISSING, Severity.HIGH), town).variants == (1,)


def test_every_sort_of_incident_but_a_test_is_in_one_distribution() -> None:
    pairs = [pair for one in distributions(day_desk_first(), BEGIN) for pair in one.pairs]
    assert len(pairs) == len(set(pairs)) == (len(IncidentType) - 1) * len(Severity)


@settings(max_examples=EXAMPLES)
@given(network=towns(), begin=st.sampled_from(BEGINS), seed=st.integers(0))
def test_it_agrees_with_rehearsals_at_random_instants(
    network: Network, begin: datetime, seed: int
) -> None:
    dice = Random(seed)  # noqa: S311
    week = timedelta(days=7) // timedelta(milliseconds=1)
    for one in distributions(network, begin):
        assert sum(share.share for share in one.shares) == pytest.approx(1)
        if one.kind is Kind.QUIET:
            continue  # counts from the morning
        kind = dict(zip(("incident_type", "severity"), dice.choice(one.pairs), strict=True))
        for share in one.shares:
            if share.after < ENDS_AFTER.total_seconds():
                past = rehearse(network, at=share.example, **kind)  # type: ignore[arg-type]  # a pair
                assert heard_after(past) == share.after
        for _ in range(5):
            at = milliseconds(begin) + dice.randrange(week)
            (share,) = (each for each in one.shares if contains(each.spans, at))
            if share.after < ENDS_AFTER.total_seconds():
                past = rehearse(network, at=moment(at), **kind)  # type: ignore[arg-type]  # a pair
                assert heard_after(past) == share.after


def test_the_fraction_of_random_instants_is_the_exact_share() -> None:
    town = network(
        document({"desk": "day", "ack_within_seconds": 600}, {"desk": "city-desk"}),
        desk("day", "suzuki", hours=["09:00-17:00"]),
        person("suzuki", points=[point("suzuki-slow", delay=90)]),
    )
    found, dice = of(FALL, town), Random(20261123)  # noqa: S311
    tries = 1_500
    heard: dict[float, int] = {}
    for _ in range(tries):
        at = BEGIN + timedelta(seconds=dice.uniform(0, 7 * 86_400))
        past = rehearse(town, incident_type=FALL[0], severity=FALL[1], at=at)
        heard[heard_after(past)] = heard.get(heard_after(past), 0) + 1
    for share in found.shares:
        # Four standard deviations of a share of so many tries.
        spread = 4 * (share.share * (1 - share.share) / tries) ** 0.5
        assert heard[share.after] / tries == pytest.approx(share.share, abs=spread)
