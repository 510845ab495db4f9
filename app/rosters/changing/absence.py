"""Somebody does not do their duty, or a colleague does it: what of the roster becomes different.

An absence is written as overrides, one for each stretch of duty and tier, so that whoever already
stands in for the person elsewhere stays. What is written is new versions; none is changed.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from app.rosters.duty import DutySpan
from app.rosters.history import Version, duty_intervals_in, reigns
from app.rosters.interval import Spans, difference, milliseconds, moment, normal, union
from app.rosters.roster import Override, Roster, parse_roster

_FAR: Final = datetime(9990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Stretch:
    """Duty in [begins_at, ends_at) without a break, in one tier."""

    begins_at: datetime
    ends_at: datetime
    tier: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Who is off duty in these stretches, and who is on in their place (None: nobody)."""

    person: str
    substitute: str | None
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """What lacks somebody: `tiers` of which nobody is left, and when nobody at all is on duty."""

    tiers: tuple[Stretch, ...]
    everybody: tuple[tuple[datetime, datetime], ...]


def stretches_of(
    versions: Sequence[Version], person: str, begin: datetime, end: datetime
) -> tuple[Stretch, ...]:
    """When a person is on duty within [begin, end), in order of begin."""
    if begin >= end:
        return ()
    spans = duty_intervals_in(versions, begin, end)
    return _stretches(span for span in spans if span.person == person)


def clipped(stretches: Iterable[Stretch], begin: datetime) -> tuple[Stretch, ...]:
    """What of the stretches lies after an instant."""
    return tuple(
        replace(one, begins_at=max(one.begins_at, begin))
        for one in stretches
        if one.ends_at > begin
    )


def rewritten(
    versions: Sequence[Version], changes: Sequence[Change], *, now: datetime, reason: str | None
) -> tuple[Version, ...]:
    """The versions to append so that the changes hold from now on, and nothing else is different.

    Each version that holds now or will is repeated with the changes, because a new one takes the
    place of all before it. What has ended is left out: versions before answer for the past.

    Raises:
        RosterInvalid: there would be too many overrides.
    """
    return _repeated(versions, lambda one: _changed(one, changes, now), now, reason)


def absences_of(
    versions: Sequence[Version], person: str, begin: datetime, end: datetime
) -> tuple[tuple[datetime, datetime], ...]:
    """Where within [begin, end) an override takes a person off and names nobody in their place."""
    found = (
        (milliseconds(max(one.begins_at, first)), milliseconds(min(one.ends_at, last)))
        for reign in reigns(versions, begin, end)
        if reign.version is not None
        for first, last in [(reign.begins_at, reign.ends_at)]
        for one in reign.version.document.overrides
        if _takes_off(one, person)
    )
    return tuple((moment(first), moment(last)) for first, last in normal(found))


def taken_back(
    versions: Sequence[Version], person: str, span: tuple[datetime, datetime], *, now: datetime
) -> tuple[Version, ...]:
    """The versions to append so that a person is not absent within [begin, end) any more.

    What lies outside of it stays. Duty is as it would be had nothing been reported for then; who
    was entered in the person's place meanwhile stays too.

    Raises:
        RosterInvalid: there would be too many overrides.
    """
    return _repeated(versions, lambda one: _without(one, person, span, now), now, None)


def _repeated(
    versions: Sequence[Version],
    change: Callable[[Roster], Roster],
    now: datetime,
    reason: str | None,
) -> tuple[Version, ...]:
    """Each version that holds now or will, changed: a new one takes the place of all before it."""
    number, found = versions[-1].number, list[Version]()
    for reign in reigns(versions, now, _FAR):
        if reign.version is None:
            continue
        number += 1
        found.append(
            Version(
                number=number,
                document=change(reign.version.document),
                effective_from=reign.begins_at,
                recorded_at=now,
                reason=reason,
            )
        )
    return tuple(found)


def lack_of(
    versions: Sequence[Version], stretches: Sequence[Stretch], persons: Collection[str]
) -> Lack:
    """Of these stretches, what nobody covers.

    Args:
        versions: as they will be.
        stretches: of one person, in order.
        persons: who can do duty for the desk; whoever else the roster names does not count.
    """
    if not stretches:
        return Lack(tiers=(), everybody=())
    begin, end = stretches[0].begins_at, max(one.ends_at for one in stretches)
    spans = [one for one in duty_intervals_in(versions, begin, end) if one.person in persons]
    tiers: list[Stretch] = []
    for one in stretches:
        covered = normal((span.begin, span.end) for span in spans if span.tier == one.tier)
        for first, last in difference(_as_spans([one]), covered):
            tiers.append(Stretch(begins_at=moment(first), ends_at=moment(last), tier=one.tier))
    anybody = normal((span.begin, span.end) for span in spans)
    empty = difference(union(_as_spans(stretches), ()), anybody)
    return Lack(tiers=tuple(tiers), everybody=tuple((moment(a), moment(b)) for a, b in empty))


def places_of(document: Roster, person: str) -> tuple[str, ...]:
    """The JSON pointers of the places at which a roster names a person."""
    named = [
        *(
            (f"/rotations/{number}/persons/{at}", one)
            for number, rotation in enumerate(document.rotations)
            for at, one in enumerate(rotation.persons)
        ),
        *((f"/shifts/{number}/person", one.person) for number, one in enumerate(document.shifts)),
    ]
    for number, one in enumerate(document.overrides):
        here = f"/overrides/{number}"
        named += [(f"{here}/person", one.person or ""), (f"{here}/replaces", one.replaces or "")]
    return tuple(pointer for pointer, who in named if who == person)


def _stretches(spans: Iterable[DutySpan]) -> tuple[Stretch, ...]:
    by_tier: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for span in spans:
        by_tier[span.tier].append((span.begin, span.end))
    return tuple(
        sorted(
            Stretch(begins_at=moment(begin), ends_at=moment(end), tier=tier)
            for tier, found in by_tier.items()
            for begin, end in normal(found)
        )
    )


def _as_spans(stretches: Iterable[Stretch]) -> Spans:
    return normal((milliseconds(one.begins_at), milliseconds(one.ends_at)) for one in stretches)


def _changed(document: Roster, changes: Sequence[Change], now: datetime) -> Roster:
    data = _to_come(document, now)
    data["overrides"] += _overrides(changes)
    # Read as any other document, so that the limits hold for it too.
    return parse_roster(data)


def _without(
    document: Roster, person: str, span: tuple[datetime, datetime], now: datetime
) -> Roster:
    data, kept = _to_come(document, now), list[dict[str, Any]]()
    lasting = (one for one in document.overrides if one.ends_at > now)
    for said, one in zip(data["overrides"], lasting, strict=True):
        if not _takes_off(one, person):
            kept.append(said)
            continue
        whole = ((milliseconds(one.begins_at), milliseconds(one.ends_at)),)
        left = difference(whole, normal([(milliseconds(span[0]), milliseconds(span[1]))]))
        kept += [{**said, "from": moment(a), "to": moment(b)} for a, b in left if moment(b) > now]
    return parse_roster({**data, "overrides": kept})


def _takes_off(one: Override, person: str) -> bool:
    return one.replaces == person and one.person is None


def _to_come(document: Roster, now: datetime) -> dict[str, Any]:
    """The document as data, without what has ended."""
    data = document.document()
    for name, many in (("shifts", document.shifts), ("overrides", document.overrides)):
        data[name] = [kept for kept, one in zip(data[name], many, strict=True) if one.ends_at > now]
    return data


def _overrides(changes: Sequence[Change]) -> Iterable[dict[str, object]]:
    for change in changes:
        for one in change.stretches:
            times = {"from": one.begins_at, "to": one.ends_at}
            whom = {"replaces": change.person, "person": change.substitute}
            named = {name: person for name, person in whom.items() if person is not None}
            yield {**times, **named, "tier": one.tier}
