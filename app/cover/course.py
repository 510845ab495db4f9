"""The course of an incident that nobody answers, for every instant of a horizon at once.

An incident that begins at `t` comes to a step `elapsed` later. All `t` that come to a place with
the same `elapsed` are one set; at each step the set divides into those who find somebody to ask
and those who pass the step over. What is known is exact: no instant is sampled.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.cover.opening import Kind, Openings, openings
from app.cover.reach import Reach, Seconds
from app.escalation.party import PartyId
from app.protocols.protocol import Protocol, Variant
from app.rosters.interval import MINUTE, Instant, Spans, clip, difference, intersection, union

SECOND = 1000
# How long the first page may wait for the morning.
NIGHT = 10 * 60 * MINUTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A step of a round (both from 1) as it is come to `elapsed` after the begin.

    `begins` are the instants at which the incident began, not those of the step. `asked` says of
    each party for which of them it is asked; the others pass the step over.
    """

    step: int
    round: int
    elapsed: Seconds
    begins: Spans
    asked: Mapping[PartyId, Spans]

    @property
    def passed(self) -> Spans:
        """The begins for which nobody can be asked here."""
        return difference(self.begins, union(*self.asked.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """All steps are spent `elapsed` after these begins: the accountable desk holds."""

    elapsed: Seconds
    begins: Spans


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Everything that can come to incidents of a kind in a variant, in the order of the steps."""

    number: int
    variant: Variant
    kind: Kind
    openings: tuple[Openings, ...]
    stages: tuple[Stage, ...]
    spent: tuple[Spent, ...]

    @property
    def is_restricted(self) -> bool:
        """Whether the family is kept out."""
        return self.kind is Kind.RESTRICTED

    def opened(self, begun: Instant) -> Instant:
        """The last opening whose first step begins at `begun`: then, or in the night before."""
        found = [
            spans for one in self.openings if (spans := clip(one.spans, begun - NIGHT, begun + 1))
        ]
        return max(min(begun, spans[-1][1] - 1) for spans in found)


def courses(protocol: Protocol, reach: Reach, begin: Instant, end: Instant) -> Iterator[Course]:
    """The courses of all incidents that open in [begin, end), variant by variant."""
    grouped: dict[tuple[int, Kind], list[Openings]] = {}
    for one in openings(protocol, begin, end):
        grouped.setdefault((one.variant, one.kind), []).append(one)
    for (number, kind), ways in sorted(grouped.items()):
        begins = union(*(way.begins(protocol.zone) for way in ways))
        variant = protocol.variants[number]
        stages, spent = _followed(variant, reach, begins, restricted=kind is Kind.RESTRICTED)
        yield Course(
            number=number,
            variant=variant,
            kind=kind,
            openings=tuple(ways),
            stages=stages,
            spent=spent,
        )


def _followed(
    variant: Variant, reach: Reach, begins: Spans, *, restricted: bool
) -> tuple[tuple[Stage, ...], tuple[Spent, ...]]:
    """Follow all begins through the rounds of a variant; nobody ever answers."""
    askable = [reach.step(step, restricted=restricted) for step in variant.steps]
    stages: list[Stage] = []
    spent: dict[Seconds, list[Spans]] = {}
    fresh: dict[Seconds, Spans] = {0: begins} if begins else {}
    for round_ in range(1, variant.rounds + 1):
        silent, asking = fresh, dict[Seconds, Spans]()
        for number, step in enumerate(variant.steps, 1):
            found = list(_stages(number, round_, askable[number - 1], silent, asking))
            stages += found
            silent, asking = _after(found, silent, asking, step.ack_within_seconds)
        for elapsed, spans in silent.items():
            spent.setdefault(elapsed, []).append(spans)
        fresh = asking
    for elapsed, spans in fresh.items():
        spent.setdefault(elapsed, []).append(spans)
    ended = (Spent(elapsed=elapsed, begins=union(*many)) for elapsed, many in sorted(spent.items()))
    return tuple(stages), tuple(ended)


def shifted(spans: Spans, by: Seconds) -> Spans:
    """The same set, so many seconds later (earlier, if negative)."""
    return tuple((begin + by * SECOND, end + by * SECOND) for begin, end in spans)


def dilated(spans: Spans, by: Seconds) -> Iterator[tuple[Instant, Instant]]:
    """All instants from one of the set to so many seconds after it, that one included."""
    return ((begin, end + by * SECOND) for begin, end in spans)


def _stages(
    number: int,
    round_: int,
    askable: Mapping[PartyId, Spans],
    *comers: Mapping[Seconds, Spans],
) -> Iterator[Stage]:
    for elapsed in sorted({elapsed for each in comers for elapsed in each}):
        begins = union(*(each[elapsed] for each in comers if elapsed in each))
        asked = {
            party_id: found
            for party_id, spans in askable.items()
            if (found := intersection(begins, shifted(spans, -elapsed)))
        }
        yield Stage(step=number, round=round_, elapsed=elapsed, begins=begins, asked=asked)


def _after(
    stages: Sequence[Stage],
    silent: Mapping[Seconds, Spans],
    asking: Mapping[Seconds, Spans],
    within: Seconds,
) -> tuple[dict[Seconds, Spans], dict[Seconds, Spans]]:
    """Who goes on from a step: those whose round has asked nobody yet, and the others."""
    still_silent: dict[Seconds, Spans] = {}
    have_asked: dict[Seconds, list[Spans]] = {}
    for stage in stages:
        passed = stage.passed
        quiet = intersection(silent.get(stage.elapsed, ()), passed)
        if quiet:
            still_silent[stage.elapsed] = quiet
        have_asked.setdefault(stage.elapsed, []).append(
            intersection(asking.get(stage.elapsed, ()), passed)
        )
        have_asked.setdefault(stage.elapsed + within, []).append(difference(stage.begins, passed))
    joined = {elapsed: union(*many) for elapsed, many in have_asked.items()}
    return still_silent, {elapsed: spans for elapsed, spans in joined.items() if spans}
