"""Organisations: who may make, see and change them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.auth import Principal, Role, RoleForbids
from app.channels.channel import rfc3339
from app.installation.answer import Answer, FieldError, Idempotency, NotFound, once, refuse
from app.installation.installation import Installation
from app.installation.paging import Paging, page
from app.models.directory import PartyRow
from app.protocols.calendar import Hours
from app.protocols.kinds import OrganisationKind
from app.store.directory.directory import (
    Sight,
    add_organisation,
    get_parties,
    get_party,
    list_organisations,
    municipality_ids_of,
    set_municipalities,
    touch_directory,
)

# These are where others work; they do not work in a municipality of somebody's choice.
_ROOTS = frozenset({OrganisationKind.MUNICIPALITY, OrganisationKind.OPERATOR})


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationChange:
    """What is to be different; None leaves as it is."""

    name: str | None = None
    municipality_ids: Sequence[str] | None = None
    accountable_desk_id: str | None = None


async def create_organisation(
    installation: Installation,
    principal: Principal,
    *,
    name: str,
    kind: OrganisationKind,
    municipality_ids: Sequence[str] = (),
    idempotency: Idempotency | None = None,
) -> Answer:
    """Add an organisation; with a municipality begins the log of its responsibility ledger.

    Raises:
        RoleForbids: only operators add municipalities and operators.
        FieldsInvalid: it works nowhere, or in a municipality that the caller does not see.
    """
    principal.require(*([] if kind in _ROOTS else [Role.COORDINATOR]))

    def work(session: Session) -> Answer:
        touch_directory(session)
        refuse(_municipality_errors(session, principal.sight, kind, municipality_ids))
        now, new_id = installation.clock(), installation.new_id()
        row = PartyRow(
            id=new_id,
            kind="organisation",
            organisation_id=new_id,
            organisation_kind=kind,
            name=name,
            created_at=now,
        )
        own = [new_id] if kind is OrganisationKind.MUNICIPALITY else sorted(municipality_ids)
        add_organisation(session, row, municipality_ids=own)
        return Answer(status=201, body=_shown(row, own))

    return await once(installation, idempotency, work)


async def read_organisation(
    installation: Installation, principal: Principal, organisation_id: str
) -> dict[str, object]:
    """An organisation as it is shown.

    Raises:
        NotFound: there is none, or the caller does not see it.
    """

    def look(session: Session) -> dict[str, object]:
        row = _seen(session, principal.sight, organisation_id)
        return _shown(row, municipality_ids_of(session, [row.id])[row.id])

    return await installation.database.read(look)


async def read_organisations(
    installation: Installation,
    principal: Principal,
    paging: Paging,
    *,
    kind: OrganisationKind | None = None,
    municipality_id: str | None = None,
) -> dict[str, object]:
    """The organisations that the caller sees, one page of them."""

    def look(session: Session) -> dict[str, object]:
        rows = list_organisations(
            session,
            sight=principal.sight,
            kind=kind,
            municipality_id=municipality_id,
            after=paging.after,
            limit=paging.wanted,
        )
        where = municipality_ids_of(session, [row.id for row in rows])
        return page(rows, paging, lambda row: _shown(row, where[row.id]))

    return await installation.database.read(look)


async def change_organisation(
    installation: Installation,
    principal: Principal,
    organisation_id: str,
    change: OrganisationChange,
) -> Answer:
    """Change an organisation.

    Raises:
        NotFound: there is none, or the caller does not see it.
        RoleForbids: the caller may see it but not change this.
        FieldsInvalid: what it would be is wrong.
    """

    def work(session: Session) -> Answer:
        touch_directory(session)
        row = _seen(session, principal.sight, organisation_id)
        before = municipality_ids_of(session, [row.id])[row.id]
        _require_change(principal, row, change)
        refuse(_change_errors(session, principal.sight, row, before, change))
        row.name = change.name or row.name
        row.accountable_desk_id = change.accountable_desk_id or row.accountable_desk_id
        if change.municipality_ids is not None and row.organisation_kind not in _ROOTS:
            after = sorted(change.municipality_ids)
            _require_municipalities(principal, set(before) ^ set(after))
            set_municipalities(session, organisation_id=row.id, municipality_ids=after)
        return Answer(status=200, body=_shown(row, municipality_ids_of(session, [row.id])[row.id]))

    return await once(installation, None, work)


def _seen(session: Session, sight: Sight, organisation_id: str) -> PartyRow:
    row = get_party(session, party_id=organisation_id, kinds=["organisation"], sight=sight)
    if row is None:
        raise NotFound
    return row


def _require_change(principal: Principal, row: PartyRow, change: OrganisationChange) -> None:
    """A municipality's coordinators may say which desk holds without a protocol, and no more."""
    if row.organisation_kind not in _ROOTS:
        principal.require(Role.COORDINATOR)
        return
    says_more = change.name is not None or change.municipality_ids is not None
    principal.require(*([] if says_more else [Role.COORDINATOR]))


def _require_municipalities(principal: Principal, changed: set[str]) -> None:
    if not all(principal.sees_municipality(one) for one in changed):
        raise RoleForbids("A coordinator adds and removes only municipalities of its own.")


def _municipality_errors(
    session: Session,
    sight: Sight,
    kind: str | None,
    municipality_ids: Sequence[str],
    *,
    known: Sequence[str] = (),
) -> Iterator[FieldError]:
    """What is wrong with where an organisation says it works; `known` are accepted unseen."""
    if kind in _ROOTS:
        if municipality_ids:
            yield FieldError(pointer="/municipality_ids", detail=f"Is not given for a {kind}.")
        return
    if not municipality_ids:
        yield FieldError(pointer="/municipality_ids", detail="Must name a municipality.")
    seen = get_parties(session, party_ids=municipality_ids, sight=sight)
    for at, one in enumerate(municipality_ids):
        here = f"/municipality_ids/{at}"
        if one in municipality_ids[:at]:
            yield FieldError(pointer=here, detail="Is named twice.")
        elif one not in known and not (
            one in seen and seen[one].organisation_kind == OrganisationKind.MUNICIPALITY
        ):
            yield FieldError(pointer=here, detail="No such municipality is known here.")


def _change_errors(
    session: Session,
    sight: Sight,
    row: PartyRow,
    before: Sequence[str],
    change: OrganisationChange,
) -> Iterator[FieldError]:
    if change.municipality_ids is not None:
        yield from _municipality_errors(
            session, sight, row.organisation_kind, change.municipality_ids, known=before
        )
    if change.accountable_desk_id is None:
        return
    here = "/accountable_desk_id"
    if row.organisation_kind != OrganisationKind.MUNICIPALITY:
        yield FieldError(pointer=here, detail="Only a municipality has one.")
        return
    there = Sight(municipality_ids=frozenset({row.id}))
    desk = get_party(session, party_id=change.accountable_desk_id, kinds=["desk"], sight=there)
    if desk is None or desk.retired_at is not None:
        yield FieldError(pointer=here, detail="No such desk works in this municipality.")
    elif not Hours.parse(desk.hours).covers_whole_day():
        yield FieldError(pointer=here, detail="The accountable desk must be open 24 hours.")


def _shown(row: PartyRow, municipality_ids: Sequence[str]) -> dict[str, object]:
    return {
        "id": row.id,
        "name": row.name,
        "kind": row.organisation_kind,
        "municipality_ids": list(municipality_ids),
        "accountable_desk_id": row.accountable_desk_id,
        "created_at": rfc3339(row.created_at),
        "retired_at": rfc3339(row.retired_at) if row.retired_at else None,
    }
