"""What is missing of one protocol in the time to come. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from app.cover.course import courses
from app.cover.gaps import Explained, explain, gaps
from app.cover.reach import Reach
from app.cover.timetable import Timetable
from app.escalation.network import JAPAN, Network
from app.escalation.party import LeftOut, Party, PartyId
from app.protocols.kinds import IncidentType, default_severity
from app.protocols.protocol import Protocol
from app.rosters.interval import DAY, Spans, clip, complement, intersection, milliseconds, union
from app.rosters.zone import open_intervals
from app.store.watch.problems import Missed, Missing, ProblemKind

LISTED_FOR: Final = timedelta(days=400)
"""So far ahead the list of problems reaches at most."""
STANDS_FOR: Final = timedelta(days=40)
"""So long a proof stands if nothing changes: it is made for so much longer than is listed."""
SHARED_FOR: Final = timedelta(minutes=10)
"""So long after its begin proofs may go on with one timetable."""
SPANS_MAX: Final = 100
"""More times of one problem are not kept; the first ones are."""
# What was opened on the last day goes on so much longer at most.
_TAIL_DAYS_MAX: Final = 40
_NO_DESK: Final = "no_accountable_desk"
_KINDS: Final = ("ordinary", "quiet_at_night", "restricted")

_Key = tuple[ProblemKind, int | None, int | None, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """All that is missing until `end`, if nothing changes."""

    missed: tuple[Missed, ...]
    end: datetime
    # Until then it need not be proved again.
    valid_to: datetime


def timetable_from(now: datetime) -> Timetable:
    """What proofs of the same minutes may share, whichever protocols they are of."""
    begin = milliseconds(now)
    end = milliseconds(now + LISTED_FOR + STANDS_FOR + SHARED_FOR)
    return Timetable(begin=begin, end=end + _TAIL_DAYS_MAX * DAY)


def foresee(network: Network, now: datetime, timetable: Timetable | None = None) -> Foreseen:
    """What is missing of a network's protocol, or of its accountable desk.

    Without a protocol the accountable desk is all that there is; the municipality itself in its
    place means that there is not even that. A `timetable` is one of not long before.
    """
    end = now + LISTED_FOR + STANDS_FOR
    found = _Found(network.protocol, milliseconds(now), milliseconds(end))
    if network.protocol is not None:
        shared = timetable or timetable_from(now)
        found.add(_explained(network, shared, milliseconds(end)))
    found.add_accountable(network)
    missed = tuple(found.missed())
    return Foreseen(missed=missed, end=end, valid_to=_valid_to(missed, now))


def end_of(missed: Iterable[Missed], end: int) -> int:
    """Until when these are all there is: some are cut off where too many would follow."""
    cut = [one.spans[-1].end for one in missed if len(one.spans) == SPANS_MAX]
    return min([*cut, end])


def _valid_to(missed: Iterable[Missed], now: datetime) -> datetime:
    """Sooner where few days hold all the times that are kept: the list must not run dry."""
    latest = milliseconds(now + STANDS_FOR)
    cut = end_of(missed, latest + milliseconds(now)) - milliseconds(now)
    kept_for = timedelta(milliseconds=cut // 2)
    return now + max(timedelta(days=1), min(STANDS_FOR, kept_for))


def _explained(network: Network, shared: Timetable, end: int) -> Iterator[Explained]:
    """All gaps of a protocol.

    `prove` says more, which nobody asks here (the worst case), and of the gaps explains only the
    first: one that a change has made must not hide behind those of every night.
    """
    protocol = network.protocol
    assert protocol is not None, "there is something to prove"
    until = end + _longest(protocol)
    reach = Reach(network=network, begin=shared.begin, end=until, shared=shared)
    for course in courses(protocol, reach, shared.begin, end):
        yield from explain(gaps(course, reach), course, reach)


def _longest(protocol: Protocol) -> int:
    """How long a variant takes at most, with the night that a first page may wait."""
    seconds = max(
        variant.rounds * sum(step.ack_within_seconds for step in variant.steps)
        for variant in protocol.variants
    )
    return min(seconds * 1000 + DAY // 2, _TAIL_DAYS_MAX * DAY)


class _Found:
    """Times that are missing, gathered by step and cause."""

    def __init__(self, protocol: Protocol | None, begin: int, end: int) -> None:
        self._protocol = protocol
        self._begin = begin
        self._end = end
        self._spans: dict[_Key, list[Missing]] = {}
        self._incidents: dict[_Key, set[str]] = {}
        self._party_ids: dict[_Key, tuple[str, ...]] = {}

    def add(self, many: Iterable[Explained]) -> None:
        """Gaps, and what is not planned yet."""
        assert self._protocol is not None, "something was proved"
        for one in many:
            gap, shown = one.gap, one.counterexample
            kind = ProblemKind.GAP if gap.planned else ProblemKind.UNPLANNED
            key = (kind, gap.variant, gap.step, one.cause.value)
            missing = Missing(
                max(gap.begin, self._begin),
                min(gap.end, self._end),
                milliseconds(shown.opened_at),
                milliseconds(shown.at),
                shown.type.value,
                shown.severity.value,
            )
            if missing.begin < missing.end:
                self._spans.setdefault(key, []).append(missing)
                self._incidents.setdefault(key, set()).update(each.value for each in gap.kinds)
                step = self._protocol.variants[gap.variant].steps[gap.step - 1]
                self._party_ids[key] = step.asked

    def add_accountable(self, network: Network) -> None:
        """When the accountable desk is closed, or nobody is reached through it."""
        desk = network.parties.get(network.accountable)
        cause = LeftOut.UNREACHABLE.value if desk else _NO_DESK
        key = (ProblemKind.ACCOUNTABLE, None, None, cause)
        zone = network.zone if network.protocol else JAPAN
        any_type = IncidentType.OTHER
        for begin, end in _unanswered(desk, network.parties, zone, self._begin, self._end):
            missing = Missing(
                begin, end, begin, begin, any_type.value, default_severity(any_type).value
            )
            self._spans.setdefault(key, []).append(missing)
            self._incidents[key] = set(_KINDS)
            self._party_ids[key] = (network.accountable,)

    def missed(self) -> Iterator[Missed]:
        """One for each step and cause."""
        for key, spans in self._spans.items():
            kind, variant, step, cause = key
            yield Missed(
                kind=kind,
                variant=variant,
                variant_name=self._name(variant),
                step=step,
                cause=cause,
                incidents=tuple(sorted(self._incidents[key])),
                party_ids=self._party_ids[key],
                spans=tuple(_joined(spans))[:SPANS_MAX],
            )

    def _name(self, variant: int | None) -> str | None:
        if self._protocol is None or variant is None:
            return None
        return self._protocol.variants[variant].name


def _joined(spans: Iterable[Missing]) -> Iterator[Missing]:
    """In order, what touches joined; what is said of the first stands for all of it."""
    last: Missing | None = None
    for one in sorted(spans):
        if last is not None and one.begin <= last.end:
            last = last._replace(end=max(last.end, one.end))
            continue
        if last is not None:
            yield last
        last = one
    if last is not None:
        yield last


def _unanswered(
    desk: Party | None, parties: Mapping[PartyId, Party], zone: ZoneInfo, begin: int, end: int
) -> Spans:
    if desk is None or desk.is_retired or desk.hours is None:
        return ((begin, end),)
    persons = (parties[one] for one in desk.person_ids if one in parties)
    reached = [
        open_intervals(point.hours, None, zone, begin, end)
        for party in (desk, *persons)
        if not party.is_retired
        for point in party.contact_points
    ]
    is_open = open_intervals(desk.hours, None, zone, begin, end)
    covered = intersection(is_open, union(*reached)) if reached else ()
    return clip(complement(covered, begin, end), begin, end)
