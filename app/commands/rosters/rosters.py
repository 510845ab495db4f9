"""Rosters: made, read, changed as a whole, or by one shift or override more."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sqlmodel import Session

from app.auth import Principal, Role
from app.channels.channel import rfc3339
from app.commands.directory.parties import Retired, seen_party
from app.commands.rosters.writing import (
    LaterVersionWaits,
    RosterStale,
    Terms,
    read_roster_document,
    version_view,
    without_past,
    write_version,
)
from app.escalation.party import PartyKind
from app.installation.answer import (
    Answer,
    FieldError,
    FieldsInvalid,
    Idempotency,
    NotFound,
    Refusal,
    once,
)
from app.installation.installation import Installation
from app.installation.paging import Paging, page
from app.models.roster import RosterRow, RosterVersionRow
from app.rosters.roster import parse_roster
from app.store.directory.directory import get_party, touch_directory
from app.store.directory.roster import (
    find_roster,
    find_roster_version,
    has_roster,
    list_roster_versions,
    list_rosters,
    newest_version,
)


class RosterExists(Refusal):
    """This desk has a roster already; change that one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """One shift or one override more: the list that it goes to, and its data."""

    to: Literal["shifts", "overrides"]
    data: Mapping[str, object]


async def create_roster(
    installation: Installation,
    principal: Principal,
    *,
    desk_id: str,
    document: object,
    terms: Terms,
    idempotency: Idempotency | None = None,
) -> Answer:
    """Give a desk its roster: from then on only who is in it is on duty.

    Raises:
        RoleForbids: the caller plans no duty.
        FieldsInvalid: the desk is unknown, or the document is wrong.
        RosterExists: the desk has one.
    """
    principal.require(Role.COORDINATOR, Role.PROVIDER)
    parsed = read_roster_document(document)

    def work(session: Session) -> Answer:
        touch_directory(session)
        desk = get_party(session, party_id=desk_id, kinds=[PartyKind.DESK], sight=principal.sight)
        if desk is None or desk.retired_at is not None:
            error = FieldError(pointer="/desk_id", detail="No such desk is known here.")
            raise FieldsInvalid(errors=[error])
        if has_roster(session, desk_id=desk_id):
            raise RosterExists
        roster = RosterRow(
            id=installation.new_id(), desk_id=desk_id, created_at=installation.clock()
        )
        session.add(roster)
        session.flush()
        row = write_version(
            session,
            installation,
            principal,
            roster_id=roster.id,
            desk_id=desk_id,
            document=parsed,
            terms=terms,
            newest=None,
        )
        return Answer(status=201, body=_shown(roster, row))

    return await once(installation, idempotency, work)


async def read_roster(
    installation: Installation, principal: Principal, roster_id: str, *, number: int | None = None
) -> dict[str, object]:
    """A roster with its newest version, or with the one of that number.

    Raises:
        NotFound: there is none, or the caller does not see its desk.
    """

    def look(session: Session) -> dict[str, object]:
        roster = seen_roster(session, principal, roster_id)
        if number is None:
            return _shown(roster, newest_version(session, roster_id=roster.id))
        row = find_roster_version(session, roster_id=roster.id, number=number)
        if row is None:
            raise NotFound
        return _shown(roster, row)

    return await installation.database.read(look)


async def read_rosters(
    installation: Installation, principal: Principal, paging: Paging, *, desk_id: str | None
) -> dict[str, object]:
    """The rosters that the caller sees, each with its newest version; one page of them."""
    principal.require(Role.COORDINATOR, Role.PROVIDER)

    def look(session: Session) -> dict[str, object]:
        rows = list_rosters(
            session,
            sight=principal.sight,
            desk_id=desk_id,
            after=paging.after,
            limit=paging.wanted,
        )
        return page(
            rows, paging, lambda row: _shown(row, newest_version(session, roster_id=row.id))
        )

    return await installation.database.read(look)


async def read_roster_versions(
    installation: Installation, principal: Principal, roster_id: str, paging: Paging
) -> dict[str, object]:
    """All versions, oldest first, without their documents; one page of them."""

    def look(session: Session) -> dict[str, object]:
        roster = seen_roster(session, principal, roster_id)
        rows = list_roster_versions(
            session, roster_id=roster.id, after=paging.after, limit=paging.wanted
        )
        return page(rows, paging, lambda row: version_view(row, with_document=False))

    return await installation.database.read(look)


async def replace_roster(
    installation: Installation,
    principal: Principal,
    roster_id: str,
    *,
    document: object,
    terms: Terms,
    if_version: int | None = None,
) -> Answer:
    """Write the next version, as a whole.

    Raises:
        NotFound: there is none, or the caller does not see its desk.
        FieldsInvalid: the document is wrong, or would change the past and is no correction.
        RosterStale: another version was written since.
    """
    parsed = read_roster_document(document)

    def work(session: Session) -> Answer:
        touch_directory(session)
        roster = _to_write(session, principal, roster_id)
        newest = newest_version(session, roster_id=roster.id)
        if if_version is not None and if_version != newest.number:
            raise RosterStale
        row = write_version(
            session,
            installation,
            principal,
            roster_id=roster.id,
            desk_id=roster.desk_id,
            document=parsed,
            terms=terms,
            newest=newest,
        )
        return Answer(status=200, body=_shown(roster, row))

    return await once(installation, None, work)


async def add_to_roster(
    installation: Installation,
    principal: Principal,
    roster_id: str,
    addition: Addition,
    *,
    terms: Terms,
    idempotency: Idempotency | None = None,
) -> Answer:
    """One shift or override more, in a version that otherwise says what the newest says.

    What lies in the past is left out of a version that only holds from now.

    Raises:
        NotFound: there is none, or the caller does not see its desk.
        FieldsInvalid: it is wrong, or begins in the past and is no correction.
        LaterVersionWaits: the newest version does not hold yet.
    """

    def work(session: Session) -> Answer:
        touch_directory(session)
        roster = _to_write(session, principal, roster_id)
        newest = newest_version(session, roster_id=roster.id)
        now = installation.clock()
        if newest.effective_from > now:
            raise LaterVersionWaits
        before = parse_roster(newest.document)
        kept = before if terms.is_correction else without_past(before, now)
        data = kept.document()
        data[addition.to] = [*data[addition.to], dict(addition.data)]
        row = write_version(
            session,
            installation,
            principal,
            roster_id=roster.id,
            desk_id=roster.desk_id,
            document=read_roster_document(data),
            terms=terms,
            newest=newest,
        )
        return Answer(status=201, body=_shown(roster, row))

    return await once(installation, idempotency, work)


def seen_roster(session: Session, principal: Principal, roster_id: str) -> RosterRow:
    """The roster, if the caller sees its desk.

    Raises:
        RoleForbids: auditors see no rosters.
        NotFound: there is none, or the caller does not see it.
    """
    principal.require(Role.COORDINATOR, Role.PROVIDER)
    row = find_roster(session, roster_id=roster_id, sight=principal.sight)
    if row is None:
        raise NotFound
    return row


def _to_write(session: Session, principal: Principal, roster_id: str) -> RosterRow:
    roster = seen_roster(session, principal, roster_id)
    desk = seen_party(session, principal, roster.desk_id, kinds=[PartyKind.DESK])
    if desk.retired_at is not None:
        raise Retired
    return roster


def _shown(roster: RosterRow, row: RosterVersionRow) -> dict[str, object]:
    return {
        "id": roster.id,
        "desk_id": roster.desk_id,
        "created_at": rfc3339(roster.created_at),
        **version_view(row),
    }
