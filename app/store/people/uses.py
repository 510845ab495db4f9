"""Where a party is used: what would be touched if it were changed or retired."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, and_, distinct, func, or_, true
from sqlalchemy.orm import aliased, defer
from sqlmodel import Session, col, delete, select
from sqlmodel.sql.expression import SelectOfScalar

from app.escalation.incident import Incident
from app.models.directory import ClientRow, ClientServiceRow, ContactPointRow, PartyRow
from app.models.incident import DeliveryRow, IncidentRow, PageRow
from app.models.protocol import ProtocolUseRow, ProtocolVersionRow
from app.store.board import seen_incidents
from app.store.directory.directory import EVERYTHING, Sight

ACCOUNTABLE: Final = "/accountable"
INCIDENTS_MAX: Final = 500

_FoundT = TypeVar("_FoundT")
_STATE: Final = TypeAdapter(Incident)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolUse:
    """A published protocol that names a party: its newest version, and the places in it."""

    # Of the version.
    id: str
    number: int
    client_id: str | None
    client_code: str | None
    municipality_id: str
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """How many there are, of those that the caller may see and of the others."""

    seen: int
    hidden: int


def set_protocol_uses(
    session: Session, *, version_id: str, replaced_id: str | None, places: Mapping[str, str]
) -> None:
    """Note whom the newest version names: a party's id by pointer."""
    row = ProtocolUseRow
    if replaced_id is not None:
        session.exec(delete(row).where(col(row.version_id) == replaced_id))
    session.flush()
    session.add_all(
        row(version_id=version_id, pointer=pointer, party_id=party_id)
        for pointer, party_id in places.items()
    )
    session.flush()


def protocol_uses(
    session: Session,
    *,
    party_ids: Collection[str],
    sight: Sight,
    pointer: str | None = None,
    after: str | None = None,
    limit: int,
) -> Sequence[ProtocolUse]:
    """The protocols in force that name any of the parties and may be seen, oldest version first.

    With a `pointer` only those that name one there.
    """
    use, version = ProtocolUseRow, ProtocolVersionRow
    named = _in_force(select(use.version_id), party_ids, pointer).where(_seen(sight))
    if after is not None:
        named = named.where(use.version_id > after)
    ids = session.exec(named.distinct().order_by(use.version_id).limit(limit)).all()
    places: dict[str, list[str]] = {one: [] for one in ids}
    found = select(use).where(col(use.version_id).in_(ids), col(use.party_id).in_(list(party_ids)))
    for row in session.exec(found.order_by(use.version_id, use.pointer)):
        places[row.version_id].append(row.pointer)
    rows = session.exec(
        select(version, ClientRow.code)
        .outerjoin(ClientRow, col(ClientRow.id) == version.client_id)
        .where(col(version.id).in_(ids))
        .order_by(version.id)
        .options(defer(version.document, raiseload=True))
    )
    return [
        ProtocolUse(
            id=row.id,
            number=row.number,
            client_id=row.client_id,
            client_code=code,
            municipality_id=row.municipality_id,
            places=tuple(places[row.id]),
        )
        for row, code in rows
    ]


def count_protocol_uses(
    session: Session, *, party_ids: Collection[str], sight: Sight, pointer: str | None = None
) -> Total:
    """How many protocols in force name any of the parties."""
    counting = select(func.count(distinct(col(ProtocolUseRow.version_id))))
    every = _in_force(counting, party_ids, pointer)
    everything = session.exec(every).one()
    seen = everything if sight.is_everything else session.exec(every.where(_seen(sight))).one()
    return Total(seen=seen, hidden=everything - seen)


def municipalities_falling_back_on(session: Session, desk_ids: Collection[str]) -> Sequence[str]:
    """The municipalities whose accountable desk is one of these."""
    query = select(PartyRow.id).where(
        col(PartyRow.accountable_desk_id).in_(list(desk_ids)), col(PartyRow.retired_at).is_(None)
    )
    return session.exec(query.order_by(PartyRow.id)).all()


def open_incidents_of(
    session: Session, party_id: str, sight: Sight
) -> tuple[Sequence[IncidentRow], Total]:
    """The open incidents that a party holds or was asked in, and that may be seen; at most 500."""
    row = IncidentRow
    asked = select(PageRow.incident_id).where(PageRow.party_id == party_id)
    query = select(row).where(
        col(row.closed_at).is_(None), or_(col(row.holder_id) == party_id, col(row.id).in_(asked))
    )
    query = query.order_by(row.id).limit(INCIDENTS_MAX)
    everything = session.exec(query).all()
    if sight.is_everything:
        return everything, Total(seen=len(everything), hidden=0)
    seen = session.exec(query.where(seen_incidents(sight))).all()
    return seen, Total(seen=len(seen), hidden=len(everything) - len(seen))


def held_incidents(
    session: Session,
    party_id: str,
    *,
    exhausted_only: bool = False,
    sight: Sight = EVERYTHING,
) -> list[str]:
    """The ids of the open incidents that a party holds, and that may be seen; at most 500."""
    row = IncidentRow
    query = select(row.id).where(
        row.holder_id == party_id, col(row.closed_at).is_(None), seen_incidents(sight)
    )
    if exhausted_only:
        query = query.where(col(row.exhausted).is_(True))
    return list(session.exec(query.order_by(row.id).limit(INCIDENTS_MAX)))


def state_of(row: IncidentRow) -> Incident:
    """What the rules remember of an incident."""
    return _STATE.validate_python(row.state)


def is_last_contact_point(session: Session, row: ContactPointRow) -> bool:
    """Whether a party could be reached by nothing else."""
    other = aliased(ContactPointRow)
    query = select(other.id).where(
        other.party_id == row.party_id, other.id != row.id, col(other.retired_at).is_(None)
    )
    return row.retired_at is None and session.exec(query.limit(1)).first() is None


def count_pending(session: Session, contact_point_id: str) -> int:
    """How many messages are still to be sent by a contact point."""
    row = DeliveryRow
    query = select(func.count()).where(
        row.status == "pending", row.contact_point_id == contact_point_id
    )
    return session.exec(query).one()


def _in_force(
    query: SelectOfScalar[_FoundT], party_ids: Collection[str], pointer: str | None
) -> SelectOfScalar[_FoundT]:
    """The uses in protocols of clients and municipalities that are not retired."""
    use, version, place = ProtocolUseRow, ProtocolVersionRow, aliased(PartyRow)
    found = (
        query.select_from(use)
        .join(version, col(version.id) == use.version_id)
        .join(place, col(place.id) == version.municipality_id)
        .outerjoin(ClientRow, col(ClientRow.id) == version.client_id)
        .where(
            col(use.party_id).in_(list(party_ids)),
            col(place.retired_at).is_(None),
            col(ClientRow.retired_at).is_(None),
        )
    )
    return found if pointer is None else found.where(use.pointer == pointer)


def _seen(sight: Sight) -> ColumnElement[bool]:
    """Who sees a client sees their protocol; a municipality's default is its coordinators'."""
    version = ProtocolVersionRow
    if sight.is_everything:
        return true()
    if sight.organisation_id is None:
        return col(version.municipality_id).in_(sorted(sight.municipality_ids))
    served = select(ClientServiceRow.client_id).where(
        ClientServiceRow.organisation_id == sight.organisation_id
    )
    return and_(col(version.client_id).is_not(None), col(version.client_id).in_(served))
