"""One incident, entry by entry, against the protocol that was pinned when it opened."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from app.ledger.binding import Party
from app.ledger.disclosure import Disclosure
from app.ledger.entry import Leaf
from app.ledger.judge import asking, holding, starts
from app.ledger.judge.course import LATE_AFTER, Course, Moment, Phase, Told
from app.ledger.judge.plan import NO_PROTOCOL, NO_STEPS, Plan
from app.ledger.words import Basis, EntryType

# Entries that the clock may bring; each says for when it was planned.
PLANNED: Final = frozenset(
    {
        EntryType.STALLED,
        EntryType.OFFER_ENDED,
        EntryType.TRANSFERRED,
        EntryType.STEP_STARTED,
        EntryType.SKIPPED,
        EntryType.REMINDED,
    }
)


# By digest of a document what it says; None where it is not at hand.
Plans = Callable[[str], Plan | None]


class Unjudged(StrEnum):
    """Why a chain was not held against a protocol."""

    # The document that was pinned is not at hand.
    NO_DOCUMENT = "no_document"
    # Which one was pinned is not disclosed to this reader, or no longer.
    NOT_DISCLOSED = "not_disclosed"
    # Its entries break the rules before this one.
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What is wrong, each by its place in the chain; and how the incident stands afterwards.

    `course` is None where nothing could be judged, and `unjudged` says why.
    """

    faults: tuple[tuple[int, str], ...] = ()
    unjudged: Unjudged | None = None
    course: Course | None = None


def judge(
    chain: Sequence[Leaf],
    opened: Sequence[Sequence[Disclosure]],
    parties: Mapping[str, Party | None],
    plans: Plans,
    *,
    is_whole: bool = True,
) -> Judgement:
    """Each transfer of a chain, held against the pinned protocol and the evidence entries.

    Args:
        chain: the leaves of one incident, which keep R1 to R6; none where there is no incident.
        opened: for each leaf the disclosures whose digests it holds.
        parties: by pseudonym whom it stands for, None where that no longer opens.
        plans: the documents at hand.
        is_whole: False where the chain may break off within an instant.
    """
    if not chain:
        return Judgement()
    told = [_told(*pair) for pair in zip(chain, opened, strict=True)]
    plan = _pinned(told[0], plans)
    if isinstance(plan, Unjudged):
        return Judgement(unjudged=plan)
    course = _opened(told[0], plan, parties)
    faults = list(_faults(course, told))
    if is_whole:
        faults += starts.end_instant(course)
    return Judgement(faults=tuple(faults), course=course)


def no_plans(digest: str) -> None:
    """No documents at all."""
    del digest


def _told(leaf: Leaf, opened: Sequence[Disclosure]) -> Told:
    return Told(
        leaf=leaf,
        facts={one.name: one.value for one in opened},
        is_whole=len(opened) == len(leaf.sd),
    )


def _pinned(first: Told, plans: Plans) -> Plan | Unjudged:
    protocol = first.facts.get("protocol")
    if isinstance(protocol, dict) and isinstance(protocol.get("digest"), str):
        return plans(protocol["digest"]) or Unjudged.NO_DOCUMENT
    # All is disclosed, and no protocol among it: there was none.
    is_known = first.is_whole and protocol is None and "incident" in first.facts
    return NO_PROTOCOL if is_known else Unjudged.NOT_DISCLOSED


def _opened(first: Told, plan: Plan, parties: Mapping[str, Party | None]) -> Course:
    leaf, incident = first.leaf, first.facts.get("incident")
    known = incident if isinstance(incident, dict) else {}
    type_, severity = known.get("type"), known.get("severity")
    course = Course(
        plan=plan,
        parties=parties,
        # What was pinned was published before: approvals of a later day are none.
        agreed_by=leaf.at.astimezone(plan.zone).date(),
        moment=Moment(at=leaf.at),
        holder=leaf.to,
        step=leaf.step or 0,
        round=leaf.round or 0,
    )
    if isinstance(type_, str) and isinstance(severity, str):
        course.type, course.severity = type_, severity
        course.variant = plan.variant(type_, severity, leaf.at)
    elif plan.variants:
        course.variant = None
    else:
        course.variant = NO_STEPS
    return course


def _faults(course: Course, told: Sequence[Told]) -> Iterator[tuple[int, str]]:
    for seq, one in enumerate(told):
        if seq == 0:
            continue
        leaf = one.leaf
        if course.phase is Phase.CLOSED:
            return
        if leaf.at != course.moment.at:
            yield from starts.end_instant(course)
            course.moment = Moment(at=leaf.at)
        if leaf.due is not None:
            for detail in _timing(course, leaf, leaf.due):
                yield seq, detail
        rule = _RULES.get(leaf.type)
        if rule is not None:
            for detail in rule(course, one):
                yield seq, detail
        course.holder = leaf.to


def _timing(course: Course, leaf: Leaf, due: datetime) -> Iterator[str]:
    late = leaf.at - due
    if leaf.type not in PLANNED:
        yield f"{leaf.type} is nothing that is planned"
    elif leaf.at < due:
        yield "before the instant for which it was planned"
    elif leaf.type is EntryType.STALLED:
        course.moment.is_stalled = True
        if late <= LATE_AFTER:
            yield "stalled, and not late"
    elif late > LATE_AFTER and not course.moment.is_stalled:
        yield f"{late.total_seconds():.3f} seconds late, and no entry tells of an outage"


def _transfer(course: Course, told: Told) -> Iterator[str]:
    if told.leaf.basis is Basis.ACCEPTANCE:
        return holding.accept(course, told)
    return starts.transfer_to_desk(course, told)


_RULES: Final[Mapping[EntryType, Callable[[Course, Told], Iterator[str]]]] = MappingProxyType(
    {
        EntryType.STEP_STARTED: starts.begin_step,
        EntryType.TRANSFERRED: _transfer,
        EntryType.PAGED: asking.page,
        EntryType.REMINDED: asking.remind,
        EntryType.INFORMED: asking.inform,
        EntryType.SKIPPED: asking.skip,
        EntryType.SENT: asking.send,
        EntryType.UNDELIVERABLE: asking.fail,
        EntryType.DECLINED: asking.decline,
        EntryType.NOTED: asking.note,
        EntryType.JOINED: holding.join,
        EntryType.OFFERED: holding.offer,
        EntryType.OFFER_ENDED: holding.end_offer,
        EntryType.EN_ROUTE: holding.set_out,
        EntryType.ARRIVED: holding.arrive,
        EntryType.RECLASSIFIED: holding.reclassify,
        EntryType.CLOSED: holding.close,
    }
)
