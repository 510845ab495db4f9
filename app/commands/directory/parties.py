"""Desks (当番窓口) and persons (担当者): made, changed, retired, never deleted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.auth import Principal, Role
from app.channels.channel import rfc3339
from app.commands.directory.cover import accountable_desks_covered, require_nothing_held
from app.escalation.party import PartyKind
from app.installation.answer import Answer, FieldError, Idempotency, NotFound, Refusal, once, refuse
from app.installation.installation import Installation
from app.installation.paging import Paging, page
from app.models.directory import PartyRow
from app.protocols.calendar import Hours
from app.store.directory.directory import (
    Sight,
    desk_ids_of,
    get_parties,
    get_party,
    is_family,
    list_parties,
    set_desks,
    touch_directory,
)
from app.store.vault.keys import add_key
from app.store.vault.loading import set_name

_KINDS = (PartyKind.DESK, PartyKind.PERSON)


class Retired(Refusal):
    """This is retired; retiring is final."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyChange:
    """What is to be different; None leaves as it is."""

    name: str | None = None
    hours: Hours | None = None
    desk_ids: Sequence[str] | None = None
    retired: bool | None = None

    @property
    def says_more(self) -> bool:
        """Whether it does more than retire."""
        return not (self.name is None and self.hours is None and self.desk_ids is None)

    @property
    def pointer(self) -> str:
        """Of the field that may take somebody's cover away."""
        if self.retired:
            return "/retired"
        return "/hours" if self.desk_ids is None else "/desk_ids"


async def create_party(
    installation: Installation,
    principal: Principal,
    *,
    organisation_id: str,
    kind: PartyKind,
    name: str,
    hours: Hours = Hours.always,
    desk_ids: Sequence[str] = (),
    idempotency: Idempotency | None = None,
) -> Answer:
    """Add a desk with its hours, or a person with the desks at which they take turns.

    Raises:
        RoleForbids: only coordinators and operators may.
        FieldsInvalid: the organisation or a desk is unknown to the caller, or retired.
    """
    principal.require(Role.COORDINATOR)

    def work(session: Session) -> Answer:
        touch_directory(session)
        return add_party(
            session,
            installation,
            principal,
            organisation_id=organisation_id,
            kind=kind,
            name=name,
            hours=hours,
            desk_ids=desk_ids,
        )

    return await once(installation, idempotency, work)


def add_party(
    session: Session,
    installation: Installation,
    principal: Principal,
    *,
    organisation_id: str,
    kind: PartyKind,
    name: str,
    hours: Hours = Hours.always,
    desk_ids: Sequence[str] = (),
) -> Answer:
    """Add a desk or a person in a transaction that touches the directory.

    Raises:
        FieldsInvalid: the organisation or a desk is unknown to the caller, or retired.
    """
    refuse(_reference_errors(session, principal.sight, organisation_id, desk_ids))
    row = PartyRow(
        id=installation.new_id(),
        kind=kind,
        organisation_id=organisation_id,
        name="",
        is_personal=kind is PartyKind.PERSON or is_family(session, organisation_id),
        hours=hours.dump() if kind is PartyKind.DESK else None,
        created_at=installation.clock(),
    )
    session.add(row)
    session.flush()
    add_key(session, row.id)
    set_name(session, row, name)
    set_desks(session, person_id=row.id, desk_ids=desk_ids)
    return Answer(status=201, body=_shown(row, sorted(desk_ids)))


async def read_party(
    installation: Installation, principal: Principal, party_id: str
) -> dict[str, object]:
    """A desk or a person as it is shown.

    Raises:
        RoleForbids: auditors see no persons.
        NotFound: there is none, or the caller does not see it.
    """

    def look(session: Session) -> dict[str, object]:
        return party_view(session, seen_party(session, principal, party_id))

    return await installation.database.read(look)


async def read_parties(
    installation: Installation,
    principal: Principal,
    paging: Paging,
    *,
    organisation_id: str | None = None,
    kind: PartyKind | None = None,
    desk_id: str | None = None,
) -> dict[str, object]:
    """The desks and persons that the caller sees, one page of them.

    Raises:
        RoleForbids: auditors see no persons.
    """
    principal.require(Role.COORDINATOR, Role.PROVIDER)

    def look(session: Session) -> dict[str, object]:
        rows = list_parties(
            session,
            sight=principal.sight,
            organisation_id=organisation_id,
            kind=kind,
            desk_id=desk_id,
            after=paging.after,
            limit=paging.wanted,
        )
        desks = desk_ids_of(session, [row.id for row in rows])
        return page(rows, paging, lambda row: _shown(row, desks[row.id]))

    return await installation.database.read(look)


def apply_party_change(
    session: Session,
    installation: Installation,
    principal: Principal,
    party_id: str,
    change: PartyChange,
) -> PartyRow:
    """Change or retire a desk or a person within the transaction of a directory's writer.

    Raises:
        NotFound: there is none, or the caller does not see it.
        RoleForbids: only coordinators and operators may.
        FieldsInvalid: what it would be is wrong.
        Retired: it is retired already, and the change is another one.
        IncidentsHeld: it is to be retired while an incident rests on it alone.
        AccountableDeskNeeded: a protocol in force rests on it.
    """
    row = seen_party(session, principal, party_id)
    principal.require(Role.COORDINATOR)
    before = desk_ids_of(session, [row.id])[row.id]
    refuse(_change_errors(session, principal.sight, row, before, change))
    if row.retired_at is not None and (change.says_more or change.retired is False):
        raise Retired
    if change.retired and row.retired_at is None:
        require_nothing_held(session, principal, row)
    touched = [row.id] if row.kind == PartyKind.DESK else before
    with accountable_desks_covered(session, touched, sight=principal.sight, pointer=change.pointer):
        _apply(session, installation, row, change)
    return row


def party_view(session: Session, row: PartyRow) -> dict[str, object]:
    """A desk or a person as it is shown."""
    return _shown(row, desk_ids_of(session, [row.id])[row.id])


def seen_party(
    session: Session,
    principal: Principal,
    party_id: str,
    *,
    kinds: Sequence[PartyKind] = _KINDS,
) -> PartyRow:
    """The row of a party that the caller sees, retired or not.

    Raises:
        RoleForbids: auditors see no persons.
        NotFound: there is none, or the caller does not see it.
    """
    principal.require(Role.COORDINATOR, Role.PROVIDER)
    row = get_party(session, party_id=party_id, kinds=kinds, sight=principal.sight)
    if row is None:
        raise NotFound
    return row


def _apply(
    session: Session, installation: Installation, row: PartyRow, change: PartyChange
) -> None:
    if change.name is not None:
        set_name(session, row, change.name)
    if change.hours is not None:
        row.hours = change.hours.dump()
    if change.desk_ids is not None:
        set_desks(session, person_id=row.id, desk_ids=change.desk_ids)
    if change.retired and row.retired_at is None:
        row.retired_at = installation.clock()


def _reference_errors(
    session: Session, sight: Sight, organisation_id: str, desk_ids: Sequence[str]
) -> Iterator[FieldError]:
    organisation = get_party(
        session, party_id=organisation_id, kinds=[PartyKind.ORGANISATION], sight=sight
    )
    if organisation is None or organisation.retired_at is not None:
        yield FieldError(pointer="/organisation_id", detail="No such organisation is known here.")
    yield from _desk_errors(session, sight, desk_ids)


def _desk_errors(
    session: Session, sight: Sight, desk_ids: Sequence[str], *, known: Sequence[str] = ()
) -> Iterator[FieldError]:
    """What is wrong with the desks of a person; `known` are those that they have already."""
    seen = get_parties(session, party_ids=desk_ids, sight=sight)
    for at, one in enumerate(desk_ids):
        here = f"/desk_ids/{at}"
        desk = seen.get(one)
        if one in desk_ids[:at]:
            yield FieldError(pointer=here, detail="Is named twice.")
        elif one in known:
            continue
        elif desk is None or desk.kind != PartyKind.DESK or desk.retired_at is not None:
            yield FieldError(pointer=here, detail="No such desk is known here.")


def _change_errors(
    session: Session,
    sight: Sight,
    row: PartyRow,
    before: Sequence[str],
    change: PartyChange,
) -> Iterator[FieldError]:
    if change.hours is not None and row.kind != PartyKind.DESK:
        yield FieldError(pointer="/hours", detail="Only a desk has hours.")
    if change.desk_ids is None:
        return
    if row.kind == PartyKind.PERSON:
        yield from _desk_errors(session, sight, change.desk_ids, known=before)
    else:
        yield FieldError(pointer="/desk_ids", detail="Only a person has desks.")


def _shown(row: PartyRow, desk_ids: Sequence[str]) -> dict[str, object]:
    return {
        "id": row.id,
        "organisation_id": row.organisation_id,
        "kind": row.kind,
        "name": None if row.erased_at else row.name,
        "hours": row.hours,
        "desk_ids": list(desk_ids) if row.kind == PartyKind.PERSON else None,
        "created_at": rfc3339(row.created_at),
        "retired_at": rfc3339(row.retired_at) if row.retired_at else None,
        "erased_at": rfc3339(row.erased_at) if row.erased_at else None,
    }
