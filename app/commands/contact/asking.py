"""Whoever looks after a telephone tests it: a check of one contact point, sent at once."""

from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, col, select

from app.auth import Principal
from app.channels.channel import rfc3339
from app.commands.directory.parties import Retired, seen_party
from app.commands.inbox import inbox_owner
from app.escalation.party import PartyKind
from app.installation.answer import Answer, Idempotency, NotFound, once
from app.installation.installation import Installation
from app.installation.secrets import digest
from app.models.directory import ContactPointRow
from app.protocols.kinds import NoticeKind
from app.store.contact.asking import is_in_use, lock_contact_point
from app.store.contact.check import Check, last_checks
from app.store.notice import Notice, add_notices

# Whoever presses again so soon gets the check that is on its way.
PAUSE: Final = timedelta(minutes=1)

_KINDS: Final = tuple(PartyKind)


async def ask_contact_point(
    installation: Installation,
    principal: Principal,
    party_id: str,
    contact_point_id: str,
    *,
    idempotency: Idempotency | None = None,
) -> Answer:
    """Ask a contact point whether it can be read: 201 with the check.

    200 with the last one while that is younger than a minute and unanswered.

    Raises:
        RoleForbids: auditors may not.
        NotFound: there is none, or the caller does not see the party.
        Retired: it is, or its party.
    """

    def work(session: Session) -> Answer:
        seen_party(session, principal, party_id, kinds=_KINDS)
        return _ask(installation, session, party_id, contact_point_id)

    return await once(installation, idempotency, work)


async def ask_own(installation: Installation, token: str, contact_point_id: str) -> Answer:
    """The same by whoever has the inbox, for one of the contact points of its party.

    Raises:
        NotFound: no such inbox, or none of its party's contact points.
        LinkWithdrawn: the inbox has been retired, or whoever it belonged to.
        Retired: the contact point is.
    """

    def work(session: Session) -> Answer:
        owner = inbox_owner(session, installation, token)
        return _ask(installation, session, owner.party_id, contact_point_id)

    return await once(installation, None, work)


def _ask(
    installation: Installation, session: Session, party_id: str, contact_point_id: str
) -> Answer:
    point = lock_contact_point(session, party_id=party_id, contact_point_id=contact_point_id)
    if point is None:
        raise NotFound
    if not is_in_use(session, point):
        raise Retired
    now = installation.clock()
    last = _last(session, point)
    if last is not None and last.read_at is None and now - last.asked_at < PAUSE:
        return Answer(status=200, body=_shown(last, point, now))
    _send(installation, session, point, now)
    asked = _last(session, point)
    assert asked is not None, "it has just been written"
    return Answer(status=201, body=_shown(asked, point, now))


def _send(
    installation: Installation, session: Session, point: ContactPointRow, now: datetime
) -> None:
    notice_id = installation.new_id()
    check = Notice(
        id=notice_id,
        kind=NoticeKind.CONTACT_CHECK,
        party_id=point.party_id,
        data={"contact_point_id": point.id, "scheduled": False},
        contact_point_id=point.id,
        token_hash=digest(installation.link_key.notice_token(notice_id)),
    )
    add_notices(session, [check], now=now, new_id=installation.new_id)
    point.asked_at = now
    session.flush()


def _last(session: Session, point: ContactPointRow) -> Check | None:
    only = select(ContactPointRow.id).where(col(ContactPointRow.id) == point.id)
    return last_checks(session, only).get(point.id)


def _shown(check: Check, point: ContactPointRow, now: datetime) -> dict[str, object]:
    return {
        "id": check.id,
        "kind": NoticeKind.CONTACT_CHECK,
        "party_id": point.party_id,
        "contact_point_id": point.id,
        "channel": point.channel,
        "state": check.state(now),
        "delivery": check.delivery,
        "reason": check.reason,
        "asked_at": rfc3339(check.asked_at),
        "read_at": rfc3339(check.read_at) if check.read_at else None,
    }
