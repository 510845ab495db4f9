"""Checks: what became of the question whether a contact point can be read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, or_
from sqlmodel import Session, col, select, update
from sqlmodel.sql.expression import SelectOfScalar

from app.escalation.delivery import DeliveryStatus
from app.models.directory import ContactPointRow, PartyRow
from app.models.incident import AttemptRow, DeliveryRow
from app.models.notice import NoticeRow
from app.protocols.kinds import NoticeKind
from app.store.contact.asking import UNREAD_AFTER
from app.store.vault.destination import destinations_of


class CheckState(StrEnum):
    """What is known of a contact point by the last check that was asked of it."""

    NEVER_ASKED = "never_asked"
    # Not answered yet.
    ASKED = "asked"
    CONFIRMED = "confirmed"
    # The message could not be delivered, at least not so far.
    FAILED = "failed"
    # Delivered, as far as is known, but nobody has answered in time.
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check of a contact point, and what became of its message.

    `delivery` is the message's status, `sent` once one of several was, or once it was read, for
    what was read has arrived; `reason` is the code of the last failure unless it was sent.
    """

    id: str
    contact_point_id: str
    is_scheduled: bool
    asked_at: datetime
    read_at: datetime | None
    delivery: DeliveryStatus
    reason: str | None

    def state(self, now: datetime) -> CheckState:
        """What it says of its contact point."""
        if self.read_at is not None:
            return CheckState.CONFIRMED
        if self.reason is not None:
            return CheckState.FAILED
        is_late = now - self.asked_at >= UNREAD_AFTER
        return CheckState.UNANSWERED if is_late else CheckState.ASKED


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPoint:
    """A check as its link finds it: the notice, its contact point, and whose that is."""

    notice: NoticeRow
    point: ContactPointRow
    address: str
    organisation: str


def find_check(session: Session, *, token_hash: str) -> AskedPoint | None:
    """The check whose link this is."""
    notice, point, party = NoticeRow, ContactPointRow, PartyRow
    found = session.exec(
        select(notice, point, party)
        .join(point, col(point.id) == notice.contact_point_id)
        .join(party, col(party.id) == notice.party_id)
        .where(notice.token_hash == token_hash, notice.kind == NoticeKind.CONTACT_CHECK)
    ).one_or_none()
    if found is None:
        return None
    whole = session.exec(select(party).where(party.id == found[2].organisation_id)).one()
    address = destinations_of(session, [found[1]])[found[1].id].address
    return AskedPoint(notice=found[0], point=found[1], address=address, organisation=whole.name)


def answer_check(session: Session, *, notice_id: str, now: datetime) -> bool:
    """Note that it was read; False if that is known. Its messages that wait are not needed."""
    row, delivery = NoticeRow, DeliveryRow
    answered = session.connection().execute(
        update(row)
        .where(col(row.id) == notice_id, col(row.answered_at).is_(None))
        .values(answered_at=now, remind_at=None)
    )
    session.connection().execute(
        update(delivery)
        .where(
            col(delivery.notice_id) == notice_id,
            col(delivery.status) == DeliveryStatus.PENDING,
            # One on its way is recorded by whoever sends it.
            or_(col(delivery.leased_until).is_(None), col(delivery.leased_until) <= now),
        )
        .values(status=DeliveryStatus.DROPPED, leased_until=None, finished_at=now)
    )
    return answered.rowcount == 1


def last_checks(
    session: Session,
    point_ids: SelectOfScalar[str],
    *,
    from_at: datetime | None = None,
    to_at: datetime | None = None,
) -> Mapping[str, Check]:
    """The last check of each of these contact points that was asked in [from, to), by its id."""
    row = NoticeRow
    last = select(func.max(row.id)).where(
        row.kind == NoticeKind.CONTACT_CHECK, col(row.contact_point_id).in_(point_ids)
    )
    if from_at is not None:
        last = last.where(row.created_at >= from_at)
    if to_at is not None:
        last = last.where(row.created_at < to_at)
    last = last.group_by(col(row.contact_point_id))
    messages = _messages_of(session, last)
    checks = (
        _check(found, messages.get(found.id))
        for found in session.exec(select(row).where(col(row.id).in_(last)))
    )
    return {one.contact_point_id: one for one in checks}


def last_answers(session: Session, point_ids: SelectOfScalar[str]) -> Mapping[str, datetime]:
    """When each of these contact points was last found to be read, by its id."""
    row = NoticeRow
    query = (
        select(row.contact_point_id, func.max(row.answered_at))
        .where(
            row.kind == NoticeKind.CONTACT_CHECK,
            col(row.contact_point_id).in_(point_ids),
            col(row.answered_at).is_not(None),
        )
        .group_by(col(row.contact_point_id))
    )
    return {point_id: at for point_id, at in session.exec(query) if point_id and at}


@dataclass(frozen=True, slots=True)
class _Message:
    status: DeliveryStatus
    reason: str | None


def _messages_of(session: Session, notice_ids: SelectOfScalar[str]) -> Mapping[str, _Message]:
    """What became of the messages of notices: of several, that it was sent, else the last."""
    delivery, attempt = DeliveryRow, AttemptRow
    last_reason = (
        select(attempt.reason)
        .where(col(attempt.delivery_id) == col(delivery.id))
        .order_by(col(attempt.id).desc())
        .limit(1)
        .scalar_subquery()
    )
    found: dict[str, _Message] = {}
    query = select(delivery.notice_id, delivery.status, delivery.counted_failed, last_reason)
    query = query.where(col(delivery.notice_id).in_(notice_ids)).order_by(delivery.id)
    for notice_id, status, has_failed, reason in session.exec(query):
        known = found.get(notice_id or "")
        if known is None or known.status is not DeliveryStatus.SENT:
            is_sent = status == DeliveryStatus.SENT
            trouble = (reason or "unknown") if has_failed and not is_sent else None
            found[notice_id or ""] = _Message(DeliveryStatus(status), trouble)
    return found


def _check(row: NoticeRow, message: _Message | None) -> Check:
    if row.answered_at is not None:
        # Who read it in an inbox was there before the message was; what waits then is dropped.
        message = _Message(DeliveryStatus.SENT, None)
    return Check(
        id=row.id,
        contact_point_id=row.contact_point_id or "",
        is_scheduled=row.data.get("scheduled") is True,
        asked_at=row.created_at,
        read_at=row.answered_at,
        delivery=message.status if message else DeliveryStatus.DROPPED,
        reason=message.reason if message else None,
    )
