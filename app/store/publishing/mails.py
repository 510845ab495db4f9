"""The outbox of checkpoints: one mail a day to each auditor, leased, sent, recorded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.database import Row, Transaction
from app.models.columns import instant, milliseconds
from app.protocols.kinds import Language
from app.store.vault.keys import broken_left_out
from app.store.vault.places import auditor_at
from app.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointMail:
    """A mail that is leased to this process; `id` is the same on every try."""

    id: str
    created_at: datetime
    attempts: int
    # None if it does not open.
    address: str | None
    language: Language
    origin: str
    verifier_key: str
    note: str
    cosigned: str | None


async def open_mails(tx: Transaction, day: date, now: datetime) -> int:
    """Write the mails of a day, where that is not done; those of days before are not sent late.

    How many were written.
    """
    await tx.execute(
        "UPDATE checkpoint_mail SET status = 'failed', leased_until = NULL, finished_at = $2,"
        " reason = coalesce(reason, 'outdated') WHERE status = 'pending' AND day < $1",
        day.isoformat(),
        milliseconds(now),
    )
    return await tx.execute(
        """
        INSERT INTO checkpoint_mail
          (id, auditor_id, day, size, status, attempts, created_at, due_at)
        SELECT a.id || '-' || CAST($1 AS TEXT), a.id, CAST($1 AS TEXT), l.size, 'pending', 0,
          CAST($2 AS BIGINT), CAST($2 AS BIGINT)
        FROM ledger_auditor a JOIN ledger_log l ON l.id = a.log_id
        WHERE l.checkpoint IS NOT NULL
        ON CONFLICT DO NOTHING
        """,
        day.isoformat(),
        milliseconds(now),
    )


async def claim_mails(
    tx: Transaction, now: datetime, leased_until: datetime, limit: int
) -> Sequence[CheckpointMail]:
    """Lease mails that are due and that nobody has; one whose lease ran out is free again."""
    claimed = await tx.fetch(
        """
        UPDATE checkpoint_mail SET leased_until = $2, attempts = attempts + 1 WHERE id IN (
          SELECT id FROM checkpoint_mail
          WHERE status = 'pending' AND due_at <= $1
            AND (leased_until IS NULL OR leased_until <= $1)
          ORDER BY due_at, id LIMIT $3 FOR UPDATE SKIP LOCKED)
        RETURNING id
        """,
        milliseconds(now),
        milliseconds(leased_until),
        limit,
    )
    rows = await tx.fetch(
        """
        SELECT m.id, m.created_at, m.attempts, m.auditor_id, a.address, a.language, l.origin,
          l.verifier_key, c.note, c.cosigned
        FROM checkpoint_mail m JOIN ledger_auditor a ON a.id = m.auditor_id
          JOIN ledger_log l ON l.id = a.log_id
          JOIN ledger_checkpoint c ON c.log_id = l.id AND c.size = m.size
        WHERE m.id = ANY($1) ORDER BY m.id
        """,
        [row["id"] for row in claimed],
    )
    return [_mail(tx.vault, row) for row in rows]


async def record_mail(
    tx: Transaction,
    mail_id: str,
    now: datetime,
    *,
    reason: str | None = None,
    due_at: datetime | None = None,
) -> None:
    """What became of a try: sent, failed for a reason, or to be tried again at `due_at`."""
    status = "pending" if due_at is not None else "sent" if reason is None else "failed"
    await tx.execute(
        "UPDATE checkpoint_mail SET status = $2, reason = $3, due_at = coalesce($4, due_at),"
        " finished_at = $5, leased_until = NULL WHERE id = $1 AND status = 'pending'",
        mail_id,
        status,
        reason,
        milliseconds(due_at) if due_at else None,
        None if due_at else milliseconds(now),
    )


def _mail(vault: Vault, row: Row) -> CheckpointMail:
    address = None
    with broken_left_out():
        address = vault.own.open_text(row["address"], auditor_at(row["auditor_id"]))
    return CheckpointMail(
        id=row["id"],
        created_at=instant(row["created_at"]),
        attempts=row["attempts"],
        address=address,
        language="ja" if row["language"] == "ja" else "en",
        origin=row["origin"],
        verifier_key=row["verifier_key"],
        note=row["note"],
        cosigned=row["cosigned"],
    )
