"""Asking others about our logs: who is to be asked when, and what they said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, or_, select

from app.database import Transaction
from app.models.columns import milliseconds
from app.models.ledger import LedgerCheckpointRow, LedgerLogRow
from app.models.publishing.witnesses import LedgerStampRow, LedgerWitnessRow


@dataclass(frozen=True, slots=True, kw_only=True)
class ToWitness:
    """A log of which a witness is to be asked, and what it was asked before: None at first."""

    log_id: str
    size: int = 0
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredHead:
    """A head as it was signed first, without what others said of it."""

    log_id: str
    size: int
    note: str
    signed_at: datetime


def logs_to_witness(
    session: Session, verifier_key: str, now: datetime, *, pause: timedelta, heartbeat: timedelta
) -> Sequence[ToWitness]:
    """The logs that grew since this witness was asked `pause` ago, or that `heartbeat` calls for.

    A log without entries is nothing to ask about.
    """
    log, asked = LedgerLogRow, LedgerWitnessRow
    rows = session.exec(select(asked).where(asked.verifier_key == verifier_key))
    known = {row.log_id: row for row in rows}
    due = []
    for log_id, size in session.exec(select(log.id, log.size).where(log.size > 0).order_by(log.id)):
        row = known.get(log_id)
        if row is None:
            due.append(ToWitness(log_id=log_id))
        elif row.asked_at <= now - (heartbeat if row.size == size else pause):
            due.append(ToWitness(log_id=log_id, size=row.size, asked_at=row.asked_at))
    return due


async def claim_witness(tx: Transaction, verifier_key: str, due: ToWitness, now: datetime) -> bool:
    """Take it on to ask a witness now; False if another node did."""
    if due.asked_at is None:
        return (
            await tx.execute(
                "INSERT INTO ledger_witness (log_id, verifier_key, size, asked_at)"
                " VALUES ($1, $2, 0, $3) ON CONFLICT (log_id, verifier_key) DO NOTHING",
                due.log_id,
                verifier_key,
                milliseconds(now),
            )
            == 1
        )
    return (
        await tx.execute(
            "UPDATE ledger_witness SET asked_at = $3"
            " WHERE log_id = $1 AND verifier_key = $2 AND asked_at = $4",
            due.log_id,
            verifier_key,
            milliseconds(now),
            milliseconds(due.asked_at),
        )
        == 1
    )


async def record_witness(
    tx: Transaction,
    log_id: str,
    verifier_key: str,
    *,
    size: int,
    cosigned_at: datetime | None = None,
    fault: str | None = None,
) -> None:
    """What a witness said: how large a tree it has, and when it cosigned, or why it did not."""
    await tx.execute(
        "UPDATE ledger_witness SET size = $3, cosigned_at = coalesce($4, cosigned_at), fault = $5"
        " WHERE log_id = $1 AND verifier_key = $2",
        log_id,
        verifier_key,
        size,
        milliseconds(cosigned_at) if cosigned_at else None,
        fault,
    )


def count_conflicts(session: Session) -> int:
    """How often a witness has seen another history of a log than ours."""
    row = LedgerWitnessRow
    return session.exec(select(func.count()).where(row.fault == "conflict")).one()


async def cosigned_of(tx: Transaction, log_id: str, size: int) -> str | None:
    """The signature lines of witnesses beneath a head, locked until the transaction ends."""
    rows = await tx.fetch(
        "SELECT cosigned FROM ledger_checkpoint WHERE log_id = $1 AND size = $2 FOR UPDATE",
        log_id,
        size,
    )
    return rows[0]["cosigned"] if rows else None


async def write_cosigned(tx: Transaction, log_id: str, size: int, lines: str) -> None:
    """Keep signature lines beneath a head."""
    await tx.execute(
        "UPDATE ledger_checkpoint SET cosigned = $3 WHERE log_id = $1 AND size = $2",
        log_id,
        size,
        lines,
    )


def logs_to_stamp(
    session: Session, *, since: datetime, tried_until: datetime
) -> Sequence[tuple[StoredHead, datetime | None]]:
    """The newest heads of logs that nobody stamped since, with when that was tried last.

    Those that have no token yet, and that nobody tried after `tried_until`.
    """
    log, head, stamp = LedgerLogRow, LedgerCheckpointRow, LedgerStampRow
    found = session.exec(
        select(head, stamp.asked_at)
        .join(log, (col(log.id) == head.log_id) & (col(log.size) == head.size))
        .join(stamp, col(stamp.log_id) == head.log_id, isouter=True)
        .where(
            head.size > 0,
            col(head.timestamp_token).is_(None),
            or_(col(stamp.stamped_at).is_(None), col(stamp.stamped_at) < since),
            or_(col(stamp.asked_at).is_(None), col(stamp.asked_at) <= tried_until),
        )
        .order_by(head.log_id)
    )
    return [(_stored(row), asked_at) for row, asked_at in found]


async def claim_stamp(tx: Transaction, log_id: str, before: datetime | None, now: datetime) -> bool:
    """Take it on to ask for a time stamp now; False if another node did."""
    if before is None:
        return (
            await tx.execute(
                "INSERT INTO ledger_stamp (log_id, asked_at) VALUES ($1, $2)"
                " ON CONFLICT (log_id) DO NOTHING",
                log_id,
                milliseconds(now),
            )
            == 1
        )
    return (
        await tx.execute(
            "UPDATE ledger_stamp SET asked_at = $2 WHERE log_id = $1 AND asked_at = $3",
            log_id,
            milliseconds(now),
            milliseconds(before),
        )
        == 1
    )


async def write_stamp(
    tx: Transaction, head: StoredHead, token: bytes, stamped_at: datetime
) -> None:
    """Keep a token with the head that it is over."""
    await tx.execute(
        "UPDATE ledger_checkpoint SET timestamp_token = $3 WHERE log_id = $1 AND size = $2",
        head.log_id,
        head.size,
        token,
    )
    await tx.execute(
        "UPDATE ledger_stamp SET stamped_at = $2, fault = NULL WHERE log_id = $1",
        head.log_id,
        milliseconds(stamped_at),
    )


async def record_stamp_fault(tx: Transaction, log_id: str, fault: str) -> None:
    """Why there is no token, a code."""
    await tx.execute("UPDATE ledger_stamp SET fault = $2 WHERE log_id = $1", log_id, fault)


def head_to_witness(session: Session, log_id: str) -> StoredHead:
    """The newest head of a log that has one, as it was signed first."""
    log, head = LedgerLogRow, LedgerCheckpointRow
    row = session.exec(
        select(head)
        .join(log, (col(log.id) == head.log_id) & (col(log.size) == head.size))
        .where(log.id == log_id)
    ).one()
    return _stored(row)


def _stored(row: LedgerCheckpointRow) -> StoredHead:
    return StoredHead(log_id=row.log_id, size=row.size, note=row.note, signed_at=row.signed_at)
