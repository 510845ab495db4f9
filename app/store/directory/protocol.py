"""Published protocol versions, and what of the directory they rest on."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import ColumnElement, and_
from sqlmodel import Session, col, select

from app.database import vault_of
from app.models.directory import PartyRow
from app.models.protocol import ProtocolUseRow, ProtocolVersionRow
from app.protocols.calendar import Hours
from app.protocols.draft import Kind
from app.protocols.publication import KnownParty
from app.store.directory.contact_point import contact_points_of
from app.store.directory.directory import (
    EVERYTHING,
    Sight,
    desk_ids_of,
    get_parties,
    person_ids_of,
)
from app.store.vault.keys import find_key, require_key
from app.store.vault.places import document_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whose protocol: a client's, or, without a client, a municipality's default."""

    municipality_id: str
    client_id: str | None = None


def find_version(
    session: Session, subject: Subject, *, number: int | None = None
) -> ProtocolVersionRow | None:
    """A published version; without a number the newest."""
    query = select(ProtocolVersionRow).where(_is_of(subject))
    if number is not None:
        query = query.where(ProtocolVersionRow.number == number)
    return session.exec(query.order_by(col(ProtocolVersionRow.number).desc()).limit(1)).first()


def document_of(session: Session, row: ProtocolVersionRow) -> dict[str, object] | None:
    """The document of a version; None once its client was erased."""
    if row.document is None:
        return None
    key = vault_of(session).own if row.client_id is None else find_key(session, row.client_id)
    return key.open_object(row.document, document_at(row.id)) if key else None


def sealed_document(
    session: Session, subject: Subject, version_id: str, document: Mapping[str, object]
) -> bytes:
    """A document as it is stored in the version with this id.

    Raises:
        SubjectErased: the client was erased.
    """
    if subject.client_id is None:
        return vault_of(session).own.seal_json(dict(document), document_at(version_id))
    return require_key(session, subject.client_id).seal_json(
        dict(document), document_at(version_id)
    )


def list_versions(
    session: Session, subject: Subject, *, after: str | None = None, limit: int
) -> Sequence[ProtocolVersionRow]:
    """The published versions, oldest first."""
    query = select(ProtocolVersionRow).where(_is_of(subject))
    if after is not None:
        query = query.where(ProtocolVersionRow.id > after)
    return session.exec(query.order_by(ProtocolVersionRow.id).limit(limit)).all()


def accountable_desk_ids(session: Session, desk_ids: Collection[str]) -> set[str]:
    """Which of these desks hold when nobody else does, by anything that is in force.

    In force are the newest version of each protocol, unless its client or its municipality is
    retired, and what a municipality that is not falls back on without any protocol.
    """
    use = ProtocolUseRow
    of_protocols = select(use.party_id).where(
        col(use.party_id).in_(list(desk_ids)), col(use.is_accountable).is_(True)
    )
    of_municipalities = select(PartyRow.accountable_desk_id).where(
        col(PartyRow.accountable_desk_id).in_(list(desk_ids)), col(PartyRow.retired_at).is_(None)
    )
    found = (*session.exec(of_protocols.distinct()), *session.exec(of_municipalities))
    return {desk_id for desk_id in found if desk_id is not None}


def known_parties(
    session: Session, party_ids: Iterable[str], *, municipality_id: str
) -> dict[str, KnownParty]:
    """What publishing must know of the parties that a document names, and of their persons.

    Parties of organisations that do not work in the municipality are left out, so that naming
    them is refused; persons who take turns at a known desk are there wherever they belong.
    """
    there = Sight(municipality_ids=frozenset({municipality_id}))
    return known(session, get_parties(session, party_ids=party_ids, sight=there).values())


def known(session: Session, rows: Iterable[PartyRow]) -> dict[str, KnownParty]:
    """These parties and the persons of the desks among them, with their contact points."""
    parties = {row.id: row for row in rows}
    persons = person_ids_of(session, [one.id for one in parties.values() if one.kind == "desk"])
    others = {one for many in persons.values() for one in many} - parties.keys()
    parties |= get_parties(session, party_ids=others, sight=EVERYTHING)
    desk_ids = desk_ids_of(session, parties)
    points = contact_points_of(session, parties)
    return {
        row.id: KnownParty(
            id=row.id,
            # One of the three by a constraint of the schema.
            kind=cast("Kind", row.kind),
            organisation_id=row.organisation_id,
            hours=Hours.always if row.hours is None else Hours.parse(row.hours),
            retired=row.retired_at is not None,
            desk_ids=frozenset(desk_ids[row.id]),
            contact_hours=tuple(Hours.parse(point.hours) for point in points[row.id]),
        )
        for row in parties.values()
    }


def _is_of(subject: Subject) -> ColumnElement[bool]:
    row = ProtocolVersionRow
    if subject.client_id is not None:
        return col(row.client_id) == subject.client_id
    return and_(col(row.client_id).is_(None), col(row.municipality_id) == subject.municipality_id)
