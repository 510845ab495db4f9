"""Who stands in for whom (交代): offered, and done once the colleague accepts.

Like a hand-over of an incident: the first stays on duty until the other accepts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlmodel import Session

from app.auth import Principal, Role
from app.channels.channel import rfc3339
from app.commands.directory.parties import seen_party
from app.commands.people.duties import DeskDuty, read_stretches, stretch_views
from app.commands.people.telling import Happened, tell_of_substitution
from app.escalation.party import PartyKind
from app.installation.answer import Answer, Idempotency, NotFound, Refusal, once
from app.installation.installation import Installation
from app.installation.paging import Paging, page
from app.models.directory import PartyRow
from app.models.roster import RosterRow, SubstitutionRow
from app.rosters.changing.absence import Change, Stretch, clipped
from app.store.directory.directory import Sight, get_party, touch_directory
from app.store.people.duty import (
    active_persons,
    find_substitution,
    list_substitutions,
    open_substitutions,
)

LAPSED: Final = "lapsed"


class Reply(StrEnum):
    """What is said to a request."""

    ACCEPT = "accept"
    DECLINE = "decline"
    WITHDRAW = "withdraw"


_BECOMES: Final = {
    Reply.ACCEPT: Happened.ACCEPTED,
    Reply.DECLINE: Happened.DECLINED,
    Reply.WITHDRAW: Happened.WITHDRAWN,
}


class SubstitutionEnded(Refusal):
    """This request has been answered or withdrawn already, or the duty has begun."""


class DutyChanged(Refusal):
    """The roster has changed since: this is no longer the duty that was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A request with its roster and its desk."""

    row: SubstitutionRow
    roster: RosterRow
    desk: PartyRow


def offer_substitution(
    session: Session,
    installation: Installation,
    duty: DeskDuty,
    *,
    person_id: str,
    substitute_id: str,
    in_return: tuple[datetime, datetime] | None,
    offered_by: str | None,
) -> SubstitutionRow:
    """Ask a colleague of the desk to take over a duty, and in return for some of their own."""
    back = duty.of(substitute_id, *in_return).stretches if in_return else ()
    asked = stretch_views(duty.stretches), stretch_views(back)
    for open_one in open_substitutions(session, duty.roster.id, person_id, duty.now):
        # A button that was pressed twice asks once.
        is_same = (open_one.duties, open_one.duties_in_return) == asked
        if is_same and open_one.substitute_id == substitute_id:
            return open_one
    row = SubstitutionRow(
        id=installation.new_id(),
        roster_id=duty.roster.id,
        person_id=person_id,
        substitute_id=substitute_id,
        duties=asked[0],
        duties_in_return=asked[1],
        lapses_at=_lapses_at([*duty.stretches, *back], duty.now),
        offered_at=duty.now,
        offered_by=offered_by,
    )
    session.add(row)
    session.flush()
    tell_of_substitution(session, installation, row, Happened.OFFERED)
    return row


async def reply_by_key(
    installation: Installation,
    principal: Principal,
    party_id: str,
    substitution_id: str,
    reply: Reply,
    *,
    idempotency: Idempotency | None = None,
) -> Answer:
    """Answer a request on behalf of the colleague, or withdraw it on behalf of who made it.

    Raises:
        RoleForbids: the caller plans no duty.
        NotFound: there is no such request of this person, or to them, that is theirs to answer so.
        SubstitutionEnded: it is no longer open.
        DutyChanged: the roster says something else by now.
    """
    principal.require(Role.COORDINATOR, Role.PROVIDER)

    def work(session: Session) -> Answer:
        touch_directory(session)
        seen_party(session, principal, party_id, kinds=[PartyKind.PERSON])
        found = find(session, substitution_id, principal.sight)
        recorded_by = principal.organisation_id
        return replied(session, installation, found, party_id, reply, recorded_by=recorded_by)

    return await once(installation, idempotency, work)


async def read_substitutions(
    installation: Installation, principal: Principal, party_id: str, paging: Paging
) -> dict[str, object]:
    """The requests that a person made or was made, one page of them.

    Raises:
        RoleForbids: the caller plans no duty.
        NotFound: there is no such person, or the caller does not see them.
    """

    def look(session: Session) -> dict[str, object]:
        seen_party(session, principal, party_id, kinds=[PartyKind.PERSON])
        rows = list_substitutions(
            session, person_id=party_id, after=paging.after, limit=paging.wanted
        )
        now = installation.clock()
        desk_ids = {row.id: _roster(session, row).desk_id for row in rows}
        return page(rows, paging, lambda row: substitution_view(row, desk_ids[row.id], now))

    return await installation.database.read(look)


def find(session: Session, substitution_id: str, sight: Sight) -> Found:
    """A request, if its desk may be seen.

    Raises:
        NotFound: there is none, or it may not.
    """
    row = find_substitution(session, substitution_id)
    if row is None:
        raise NotFound
    roster = _roster(session, row)
    desk = get_party(session, party_id=roster.desk_id, kinds=[PartyKind.DESK], sight=sight)
    if desk is None:
        raise NotFound
    return Found(row=row, roster=roster, desk=desk)


def replied(
    session: Session,
    installation: Installation,
    found: Found,
    party_id: str,
    reply: Reply,
    *,
    recorded_by: str | None,
) -> Answer:
    """Do what was said to a request, within the transaction of a directory's writer.

    The directory's writers follow one another, so of two replies at once the second finds what the
    first has done.

    Raises:
        NotFound: this reply is not this person's to give.
        SubstitutionEnded: it is no longer open.
        DutyChanged: the roster says something else by now, or one of the two has left the desk.
    """
    row = found.row
    if party_id != (row.person_id if reply is Reply.WITHDRAW else row.substitute_id):
        raise NotFound
    now = installation.clock()
    status = status_of(row, now)
    if status != Happened.OFFERED:
        raise SubstitutionEnded(members={"substitution_status": status})
    if reply is Reply.ACCEPT:
        row.version = _take_over(session, installation, found, recorded_by)
    row.status = _BECOMES[reply]
    row.answered_at, row.answered_by = now, recorded_by
    session.add(row)
    session.flush()
    tell_of_substitution(session, installation, row, _BECOMES[reply])
    return Answer(status=200, body=substitution_view(row, found.desk.id, now))


def status_of(row: SubstitutionRow, now: datetime) -> str:
    """The status of a request; one that nobody answered in time has lapsed."""
    return LAPSED if row.status == Happened.OFFERED and now >= row.lapses_at else row.status


def still_fits(session: Session, found: Found, now: datetime) -> bool:
    """Whether the duty that was asked for is still the person's, and both are still there."""
    duty = DeskDuty.read(session, found.roster, found.desk, now)
    return all(_is_as_offered(duty, one) for one in _changes(session, found, duty))


def substitution_view(row: SubstitutionRow, desk_id: str, now: datetime) -> dict[str, object]:
    """A request as it is shown."""
    return {
        "id": row.id,
        "desk_id": desk_id,
        "roster_id": row.roster_id,
        "person_id": row.person_id,
        "substitute_id": row.substitute_id,
        "duties": row.duties,
        "duties_in_return": row.duties_in_return,
        "status": status_of(row, now),
        "lapses_at": rfc3339(row.lapses_at),
        "offered_at": rfc3339(row.offered_at),
        "offered_by": row.offered_by,
        "answered_at": rfc3339(row.answered_at) if row.answered_at else None,
        "answered_by": row.answered_by,
        "version": row.version,
    }


def _take_over(
    session: Session, installation: Installation, found: Found, recorded_by: str | None
) -> int:
    """Write the roster; the number of the version that holds from now on."""
    duty = DeskDuty.read(session, found.roster, found.desk, installation.clock())
    changes = _changes(session, found, duty)
    if found.desk.retired_at or not all(_is_as_offered(duty, one) for one in changes):
        raise DutyChanged
    return duty.write(session, installation, duty.changed(changes), recorded_by)


def _changes(session: Session, found: Found, duty: DeskDuty) -> Sequence[Change]:
    """What is to be different; nothing that could be as offered where one of the two has left."""
    row = found.row
    active = {one.id for one in active_persons(session, found.desk.id)}
    if not {row.person_id, row.substitute_id} <= active:
        return [Change(person="", substitute=None, stretches=())]
    both = (
        (row.person_id, row.substitute_id, row.duties),
        (row.substitute_id, row.person_id, row.duties_in_return),
    )
    return [
        Change(person=one, substitute=other, stretches=clipped(read_stretches(kept), duty.now))
        for one, other, kept in both
        if kept
    ]


def _is_as_offered(duty: DeskDuty, change: Change) -> bool:
    if not change.stretches:
        return False
    begin = min(one.begins_at for one in change.stretches)
    end = max(one.ends_at for one in change.stretches)
    return duty.of(change.person, begin, end).stretches == change.stretches


def _lapses_at(stretches: Sequence[Stretch], now: datetime) -> datetime:
    """When it is too late: the first duty begins, or, of one that is running, ends."""
    first = min(stretches)
    return first.begins_at if first.begins_at > now else first.ends_at


def _roster(session: Session, row: SubstitutionRow) -> RosterRow:
    roster = session.get(RosterRow, row.roster_id)
    assert roster is not None, "a foreign key"
    return roster
