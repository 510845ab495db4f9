"""Rosters of desks: their versions, of which none is ever changed."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, tuple_
from sqlalchemy.orm import defer
from sqlalchemy.orm.interfaces import ORMOption
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.models.directory import PartyRow
from app.models.roster import RosterRow, RosterVersionRow
from app.store.directory.directory import Sight, seen_organisation_ids


def find_roster(session: Session, *, roster_id: str, sight: Sight) -> RosterRow | None:
    """The roster with this id, if its desk may be seen."""
    return session.exec(
        select(RosterRow).where(
            RosterRow.id == roster_id, col(RosterRow.desk_id).in_(_seen_desks(sight))
        )
    ).one_or_none()


def list_rosters(
    session: Session, *, sight: Sight, desk_id: str | None, after: str | None, limit: int
) -> Sequence[RosterRow]:
    """The rosters of desks that may be seen, oldest first."""
    query = select(RosterRow).where(col(RosterRow.desk_id).in_(_seen_desks(sight)))
    if desk_id is not None:
        query = query.where(RosterRow.desk_id == desk_id)
    if after is not None:
        query = query.where(RosterRow.id > after)
    return session.exec(query.order_by(RosterRow.id).limit(limit)).all()


def has_roster(session: Session, *, desk_id: str) -> bool:
    """Whether a desk has a roster already."""
    return (
        session.exec(select(RosterRow.id).where(RosterRow.desk_id == desk_id)).first() is not None
    )


def find_roster_of_desk(session: Session, *, desk_id: str) -> RosterRow | None:
    """The roster of a desk."""
    return session.exec(select(RosterRow).where(RosterRow.desk_id == desk_id)).one_or_none()


def newest_version(session: Session, *, roster_id: str) -> RosterVersionRow:
    """The version with the highest number; every roster has one."""
    return session.exec(
        select(RosterVersionRow)
        .where(RosterVersionRow.roster_id == roster_id)
        .order_by(col(RosterVersionRow.number).desc())
        .limit(1)
    ).one()


def find_roster_version(
    session: Session, *, roster_id: str, number: int
) -> RosterVersionRow | None:
    """The version with this number."""
    return session.exec(
        select(RosterVersionRow).where(
            RosterVersionRow.roster_id == roster_id, RosterVersionRow.number == number
        )
    ).one_or_none()


def newest_versions(
    session: Session, *, roster_ids: Collection[str]
) -> dict[str, RosterVersionRow]:
    """The newest version of each of these rosters by the roster's id, without its document."""
    row = RosterVersionRow
    newest = (
        select(row.roster_id, func.max(row.number))
        .where(col(row.roster_id).in_(list(roster_ids)))
        .group_by(col(row.roster_id))
    )
    query = select(row).where(tuple_(col(row.roster_id), col(row.number)).in_(newest))
    found = session.exec(query.options(_without_document()))
    return {one.roster_id: one for one in found}


def list_roster_versions(
    session: Session, *, roster_id: str, after: str | None, limit: int
) -> Sequence[RosterVersionRow]:
    """The versions of a roster, oldest first, without their documents."""
    row = RosterVersionRow
    query = select(row).where(row.roster_id == roster_id)
    if after is not None:
        # By number: the ids of two nodes, or of a clock that was put back, are in no order.
        last = select(row.number).where(row.id == after).scalar_subquery()
        query = query.where(row.number > last)
    return session.exec(
        query.options(_without_document()).order_by(col(row.number)).limit(limit)
    ).all()


def roster_versions(session: Session, *, roster_id: str) -> Sequence[RosterVersionRow]:
    """All versions of a roster, in the order of their numbers."""
    query = select(RosterVersionRow).where(RosterVersionRow.roster_id == roster_id)
    return session.exec(query.order_by(col(RosterVersionRow.number))).all()


def versions_within(
    session: Session,
    *,
    roster_id: str,
    begin: datetime,
    end: datetime,
    as_of: datetime | None = None,
) -> Sequence[RosterVersionRow]:
    """The versions that hold at any instant of [begin, end), by what was recorded up to `as_of`.

    In the order of their numbers. A long history costs no more than a look at its dates: the
    documents of the others are not read.
    """
    row = RosterVersionRow
    known = select(row.number, row.effective_from).where(row.roster_id == roster_id)
    if as_of is not None:
        known = known.where(row.recorded_at <= as_of)
    holding, taken_from = [], end
    for number, effective_from in session.exec(known.order_by(col(row.number).desc())):
        # From `taken_from` on a later version holds.
        if max(effective_from, begin) < taken_from:
            holding.append(number)
        taken_from = min(taken_from, effective_from)
    query = select(row).where(row.roster_id == roster_id, col(row.number).in_(holding))
    return session.exec(query.order_by(col(row.number))).all()


def _without_document() -> ORMOption:
    # Whoever looks at it all the same hears of it, in the place of a query for each row.
    return defer(RosterVersionRow.document, raiseload=True)


def _seen_desks(sight: Sight) -> SelectOfScalar[str]:
    organisations = seen_organisation_ids(sight)
    return select(PartyRow.id).where(
        PartyRow.kind == "desk", col(PartyRow.organisation_id).in_(organisations)
    )
