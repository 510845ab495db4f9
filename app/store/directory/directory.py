"""Organisations, their desks and their persons: who there is, and who may see them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, text, true
from sqlmodel import Session, col, delete, select
from sqlmodel.sql.expression import SelectOfScalar

from app.models.directory import DeskPersonRow, OrganisationMunicipalityRow, PartyRow
from app.models.ledger import LedgerLogRow
from app.protocols.kinds import OrganisationKind
from app.store.vault.keys import add_key
from app.store.vault.loading import set_name

# Both databases read this. The row is also the mutex of the directory's writers: on PostgreSQL
# the second waits here for the first, and then sees what it wrote.
_TOUCH: Final = text(
    "INSERT INTO revision (name, value) VALUES ('directory', 1)"
    " ON CONFLICT (name) DO UPDATE SET value = revision.value + 1"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What a caller may see; without any argument: nothing.

    With an `organisation_id`: that organisation and what it serves. Else the organisations that
    work in one of `municipality_ids`, and the clients there.
    """

    is_everything: bool = False
    organisation_id: str | None = None
    municipality_ids: frozenset[str] = frozenset()


EVERYTHING: Final = Sight(is_everything=True)


def touch_directory(session: Session) -> None:
    """Count a change of the directory; call it first in every transaction that makes one."""
    session.connection().execute(_TOUCH)


def seen_organisation_ids(sight: Sight) -> SelectOfScalar[str]:
    """The ids of the organisations that may be seen, as a subquery."""
    if sight.is_everything:
        return select(PartyRow.id).where(PartyRow.kind == "organisation")
    if sight.organisation_id is not None:
        return select(PartyRow.id).where(PartyRow.id == sight.organisation_id)
    return select(OrganisationMunicipalityRow.organisation_id).where(
        col(OrganisationMunicipalityRow.municipality_id).in_(list(sight.municipality_ids))
    )


def get_party(
    session: Session, *, party_id: str, kinds: Collection[str], sight: Sight
) -> PartyRow | None:
    """The party with this id, retired or not, if it is of one of the kinds and may be seen."""
    return session.exec(
        select(PartyRow).where(
            PartyRow.id == party_id, col(PartyRow.kind).in_(kinds), _seen_parties(sight)
        )
    ).one_or_none()


def get_parties(session: Session, *, party_ids: Iterable[str], sight: Sight) -> dict[str, PartyRow]:
    """The parties with these ids that may be seen, retired or not, by id."""
    rows = session.exec(
        select(PartyRow).where(col(PartyRow.id).in_(list(party_ids)), _seen_parties(sight))
    )
    return {row.id: row for row in rows}


def is_family(session: Session, organisation_id: str) -> bool:
    """Whether an organisation is a client's family, whose names say who the client is."""
    query = select(PartyRow.organisation_kind).where(PartyRow.id == organisation_id)
    return session.exec(query).one_or_none() == OrganisationKind.FAMILY


def list_organisations(
    session: Session,
    *,
    sight: Sight,
    kind: str | None = None,
    hidden_kinds: Collection[str] = (),
    municipality_id: str | None = None,
    after: str | None = None,
    limit: int,
) -> Sequence[PartyRow]:
    """The organisations that may be seen and are of no hidden kind, oldest first."""
    query = select(PartyRow).where(PartyRow.kind == "organisation", _seen_parties(sight))
    if kind is not None:
        query = query.where(PartyRow.organisation_kind == kind)
    if hidden_kinds:
        query = query.where(col(PartyRow.organisation_kind).not_in(list(hidden_kinds)))
    if municipality_id is not None:
        there = Sight(municipality_ids=frozenset({municipality_id}))
        query = query.where(col(PartyRow.id).in_(seen_organisation_ids(there)))
    if after is not None:
        query = query.where(PartyRow.id > after)
    return session.exec(query.order_by(PartyRow.id).limit(limit)).all()


def list_parties(
    session: Session,
    *,
    sight: Sight,
    organisation_id: str | None = None,
    kind: str | None = None,
    desk_id: str | None = None,
    after: str | None = None,
    limit: int,
) -> Sequence[PartyRow]:
    """The desks and persons that may be seen, retired ones too, oldest first."""
    query = select(PartyRow).where(PartyRow.kind != "organisation", _seen_parties(sight))
    if organisation_id is not None:
        query = query.where(PartyRow.organisation_id == organisation_id)
    if kind is not None:
        query = query.where(PartyRow.kind == kind)
    if desk_id is not None:
        persons = select(DeskPersonRow.person_id).where(DeskPersonRow.desk_id == desk_id)
        query = query.where(col(PartyRow.id).in_(persons))
    if after is not None:
        query = query.where(PartyRow.id > after)
    return session.exec(query.order_by(PartyRow.id).limit(limit)).all()


def municipality_ids_of(session: Session, organisation_ids: Iterable[str]) -> dict[str, list[str]]:
    """In which municipalities each of these organisations works, in order of their ids."""
    found: dict[str, list[str]] = {one: [] for one in organisation_ids}
    row = OrganisationMunicipalityRow
    query = select(row).where(col(row.organisation_id).in_(list(found)))
    for each in session.exec(query.order_by(row.municipality_id)):
        found[each.organisation_id].append(each.municipality_id)
    return found


def set_municipalities(
    session: Session, *, organisation_id: str, municipality_ids: Iterable[str]
) -> None:
    """Say in which municipalities an organisation works; what was said before is replaced."""
    row = OrganisationMunicipalityRow
    session.exec(delete(row).where(col(row.organisation_id) == organisation_id))
    session.add_all(
        row(organisation_id=organisation_id, municipality_id=one) for one in municipality_ids
    )
    session.flush()


def desk_ids_of(session: Session, person_ids: Iterable[str]) -> dict[str, list[str]]:
    """At which desks each of these persons takes turns, in order of their ids."""
    found: dict[str, list[str]] = {one: [] for one in person_ids}
    query = select(DeskPersonRow).where(col(DeskPersonRow.person_id).in_(list(found)))
    for each in session.exec(query.order_by(DeskPersonRow.desk_id)):
        found[each.person_id].append(each.desk_id)
    return found


def person_ids_of(session: Session, desk_ids: Iterable[str]) -> dict[str, list[str]]:
    """Who takes turns at each of these desks, retired persons too, in order of their ids."""
    found: dict[str, list[str]] = {one: [] for one in desk_ids}
    query = select(DeskPersonRow).where(col(DeskPersonRow.desk_id).in_(list(found)))
    for each in session.exec(query.order_by(DeskPersonRow.person_id)):
        found[each.desk_id].append(each.person_id)
    return found


def set_desks(session: Session, *, person_id: str, desk_ids: Iterable[str]) -> None:
    """Say at which desks a person takes turns; what was said before is replaced."""
    session.exec(delete(DeskPersonRow).where(col(DeskPersonRow.person_id) == person_id))
    session.add_all(DeskPersonRow(desk_id=one, person_id=person_id) for one in desk_ids)
    session.flush()


def add_organisation(
    session: Session, row: PartyRow, *, name: str, municipality_ids: Iterable[str]
) -> None:
    """Add an organisation and where it works; a municipality gets its ledger's log."""
    session.add(row)
    session.flush()
    add_key(session, row.id)
    set_name(session, row, name)
    set_municipalities(session, organisation_id=row.id, municipality_ids=municipality_ids)
    if row.organisation_kind == "municipality":
        session.add(LedgerLogRow(id=row.id, created_at=row.created_at))
        session.flush()


def _seen_parties(sight: Sight) -> ColumnElement[bool]:
    if sight.is_everything:
        return true()
    return col(PartyRow.organisation_id).in_(seen_organisation_ids(sight))
