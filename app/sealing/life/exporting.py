"""Recording in a log's own chain that all of it was handed to somebody."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from app.database import Database
from app.ledger.words import EntryType
from app.sealing.life.chain import append_to_log
from app.store.audit.log import PublishedHead, head_of

RECIPIENT = "recipient"
SIZE = "size"


async def record_export(
    database: Database, log_id: str, recipient: Mapping[str, object], now: datetime
) -> PublishedHead | None:
    """Record whom a log is handed to, before it is: so that erasures can be passed on.

    Returns:
        The head that it is handed on at; None if there is no such log, or nothing is sealed yet.
    """
    head = await database.read(partial(head_of, log_id=log_id))
    if head is None:
        return None
    facts = {RECIPIENT: dict(recipient), SIZE: head.size}
    async with database.transaction() as tx:
        await append_to_log(tx, log_id, EntryType.EXPORTED, facts, now)
    return head
