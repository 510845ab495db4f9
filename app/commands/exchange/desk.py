"""A desk whose shifts come from elsewhere: who takes turns there, and what is planned already."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session

from app.auth import Principal, Role
from app.channels.channel import rfc3339
from app.commands.directory.parties import Retired
from app.commands.rosters.rosters import first_writing, next_writing, roster_to_write
from app.commands.rosters.writing import LaterVersionWaits, Terms, Writing, as_version
from app.escalation.party import PartyKind
from app.installation.answer import FieldError, FieldsInvalid, NotFound
from app.installation.installation import Installation
from app.models.roster import RosterRow, RosterVersionRow
from app.protocols.calendar import Hours
from app.rosters.changing.replacing import Window, with_shifts
from app.rosters.duty import duty_intervals
from app.rosters.history import Version
from app.rosters.roster import Roster, RosterInvalid, Shift, parse_roster
from app.rosters.watch import Finding, many_nights, nobody, unreachable
from app.store.directory.contact_point import contact_points_of
from app.store.directory.directory import EVERYTHING, get_parties, get_party, person_ids_of
from app.store.directory.roster import find_roster, find_roster_of_desk, newest_version
from app.store.vault.destination import destinations_of

WARNINGS_MAX: Final = 100
_EMAIL: Final = "email"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A desk as it was found; `newest` is None while it has no roster."""

    id: str
    roster: RosterRow | None
    newest: Version | None
    names: Mapping[str, str]
    """Of those who take turns there and are not retired, by id."""
    addresses: Mapping[str, Sequence[str]]
    """The mail addresses of each of them."""
    contact_hours: Mapping[str, Sequence[Hours]]

    @property
    def document(self) -> Roster:
        """What is planned; without a roster nothing is."""
        return self.newest.document if self.newest else parse_roster({})


def find_desk(session: Session, principal: Principal, place_id: str) -> Desk:
    """The desk that a roster's id, or its own, stands for, if the caller may plan its duty.

    Raises:
        RoleForbids: auditors see no rosters.
        NotFound: there is none, or the caller does not see it.
        Retired: it is.
    """
    principal.require(Role.COORDINATOR, Role.PROVIDER)
    sight = principal.sight
    roster = find_roster(session, roster_id=place_id, sight=sight)
    if roster is None:
        row = get_party(session, party_id=place_id, kinds=[PartyKind.DESK], sight=sight)
        if row is None:
            raise NotFound
        if row.retired_at is not None:
            raise Retired
        roster = find_roster_of_desk(session, desk_id=row.id)
    else:
        roster = roster_to_write(session, principal, roster.id)
    return read_desk(session, place_id if roster is None else roster.desk_id, roster)


def read_desk(session: Session, desk_id: str, roster: RosterRow | None) -> Desk:
    """What is known of a desk that has this roster, or none."""
    newest = None
    if roster is not None:
        newest = as_version(newest_version(session, roster_id=roster.id))
    person_ids = person_ids_of(session, [desk_id])[desk_id]
    persons = get_parties(session, party_ids=person_ids, sight=EVERYTHING).values()
    names = {row.id: row.name for row in persons if row.retired_at is None}
    points = contact_points_of(session, names)
    places = destinations_of(session, [one for found in points.values() for one in found])
    return Desk(
        id=desk_id,
        roster=roster,
        newest=newest,
        names=names,
        addresses={
            one: [places[point.id].address for point in found if point.channel == _EMAIL]
            for one, found in points.items()
        },
        contact_hours={
            one: [Hours.parse(point.hours) for point in found] for one, found in points.items()
        },
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a desk's roster is to say, and whether that is anything new."""

    desk: Desk
    document: Roster
    is_new: bool

    def removed(self, now: datetime) -> list[Shift]:
        """The planned shifts that have not ended and are not there any more, or not as long."""
        after = set(map(_times, self.document.shifts))
        before = self.desk.document.shifts
        return [one for one in before if one.ends_at > now and _times(one) not in after]


def plan_shifts(
    desk: Desk, shifts: Sequence[Shift], *, tiers: Sequence[int], window: Window, now: datetime
) -> Plan:
    """The document with these shifts in the place of those in the window.

    Raises:
        FieldsInvalid: it would hold too many.
        LaterVersionWaits: the newest version does not hold yet.
    """
    if desk.newest is not None and desk.newest.effective_from > now:
        raise LaterVersionWaits
    before = desk.document
    try:
        after = parse_roster(with_shifts(before, shifts, tiers=tiers, window=window, now=now))
    except RosterInvalid as invalid:
        raise FieldsInvalid(
            errors=[FieldError(pointer="", detail=one.detail) for one in invalid.problems[:1]]
        ) from invalid
    still = parse_roster(with_shifts(before, (), tiers=(), window=window, now=now))
    return Plan(desk=desk, document=after, is_new=desk.newest is None or after != still)


def _times(shift: Shift) -> tuple[datetime, datetime, int, str]:
    return shift.begins_at, shift.ends_at, shift.tier, shift.person


def plan_errors(
    session: Session, installation: Installation, principal: Principal, plan: Plan
) -> list[FieldError]:
    """What stands against a plan; nothing is written."""
    roster = plan.desk.roster or RosterRow(
        id=plan.desk.id, desk_id=plan.desk.id, created_at=installation.clock()
    )
    writing = Writing.begun(session, installation, principal, roster, plan.desk.newest)
    found = writing.problems(writing.following(plan.document, Terms()))
    # Nobody sent a document; its places say nothing to whoever sent shifts.
    details = dict.fromkeys(one.detail for one in found)
    return [FieldError(pointer="", detail=one) for one in details]


def write_plan(
    session: Session,
    installation: Installation,
    principal: Principal,
    plan: Plan,
    *,
    if_match: str | None = None,
) -> RosterVersionRow:
    """Write the version that a plan asks for; in the same transaction as the plan was made.

    Raises:
        VersionStale: `if_match` names another version than the newest.
        FieldsInvalid: something stands against it.
    """
    roster = plan.desk.roster
    if roster is None:
        writing = first_writing(session, installation, principal, plan.desk.id)
    else:
        writing = next_writing(session, installation, principal, roster, if_match=if_match)
    try:
        return writing.write_checked(plan.document, Terms())
    except FieldsInvalid as invalid:
        details = dict.fromkeys(one.detail for one in invalid.errors)
        raise FieldsInvalid(
            errors=[FieldError(pointer="", detail=one) for one in details]
        ) from invalid


def warnings_of(plan: Plan, window: Window) -> list[dict[str, object]]:
    """What of a plan is worth a look, up to the last of its shifts in the window."""
    document, begin = plan.document, window.begin
    ends = [one.ends_at for one in document.shifts if one.begins_at < window.end]
    end = min(max(ends, default=begin), window.end)
    findings = list(_findings(plan.desk, document, begin, end))
    return [_shown(one) for one in findings[:WARNINGS_MAX]]


def _findings(desk: Desk, document: Roster, begin: datetime, end: datetime) -> Iterator[Finding]:
    spans = duty_intervals(document, begin, end)
    yield from nobody(document, begin, end)
    yield from unreachable(spans, desk.contact_hours, document.zone)
    yield from many_nights(spans, document.zone)


def _shown(finding: Finding) -> dict[str, object]:
    return {
        "concern": finding.concern.value,
        "person_id": finding.person,
        "from": rfc3339(finding.begins_at) if finding.begins_at else None,
        "to": rfc3339(finding.ends_at) if finding.ends_at else None,
    }
