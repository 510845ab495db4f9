"""Access keys: given to organisations, shown once, revoked at once."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from sqlmodel import Session

from app.auth import Principal, Role, RoleForbids
from app.channels.channel import rfc3339
from app.database import ConstraintError
from app.installation.answer import Answer, FieldError, FieldsInvalid, Idempotency, NotFound, once
from app.installation.installation import Installation
from app.installation.paging import Paging, page
from app.installation.secrets import digest, new_access_key
from app.models.access import AccessKeyRow
from app.models.directory import PartyRow
from app.protocols.kinds import OrganisationKind as Kind
from app.store.directory.access import get_key, has_key
from app.store.directory.access import list_keys as list_rows
from app.store.directory.directory import EVERYTHING, Sight, get_party, municipality_ids_of

BOOTSTRAP_LABEL: Final = "bootstrap"
_LISTED_MAX: Final = 10_000
_COLUMNS: Final = ("id", "role", "organisation_id", "label", "created_at", "revoked_at")

# Which kinds of organisation a role makes sense for.
_FITS: Final[Mapping[Role, frozenset[Kind]]] = MappingProxyType(
    {
        Role.OPERATOR: frozenset({Kind.OPERATOR}),
        Role.COORDINATOR: frozenset({Kind.MUNICIPALITY, Kind.SUPPORT_CENTRE}),
        Role.PROVIDER: frozenset(
            {Kind.PROVIDER, Kind.MEDICAL, Kind.VOLUNTEER_GROUP, Kind.SUPPORT_CENTRE}
        ),
        Role.AUDITOR: frozenset({Kind.MUNICIPALITY}),
    }
)


async def issue_key(
    installation: Installation,
    principal: Principal,
    *,
    organisation_id: str,
    role: Role,
    label: str | None = None,
    idempotency: Idempotency | None = None,
) -> Answer:
    """Give a key to an organisation; the answer shows it, and nothing ever does again.

    Raises:
        RoleForbids: the caller is no coordinator, or the key would reach beyond the caller.
        FieldsInvalid: the organisation is unknown, or the role makes no sense for it.
    """
    principal.require(Role.COORDINATOR)
    if role is Role.OPERATOR:
        principal.require()
    key = new_access_key()

    def work(session: Session) -> Answer:
        organisation = _fitting(session, principal.sight, organisation_id, role)
        _require_within(session, principal, organisation.id)
        row = _add(session, installation, key=key, role=role, organisation_id=organisation.id)
        row.label = label
        return Answer(status=201, body=_shown(row) | {"key": key}, secrets=("key",))

    return await once(installation, idempotency, work)


async def read_keys(
    installation: Installation,
    principal: Principal,
    paging: Paging,
    *,
    organisation_id: str | None = None,
) -> dict[str, object]:
    """The keys that the caller sees, revoked ones too, one page of them; never the key itself.

    Raises:
        RoleForbids: the caller is no coordinator.
    """
    principal.require(Role.COORDINATOR)

    def look(session: Session) -> dict[str, object]:
        rows = list_rows(
            session,
            sight=principal.sight,
            organisation_id=organisation_id,
            after=paging.after,
            limit=paging.wanted,
        )
        return page(rows, paging, _shown)

    return await installation.database.read(look)


async def withdraw_key(installation: Installation, principal: Principal, key_id: str) -> None:
    """Revoke a key; again is the same as once. This process must then `forget` what it believes.

    Raises:
        RoleForbids: the caller is no coordinator, or the key reaches beyond the caller.
        NotFound: there is none, or the caller does not see it.
    """
    principal.require(Role.COORDINATOR)

    def work(session: Session) -> None:
        row = get_key(session, key_id=key_id, sight=principal.sight)
        if row is None:
            raise NotFound
        _require_within(session, principal, row.organisation_id)
        if row.revoked_at is None:
            row.revoked_at = installation.clock()

    await installation.database.write(work)


# --- for the command line --------------------------------------------------------------------


async def create_key(
    installation: Installation,
    role: Role,
    organisation_id: str | None = None,
    label: str | None = None,
) -> tuple[str, str]:
    """A new key's id and the key itself; without an organisation it is the installation's.

    Raises:
        FieldsInvalid: the organisation is unknown, or the role makes no sense for it.
    """
    key = new_access_key()

    def work(session: Session) -> str:
        if organisation_id is not None:
            _fitting(session, EVERYTHING, organisation_id, role)
        elif role is not Role.OPERATOR:
            wrong = FieldError(
                pointer="/organisation_id", detail=f"A key for a {role} belongs to an organisation."
            )
            raise FieldsInvalid(wrong.detail, errors=[wrong])
        row = _add(session, installation, key=key, role=role, organisation_id=organisation_id)
        row.label = label
        return row.id

    return await installation.database.write(work), key


async def list_keys(installation: Installation) -> list[str]:
    """A line for each key, revoked ones too, oldest first; never the key itself.

    Between tabs: id, role, organisation's id, label, when made, when revoked; "-" for nothing.
    """

    def look(session: Session) -> list[str]:
        rows = list_rows(session, sight=EVERYTHING, limit=_LISTED_MAX)
        return ["\t".join(str(_shown(row)[name] or "-") for name in _COLUMNS) for row in rows]

    return await installation.database.read(look)


async def revoke_key(installation: Installation, key_id: str) -> bool:
    """Revoke a key, again or for the first time; False if there is none with this id."""

    def work(session: Session) -> bool:
        row = get_key(session, key_id=key_id, sight=EVERYTHING)
        if row is not None and row.revoked_at is None:
            row.revoked_at = installation.clock()
        return row is not None

    return await installation.database.write(work)


async def apply_bootstrap_key(installation: Installation) -> None:
    """Store the operator key of the settings, if there is one and it is not stored already.

    A bootstrap key that was revoked stays revoked: put another one into the settings.
    """
    key = installation.settings.bootstrap_key
    if key is None:
        return

    def work(session: Session) -> None:
        if not has_key(session, key_hash=digest(key)):
            row = _add(session, installation, key=key, role=Role.OPERATOR, organisation_id=None)
            row.label = BOOTSTRAP_LABEL

    try:
        await installation.database.write(work)
    except ConstraintError:
        # Another node that starts at the same time has just stored it.
        await installation.database.write(work)


def _add(
    session: Session,
    installation: Installation,
    *,
    key: str,
    role: Role,
    organisation_id: str | None,
) -> AccessKeyRow:
    row = AccessKeyRow(
        id=installation.new_id(),
        organisation_id=organisation_id,
        role=role,
        key_hash=digest(key),
        created_at=installation.clock(),
    )
    session.add(row)
    return row


def _fitting(session: Session, sight: Sight, organisation_id: str, role: Role) -> PartyRow:
    row = get_party(session, party_id=organisation_id, kinds=["organisation"], sight=sight)
    if row is None or row.retired_at is not None:
        wrong = FieldError(pointer="/organisation_id", detail="No such organisation is known here.")
    elif row.organisation_kind not in _FITS[role]:
        wrong = FieldError(
            pointer="/role", detail=f"A {row.organisation_kind} has no keys for a {role}."
        )
    else:
        return row
    raise FieldsInvalid(wrong.detail, errors=[wrong])


def _require_within(session: Session, principal: Principal, organisation_id: str | None) -> None:
    """A coordinator's keys open nothing in municipalities that are not the coordinator's."""
    if principal.is_operator or organisation_id is None:
        return
    where = municipality_ids_of(session, [organisation_id])[organisation_id]
    if not all(principal.sees_municipality(one) for one in where):
        raise RoleForbids(
            "This organisation also works in municipalities that are not yours; ask the operator."
        )


def _shown(row: AccessKeyRow) -> dict[str, object]:
    return {
        "id": row.id,
        "organisation_id": row.organisation_id,
        "role": row.role,
        "label": row.label,
        "created_at": rfc3339(row.created_at),
        "revoked_at": rfc3339(row.revoked_at) if row.revoked_at else None,
    }
