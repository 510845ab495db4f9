"""Notices: what parties are told outside of incidents, through the same outbox."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import or_
from sqlmodel import Session, col, select

from app.database import Transaction, vault_of
from app.models.columns import milliseconds
from app.models.incident import DeliveryRow
from app.models.notice import NoticeRow
from app.protocols.calendar import Hours
from app.protocols.kinds import NoticeKind
from app.store.directory.contact_point import contact_points_of
from app.store.outbox import Delivery, insert_deliveries, sealed_message
from app.vault import Vault

# The hours of contact points are local time of the people who are told.
JAPAN: Final = ZoneInfo("Asia/Tokyo")
SHOWN_MAX: Final = 50
_MINUTES_A_DAY: Final = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that a party is to be told; `data` holds ids and codes only (H10).

    It goes to all contact points of the party, or to the one that is named; to each at once when
    it is `urgent`, else when the contact point's hours allow it.
    """

    id: str
    kind: NoticeKind
    party_id: str
    data: Mapping[str, object] = field(default_factory=dict)
    contact_point_id: str | None = None
    # Of one that asks: SHA-256 of its link's token, and when it is sent once more.
    token_hash: str | None = None
    remind_at: datetime | None = None
    urgent: bool = True


def add_notices(
    session: Session, notices: Iterable[Notice], *, now: datetime, new_id: Callable[[], str]
) -> None:
    """Write notices with their messages, in the session's transaction.

    A party without contact points is told nothing; what it is not told can be read all the same.
    """
    many = list(notices)
    found = contact_points_of(session, [one.party_id for one in many])
    points = [
        _Point(point.id, party_id, Hours.parse(point.hours))
        for party_id, of_party in found.items()
        for point in of_party
    ]
    session.add_all(_notice_row(one, now) for one in many)
    session.flush()
    vault = vault_of(session)
    session.add_all(_delivery_row(vault, one) for one in _deliveries(many, points, now, new_id))


async def insert_notices(
    tx: Transaction, notices: Iterable[Notice], *, now: datetime, new_id: Callable[[], str]
) -> None:
    """The same in a transaction of written SQL."""
    many = list(notices)
    await tx.execute_many(
        "INSERT INTO notice (id, party_id, contact_point_id, kind, data, token_hash, remind_at,"
        " created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        [
            (
                one.id,
                one.party_id,
                one.contact_point_id,
                one.kind.value,
                json.dumps(one.data, ensure_ascii=False),
                one.token_hash,
                milliseconds(one.remind_at) if one.remind_at else None,
                milliseconds(now),
            )
            for one in many
        ],
    )
    await repeat_notices(tx, many, now=now, new_id=new_id)


async def repeat_notices(
    tx: Transaction, notices: Iterable[Notice], *, now: datetime, new_id: Callable[[], str]
) -> None:
    """The messages of notices that are written, anew: to contact points that are still there."""
    many = list(notices)
    rows = await tx.fetch(
        "SELECT id, party_id, hours FROM contact_point"
        " WHERE party_id = ANY($1) AND retired_at IS NULL ORDER BY id",
        sorted({one.party_id for one in many}),
    )
    points = [
        _Point(row["id"], row["party_id"], Hours.parse(json.loads(row["hours"]))) for row in rows
    ]
    await insert_deliveries(tx, _deliveries(many, points, now, new_id))


def notices_to(
    session: Session, *, party_id: str, contact_point_id: str, since: datetime
) -> Sequence[NoticeRow]:
    """What a party was told since then, the newest first; of what asks, only what is unanswered.

    What is about one contact point is only for whoever has that one: a check that could be
    answered elsewhere would prove nothing.
    """
    row = NoticeRow
    query = (
        select(row)
        .where(
            row.party_id == party_id,
            row.created_at >= since,
            col(row.answered_at).is_(None),
            or_(
                col(row.contact_point_id).is_(None),
                col(row.contact_point_id) == contact_point_id,
            ),
        )
        .order_by(col(row.created_at).desc(), col(row.id).desc())
        .limit(SHOWN_MAX)
    )
    return session.exec(query).all()


class _Point(NamedTuple):
    id: str
    party_id: str
    hours: Hours


def _deliveries(
    notices: Iterable[Notice],
    points: Iterable[_Point],
    now: datetime,
    new_id: Callable[[], str],
) -> Iterator[Delivery]:
    by_party: defaultdict[str, list[_Point]] = defaultdict(list)
    for point in points:
        by_party[point.party_id].append(point)
    for notice in notices:
        for point in by_party[notice.party_id]:
            if notice.contact_point_id not in {None, point.id}:
                continue
            due_at = now if notice.urgent else _opens(point.hours, now)
            yield Delivery(
                id=new_id(),
                incident_id=None,
                notice_id=notice.id,
                page_id=None,
                party_id=notice.party_id,
                contact_point_id=point.id,
                kind=notice.kind,
                message={"notice_id": notice.id, **notice.data},
                created_at=now,
                due_at=due_at,
                first_due_at=due_at,
                leased_until=None,
            )


def _opens(hours: Hours, now: datetime) -> datetime:
    """When it may be used next: now, or at the full minute at which it opens within a day."""
    full = now.replace(second=0, microsecond=0)
    minutes = (full + timedelta(minutes=ahead) for ahead in range(1, _MINUTES_A_DAY + 1))
    for at in (now, *minutes):
        if hours.contains(at.astimezone(JAPAN)):
            return at
    return now


def _notice_row(notice: Notice, now: datetime) -> NoticeRow:
    return NoticeRow(
        id=notice.id,
        party_id=notice.party_id,
        contact_point_id=notice.contact_point_id,
        kind=notice.kind.value,
        data=dict(notice.data),
        token_hash=notice.token_hash,
        remind_at=notice.remind_at,
        created_at=now,
    )


def _delivery_row(vault: Vault, delivery: Delivery) -> DeliveryRow:
    return DeliveryRow(
        id=delivery.id,
        notice_id=delivery.notice_id,
        party_id=delivery.party_id,
        contact_point_id=delivery.contact_point_id,
        kind=delivery.kind.value,
        message=sealed_message(vault, delivery),
        due_at=delivery.due_at,
        first_due_at=delivery.first_due_at,
        created_at=delivery.created_at,
    )
