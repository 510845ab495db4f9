"""Lost and regained, as sets of instants."""

from collections.abc import Mapping

import pytest

from app.rosters.interval import Spans
from app.store.watch.problems import Missed, Missing, ProblemKind
from app.watch.comparison import Look, compare
from app.watch.foresight import SPANS_MAX

END = 1_000_000
Where = Mapping[int, Spans]


def missed(
    step: int, spans: Spans, *, kind: ProblemKind = ProblemKind.GAP, cause: str = "unreachable"
) -> Missed:
    return Missed(
        kind=kind,
        variant=0,
        variant_name="いつでも",
        step=step,
        cause=cause,
        incidents=("ordinary",),
        party_ids=("D1",),
        spans=tuple(Missing(*span, span[0], span[0], "fall", "high") for span in spans),
    )


def look(where: Where, end: int = END) -> Look:
    return Look(missed=[missed(step, spans) for step, spans in where.items()], end=end)


# What was missing; what is; what was lost before; then what is told, from when, and what stays.
@pytest.mark.parametrize(
    ("before", "after", "lost", "told", "begin", "left"),
    [
        # Nothing has changed.
        ({1: ((10, 20),)}, {1: ((10, 20),)}, {}, None, None, {}),
        # A step that was covered is not.
        ({}, {1: ((10, 20),)}, {}, "lost", 10, {"0.1": ((10, 20),)}),
        # A gap grew: only what is new was lost.
        ({1: ((10, 20),)}, {1: ((10, 30),)}, {}, "lost", 20, {"0.1": ((20, 30),)}),
        # A gap shrank that nobody was told of.
        ({1: ((10, 30),)}, {1: ((10, 20),)}, {}, None, None, {}),
        # All that was lost is back; a gap that was always there is no matter.
        ({1: ((10, 30),)}, {1: ((10, 20),)}, {"0.1": ((20, 30),)}, "regained", None, {}),
        # Some of it is back.
        (
            {1: ((10, 30),)},
            {1: ((10, 25),)},
            {"0.1": ((20, 30),)},
            None,
            None,
            {"0.1": ((20, 25),)},
        ),
        # One step is covered again, another one no more.
        (
            {1: ((10, 20),)},
            {2: ((40, 50),)},
            {"0.1": ((10, 20),)},
            "lost",
            40,
            {"0.2": ((40, 50),)},
        ),
        # What was lost has passed: that is no news.
        ({1: ((1, 4),)}, {}, {"0.1": ((1, 4),)}, None, None, {}),
        # Missing already before now: lost from now on.
        ({}, {1: ((1, 20),)}, {}, "lost", 5, {"0.1": ((5, 20),)}),
    ],
    ids=[
        "same",
        "lost",
        "grown",
        "shrunk",
        "regained",
        "partly",
        "elsewhere",
        "passed",
        "running",
    ],
)
def test_two_looks_at_one_version_say_what_was_lost_and_regained(
    *,
    before: Where,
    after: Where,
    lost: Mapping[str, Spans],
    told: str | None,
    begin: int | None,
    left: Mapping[str, Spans],
) -> None:
    outcome = compare(look(before), look(after), lost=lost, now=5)
    assert (outcome.untold, outcome.begins_at, outcome.lost) == (told, begin, left)


def test_other_cause_of_the_same_gap_loses_nothing() -> None:
    after = Look(missed=[missed(1, ((10, 20),), cause="nobody_on_duty")], end=END)
    assert compare(look({1: ((10, 20),)}), after, lost={}, now=0).untold is None


def test_what_is_not_planned_yet_is_not_lost() -> None:
    after = Look(missed=[missed(1, ((10, 20),), kind=ProblemKind.UNPLANNED)], end=END)
    assert compare(look({}), after, lost={}, now=0).untold is None


def test_new_version_loses_nothing_and_may_give_back() -> None:
    outcome = compare(None, look({1: ((10, 20),)}), lost={}, now=0)
    assert (outcome.untold, outcome.lost) == (None, {})
    outcome = compare(None, look({2: ((15, 25),)}), lost={"0.1": ((10, 20),)}, now=0)
    assert (outcome.untold, outcome.lost) == (None, {"0.2": ((15, 20),)})
    outcome = compare(None, look({}), lost={"0.1": ((10, 20),)}, now=0)
    assert outcome.untold == "regained"


def test_times_that_were_cut_off_are_not_news_when_they_come_near() -> None:
    nights = tuple((100 * n, 100 * n + 50) for n in range(SPANS_MAX + 30))
    before = look({1: nights[:SPANS_MAX]})
    after = look({1: nights[20 : SPANS_MAX + 20]})
    assert compare(before, after, lost={}, now=nights[19][1]).untold is None
    # But where nothing was known to be missing, what lies beyond the earlier look is.
    assert compare(look({}, end=500), look({1: nights[20:21]}), lost={}, now=0).untold == "lost"
