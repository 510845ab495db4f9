"""To whom somebody may hand over: who else of their organisation can be reached."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import exists
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.models.directory import ContactPointRow, DeskPersonRow, PartyRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """Another person of a person's organisation."""

    id: str
    name: str
    organisation: str
    organisation_kind: str | None
    shares_desk: bool


def colleagues_of(session: Session, *, person_id: str, limit: int) -> Sequence[Colleague]:
    """Who else of a person's organisation has a contact point; by name, the desk's persons first.

    Retired desks join nobody.
    """
    party, point, organisation = PartyRow, ContactPointRow, aliased(PartyRow)
    own = select(party.organisation_id).where(party.id == person_id).scalar_subquery()
    has_point = exists().where(col(point.party_id) == party.id, col(point.retired_at).is_(None))
    shares_desk = col(party.id).in_(_mates_of(person_id))
    rows = session.exec(
        select(party, organisation, shares_desk)
        .join(organisation, col(organisation.id) == party.organisation_id)
        .where(
            party.organisation_id == own,
            party.kind == "person",
            party.id != person_id,
            col(party.retired_at).is_(None),
            has_point,
        )
    ).all()
    found = sorted(rows, key=lambda one: (not one[2], one[0].name, one[0].id))[:limit]
    return [
        Colleague(
            id=one.id,
            name=one.name,
            organisation=whole.name,
            organisation_kind=whole.organisation_kind,
            shares_desk=bool(is_mate),
        )
        for one, whole, is_mate in found
    ]


def _mates_of(person_id: str) -> SelectOfScalar[str]:
    """The ids of all persons of the desks of a person."""
    mate, desk = aliased(DeskPersonRow), aliased(PartyRow)
    own = (
        select(DeskPersonRow.desk_id)
        .join(desk, col(desk.id) == DeskPersonRow.desk_id)
        .where(DeskPersonRow.person_id == person_id, col(desk.retired_at).is_(None))
    )
    return select(mate.person_id).where(col(mate.desk_id).in_(own))
