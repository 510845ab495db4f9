"""The course of an incident that nobody answers, for every instant of a horizon at once.

An incident that begins at `t` comes to a step `elapsed` later. All `t` that come to a place with
the same `elapsed` are one set; at each step the set divides into those who find somebody to ask
and those who pass the step over. What is known is exact: no instant is sampled.

Days are alike: a day's begins, with what lies before them until the last step is spent, are
followed once and found again on every day that looks the same, in whichever protocol.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter

from app.cover.opening import Kind, Openings, all_ways
from app.cover.reach import Cover, Reach
from app.cover.timetable import Seconds, Timetable
from app.protocols.protocol import Protocol, Variant
from app.rosters.daily import Daily, beside, together
from app.rosters.interval import (
    DAY,
    MINUTE,
    Instant,
    Spans,
    clip,
    contains,
    difference,
    intersection,
    last_minute,
    normal,
    union,
)

SECOND = 1000
HOUR = 60 * MINUTE
# How long the first page may wait for the morning.
NIGHT = 10 * HOUR

# A set of instants by how many seconds later something comes.
After = Mapping[Seconds, Spans]
# A step of a round, both from 1.
Place = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A step of a round (both from 1) as it is come to `elapsed` after the begin.

    `begins` are the instants at which the incident began, not those of the step; `asked` those of
    them for which somebody is asked; the others pass the step over.
    """

    step: int
    round: int
    elapsed: Seconds
    begins: Spans
    asked: Spans


@dataclass(frozen=True, eq=False, kw_only=True)
class Walk:
    """What comes of the begins of one day: instants count from its midnight (UTC).

    `spent`: all steps are spent so long after these begins, and the accountable desk holds.
    `nobody`: of each step when an incident of the day can come to it and it can ask nobody.
    """

    begins: Spans
    stages: tuple[Stage, ...]
    spent: After
    nobody: tuple[Spans, ...]

    @cached_property
    def comings(self) -> Mapping[Place, After]:
        """By step and round: which begins come to it so many seconds later."""
        found: dict[Place, dict[Seconds, Spans]] = {}
        for stage in self.stages:
            found.setdefault((stage.step, stage.round), {})[stage.elapsed] = stage.begins
        return found

    @cached_property
    def at_step(self) -> Mapping[int, Sequence[Stage]]:
        """By step all that comes to it, in any round."""
        found: dict[int, list[Stage]] = {}
        for stage in self.stages:
            found.setdefault(stage.step, []).append(stage)
        return found


@dataclass(frozen=True, kw_only=True)
class Course:
    """Everything that can come to the incidents that open in a variant.

    `restricted`: the family is kept out. `days`: what comes of each day's begins.
    """

    number: int
    variant: Variant
    restricted: bool
    openings: tuple[Openings, ...]
    begins: Mapping[Kind, Spans]
    covers: tuple[Cover, ...]
    days: Daily[Walk]
    midnights: range

    @property
    def ahead(self) -> Instant:
        """How far from its midnight on what is to come of a day's begins may lie, or farther."""
        return _ahead(self.variant)

    @property
    def walks(self) -> Iterator[tuple[Instant, Walk]]:
        """The days on which any incident begins, each with its midnight."""
        return (one for one in zip(self.midnights, self.days, strict=True) if one[1].begins)

    def opened(self, begun: Instant) -> tuple[Instant, Openings]:
        """An opening whose first step begins then; else the last in the night before it."""
        for one in self.openings:
            if contains(one.spans, begun):
                return begun, one
        quiet = [one for one in self.openings if one.kind is Kind.QUIET]
        found = [(clip(one.spans, begun - NIGHT, begun), one) for one in quiet]
        last = ((last_minute(spans[-1]), one) for spans, one in found if spans)
        return max(last, key=itemgetter(0))


def courses(protocol: Protocol, reach: Reach, begin: Instant, end: Instant) -> Iterator[Course]:
    """The courses of all incidents that open in [begin, end), variant by variant."""
    timetable = reach.timetable
    for ways in all_ways(protocol, timetable, begin, end, has_family=reach.has_family):
        variant = protocol.variants[ways.variant]
        covers = tuple(reach.step(step, restricted=ways.restricted) for step in variant.steps)
        yield Course(
            number=ways.variant,
            variant=variant,
            restricted=ways.restricted,
            openings=ways.openings,
            begins=ways.begins,
            covers=covers,
            days=_walked(variant, covers, ways.days, timetable),
            midnights=timetable.days,
        )


def meeting(begins: Spans, spans: Spans, elapsed: Seconds) -> Spans:
    """Those of the begins so many seconds after which an instant of the other set lies."""
    if not begins:
        return ()
    by = elapsed * SECOND
    near = clip(spans, begins[0][0] + by, begins[-1][1] + by)
    return intersection(begins, tuple((begin - by, end - by) for begin, end in near))


def _ahead(variant: Variant) -> Instant:
    longest = variant.rounds * sum(step.ack_within_seconds for step in variant.steps) * SECOND
    # To the full hour: what has been found for a variant then often serves another one.
    return DAY + (longest // HOUR + 1) * HOUR


def _walked(
    variant: Variant, covers: Sequence[Cover], begins: Daily[Spans], timetable: Timetable
) -> Daily[Walk]:
    """Follow the begins of each day; those of days that look the same are followed once."""
    until = _ahead(variant)
    ahead = together([one.anybody_ahead(until) for one in covers], len(timetable.days))
    timing = (variant.rounds, tuple(step.ack_within_seconds for step in variant.steps))
    known = timetable.kept(Walk)
    return beside(begins, ahead).then(
        lambda day: known.get((timing, *day), lambda: _followed(variant, day[1], day[0]))
    )


def _followed(variant: Variant, askable: Sequence[Spans], begins: Spans) -> Walk:
    """Follow all begins through the rounds of a variant; nobody ever answers."""
    stages: list[Stage] = []
    spent: dict[Seconds, Spans] = {}
    fresh: dict[Seconds, Spans] = {0: begins} if begins else {}
    for round_ in range(1, variant.rounds + 1):
        silent, asking = fresh, dict[Seconds, Spans]()
        for number, step in enumerate(variant.steps, 1):
            found = list(_stages(number, round_, askable[number - 1], silent, asking))
            stages += found
            silent, asking = _after(found, silent, asking, step.ack_within_seconds)
        # A round in which nobody could be asked is the last one (DESIGN.md 4.1.2).
        for elapsed, spans in silent.items():
            _add(spent, elapsed, spans)
        fresh = asking
    for elapsed, spans in fresh.items():
        _add(spent, elapsed, spans)
    return Walk(
        begins=begins,
        stages=tuple(stages),
        spent=dict(sorted(spent.items())),
        nobody=tuple(
            _nobody([stage for stage in stages if stage.step == number], anybody)
            for number, anybody in enumerate(askable, 1)
        ),
    )


def _nobody(stages: Sequence[Stage], askable: Spans) -> Spans:
    """When a step that can ask nobody can be come to.

    An incident comes to a step at the latest when nobody has answered; sooner, when those before
    have declined or a coordinator sends it on. So every instant between the begin and that latest
    one is one at which it can come to the step.
    """
    if not stages:
        return ()
    last = max(stage.begins[-1][1] + stage.elapsed * SECOND for stage in stages)
    first = min(stage.begins[0][0] for stage in stages)
    if clip(askable, first, last) == ((first, last),):
        return ()
    can_come = normal(
        (begin, end + stage.elapsed * SECOND) for stage in stages for begin, end in stage.begins
    )
    return difference(can_come, askable)


def _stages(
    number: int, round_: int, askable: Spans, silent: After, asking: After
) -> Iterator[Stage]:
    for elapsed in sorted(silent.keys() | asking.keys()):
        begins = union(silent.get(elapsed, ()), asking.get(elapsed, ()))
        asked = meeting(begins, askable, elapsed)
        yield Stage(step=number, round=round_, elapsed=elapsed, begins=begins, asked=asked)


def _after(
    stages: Sequence[Stage], silent: After, asking: After, within: Seconds
) -> tuple[dict[Seconds, Spans], dict[Seconds, Spans]]:
    """Who goes on from a step: those whose round has asked nobody yet, and the others."""
    still_silent: dict[Seconds, Spans] = {}
    have_asked: dict[Seconds, Spans] = {}
    for stage in stages:
        elapsed, asked = stage.elapsed, stage.asked
        # Mostly everybody finds somebody to ask, or nobody does.
        if asked != stage.begins:
            _add(still_silent, elapsed, difference(silent.get(elapsed, ()), asked))
            _add(have_asked, elapsed, difference(asking.get(elapsed, ()), asked))
        _add(have_asked, elapsed + within, asked)
    return still_silent, have_asked


def _add(found: dict[Seconds, Spans], elapsed: Seconds, spans: Spans) -> None:
    if spans:
        found[elapsed] = union(found[elapsed], spans) if elapsed in found else spans
