"""Whether cover was lost or regained between two looks at one protocol. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.rosters.interval import Instant, Spans, clip, difference, intersection, normal, union
from app.store.watch.problems import Missed, ProblemKind
from app.watch.foresight import end_of

LOST_SPANS_MAX: Final = 50
_EVERYWHERE: Final = "-"

Places = Mapping[str, Spans]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was missing at one look, and until when all of it is known."""

    missed: Sequence[Missed]
    end: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What is to be told ("lost", "regained" or None), and what is still missing of what was lost.

    `begins_at`: from when on what was lost last is missing; `causes`: why, `party_ids`: whom the
    steps ask that lost it. What was missing before has no part in them.
    """

    untold: str | None
    begins_at: Instant | None
    lost: Mapping[str, Spans]
    causes: frozenset[str] = frozenset()
    party_ids: frozenset[str] = frozenset()


def compare(before: Look | None, after: Look, *, lost: Places, now: Instant) -> Outcome:
    """Compare two looks; `before` is None where another version was published since.

    Whoever publishes is shown the gaps by the proof and the list: nothing was lost by it. But what
    had been lost and is covered by the new version is regained.
    """
    there = places(after.missed)
    outstanding = {place: clip(normal(spans), now, after.end) for place, spans in lost.items()}
    outstanding = {place: spans for place, spans in outstanding.items() if spans}
    if before is None:
        anywhere = union(*outstanding.values()) if outstanding else ()
        still = {place: intersection(spans, anywhere) for place, spans in there.items()}
        new: dict[str, Spans] = {}
    else:
        # Beyond what is known now, what was missing counts as missing still.
        known_to = end_of(after.missed, after.end)
        still = {
            place: union(
                intersection(spans, there.get(place, ())), clip(spans, known_to, after.end)
            )
            for place, spans in outstanding.items()
        }
        new = _newly_missing(before, after, now)
    begins = [spans[0][0] for spans in new.values() if spans]
    kept = {
        place: union(still.get(place, ()), new.get(place, ()))[:LOST_SPANS_MAX]
        for place in still.keys() | new.keys()
    }
    kept = {place: spans for place, spans in kept.items() if spans}
    is_regained = bool(outstanding) and not kept
    newly = [one for one in after.missed if _is_among(one, new)]
    return Outcome(
        untold="lost" if begins else "regained" if is_regained else None,
        begins_at=min(begins, default=None),
        lost=kept,
        causes=frozenset(one.cause for one in newly),
        party_ids=frozenset(party for one in newly for party in one.party_ids),
    )


def places(missed: Iterable[Missed]) -> dict[str, Spans]:
    """The times without cover by step, whatever the cause; what is not planned yet is no gap."""
    found: dict[str, list[tuple[Instant, Instant]]] = {}
    for one in missed:
        if one.kind is not ProblemKind.UNPLANNED:
            found.setdefault(_place(one), []).extend((span.begin, span.end) for span in one.spans)
    return {place: normal(spans) for place, spans in found.items()}


def _is_among(one: Missed, new: Places) -> bool:
    """Whether any of its times is newly missing."""
    if one.kind is ProblemKind.UNPLANNED:
        return False
    spans = normal((span.begin, span.end) for span in one.spans)
    return bool(intersection(spans, new.get(_place(one), ())))


def _place(one: Missed) -> str:
    return _EVERYWHERE if one.variant is None else f"{one.variant}.{one.step}"


def _newly_missing(before: Look, after: Look, now: Instant) -> dict[str, Spans]:
    """What is missing now and was not, as far as both looks reach.

    What lies beyond the earlier one is news only where nothing was missing at all.
    """
    was, found = places(before.missed), dict[str, Spans]()
    known_to = end_of(before.missed, before.end)
    for place, spans in places(after.missed).items():
        until = known_to if place in was else after.end
        found[place] = clip(difference(spans, was.get(place, ())), now, until)
    return {place: spans for place, spans in found.items() if spans}
