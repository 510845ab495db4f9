"""Rosters: made, read, changed as a whole."""

import asyncio
from collections.abc import Iterator

from sqlmodel import Session

from app.auth import Principal, Role
from app.channels.channel import rfc3339
from app.commands.directory.parties import Retired, seen_party
from app.commands.directory.protocols import VersionStale
from app.commands.rosters.writing import (
    STALE,
    Terms,
    Writing,
    as_version,
    read_roster_document,
    version_view,
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
    refuse,
)
from app.installation.etag import names_one_of
from app.installation.installation import Installation
from app.installation.paging import Paging, page
from app.models.roster import RosterRow, RosterVersionRow
from app.store.directory.directory import get_party, touch_directory
from app.store.directory.roster import (
    find_roster,
    find_roster_version,
    has_roster,
    list_roster_versions,
    list_rosters,
    newest_version,
    newest_versions,
)


class RosterExists(Refusal):
    """This desk has a roster already; change that one."""


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
    try:
        # A large one takes long enough to hold up everything else on the event loop.
        parsed = await asyncio.to_thread(read_roster_document, document)
    except FieldsInvalid as invalid:
        beside = await installation.database.read(
            lambda session: list(_desk_errors(session, principal, desk_id))
        )
        raise FieldsInvalid(errors=[*beside, *invalid.errors]) from invalid

    def work(session: Session) -> Answer:
        touch_directory(session)
        refuse(_desk_errors(session, principal, desk_id))
        if has_roster(session, desk_id=desk_id):
            raise RosterExists
        writing = first_writing(session, installation, principal, desk_id)
        row = writing.write_checked(parsed, terms)
        return Answer(status=201, body=roster_view(writing.roster, row))

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
            return roster_view(roster, newest_version(session, roster_id=roster.id))
        row = find_roster_version(session, roster_id=roster.id, number=number)
        if row is None:
            raise NotFound
        return roster_view(roster, row)

    return await installation.database.read(look)


async def read_rosters(
    installation: Installation, principal: Principal, paging: Paging, *, desk_id: str | None
) -> dict[str, object]:
    """The rosters that the caller sees, without their documents; one page of them.

    Raises:
        RoleForbids: auditors see no rosters.
    """
    principal.require(Role.COORDINATOR, Role.PROVIDER)

    def look(session: Session) -> dict[str, object]:
        rows = list_rosters(
            session,
            sight=principal.sight,
            desk_id=desk_id,
            after=paging.after,
            limit=paging.wanted,
        )
        newest = newest_versions(session, roster_ids=[row.id for row in rows])
        return page(rows, paging, lambda row: _listed(row, newest[row.id]))

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
        return page(rows, paging, version_view)

    return await installation.database.read(look)


async def replace_roster(
    installation: Installation,
    principal: Principal,
    roster_id: str,
    *,
    document: object,
    terms: Terms,
    if_match: str | None = None,
) -> Answer:
    """Write the next version, as a whole.

    Raises:
        NotFound: there is none, or the caller does not see its desk.
        Retired: its desk is.
        FieldsInvalid: the document is wrong, or would change the past and is no correction.
        VersionStale: another version was written since.
    """
    # Who may not write it learns nothing of the document.
    await installation.database.read(
        lambda session: roster_to_write(session, principal, roster_id).id
    )
    parsed = await asyncio.to_thread(read_roster_document, document)

    def work(session: Session) -> Answer:
        touch_directory(session)
        roster = roster_to_write(session, principal, roster_id)
        writing = next_writing(session, installation, principal, roster, if_match=if_match)
        row = writing.write_checked(parsed, terms)
        return Answer(status=200, body=roster_view(roster, row))

    return await once(installation, None, work)


def first_writing(
    session: Session, installation: Installation, principal: Principal, desk_id: str
) -> Writing:
    """The transaction that writes the first version of the roster of a desk that has none."""
    roster = RosterRow(id=installation.new_id(), desk_id=desk_id, created_at=installation.clock())
    session.add(roster)
    session.flush()
    return Writing.begun(session, installation, principal, roster, None)


def next_writing(
    session: Session,
    installation: Installation,
    principal: Principal,
    roster: RosterRow,
    *,
    if_match: str | None = None,
) -> Writing:
    """The transaction that writes after the newest version of a roster.

    Raises:
        VersionStale: another version was written since.
    """
    newest = newest_version(session, roster_id=roster.id)
    if if_match is not None and not names_one_of(if_match, {str(newest.number)}):
        raise VersionStale(STALE)
    return Writing.begun(session, installation, principal, roster, as_version(newest))


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


def roster_to_write(session: Session, principal: Principal, roster_id: str) -> RosterRow:
    """The roster, if the caller may write it.

    Raises:
        RoleForbids, NotFound: as `seen_roster` does.
        Retired: its desk is.
    """
    roster = seen_roster(session, principal, roster_id)
    desk = seen_party(session, principal, roster.desk_id, kinds=[PartyKind.DESK])
    if desk.retired_at is not None:
        raise Retired
    return roster


def roster_view(roster: RosterRow, row: RosterVersionRow) -> dict[str, object]:
    """A roster with one of its versions, as it is shown."""
    return {**_listed(roster, row), "document": row.document}


def _listed(roster: RosterRow, row: RosterVersionRow) -> dict[str, object]:
    return {
        "id": roster.id,
        "desk_id": roster.desk_id,
        "created_at": rfc3339(roster.created_at),
        **version_view(row),
    }


def _desk_errors(session: Session, principal: Principal, desk_id: str) -> Iterator[FieldError]:
    desk = get_party(session, party_id=desk_id, kinds=[PartyKind.DESK], sight=principal.sight)
    if desk is None or desk.retired_at is not None:
        yield FieldError(pointer="/desk_id", detail="No such desk is known here.")
