"""Which contact points are to be asked whether they can be read; the database says which.

A contact point in use is due when no check was asked of it for some time, and it is not younger
than that. Whoever asks claims the row by writing when: no two nodes ask the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, col, select, update

from app.database import Transaction
from app.escalation.delivery import DeliveryStatus
from app.models.columns import milliseconds
from app.models.directory import ContactPointRow, PartyRow
from app.models.incident import DeliveryRow

# A scheduled check that nobody answers is sent once more, and later counts as unread.
REMIND_AFTER: Final = timedelta(days=3)
UNREAD_AFTER: Final = timedelta(days=14)

# What belongs to a party or an organisation that is gone is in use no more.
_IN_USE: Final = """
  retired_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM party p JOIN party o ON o.id = p.organisation_id
    WHERE p.id = contact_point.party_id AND (p.retired_at IS NOT NULL OR o.retired_at IS NOT NULL))
"""


# One after the other, because an index serves each of them, and not both at once.
_DUE: Final = ("asked_at IS NULL AND created_at <= $2", "asked_at <= $2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A contact point that is asked, or a check that is asked once more."""

    contact_point_id: str
    party_id: str
    # Of the check that is repeated.
    notice_id: str | None = None


async def take_turn(tx: Transaction) -> None:
    """Be the only one that asks until the transaction ends: another node waits here."""
    await tx.execute(
        "INSERT INTO revision (name, value) VALUES ('contact_checks', 1)"
        " ON CONFLICT (name) DO UPDATE SET value = revision.value + 1"
    )


async def count_asked(tx: Transaction, *, since: datetime) -> int:
    """How many contact points in use were asked after this instant, by whichever node."""
    rows = await tx.fetch(
        "SELECT count(*) AS n FROM contact_point WHERE asked_at > $1 AND retired_at IS NULL",
        milliseconds(since),
    )
    return int(rows[0]["n"])


async def claim_due(
    tx: Transaction, *, untouched_since: datetime, now: datetime, limit: int
) -> Sequence[Asked]:
    """Claim contact points that were neither made nor asked after `untouched_since`."""
    claimed: list[Asked] = []
    for condition in _DUE:
        rows = await tx.fetch(
            f"""
            UPDATE contact_point SET asked_at = $1 WHERE id IN (
              SELECT id FROM contact_point WHERE {condition} AND {_IN_USE}
              ORDER BY asked_at, created_at LIMIT $3 FOR UPDATE SKIP LOCKED)
            RETURNING id, party_id
            """,  # noqa: S608  # constants of this file
            milliseconds(now),
            milliseconds(untouched_since),
            limit - len(claimed),
        )
        claimed += [Asked(contact_point_id=row["id"], party_id=row["party_id"]) for row in rows]
    return claimed


async def claim_reminders(tx: Transaction, *, now: datetime, limit: int) -> Sequence[Asked]:
    """Claim checks that are due once more; those of contact points in use are answered."""
    rows = await tx.fetch(
        """
        UPDATE notice SET remind_at = NULL WHERE id IN (
          SELECT id FROM notice WHERE remind_at <= $1 AND answered_at IS NULL
          ORDER BY remind_at, id LIMIT $2 FOR UPDATE SKIP LOCKED)
        RETURNING id, party_id, contact_point_id
        """,
        milliseconds(now),
        limit,
    )
    points = sorted({row["contact_point_id"] for row in rows})
    in_use = await tx.fetch(
        f"SELECT id FROM contact_point WHERE id = ANY($1) AND {_IN_USE} ORDER BY id",  # noqa: S608  # a constant of this file
        points,
    )
    wanted = {row["id"] for row in in_use}
    return [
        Asked(
            contact_point_id=row["contact_point_id"],
            party_id=row["party_id"],
            notice_id=row["id"],
        )
        for row in rows
        if row["contact_point_id"] in wanted
    ]


def lock_contact_point(
    session: Session, *, party_id: str, contact_point_id: str
) -> ContactPointRow | None:
    """A contact point of a party, for whoever is to ask it now: a second one waits."""
    row = ContactPointRow
    query = select(row).where(row.id == contact_point_id, row.party_id == party_id)
    return session.exec(query.with_for_update()).one_or_none()


def drop_waiting(session: Session, *, contact_point_id: str, now: datetime) -> None:
    """Notices that wait for the hours of a contact point are not sent when that is retired.

    Its address may be somebody else's by then. Pages go out all the same.
    """
    row = DeliveryRow
    session.connection().execute(
        update(row)
        .where(
            col(row.status) == DeliveryStatus.PENDING,
            col(row.contact_point_id) == contact_point_id,
            col(row.notice_id).is_not(None),
            col(row.leased_until).is_(None),
        )
        .values(status=DeliveryStatus.DROPPED, finished_at=now)
    )


def is_in_use(session: Session, point: ContactPointRow) -> bool:
    """Whether neither it, nor its party, nor the party's organisation is retired."""
    party = session.exec(select(PartyRow).where(PartyRow.id == point.party_id)).one()
    query = select(PartyRow.retired_at).where(col(PartyRow.id) == party.organisation_id)
    return point.retired_at is party.retired_at is session.exec(query).one() is None
