"""The course of an incident that nobody answers, for every instant of a horizon at once.

An incident that begins at `t` comes to a step `elapsed` later. All `t` that come to a place with
the same `elapsed` are one set; at each step the set divides into those who find somebody to ask
and those who pass the step over. What is known is exact: no instant is sampled.

Days are alike: a day's begins, with what lies before them until the last step is spent, are
followed once and found again on every day that looks the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter

from app.cover.opening import Kind, Openings, openings
from app.cover.reach import Cover, Reach, Seconds
from app.protocols.protocol import Protocol, Variant
from app.rosters.interval import (
    DAY,
    MINUTE,
    Instant,
    Span,
    Spans,
    clip,
    contains,
    difference,
    intersection,
    normal,
    union,
)

SECOND = 1000
# How long the first page may wait for the morning.
NIGHT = 10 * 60 * MINUTE

# A set of instants by how many seconds later something comes.
After = Mapping[Seconds, Spans]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What comes of the begins of one day: instants count from its midnight (UTC).

    `spent`: all steps are spent so long after these begins, and the accountable desk holds.
    """

    stages: tuple[Stage, ...]
    spent: After


@dataclass(frozen=True, kw_only=True)
class Course:
    """Everything that can come to the incidents that open in a variant.

    `walks` are the days on which any begins, each with its midnight. `restricted`: the family is
    kept out.
    """

    number: int
    variant: Variant
    restricted: bool
    openings: tuple[Openings, ...]
    begins: Mapping[Kind, Spans]
    covers: tuple[Cover, ...]
    walks: tuple[tuple[Instant, Walk], ...]

    def opened(self, begun: Instant) -> tuple[Instant, Openings]:
        """An opening whose first step begins then; else the last in the night before it."""
        for one in self.openings:
            if contains(one.spans, begun):
                return begun, one
        quiet = [one for one in self.openings if one.kind is Kind.QUIET]
        found = [(clip(one.spans, begun - NIGHT, begun), one) for one in quiet]
        at, one = max(((spans[-1][1] - 1, one) for spans, one in found if spans), key=itemgetter(0))
        return at, one

    @cached_property
    def comings(self) -> Mapping[tuple[int, int], After]:
        """By step and round: which begins come to it so many seconds later."""
        found: dict[tuple[int, int], dict[Seconds, list[Span]]] = {}
        for midnight, walk in self.walks:
            for stage in walk.stages:
                at_once = found.setdefault((stage.step, stage.round), {})
                at_once.setdefault(stage.elapsed, []).extend(moved(stage.begins, midnight))
        return {
            place: {elapsed: normal(spans) for elapsed, spans in after.items()}
            for place, after in found.items()
        }


def courses(protocol: Protocol, reach: Reach, begin: Instant, end: Instant) -> Iterator[Course]:
    """The courses of all incidents that open in [begin, end), variant by variant."""
    grouped: dict[tuple[int, bool], list[Openings]] = {}
    for one in openings(protocol, begin, end):
        apart = one.kind is Kind.RESTRICTED and reach.has_family
        grouped.setdefault((one.variant, apart), []).append(one)
    for (number, restricted), ways in sorted(grouped.items()):
        variant = protocol.variants[number]
        begins = {
            kind: union(*(way.begins(protocol.zone) for way in ways if way.kind is kind))
            for kind in {way.kind for way in ways}
        }
        covers = tuple(reach.step(step, restricted=restricted) for step in variant.steps)
        yield Course(
            number=number,
            variant=variant,
            restricted=restricted,
            openings=tuple(ways),
            begins=begins,
            covers=covers,
            walks=tuple(_days(variant, covers, union(*begins.values()))),
        )


def moved(spans: Spans, by: Instant) -> Spans:
    """The same set, so many milliseconds later (earlier, if negative)."""
    return tuple((begin + by, end + by) for begin, end in spans)


def shifted(spans: Spans, by: Seconds) -> Spans:
    """The same set, so many seconds later (earlier, if negative)."""
    return moved(spans, by * SECOND)


def dilated(spans: Spans, by: Seconds) -> Iterator[Span]:
    """All instants from one of the set to so many seconds after it, that one included."""
    return ((begin, end + by * SECOND) for begin, end in spans)


def _days(
    variant: Variant, covers: Sequence[Cover], begins: Spans
) -> Iterator[tuple[Instant, Walk]]:
    """Follow the begins of each day; those of days that look the same are followed once."""
    longest = variant.rounds * sum(step.ack_within_seconds for step in variant.steps) * SECOND
    known: dict[object, Walk] = {}
    for midnight in sorted({day for span in begins for day in _midnights(*span)}):
        of_day = moved(clip(begins, midnight, midnight + DAY), -midnight)
        until = midnight + DAY + longest + 1
        ahead = tuple(moved(clip(one.anybody, midnight, until), -midnight) for one in covers)
        key = (of_day, ahead)
        if key not in known:
            known[key] = _followed(variant, ahead, of_day)
        yield midnight, known[key]


def _midnights(begin: Instant, end: Instant) -> range:
    return range(begin // DAY * DAY, end, DAY)


def _followed(variant: Variant, askable: Sequence[Spans], begins: Spans) -> Walk:
    """Follow all begins through the rounds of a variant; nobody ever answers."""
    stages: list[Stage] = []
    spent: dict[Seconds, list[Spans]] = {}
    fresh: After = {0: begins}
    for round_ in range(1, variant.rounds + 1):
        silent, asking = fresh, dict[Seconds, Spans]()
        for number, step in enumerate(variant.steps, 1):
            found = list(_stages(number, round_, askable[number - 1], silent, asking))
            stages += found
            silent, asking = _after(found, silent, asking, step.ack_within_seconds)
        # A round in which nobody could be asked is the last one (DESIGN.md 4.1.2).
        for elapsed, spans in silent.items():
            spent.setdefault(elapsed, []).append(spans)
        fresh = asking
    for elapsed, spans in fresh.items():
        spent.setdefault(elapsed, []).append(spans)
    ended = {elapsed: union(*many) for elapsed, many in sorted(spent.items())}
    return Walk(stages=tuple(stages), spent=ended)


def _stages(number: int, round_: int, askable: Spans, *comers: After) -> Iterator[Stage]:
    for elapsed in sorted({elapsed for each in comers for elapsed in each}):
        begins = union(*(each[elapsed] for each in comers if elapsed in each))
        asked = intersection(begins, shifted(askable, -elapsed))
        yield Stage(step=number, round=round_, elapsed=elapsed, begins=begins, asked=asked)


def _after(
    stages: Sequence[Stage], silent: After, asking: After, within: Seconds
) -> tuple[dict[Seconds, Spans], dict[Seconds, Spans]]:
    """Who goes on from a step: those whose round has asked nobody yet, and the others."""
    still_silent: dict[Seconds, Spans] = {}
    have_asked: dict[Seconds, list[Spans]] = {}
    for stage in stages:
        quiet = difference(silent.get(stage.elapsed, ()), stage.asked)
        if quiet:
            still_silent[stage.elapsed] = quiet
        passed = difference(asking.get(stage.elapsed, ()), stage.asked)
        have_asked.setdefault(stage.elapsed, []).append(passed)
        have_asked.setdefault(stage.elapsed + within, []).append(stage.asked)
    joined = {elapsed: union(*many) for elapsed, many in have_asked.items()}
    return still_silent, {elapsed: spans for elapsed, spans in joined.items() if spans}
