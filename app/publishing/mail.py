"""The checkpoint of the day, mailed to each auditor: what nobody can take back from them.

The outbox is in the database: a mail is written once a day however many nodes run, leased while
it is handed in, and handed in again after a crash with the same Message-ID.
"""

from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from app.channels.channel import Channel, Failed, Message, Result
from app.channels.wording.checkpoint import CHECKPOINT
from app.installation.installation import Installation
from app.ledger.notes.witness import newest_cosignatures
from app.store.publishing.mails import CheckpointMail, claim_mails, open_mails, record_mail
from app.telemetry import CHECKPOINT_MAILS

AT_ONCE: Final = 20
RETRY_MIN: Final = timedelta(minutes=1)
RETRY_MAX: Final = timedelta(minutes=30)
_JAPAN: Final = ZoneInfo("Asia/Tokyo")
_DOUBLED_MAX: Final = 5

log = structlog.get_logger()


async def mail_checkpoints(installation: Installation, channel: Channel) -> int:
    """Write the mails of the day once its hour has come, and hand in what is due; how many.

    Args:
        installation: its clock, database and settings.
        channel: hands a mail in.
    """
    now = installation.clock()
    local = now.astimezone(_JAPAN)
    if local.hour < installation.settings.checkpoint_mail_hour:
        return 0
    lease = timedelta(seconds=4 * installation.settings.send_timeout_seconds)
    async with installation.database.transaction() as tx:
        await open_mails(tx, local.date(), now)
        claimed = await claim_mails(tx, now, now + lease, 1)
    count = 0
    while claimed and count < AT_ONCE:
        await _hand_in(installation, channel, claimed[0])
        count += 1
        now = installation.clock()
        async with installation.database.transaction() as tx:
            claimed = await claim_mails(tx, now, now + lease, 1)
    return count


async def _hand_in(installation: Installation, channel: Channel, mail: CheckpointMail) -> None:
    result: Result = Failed(permanent=True, reason="seal_broken")
    if mail.address is not None:
        result = await channel.send(_message(mail, mail.address))
    reason = result.reason if isinstance(result, Failed) else None
    again = isinstance(result, Failed) and not result.permanent
    now = installation.clock()
    CHECKPOINT_MAILS.labels(reason or "sent").inc()
    if reason is not None:
        log.warning("checkpoint_mail_failed", mail_id=mail.id, reason=reason, permanent=not again)
    due_at = now + _pause(mail.attempts) if again else None
    async with installation.database.transaction() as tx:
        await record_mail(tx, mail.id, now, reason=reason, due_at=due_at)


def _pause(attempts: int) -> timedelta:
    return min(RETRY_MIN * (1 << min(attempts - 1, _DOUBLED_MAX)), RETRY_MAX)


def _message(mail: CheckpointMail, address: str) -> Message:
    cosigned = newest_cosignatures(mail.cosigned) if mail.cosigned else ""
    return Message(
        id=mail.id,
        type=CHECKPOINT,
        created_at=mail.created_at,
        address=address,
        language=mail.language,
        data={
            "origin": mail.origin,
            "verifier_key": mail.verifier_key,
            "checkpoint": mail.note + cosigned,
        },
    )
