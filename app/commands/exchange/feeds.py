"""Feeds: secret addresses at which calendar programs, which can send no key, read duty."""

from datetime import datetime

from sqlmodel import Session

from app.auth import Principal, Role
from app.channels.channel import rfc3339
from app.commands.directory.parties import Retired, seen_party
from app.commands.exchange.export import Found, as_calendar, find_duty, rolling_window
from app.escalation.party import PartyKind
from app.installation.answer import Answer, FieldError, FieldsInvalid, Idempotency, NotFound, once
from app.installation.installation import Installation
from app.installation.paging import Paging, page
from app.installation.secrets import digest
from app.models.roster import CalendarFeedRow
from app.store.directory.directory import desk_ids_of
from app.store.directory.feed import find_feed, get_feed, labels_of, list_feeds, set_label


async def make_feed(
    installation: Installation,
    principal: Principal,
    *,
    party_id: str,
    label: str | None = None,
    idempotency: Idempotency | None = None,
) -> Answer:
    """Make an address at which the duty of a desk or a person is read; shown once.

    Raises:
        RoleForbids: auditors see no duty.
        FieldsInvalid: there is no such desk or person, or the caller does not see it.
        Retired: it is.
    """
    principal.require(Role.COORDINATOR, Role.PROVIDER)

    def work(session: Session) -> Answer:
        try:
            party = seen_party(session, principal, party_id)
        except NotFound:
            wrong = FieldError(pointer="/party_id", detail="No such desk or person is known here.")
            raise FieldsInvalid(errors=[wrong]) from None
        if party.retired_at is not None:
            raise Retired
        feed_id = installation.new_id()
        token = installation.link_key.calendar_token(feed_id)
        row = CalendarFeedRow(
            id=feed_id,
            party_id=party.id,
            token_hash=digest(token),
            created_at=installation.clock(),
        )
        set_label(session, row, label)
        session.add(row)
        url = f"{installation.settings.public_url}/calendars/{token}.ics"
        return Answer(status=201, body=_shown(row, label) | {"url": url}, secrets=("url",))

    return await once(installation, idempotency, work)


async def read_feeds(
    installation: Installation, principal: Principal, paging: Paging, *, party_id: str | None
) -> dict[str, object]:
    """The feeds of parties that the caller sees, revoked ones too; never their addresses.

    Raises:
        RoleForbids: auditors see no duty.
    """
    principal.require(Role.COORDINATOR, Role.PROVIDER)

    def look(session: Session) -> dict[str, object]:
        rows = list_feeds(
            session,
            sight=principal.sight,
            party_id=party_id,
            after=paging.after,
            limit=paging.wanted,
        )
        labels = labels_of(session, rows)
        return page(rows, paging, lambda row: _shown(row, labels.get(row.id)))

    return await installation.database.read(look)


async def revoke_feed(installation: Installation, principal: Principal, feed_id: str) -> None:
    """Close an address for good; again is the same as once.

    Raises:
        RoleForbids: auditors see no duty.
        NotFound: there is none, or the caller does not see whose it is.
    """
    principal.require(Role.COORDINATOR, Role.PROVIDER)

    def work(session: Session) -> None:
        row = get_feed(session, feed_id=feed_id, sight=principal.sight)
        if row is None:
            raise NotFound
        if row.revoked_at is None:
            row.revoked_at = installation.clock()

    await installation.database.write(work)


async def read_feed(installation: Installation, token: str) -> bytes:
    """The calendar at an address; changes nothing, whoever asks (H9).

    A person's names the desks at which they take turns now, a desk's the persons.

    Raises:
        NotFound: there is no such address, it was revoked, or whose duty it was is retired.
    """
    window = rolling_window(installation.clock())

    def look(session: Session) -> Found:
        return _found(session, token, window)

    return await as_calendar(await installation.database.read(look), window)


def _found(session: Session, token: str, window: tuple[datetime, datetime]) -> Found:
    found = find_feed(session, token_hash=digest(token))
    if found is None:
        raise NotFound
    _, party = found
    if party.kind == PartyKind.DESK:
        return find_duty(session, [party.id], window, titled_by=party.id)
    desk_ids = desk_ids_of(session, [party.id])[party.id]
    return find_duty(session, desk_ids, window, titled_by=party.id, only=party.id)


def _shown(row: CalendarFeedRow, label: str | None) -> dict[str, object]:
    return {
        "id": row.id,
        "party_id": row.party_id,
        "label": label,
        "created_at": rfc3339(row.created_at),
        "revoked_at": rfc3339(row.revoked_at) if row.revoked_at else None,
    }
