"""Which contact points there are to be asked, of whom, and at which desks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select as plain_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.models.directory import ContactPointRow, DeskPersonRow, PartyRow
from app.store.directory.directory import Sight, seen_organisation_ids
from app.store.vault.loading import names_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Whose contact points: those that the caller sees, narrowed down if it likes."""

    sight: Sight
    municipality_id: str | None = None
    organisation_id: str | None = None
    # Contact points that were made later are left out.
    made_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """A contact point in use, with its party and that party's organisation."""

    id: str
    channel: str
    party_id: str
    party_kind: str
    party_name: str
    organisation_id: str
    organisation_name: str


def point_ids(place: Place) -> SelectOfScalar[str]:
    """The ids of the contact points in use there, as a subquery."""
    point, party, whole = ContactPointRow, PartyRow, aliased(PartyRow)
    query = (
        select(point.id)
        .join(party, col(party.id) == point.party_id)
        .join(whole, col(whole.id) == party.organisation_id)
        .where(
            col(point.retired_at).is_(None),
            col(party.retired_at).is_(None),
            col(whole.retired_at).is_(None),
            col(whole.id).in_(_organisation_ids(place)),
        )
    )
    if place.made_before is not None:
        query = query.where(point.created_at < place.made_before)
    return query


def list_reached(session: Session, place: Place) -> Sequence[Reached]:
    """The contact points in use there, in order of their ids."""
    point, party, whole = ContactPointRow, PartyRow, aliased(PartyRow)
    query = (
        plain_select(
            col(point.id),
            col(point.channel),
            col(party.id),
            col(party.kind),
            col(whole.id),
        )
        .join(party, col(party.id) == col(point.party_id))
        .join(whole, col(whole.id) == col(party.organisation_id))
        .where(col(point.id).in_(point_ids(place)))
        .order_by(col(point.id))
    )
    found = session.connection().execute(query).all()
    names = names_of(session, [party_id for row in found for party_id in (row[2], row[4])])
    return [
        Reached(
            id=row[0],
            channel=row[1],
            party_id=row[2],
            party_kind=row[3],
            party_name=names[row[2]],
            organisation_id=row[4],
            organisation_name=names[row[4]],
        )
        for row in found
    ]


def desks_of(session: Session, place: Place) -> Mapping[str, Sequence[str]]:
    """Who answers for each desk in use there, itself included, by the desk's id in order."""
    desk, person = PartyRow, DeskPersonRow
    desks = session.exec(
        select(desk.id)
        .where(
            desk.kind == "desk",
            col(desk.retired_at).is_(None),
            col(desk.organisation_id).in_(_organisation_ids(place)),
        )
        .order_by(desk.id)
    ).all()
    found: dict[str, list[str]] = {one: [one] for one in desks}
    for row in session.exec(select(person).order_by(person.desk_id, person.person_id)):
        if row.desk_id in found:
            found[row.desk_id].append(row.person_id)
    return found


def _organisation_ids(place: Place) -> SelectOfScalar[str]:
    row = PartyRow
    query = select(row.id).where(
        row.kind == "organisation", col(row.id).in_(seen_organisation_ids(place.sight))
    )
    if place.municipality_id is not None:
        there = Sight(municipality_ids=frozenset({place.municipality_id}))
        query = query.where(col(row.id).in_(seen_organisation_ids(there)))
    if place.organisation_id is not None:
        query = query.where(row.id == place.organisation_id)
    return query
