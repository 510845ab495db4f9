"""Who is on duty: at one instant, in microseconds, and in an interval, exactly.

Both answer the same question and agree at every instant. First stands what rotations and shifts
say; then the overrides in force are applied, in the order in which the document lists them.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from app.protocols.calendar import days_of
from app.rosters.interval import (
    Instant,
    Layers,
    Span,
    Spans,
    clip,
    difference,
    intersection,
    milliseconds,
    moment,
    normal,
    union,
)
from app.rosters.roster import Override, Roster, Rotation
from app.rosters.zone import first_instant, open_intervals


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Duty:
    """Somebody is on duty, and why.

    `tier` 1 is asked first. `source` is the JSON pointer of what says so: "/rotations/0",
    "/shifts/3", "/overrides/1". A person stands here once for each source.
    """

    tier: int
    source: str
    person: str


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class DutySpan:
    """Somebody is on duty in [begin, end), as long as it can be without a break."""

    begin: Instant
    end: Instant
    tier: int
    source: str
    person: str

    @property
    def begins_at(self) -> datetime:
        """The begin, as a datetime in UTC."""
        return moment(self.begin)

    @property
    def ends_at(self) -> datetime:
        """The end, as a datetime in UTC; not included."""
        return moment(self.end)


@dataclass(frozen=True, slots=True)
class _Row:
    """One duty while overrides are applied; `stands_for`: in whose place an override put it."""

    tier: int
    # Kind and number rather than the pointer: text is made only of what is answered.
    source: tuple[str, int]
    person: str
    stands_for: str | None = None

    @property
    def pointer(self) -> str:
        return f"/{self.source[0]}/{self.source[1]}"


def on_duty(roster: Roster, at: datetime, tier: int | None = None) -> tuple[Duty, ...]:
    """Who is on duty at an aware instant; of all tiers, or of one.

    Returns:
        The lower tiers first; within a tier as the document lists what says so.
    """
    instant = milliseconds(at)
    rows = [*_rotating(roster, instant, at), *_on_shift(roster, instant)]
    for number in roster.override_layers.at(instant):
        rows = _overridden(rows, number, roster.overrides[number])
    return tuple(
        Duty(tier=row.tier, source=row.pointer, person=row.person)
        for row in sorted(rows, key=lambda row: row.tier)
        if tier is None or row.tier == tier
    )


def duty_intervals(roster: Roster, begin: datetime, end: datetime) -> tuple[DutySpan, ...]:
    """Who is on duty when, within [begin, end), both aware; in order of begin, then of tier."""
    found = _found(roster, milliseconds(begin), milliseconds(end))
    return tuple(
        sorted(
            DutySpan(begin=first, end=last, tier=tier, source=source, person=person)
            for (tier, source, person), spans in found.items()
            for first, last in spans
        )
    )


def duty_by_tier(roster: Roster, begin: Instant, end: Instant) -> Mapping[int, Mapping[str, Spans]]:
    """When each person is on duty in each tier, within [begin, end).

    Within a tier the persons stand in the order in which they first come on duty.
    """
    by_tier: dict[int, dict[str, list[Spans]]] = {}
    found = _found(roster, begin, end).items()
    for (tier, _, person), spans in sorted(found, key=lambda one: (one[1][0], one[0])):
        by_tier.setdefault(tier, {}).setdefault(person, []).append(spans)
    return {
        tier: {person: union(*many) for person, many in persons.items()}
        for tier, persons in by_tier.items()
    }


# --- at an instant ---------------------------------------------------------------------------


def _rotating(roster: Roster, instant: Instant, at: datetime) -> Iterator[_Row]:
    local = at.astimezone(roster.zone)
    for number, rotation in enumerate(roster.rotations):
        if not _is_open(rotation, local):
            continue
        # The day after, too: where midnight comes twice, its hand-over may have been already.
        for days in (1, 0, -1):
            day = local.date() + timedelta(days)
            if first_instant(day, rotation.hand_over, roster.zone) <= instant:
                if rotation.starts_on <= day and (
                    rotation.ends_on is None or day < rotation.ends_on
                ):
                    person = _whose_turn(rotation, day)
                    yield _Row(rotation.tier, ("rotations", number), person)
                break


def _is_open(rotation: Rotation, local: datetime) -> bool:
    if rotation.days is None:
        return rotation.hours.contains(local)
    return any(
        not days_of(day).isdisjoint(rotation.days) for day in rotation.hours.begin_dates(local)
    )


def _whose_turn(rotation: Rotation, day: date) -> str:
    turn = (day - rotation.starts_on).days // rotation.every
    return rotation.persons[turn % len(rotation.persons)]


def _on_shift(roster: Roster, instant: Instant) -> Iterator[_Row]:
    for number in roster.shift_layers.at(instant):
        shift = roster.shifts[number]
        yield _Row(shift.tier, ("shifts", number), shift.person)


def _overridden(rows: list[_Row], number: int, override: Override) -> list[_Row]:
    """What an override that is in force leaves of these duties, and what it adds.

    Who was put in somebody's place is taken off when that somebody is replaced again: so a later
    override corrects an earlier one.
    """
    tier, replaces = override.tier, override.replaces
    kept: list[_Row] = []
    emptied: set[int] = set()
    for row in rows:
        is_meant = replaces is None or replaces in (row.person, row.stands_for)
        if is_meant and tier in (None, row.tier):
            emptied.add(row.tier)
        else:
            kept.append(row)
    if override.person is not None:
        tiers = (emptied or {1}) if tier is None else {tier}
        kept.extend(
            _Row(one, ("overrides", number), override.person, replaces) for one in sorted(tiers)
        )
    return kept


# --- in an interval --------------------------------------------------------------------------


def _found(roster: Roster, first: Instant, last: Instant) -> Mapping[tuple[int, str, str], Spans]:
    """By tier, source and person: when they are on duty because of it; never empty."""
    if first >= last:
        return {}
    base = _base(roster, first, last)
    touched = clip(roster.override_layers.covered(), first, last)
    found: dict[tuple[int, str, str], list[Span]] = defaultdict(list)
    for row, spans in base:
        found[row.tier, row.pointer, row.person] += difference(spans, _near(touched, spans))
    if touched:
        for row, span in _within_overrides(roster, base, touched):
            found[row.tier, row.pointer, row.person].append(span)
    # Most shifts stand alone.
    return {
        key: normal(spans) if len(spans) > 1 else tuple(spans)
        for key, spans in found.items()
        if spans
    }


def _base(roster: Roster, first: Instant, last: Instant) -> list[tuple[_Row, Spans]]:
    """What rotations and shifts say of [first, last), each row with its set of instants."""
    base: list[tuple[_Row, Spans]] = []
    for number, rotation in enumerate(roster.rotations):
        for person, spans in _turns(rotation, roster, first, last).items():
            base.append((_Row(rotation.tier, ("rotations", number), person), normal(spans)))
    for number, shift in enumerate(roster.shifts):
        begin, end = shift.span
        if begin < last and first < end:
            row = _Row(shift.tier, ("shifts", number), shift.person)
            base.append((row, ((max(begin, first), min(end, last)),)))
    return base


def _turns(
    rotation: Rotation, roster: Roster, first: Instant, last: Instant
) -> Mapping[str, list[Span]]:
    """Each person's turns, cut down to the hours at which the rotation is on duty."""
    found: dict[str, list[Span]] = defaultdict(list)
    bounds = list(_hand_overs(rotation, roster, first, last))
    if not bounds:
        return found
    begin, end = max(bounds[0][1], first), min(bounds[-1][1], last)
    hours = iter(open_intervals(rotation.hours, rotation.days, roster.zone, begin, end))
    span = next(hours, None)
    for (day, turn_from), (_, turn_to) in pairwise(bounds):
        turn = found[_whose_turn(rotation, day)]
        while span and span[0] < turn_to:
            if turn_from <= span[0] and span[1] <= turn_to:
                turn.append(span)
            elif turn_from < span[1]:
                turn.append((max(span[0], turn_from), min(span[1], turn_to)))
            if span[1] > turn_to:
                break
            span = next(hours, None)
    return found


def _hand_overs(
    rotation: Rotation, roster: Roster, first: Instant, last: Instant
) -> Iterator[tuple[date, Instant]]:
    """The first day of each turn that touches [first, last) with its begin, and one bound more."""
    zone, every = roster.zone, timedelta(days=rotation.every)
    # Two days earlier than the local date: the clock may have been moved over midnight.
    early = moment(first).astimezone(zone).date() - timedelta(days=2)
    turns = max((early - rotation.starts_on) // every, 0)
    day = rotation.starts_on + turns * every
    while rotation.ends_on is None or day < rotation.ends_on:
        begin = first_instant(day, rotation.hand_over, zone)
        yield day, begin
        if begin >= last:
            return
        day += every
    assert rotation.ends_on is not None, "only an end ends the turns"
    yield rotation.ends_on, first_instant(rotation.ends_on, rotation.hand_over, zone)


def _within_overrides(
    roster: Roster, base: list[tuple[_Row, Spans]], touched: Spans
) -> Iterator[tuple[_Row, Span]]:
    """What holds while any override is in force, piece by piece between all changes."""
    pieces = [
        (row, span) for row, spans in base for span in intersection(spans, _near(touched, spans))
    ]
    layers = Layers.of(span for _, span in pieces)
    overrides = roster.override_layers
    changes = sorted({*layers.bounds, *overrides.bounds})
    for begin, end in touched:
        within = changes[bisect_right(changes, begin) : bisect_left(changes, end)]
        for span in pairwise([begin, *within, end]):
            rows = [pieces[number][0] for number in layers.at(span[0])]
            for number in overrides.at(span[0]):
                rows = _overridden(rows, number, roster.overrides[number])
            for row in rows:
                yield row, span


def _near(touched: Spans, spans: Spans) -> Spans:
    # A shift is short, and what is touched may be a thousand intervals.
    return clip(touched, spans[0][0], spans[-1][1]) if spans else ()
