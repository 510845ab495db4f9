"""Where a party is used: what would be touched if it were changed or retired."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, func, or_, true
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, delete, select

from app.escalation.incident import Incident
from app.models.directory import ClientRow, ClientServiceRow, ContactPointRow, PartyRow
from app.models.incident import DeliveryRow, IncidentRow, PageRow
from app.models.protocol import ProtocolUseRow, ProtocolVersionRow
from app.store.board import seen_incidents
from app.store.directory.directory import EVERYTHING, Sight

INCIDENTS_MAX: Final = 500

_STATE: Final = TypeAdapter(Incident)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolUse:
    """A protocol in force that names a party, with the code of its client."""

    row: ProtocolUseRow
    client_code: str | None

    @property
    def id(self) -> str:
        """The version's id: lists are in its order."""
        return self.row.version_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """How many there are, of those that the caller may see and of the others."""

    seen: int
    hidden: int


def set_protocol_uses(
    session: Session, version: ProtocolVersionRow, places: Iterable[tuple[str, str]]
) -> None:
    """Note whom the newest version names, by pointer and party; what was before it is forgotten."""
    found: dict[str, list[str]] = {}
    for pointer, party_id in places:
        found.setdefault(party_id, []).append(pointer)
    # The version itself must be there before it is referred to.
    session.flush()
    forget_protocol_uses(session, version.municipality_id, version.client_id)
    session.add_all(
        ProtocolUseRow(
            party_id=party_id,
            version_id=version.id,
            number=version.number,
            client_id=version.client_id,
            municipality_id=version.municipality_id,
            places=pointers,
            is_accountable=party_id == version.accountable_id,
        )
        for party_id, pointers in found.items()
    )
    session.flush()


def forget_protocol_uses(session: Session, municipality_id: str, client_id: str | None) -> None:
    """Forget whom the protocol of a client, or without one a municipality's default, names."""
    version = ProtocolVersionRow
    own = select(version.id).where(
        version.municipality_id == municipality_id, col(version.client_id).is_(None)
    )
    if client_id is not None:
        own = select(version.id).where(version.client_id == client_id)
    session.exec(delete(ProtocolUseRow).where(col(ProtocolUseRow.version_id).in_(own)))


def protocol_uses(
    session: Session,
    *,
    party_ids: Collection[str],
    sight: Sight,
    accountable_only: bool = False,
    after: str | None = None,
    limit: int,
) -> Sequence[ProtocolUse]:
    """The protocols in force that name any of the parties and may be seen, oldest version first."""
    use = ProtocolUseRow
    query = (
        select(use, ClientRow.code)
        .outerjoin(ClientRow, col(ClientRow.id) == use.client_id)
        .where(*_named(party_ids, accountable_only=accountable_only), _seen(sight))
    )
    if after is not None:
        query = query.where(use.version_id > after)
    found = session.exec(query.order_by(use.version_id).limit(limit))
    return [ProtocolUse(row=row, client_code=code) for row, code in found]


def count_protocol_uses(
    session: Session, *, party_ids: Collection[str], sight: Sight, accountable_only: bool = False
) -> Total:
    """How many protocols in force name any of the parties."""
    named = _named(party_ids, accountable_only=accountable_only)
    every = select(func.count()).select_from(ProtocolUseRow).where(*named)
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


def _named(party_ids: Collection[str], *, accountable_only: bool) -> list[ColumnElement[bool]]:
    use = ProtocolUseRow
    named: list[ColumnElement[bool]] = [col(use.party_id).in_(list(party_ids))]
    if accountable_only:
        named.append(col(use.is_accountable).is_(True))
    return named


def _seen(sight: Sight) -> ColumnElement[bool]:
    """Who sees a client sees their protocol; a municipality's default is its coordinators'."""
    use = ProtocolUseRow
    if sight.is_everything:
        return true()
    if sight.organisation_id is None:
        return col(use.municipality_id).in_(sorted(sight.municipality_ids))
    served = select(ClientServiceRow.client_id).where(
        ClientServiceRow.organisation_id == sight.organisation_id
    )
    return col(use.client_id).in_(served)
