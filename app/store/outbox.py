"""The outbox: messages written with the decision, leased, sent, recorded."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.database import Row, Transaction
from app.escalation.decision import MessageKind
from app.escalation.delivery import AttemptResult, Next
from app.models.columns import instant, milliseconds
from app.protocols.kinds import NoticeKind
from app.store.vault.destination import Destination, destinations_by_id
from app.store.vault.keys import broken_left_out, keys_by_id
from app.store.vault.places import message_at
from app.vault import SubjectKey, Vault

# What is read of a message, with the client of whose incident it is, and their data key.
_COLUMNS: Final = """
    id, incident_id, notice_id, page_id, party_id, contact_point_id, kind, message, attempts,
    counted_failed, created_at, due_at, first_due_at, leased_until,
    (SELECT i.client_id FROM incident i WHERE i.id = delivery.incident_id) AS client_id,
    (SELECT k.wrapped FROM incident i JOIN data_key k ON k.subject_id = i.client_id
      WHERE i.id = delivery.incident_id) AS wrapped
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message to one contact point; its id stays the same across retries."""

    id: str
    # What it is about: an incident or a notice.
    incident_id: str | None
    notice_id: str | None = None
    page_id: str | None
    party_id: str
    contact_point_id: str
    kind: MessageKind | NoticeKind
    # Ids and codes; links are made when it is sent.
    message: Mapping[str, object]
    # Seals the message of an incident; a notice is sealed under the installation's own key.
    client_key: SubjectKey | None = None
    created_at: datetime
    due_at: datetime
    first_due_at: datetime
    leased_until: datetime | None
    attempts: int = 0
    counted_failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One attempt with what follows from it."""

    delivery_id: str
    at: datetime
    duration_ms: int
    result: AttemptResult
    reason: str | None
    attempts: int
    next: Next


def sealed_message(vault: Vault, delivery: Delivery) -> bytes:
    """What a message says, as it is stored."""
    key = delivery.client_key or vault.own
    return key.seal_json(dict(delivery.message), message_at(delivery.id))


async def insert_deliveries(tx: Transaction, deliveries: Iterable[Delivery]) -> None:
    """New messages; a lease given at birth saves the claim."""
    await tx.execute_many(
        """
        INSERT INTO delivery (id, incident_id, notice_id, page_id, party_id, contact_point_id, kind,
          message, status, attempts, counted_failed, due_at, first_due_at, leased_until, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'pending', 0, false, $9, $10, $11, $12)
        """,
        [
            (
                delivery.id,
                delivery.incident_id,
                delivery.notice_id,
                delivery.page_id,
                delivery.party_id,
                delivery.contact_point_id,
                delivery.kind.value,
                sealed_message(tx.vault, delivery),
                milliseconds(delivery.due_at),
                milliseconds(delivery.first_due_at),
                milliseconds(delivery.leased_until) if delivery.leased_until else None,
                milliseconds(delivery.created_at),
            )
            for delivery in deliveries
        ],
    )


async def claim_deliveries(
    tx: Transaction, now: datetime, leased_until: datetime, limit: int, *, notices: bool = False
) -> Sequence[Delivery]:
    """Lease messages that are due and that nobody has; one whose lease ran out is free again.

    Either those about incidents, or notices: however many of these wait, they hold up no other.
    """
    rows = await tx.fetch(
        """
        UPDATE delivery SET leased_until = $2 WHERE id IN (
          SELECT id FROM delivery
          WHERE status = 'pending' AND due_at <= $1
            AND (leased_until IS NULL OR leased_until <= $1)
            AND (notice_id IS NOT NULL) = $4
          ORDER BY due_at, id LIMIT $3 FOR UPDATE SKIP LOCKED)
        RETURNING """  # noqa: S608  # our own text
        + _COLUMNS,
        milliseconds(now),
        milliseconds(leased_until),
        limit,
        notices,
    )
    return _openable(tx.vault, rows)


async def lock_deliveries(tx: Transaction, ids: Sequence[str]) -> Mapping[str, Delivery]:
    """Messages that are still pending, by id."""
    rows = await tx.fetch(
        f"SELECT {_COLUMNS} FROM delivery"  # noqa: S608  # our own text
        " WHERE id = ANY($1) AND status = 'pending' ORDER BY id FOR UPDATE",
        list(ids),
    )
    return {one.id: one for one in _openable(tx.vault, rows)}


async def load_destinations(tx: Transaction, ids: Sequence[str]) -> Mapping[str, Destination]:
    """Where contact points lead, retired ones too: a message may outlive them.

    Without those of who was erased, and those that do not open.
    """
    rows = await tx.fetch(
        "SELECT c.id, c.party_id, c.channel, c.address, c.secret, k.wrapped FROM contact_point c"
        " JOIN data_key k ON k.subject_id = c.party_id"
        " WHERE c.id = ANY($1) AND c.address IS NOT NULL",
        list(ids),
    )
    keys = keys_by_id(tx.vault, {row["party_id"]: row["wrapped"] for row in rows})
    return destinations_by_id((row for row in rows if row["party_id"] in keys), keys)


async def record_attempts(tx: Transaction, recorded: Sequence[Recorded]) -> None:
    """What was tried, and what follows; the lease ends."""
    await tx.execute_many(
        "INSERT INTO attempt (delivery_id, at, duration_ms, result, reason)"
        " VALUES ($1, $2, $3, $4, $5)",
        [
            (r.delivery_id, milliseconds(r.at), r.duration_ms, r.result.value, r.reason)
            for r in recorded
        ],
    )
    await tx.execute_many(
        """
        UPDATE delivery SET status = $2, attempts = $3, due_at = coalesce($4, due_at),
          counted_failed = counted_failed OR $5, leased_until = NULL, finished_at = $6
        WHERE id = $1
        """,
        [
            (
                r.delivery_id,
                r.next.status.value,
                r.attempts,
                milliseconds(r.next.due_at) if r.next.due_at else None,
                r.next.counts_as_failed,
                None if r.next.due_at else milliseconds(r.at),
            )
            for r in recorded
        ],
    )


async def drop_deliveries(tx: Transaction, ids: Sequence[str], now: datetime) -> None:
    """Messages that nobody needs any more."""
    await tx.execute(
        "UPDATE delivery SET status = 'dropped', leased_until = NULL, finished_at = $2"
        " WHERE id = ANY($1) AND status = 'pending'",
        list(ids),
        milliseconds(now),
    )


async def release_deliveries(tx: Transaction, deliveries: Iterable[Delivery]) -> None:
    """End the leases of messages that were not sent; one that another node has by now stays."""
    await tx.execute_many(
        "UPDATE delivery SET leased_until = NULL"
        " WHERE id = $1 AND leased_until = $2 AND status = 'pending'",
        [
            (delivery.id, milliseconds(delivery.leased_until))
            for delivery in deliveries
            if delivery.leased_until
        ],
    )


async def void_leases(tx: Transaction) -> None:
    """Free every message: right only where no other process can hold a lease (SQLite)."""
    await tx.execute(
        "UPDATE delivery SET leased_until = NULL"
        " WHERE status = 'pending' AND leased_until IS NOT NULL"
    )


async def next_due(
    tx: Transaction, *, after: datetime | None = None
) -> tuple[datetime | None, datetime | None]:
    """When the next incident wakes, and when the next message falls due; later than `after`."""
    rows = await tx.fetch(
        "SELECT (SELECT min(wake_at) FROM incident WHERE wake_at > $1) AS wake_at,"
        " (SELECT min(due_at) FROM delivery WHERE status = 'pending'"
        " AND leased_until IS NULL AND due_at > $1) AS due_at",
        milliseconds(after) if after else 0,
    )
    wake_at, due_at = rows[0]["wake_at"], rows[0]["due_at"]
    return (
        instant(wake_at) if wake_at is not None else None,
        instant(due_at) if due_at is not None else None,
    )


async def due_incidents(tx: Transaction, now: datetime, limit: int) -> Sequence[str]:
    """Incidents whose timer has run out, the longest overdue first."""
    rows = await tx.fetch(
        "SELECT id FROM incident WHERE wake_at <= $1 ORDER BY wake_at, id LIMIT $2",
        milliseconds(now),
        limit,
    )
    return [row["id"] for row in rows]


def _openable(vault: Vault, rows: Iterable[Row]) -> Sequence[Delivery]:
    found = []
    for row in rows:
        with broken_left_out():
            found.append(_delivery(vault, row))
    return found


def _delivery(vault: Vault, row: Row) -> Delivery:
    key = vault.unwrap(row["client_id"], row["wrapped"]) if row["wrapped"] else None
    message = row["message"]
    return Delivery(
        id=row["id"],
        incident_id=row["incident_id"],
        notice_id=row["notice_id"],
        page_id=row["page_id"],
        party_id=row["party_id"],
        contact_point_id=row["contact_point_id"],
        kind=NoticeKind(row["kind"]) if row["notice_id"] else MessageKind(row["kind"]),
        message=(key or vault.own).open_object(message, message_at(row["id"])) if message else {},
        client_key=key,
        created_at=instant(row["created_at"]),
        due_at=instant(row["due_at"]),
        first_due_at=instant(row["first_due_at"]),
        leased_until=instant(row["leased_until"]) if row["leased_until"] is not None else None,
        attempts=row["attempts"],
        counted_failed=bool(row["counted_failed"]),
    )
