"""Asks every contact point once a quarter whether it can be read.

Nothing is remembered here: the database says which are due, and whoever asks writes that down in
the same transaction as the message. So a crash loses none, and several nodes ask none twice.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from app.installation.installation import Installation
from app.installation.secrets import digest
from app.protocols.calendar import is_working_time
from app.protocols.kinds import NoticeKind
from app.store.contact.asking import (
    REMIND_AFTER,
    Asked,
    claim_due,
    claim_reminders,
    count_asked,
    take_turn,
)
from app.store.notice import Notice, insert_notices, repeat_notices

# Of all nodes together: thousands of messages at once are in nobody's interest.
PER_MINUTE: Final = 60

_MINUTE: Final = timedelta(minutes=1)
_JAPAN: Final = ZoneInfo("Asia/Tokyo")

log = structlog.get_logger()


async def ask_contact_points(installation: Installation) -> int:
    """Ask those that are due, some of them each minute; how many messages were written.

    Only from 10:00 to 16:00 of Japanese working days. A contact point with hours of its own gets
    the message at its next hour.
    """
    days, now = installation.settings.contact_check_days, installation.clock()
    if not days or not is_working_time(now, _JAPAN):
        return 0
    async with installation.database.transaction() as tx:
        await take_turn(tx)
        room = PER_MINUTE - await count_asked(tx, since=now - _MINUTE)
        if room <= 0:
            return 0
        repeated = await claim_reminders(tx, now=now, limit=room)
        untouched_since = now - timedelta(days=days)
        due = await claim_due(
            tx, untouched_since=untouched_since, now=now, limit=room - len(repeated)
        )
        new_id = installation.new_id
        await insert_notices(tx, _checks(installation, due, now), now=now, new_id=new_id)
        again = [_check(one, one.notice_id or "") for one in repeated]
        await repeat_notices(tx, again, now=now, new_id=new_id)
    if due or repeated:
        log.info("contact_points_asked", asked=len(due), repeated=len(repeated))
    return len(due) + len(repeated)


def _checks(installation: Installation, due: Sequence[Asked], now: datetime) -> Iterator[Notice]:
    for one in due:
        notice_id = installation.new_id()
        token = installation.link_key.notice_token(notice_id)
        yield _check(one, notice_id, token_hash=digest(token), remind_at=now + REMIND_AFTER)


def _check(
    asked: Asked,
    notice_id: str,
    *,
    token_hash: str | None = None,
    remind_at: datetime | None = None,
) -> Notice:
    return Notice(
        id=notice_id,
        kind=NoticeKind.CONTACT_CHECK,
        party_id=asked.party_id,
        contact_point_id=asked.contact_point_id,
        data={"contact_point_id": asked.contact_point_id, "scheduled": True},
        token_hash=token_hash,
        remind_at=remind_at,
        # It waits for the contact point's own hours.
        urgent=False,
    )
