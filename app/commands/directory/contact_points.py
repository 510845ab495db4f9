"""Contact points: how a party is reached, and who may see by which address."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from app.auth import Principal, Role
from app.channels.channel import Channel
from app.commands.addresses import WEBHOOK, checked_address, secret_errors, shown_points
from app.commands.directory.cover import accountable_desks_covered
from app.commands.directory.parties import Retired, seen_party
from app.escalation.party import PartyKind
from app.installation.answer import Answer, Idempotency, NotFound, once, refuse, tried
from app.installation.installation import Installation
from app.installation.paging import Paging, page
from app.installation.secrets import new_webhook_secret
from app.models.directory import ContactPointRow, PartyRow
from app.protocols.calendar import Hours
from app.store.contact.asking import drop_waiting
from app.store.directory.contact_point import get_contact_point, list_contact_points
from app.store.directory.directory import desk_ids_of, touch_directory
from app.store.vault.destination import set_destination

_KINDS = tuple(PartyKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPointChange:
    """What is to be different; None leaves as it is."""

    address: str | None = None
    hours: Hours | None = None
    delay_seconds: int | None = None
    retired: bool | None = None

    @property
    def says_more(self) -> bool:
        """Whether it does more than retire."""
        return not (self.address is None and self.hours is None and self.delay_seconds is None)


async def create_contact_point(
    installation: Installation,
    channels: Mapping[str, Channel],
    principal: Principal,
    party_id: str,
    *,
    channel: str,
    address: str | None = None,
    secret: str | None = None,
    hours: Hours = Hours.always,
    delay_seconds: int = 0,
    idempotency: Idempotency | None = None,
) -> Answer:
    """Add a way to reach a desk, a person or an organisation; usable at once.

    A webhook's secret is made and shown once unless one is given.

    Raises:
        NotFound: there is no such party, or the caller does not see it.
        RoleForbids: only coordinators and operators may.
        FieldsInvalid: the address or the secret cannot be used.
        Retired: the party is.
    """
    await installation.database.read(lambda session: _writable(session, principal, party_id))
    refuse(secret_errors(channel, secret))
    where = await checked_address(channels[channel], address)

    def work(session: Session) -> Answer:
        touch_directory(session)
        return add_contact_point(
            session,
            installation,
            principal,
            party_id,
            channel=channel,
            where=where,
            secret=secret,
            hours=hours,
            delay_seconds=delay_seconds,
        )

    return await once(installation, idempotency, work)


def add_contact_point(
    session: Session,
    installation: Installation,
    principal: Principal,
    party_id: str,
    *,
    channel: str,
    where: str,
    secret: str | None = None,
    hours: Hours = Hours.always,
    delay_seconds: int = 0,
) -> Answer:
    """Add a way to reach a party, by an address that was checked; refuses as that above does."""
    _writable(session, principal, party_id)
    made = new_webhook_secret() if channel == WEBHOOK and secret is None else None
    row = ContactPointRow(
        id=installation.new_id(),
        party_id=party_id,
        channel=channel,
        hours=hours.dump(),
        delay_seconds=delay_seconds,
        created_at=installation.clock(),
    )
    set_destination(session, row, address=where, secret=secret or made)
    session.add(row)
    session.flush()
    shown = shown_points(session, installation, principal, [row])[row.id]
    once_only = {} if made is None else {"secret": made}
    return Answer(status=201, body=shown | once_only, secrets=tuple(once_only))


async def read_contact_point(
    installation: Installation, principal: Principal, party_id: str, contact_point_id: str
) -> dict[str, object]:
    """A contact point as it is shown, without its secret.

    Raises:
        RoleForbids: auditors see none.
        NotFound: there is none, or the caller does not see the party.
    """

    def look(session: Session) -> dict[str, object]:
        row = seen_contact_point(session, principal, party_id, contact_point_id)
        return shown_points(session, installation, principal, [row])[row.id]

    return await installation.database.read(look)


async def read_contact_points(
    installation: Installation, principal: Principal, party_id: str, paging: Paging
) -> dict[str, object]:
    """The contact points of a party, one page of them, without their secrets.

    Raises:
        RoleForbids: auditors see none.
        NotFound: there is no such party, or the caller does not see it.
    """

    def look(session: Session) -> dict[str, object]:
        seen_party(session, principal, party_id, kinds=_KINDS)
        rows = list_contact_points(
            session, party_id=party_id, after=paging.after, limit=paging.wanted
        )
        shown = shown_points(session, installation, principal, rows)
        return page(rows, paging, lambda row: shown[row.id])

    return await installation.database.read(look)


async def change_contact_point(
    installation: Installation,
    channels: Mapping[str, Channel],
    principal: Principal,
    party_id: str,
    *,
    contact_point_id: str,
    change: ContactPointChange,
    is_trial: bool = False,
) -> Answer:
    """Change or retire a contact point; as a trial nothing is kept.

    Raises:
        NotFound: there is none, or the caller does not see the party.
        RoleForbids: only coordinators and operators may.
        FieldsInvalid: the address cannot be used.
        Retired: it is retired already, and the change is another one.
        AccountableDeskNeeded: it is the last by which an accountable desk is reached.
    """

    def look(session: Session) -> str:
        row = seen_contact_point(session, principal, party_id, contact_point_id)
        principal.require(Role.COORDINATOR)
        return row.channel

    channel = channels[await installation.database.read(look)]
    where = None if change.address is None else await checked_address(channel, change.address)

    def work(session: Session) -> Answer:
        touch_directory(session)
        row = seen_contact_point(session, principal, party_id, contact_point_id)
        return alter_contact_point(session, installation, principal, row, change, where=where)

    return await (tried(installation, work) if is_trial else once(installation, None, work))


def alter_contact_point(
    session: Session,
    installation: Installation,
    principal: Principal,
    row: ContactPointRow,
    change: ContactPointChange,
    *,
    where: str | None = None,
) -> Answer:
    """Change or retire a contact point by an address that was checked; refuses as that above."""
    if row.retired_at is not None and (change.says_more or change.retired is False):
        raise Retired
    touched = [row.party_id, *desk_ids_of(session, [row.party_id])[row.party_id]]
    pointer = "/retired" if change.retired else "/hours"
    with accountable_desks_covered(session, touched, sight=principal.sight, pointer=pointer):
        _apply(session, installation, row, change, where)
        if change.retired:
            drop_waiting(session, contact_point_id=row.id, now=installation.clock())
    body = shown_points(session, installation, principal, [row])[row.id]
    return Answer(status=200, body=body)


def seen_contact_point(
    session: Session, principal: Principal, party_id: str, contact_point_id: str
) -> ContactPointRow:
    """A contact point, retired or not, of a party that the caller sees.

    Raises:
        RoleForbids: auditors see no persons.
        NotFound: there is none, or the caller does not see the party.
    """
    seen_party(session, principal, party_id, kinds=_KINDS)
    row = get_contact_point(session, party_id=party_id, contact_point_id=contact_point_id)
    if row is None:
        raise NotFound
    return row


def _writable(session: Session, principal: Principal, party_id: str) -> PartyRow:
    party = seen_party(session, principal, party_id, kinds=_KINDS)
    principal.require(Role.COORDINATOR)
    if party.retired_at is not None:
        raise Retired
    return party


def _apply(
    session: Session,
    installation: Installation,
    row: ContactPointRow,
    change: ContactPointChange,
    where: str | None,
) -> None:
    if where:
        set_destination(session, row, address=where)
    if change.hours is not None:
        row.hours = change.hours.dump()
    if change.delay_seconds is not None:
        row.delay_seconds = change.delay_seconds
    if change.retired and row.retired_at is None:
        row.retired_at = installation.clock()
