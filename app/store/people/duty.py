"""In which rosters somebody's duty is, and who stands in for whom."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from app.models.directory import ContactPointRow, DeskPersonRow, PartyRow
from app.models.roster import RosterPersonRow, RosterRow, SubstitutionRow


def note_persons(session: Session, roster_id: str, person_ids: Collection[str]) -> None:
    """Note that a roster names these persons."""
    row = RosterPersonRow
    query = select(row.person_id).where(
        row.roster_id == roster_id, col(row.person_id).in_(list(person_ids))
    )
    known = set(session.exec(query))
    session.add_all(
        row(person_id=one, roster_id=roster_id) for one in person_ids if one not in known
    )
    session.flush()


def rosters_of(session: Session, person_id: str) -> Sequence[tuple[RosterRow, PartyRow]]:
    """The rosters that have ever named a person, each with its desk, unless the desk is retired."""
    named = select(RosterPersonRow.roster_id).where(RosterPersonRow.person_id == person_id)
    query = (
        select(RosterRow, PartyRow)
        .join(PartyRow, col(PartyRow.id) == RosterRow.desk_id)
        .where(col(RosterRow.id).in_(named), col(PartyRow.retired_at).is_(None))
    )
    return session.exec(query.order_by(RosterRow.id)).all()


def roster_of_desk(session: Session, desk_id: str) -> RosterRow | None:
    """The roster of a desk, if it has one."""
    return session.exec(select(RosterRow).where(RosterRow.desk_id == desk_id)).one_or_none()


def desks_without_roster(session: Session, person_id: str) -> Sequence[PartyRow]:
    """The desks of a person of which everybody is always on duty."""
    has_roster = select(RosterRow.id).where(RosterRow.desk_id == PartyRow.id).exists()
    query = (
        select(PartyRow)
        .join(DeskPersonRow, col(DeskPersonRow.desk_id) == PartyRow.id)
        .where(
            DeskPersonRow.person_id == person_id,
            col(PartyRow.retired_at).is_(None),
            ~has_roster,
        )
    )
    return session.exec(query.order_by(PartyRow.id)).all()


def active_persons(session: Session, desk_id: str) -> Sequence[PartyRow]:
    """Who takes turns at a desk and is not retired, by name."""
    query = (
        select(PartyRow)
        .join(DeskPersonRow, col(DeskPersonRow.person_id) == PartyRow.id)
        .where(DeskPersonRow.desk_id == desk_id, col(PartyRow.retired_at).is_(None))
    )
    return sorted(session.exec(query).all(), key=lambda row: (row.name, row.id))


def find_substitution(session: Session, substitution_id: str) -> SubstitutionRow | None:
    """The request with this id."""
    return session.get(SubstitutionRow, substitution_id)


def list_substitutions(
    session: Session, *, person_id: str, after: str | None = None, limit: int, newest: bool = False
) -> Sequence[SubstitutionRow]:
    """The requests that a person made or was made; oldest first, or the newest."""
    row = SubstitutionRow
    query = select(row).where(
        or_(col(row.person_id) == person_id, col(row.substitute_id) == person_id)
    )
    if after is not None:
        query = query.where(row.id > after)
    return session.exec(query.order_by(col(row.id).desc() if newest else row.id).limit(limit)).all()


def open_substitutions(
    session: Session, roster_id: str, person_id: str, now: datetime
) -> Sequence[SubstitutionRow]:
    """What a person has asked colleagues about a roster, and nobody has answered yet."""
    row = SubstitutionRow
    query = select(row).where(
        row.roster_id == roster_id,
        row.person_id == person_id,
        row.status == "offered",
        row.lapses_at > now,
    )
    return session.exec(query.order_by(row.id)).all()


def count_open_requests(session: Session, substitute_id: str, now: datetime) -> int:
    """How many requests to a person wait for their answer."""
    row = SubstitutionRow
    query = select(func.count()).where(
        row.substitute_id == substitute_id, row.status == "offered", col(row.lapses_at) > now
    )
    return session.exec(query).one()


def has_been_inbox(session: Session, contact_point_id: str) -> bool:
    """Whether a contact point, retired or not, is or was an inbox."""
    row = session.get(ContactPointRow, contact_point_id)
    return row is not None and row.channel == "inbox"
