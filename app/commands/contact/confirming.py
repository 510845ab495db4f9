"""The link of a check: look at it, and say that it could be read."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.channels.channel import rfc3339
from app.commands.contact.masking import masked
from app.commands.respond import LinkExpired
from app.installation.answer import Answer, NotFound
from app.installation.installation import Installation
from app.store.contact.asking import UNREAD_AFTER, is_in_use
from app.store.contact.check import AskedPoint, answer_check, find_check


class CheckExpired(LinkExpired):
    """This check has ended: it was sent more than 14 days ago, or is about nobody any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckView:
    """What the page of a check shows; the address is masked, and nobody is named."""

    organisation: str
    channel: str
    address: str
    asked_at: datetime
    read_at: datetime | None
    now: datetime


async def look_at_check(installation: Installation, token_hash: str) -> CheckView:
    """What the page of a check shows; changes nothing (H9).

    Raises:
        NotFound: no such link.
        CheckExpired: it was asked too long ago, or its contact point is not in use any more.
    """
    now = installation.clock()
    asked = await installation.database.read(lambda session: _usable(session, token_hash, now))
    return CheckView(
        organisation=asked.organisation,
        channel=asked.point.channel,
        address=masked(asked.point.channel, asked.address),
        asked_at=asked.notice.created_at,
        read_at=asked.notice.answered_at,
        now=now,
    )


async def confirm(installation: Installation, token_hash: str) -> Answer:
    """Note that a human read the check; again: nothing new.

    Raises:
        NotFound: no such link.
        CheckExpired: it was asked too long ago, or its contact point is not in use any more.
    """
    now = installation.clock()

    def work(session: Session) -> Answer:
        asked = _usable(session, token_hash, now)
        is_new = answer_check(session, notice_id=asked.notice.id, now=now)
        session.refresh(asked.notice)
        read_at = asked.notice.answered_at
        assert read_at is not None, "it has just been answered, or was before"
        return Answer(
            status=200,
            body={
                "result": "applied" if is_new else "repeated",
                "asked_at": rfc3339(asked.notice.created_at),
                "read_at": rfc3339(read_at),
            },
        )

    return await installation.database.write(work)


def _usable(session: Session, token_hash: str, now: datetime) -> AskedPoint:
    asked = find_check(session, token_hash=token_hash)
    if asked is None:
        raise NotFound
    is_late = now - asked.notice.created_at >= UNREAD_AFTER
    if is_late or not is_in_use(session, asked.point):
        raise CheckExpired
    return asked
