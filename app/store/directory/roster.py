"""Rosters of desks: their versions, of which none is ever changed."""

from collections.abc import Sequence
from datetime import datetime

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


def list_roster_versions(
    session: Session, *, roster_id: str, after: str | None, limit: int
) -> Sequence[RosterVersionRow]:
    """The versions of a roster, oldest first."""
    query = select(RosterVersionRow).where(RosterVersionRow.roster_id == roster_id)
    if after is not None:
        query = query.where(RosterVersionRow.id > after)
    return session.exec(query.order_by(RosterVersionRow.id).limit(limit)).all()


def roster_versions(
    session: Session, *, roster_id: str, as_of: datetime | None = None
) -> Sequence[RosterVersionRow]:
    """All versions that were recorded up to an instant, in the order of their numbers."""
    query = select(RosterVersionRow).where(RosterVersionRow.roster_id == roster_id)
    if as_of is not None:
        query = query.where(RosterVersionRow.recorded_at <= as_of)
    return session.exec(query.order_by(col(RosterVersionRow.number))).all()


def _seen_desks(sight: Sight) -> SelectOfScalar[str]:
    organisations = seen_organisation_ids(sight)
    return select(PartyRow.id).where(
        PartyRow.kind == "desk", col(PartyRow.organisation_id).in_(organisations)
    )
