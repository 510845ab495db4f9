"""Clients (利用者): who looks after them, what responders must know, and their short code."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sqlmodel import Session

from app.auth import Principal, Role
from app.commands.directory.client_view import (
    describe,
    free_code,
    new_details,
    show_stored_client,
    show_stored_clients,
)
from app.commands.directory.parties import Retired
from app.installation.answer import Answer, FieldError, Idempotency, NotFound, Refusal, once, refuse
from app.installation.installation import Installation
from app.installation.paging import Paging, page
from app.models.directory import ClientRow
from app.protocols.kinds import OrganisationKind
from app.protocols.problems import pointer
from app.store.directory.client import (
    client_of_reference,
    get_client,
    is_code_taken,
    list_clients,
    references_of,
    services_of,
    set_details,
    set_references,
    set_services,
)
from app.store.directory.directory import Sight, get_parties, get_party, touch_directory
from app.store.people.uses import forget_protocol_uses
from app.store.vault.keys import add_key


class ReferenceTaken(Refusal):
    """An organisation knows another client under this number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientChange:
    """What is to be different; None leaves as it is.

    `details` holds members of PERSONAL and `town`; None there takes a detail away.
    """

    served_by: Sequence[str] | None = None
    external_refs: Mapping[str, str] | None = None
    details: Mapping[str, object]
    retired: bool | None = None

    @property
    def says_more(self) -> bool:
        """Whether it does more than retire."""
        return bool(self.details) or not (self.served_by is None and self.external_refs is None)


async def create_client(
    installation: Installation,
    principal: Principal,
    *,
    municipality_id: str,
    served_by: Sequence[str],
    external_refs: Mapping[str, str],
    details: Mapping[str, object],
    idempotency: Idempotency | None = None,
) -> Answer:
    """Add a client, with a code that stands for them in every message.

    Raises:
        RoleForbids: only coordinators and operators may.
        FieldsInvalid: the municipality or an organisation is unknown to the caller, or retired.
        ReferenceTaken: an organisation knows somebody else under this number.
    """
    principal.require(Role.COORDINATOR)

    def work(session: Session) -> Answer:
        touch_directory(session)
        return add_client(
            session,
            installation,
            principal,
            municipality_id=municipality_id,
            served_by=served_by,
            external_refs=external_refs,
            details=details,
        )

    return await once(installation, idempotency, work)


def add_client(
    session: Session,
    installation: Installation,
    principal: Principal,
    *,
    municipality_id: str,
    served_by: Sequence[str],
    external_refs: Mapping[str, str],
    details: Mapping[str, object],
) -> Answer:
    """Add a client in an open transaction; refuses as that above."""
    refuse(_municipality_errors(session, principal.sight, municipality_id))
    refuse(_service_errors(session, municipality_id, served_by, external_refs))
    _require_free(session, external_refs, client_id=None)
    row = ClientRow(
        id=installation.new_id(),
        municipality_id=municipality_id,
        code=free_code(partial(is_code_taken, session, municipality_id)),
        created_at=installation.clock(),
    )
    session.add(row)
    session.flush()
    add_key(session, row.id)
    set_details(session, row, new_details(details))
    set_services(session, client_id=row.id, organisation_ids=served_by)
    set_references(session, client_id=row.id, references=external_refs)
    return Answer(status=201, body=show_stored_client(session, principal, row))


async def read_client(
    installation: Installation, principal: Principal, client_id: str
) -> dict[str, object]:
    """A client as the caller may see them.

    Raises:
        RoleForbids: auditors see no clients.
        NotFound: there is none, or the caller does not see them.
    """

    def look(session: Session) -> dict[str, object]:
        row = seen_client(session, principal, client_id)
        return show_stored_client(session, principal, row)

    return await installation.database.read(look)


async def read_clients(
    installation: Installation,
    principal: Principal,
    paging: Paging,
    *,
    municipality_id: str | None = None,
    organisation_id: str | None = None,
    external_ref: str | None = None,
    search: str | None = None,
) -> dict[str, object]:
    """The clients that the caller may see, one page of them.

    Raises:
        RoleForbids: auditors see no clients.
    """
    principal.require(Role.COORDINATOR, Role.PROVIDER)

    def look(session: Session) -> dict[str, object]:
        rows = list_clients(
            session,
            sight=principal.sight,
            municipality_id=municipality_id,
            organisation_id=organisation_id,
            external_ref=external_ref,
            search=search,
            after=paging.after,
            limit=paging.wanted,
        )
        shown = show_stored_clients(session, principal, rows)
        return page(rows, paging, lambda row: shown[row.id])

    return await installation.database.read(look)


async def change_client(
    installation: Installation, principal: Principal, client_id: str, change: ClientChange
) -> Answer:
    """Change or retire a client; their code and municipality stay.

    Raises:
        NotFound: there is none, or the caller does not see them.
        RoleForbids: only coordinators and operators may.
        FieldsInvalid: what they would be is wrong.
        ReferenceTaken: an organisation knows somebody else under this number.
        Retired: they are retired already, and the change is another one.
    """

    def work(session: Session) -> Answer:
        touch_directory(session)
        return alter_client(session, installation, principal, client_id, change)

    return await once(installation, None, work)


def alter_client(
    session: Session,
    installation: Installation,
    principal: Principal,
    client_id: str,
    change: ClientChange,
) -> Answer:
    """Change or retire a client in an open transaction; refuses as that above."""
    row = seen_client(session, principal, client_id)
    principal.require(Role.COORDINATOR)
    if row.retired_at is not None and (change.says_more or change.retired is False):
        raise Retired
    _apply(session, row, change)
    describe(session, row, change.details)
    if change.retired and row.retired_at is None:
        row.retired_at = installation.clock()
        forget_protocol_uses(session, row.municipality_id, row.id)
    return Answer(status=200, body=show_stored_client(session, principal, row))


def seen_client(session: Session, principal: Principal, client_id: str) -> ClientRow:
    """The row of a client whom the caller may see, retired or not.

    Raises:
        RoleForbids: auditors see no clients.
        NotFound: there is none, or the caller does not see them.
    """
    principal.require(Role.COORDINATOR, Role.PROVIDER)
    row = get_client(session, client_id=client_id, sight=principal.sight)
    if row is None:
        raise NotFound
    return row


def _apply(session: Session, row: ClientRow, change: ClientChange) -> None:
    """Who looks after the client, and under which numbers; both must fit together afterwards."""
    if change.served_by is None and change.external_refs is None:
        return
    served_by = services_of(session, [row.id])[row.id]
    references = references_of(session, [row.id])[row.id]
    after = served_by if change.served_by is None else list(change.served_by)
    wanted = references if change.external_refs is None else dict(change.external_refs)
    refuse(_service_errors(session, row.municipality_id, after, wanted, known=frozenset(served_by)))
    _require_free(session, wanted, client_id=row.id)
    set_services(session, client_id=row.id, organisation_ids=after)
    set_references(session, client_id=row.id, references=wanted)


def _municipality_errors(
    session: Session, sight: Sight, municipality_id: str
) -> Iterator[FieldError]:
    row = get_party(session, party_id=municipality_id, kinds=["organisation"], sight=sight)
    kind = row.organisation_kind if row and row.retired_at is None else None
    if kind != OrganisationKind.MUNICIPALITY:
        yield FieldError(pointer="/municipality_id", detail="No such municipality is known here.")


def _service_errors(
    session: Session,
    municipality_id: str,
    served_by: Sequence[str],
    references: Mapping[str, str],
    *,
    known: frozenset[str] = frozenset(),
) -> Iterator[FieldError]:
    """What is wrong with who is to look after a client; `known` do already."""
    there = Sight(municipality_ids=frozenset({municipality_id}))
    found = get_parties(session, party_ids=served_by, sight=there).values()
    active = {one.id for one in found if one.kind == "organisation" and one.retired_at is None}
    for at, one in enumerate(served_by):
        here = f"/served_by/{at}"
        if one in served_by[:at]:
            yield FieldError(pointer=here, detail="Is named twice.")
        elif one not in known | active:
            yield FieldError(
                pointer=here, detail="No such organisation works in the client's municipality."
            )
    for one in references:
        if one not in served_by:
            yield FieldError(
                pointer=pointer(("external_refs", one)),
                detail="Is not one of the organisations in served_by.",
            )


def _require_free(
    session: Session, references: Mapping[str, str], *, client_id: str | None
) -> None:
    taken = [
        FieldError(
            pointer=pointer(("external_refs", one)), detail="Stands for another client already."
        )
        for one, reference in references.items()
        if client_of_reference(session, organisation_id=one, reference=reference)
        not in {None, client_id}
    ]
    if taken:
        raise ReferenceTaken(errors=taken)
