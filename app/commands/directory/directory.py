"""Organisations: who may make, see and change them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from app.auth import Principal, Role, RoleForbids
from app.channels.channel import rfc3339
from app.commands.directory.cover import (
    AccountableChange,
    accountable_errors,
    change_accountable,
)
from app.commands.directory.parties import Retired
from app.commands.directory.ties import ROOTS, municipality_errors, require_untied, retire
from app.escalation.network import JAPAN
from app.installation.answer import Answer, FieldError, Idempotency, NotFound, once, refuse
from app.installation.installation import Installation
from app.installation.paging import Paging, page
from app.models.directory import PartyRow
from app.protocols.kinds import OrganisationKind
from app.store.directory.directory import (
    Sight,
    add_organisation,
    get_party,
    list_organisations,
    municipality_ids_of,
    set_municipalities,
    touch_directory,
)
from app.store.vault.loading import approver_of, set_name


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationChange:
    """What is to be different; None leaves as it is."""

    name: str | None = None
    municipality_ids: Sequence[str] | None = None
    accountable: AccountableChange | None = None
    retired: bool | None = None

    @property
    def says_more(self) -> bool:
        """Whether it does more than retire."""
        return any(one is not None for one in (self.name, self.municipality_ids, self.accountable))


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
    principal.require(*([] if kind in ROOTS else [Role.COORDINATOR]))

    def work(session: Session) -> Answer:
        touch_directory(session)
        return add_checked_organisation(
            session,
            installation,
            principal,
            name=name,
            kind=kind,
            municipality_ids=municipality_ids,
        )

    return await once(installation, idempotency, work)


def add_checked_organisation(
    session: Session,
    installation: Installation,
    principal: Principal,
    *,
    name: str,
    kind: OrganisationKind,
    municipality_ids: Sequence[str],
) -> Answer:
    """Add an organisation in an open transaction; refuses as that above."""
    principal.require(*([] if kind in ROOTS else [Role.COORDINATOR]))
    refuse(municipality_errors(session, principal.sight, kind, municipality_ids))
    now, new_id = installation.clock(), installation.new_id()
    row = PartyRow(
        id=new_id,
        kind="organisation",
        organisation_id=new_id,
        organisation_kind=kind,
        name="",
        is_personal=kind is OrganisationKind.FAMILY,
        created_at=now,
    )
    own = [new_id] if kind is OrganisationKind.MUNICIPALITY else sorted(municipality_ids)
    add_organisation(session, row, name=name, municipality_ids=own)
    return Answer(status=201, body=_shown(session, principal, row, own))


async def read_organisation(
    installation: Installation, principal: Principal, organisation_id: str
) -> dict[str, object]:
    """An organisation as it is shown.

    Raises:
        NotFound: there is none, or the caller does not see it.
    """

    def look(session: Session) -> dict[str, object]:
        return _shown_as_stored(session, principal, _seen(session, principal, organisation_id))

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
            hidden_kinds=_hidden_kinds(principal),
            municipality_id=municipality_id,
            after=paging.after,
            limit=paging.wanted,
        )
        where = municipality_ids_of(session, [row.id for row in rows])
        return page(rows, paging, lambda row: _shown(session, principal, row, where[row.id]))

    return await installation.database.read(look)


async def change_organisation(
    installation: Installation,
    principal: Principal,
    organisation_id: str,
    change: OrganisationChange,
) -> Answer:
    """Change or retire an organisation. This process must then `forget` which keys it believes.

    Raises:
        NotFound: there is none, or the caller does not see it.
        RoleForbids: the caller may see it but not change this.
        Retired: it is retired already, and the change is another one; or it is still needed.
        FieldsInvalid: what it would be is wrong.
        AccountableDeskNeeded: open incidents, or a municipality that it is to leave, rely on an
            accountable desk.
    """

    def work(session: Session) -> Answer:
        touch_directory(session)
        return alter_organisation(session, installation, principal, organisation_id, change)

    return await once(installation, None, work)


def alter_organisation(
    session: Session,
    installation: Installation,
    principal: Principal,
    organisation_id: str,
    change: OrganisationChange,
) -> Answer:
    """Change or retire an organisation in an open transaction; refuses as that above."""
    row = _seen(session, principal, organisation_id)
    before = municipality_ids_of(session, [row.id])[row.id]
    _require_change(principal, row, before, change)
    if row.retired_at is not None and (change.says_more or change.retired is False):
        raise Retired
    now = installation.clock()
    today = now.astimezone(JAPAN).date()
    refuse(_change_errors(session, principal.sight, row, before, change, today=today))
    if change.name:
        set_name(session, row, change.name)
    if change.accountable is not None:
        change_accountable(session, row, change.accountable)
    if change.municipality_ids is not None and row.organisation_kind not in ROOTS:
        _move(session, principal, row, before, change.municipality_ids)
    if change.retired and row.retired_at is None:
        retire(session, row, now)
    return Answer(status=200, body=_shown_as_stored(session, principal, row))


def _hidden_kinds(principal: Principal) -> Sequence[OrganisationKind]:
    """Auditors know families by pseudonyms only: they are organisations by form."""
    return [OrganisationKind.FAMILY] if principal.role is Role.AUDITOR else []


def _seen(session: Session, principal: Principal, organisation_id: str) -> PartyRow:
    row = get_party(
        session, party_id=organisation_id, kinds=["organisation"], sight=principal.sight
    )
    if row is None or row.organisation_kind in _hidden_kinds(principal):
        raise NotFound
    return row


def _require_change(
    principal: Principal, row: PartyRow, municipality_ids: Sequence[str], change: OrganisationChange
) -> None:
    """A municipality's coordinators may say which desk holds without a protocol, and no more.

    Nobody retires an organisation for municipalities that are not theirs.
    """
    if row.organisation_kind not in ROOTS:
        principal.require(Role.COORDINATOR)
        if change.retired and not all(map(principal.sees_municipality, municipality_ids)):
            raise RoleForbids(
                "It also works in municipalities that are not yours; ask the operator."
            )
        return
    said = (change.name, change.municipality_ids, change.retired)
    principal.require(*([] if any(one is not None for one in said) else [Role.COORDINATOR]))


def _move(
    session: Session,
    principal: Principal,
    row: PartyRow,
    before: Sequence[str],
    municipality_ids: Sequence[str],
) -> None:
    """Say where an organisation works from now on."""
    after = sorted(municipality_ids)
    _require_municipalities(principal, set(before) ^ set(after))
    require_untied(session, row, set(before) - set(after))
    set_municipalities(session, organisation_id=row.id, municipality_ids=after)


def _require_municipalities(principal: Principal, changed: set[str]) -> None:
    if not all(principal.sees_municipality(one) for one in changed):
        raise RoleForbids("A coordinator adds and removes only municipalities of its own.")


def _change_errors(
    session: Session,
    sight: Sight,
    row: PartyRow,
    before: Sequence[str],
    change: OrganisationChange,
    *,
    today: date,
) -> Iterator[FieldError]:
    if change.municipality_ids is not None:
        yield from municipality_errors(
            session, sight, row.organisation_kind, change.municipality_ids, known=before
        )
    if change.accountable is not None:
        yield from accountable_errors(session, row, change.accountable, today=today)


def _shown_as_stored(session: Session, principal: Principal, row: PartyRow) -> dict[str, object]:
    return _shown(session, principal, row, municipality_ids_of(session, [row.id])[row.id])


def _shown(
    session: Session, principal: Principal, row: PartyRow, municipality_ids: Sequence[str]
) -> dict[str, object]:
    return {
        "id": row.id,
        "name": None if row.erased_at else row.name,
        "kind": row.organisation_kind,
        "municipality_ids": list(municipality_ids),
        "accountable_desk_id": row.accountable_desk_id,
        "accountable_approval": _shown_approval(session, principal, row),
        "created_at": rfc3339(row.created_at),
        "retired_at": rfc3339(row.retired_at) if row.retired_at else None,
        "erased_at": rfc3339(row.erased_at) if row.erased_at else None,
    }


def _shown_approval(
    session: Session, principal: Principal, row: PartyRow
) -> dict[str, object] | None:
    """By which agreement the accountable desk holds; who signed it is a person's name."""
    if row.accountable_approved_on is None:
        return None
    is_hidden = principal.role is Role.AUDITOR
    return {
        "approved_by": None if is_hidden else approver_of(session, row),
        "approved_on": row.accountable_approved_on.isoformat(),
        "reference": row.accountable_reference,
    }
