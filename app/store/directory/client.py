"""Clients (利用者): who looks after them, and under which numbers they are known."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, true
from sqlmodel import Session, col, delete, select
from sqlmodel.sql.expression import SelectOfScalar

from app.database import vault_of
from app.models.directory import ClientReferenceRow, ClientRow, ClientServiceRow
from app.search.terms import terms_of_client, terms_of_word
from app.store.directory.directory import Sight
from app.store.vault.keys import find_keys, require_key
from app.store.vault.places import personal_at, reference_at, reference_blind, town_at
from app.store.vault.tokens import found_by, set_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What is personal of a client; nothing of one who was erased."""

    town: str | None = None
    personal: Mapping[str, object] = field(default_factory=dict)


def get_client(session: Session, *, client_id: str, sight: Sight) -> ClientRow | None:
    """The client with this id, retired or not, if they may be seen."""
    return session.exec(
        select(ClientRow).where(ClientRow.id == client_id, _seen_clients(sight))
    ).one_or_none()


def list_clients(
    session: Session,
    *,
    sight: Sight,
    municipality_id: str | None = None,
    organisation_id: str | None = None,
    external_ref: str | None = None,
    search: str | None = None,
    after: str | None = None,
    limit: int,
) -> Sequence[ClientRow]:
    """The clients that may be seen, retired ones too, oldest first.

    `external_ref` is meant as the organisation's in `organisation_id`; for whoever sees only one
    organisation's clients, as that one's; else as anybody's.
    `search` is a name, a kana or the beginning of one, or a whole telephone number.
    """
    query = select(ClientRow).where(_seen_clients(sight))
    if municipality_id is not None:
        query = query.where(ClientRow.municipality_id == municipality_id)
    if organisation_id is not None:
        query = query.where(col(ClientRow.id).in_(_served_by(organisation_id)))
    if external_ref is not None:
        whose = organisation_id or sight.organisation_id
        blind = reference_blind(vault_of(session), external_ref)
        query = query.where(_is_known_as(blind, organisation_id=whose))
    if search is not None:
        query = query.where(col(ClientRow.id).in_(found_by(session, terms_of_word(search))))
    if after is not None:
        query = query.where(ClientRow.id > after)
    return session.exec(query.order_by(ClientRow.id).limit(limit)).all()


def details_of(session: Session, rows: Iterable[ClientRow]) -> dict[str, Details]:
    """What is personal of each of these clients, by their ids."""
    many = list(rows)
    keys = find_keys(session, [row.id for row in many])
    found: dict[str, Details] = {}
    for row in many:
        key, town, personal = keys.get(row.id), row.town, row.personal
        found[row.id] = Details(
            town=key.open_text(town, town_at(row.id)) if key and town else None,
            personal=key.open_object(personal, personal_at(row.id)) if key and personal else {},
        )
    return found


def personal_of(
    session: Session, *, client_id: str, fields: Collection[str]
) -> Mapping[str, object]:
    """Those of a client's personal fields that are there."""
    row = session.exec(select(ClientRow).where(ClientRow.id == client_id)).one()
    personal = details_of(session, [row])[client_id].personal
    return {name: personal[name] for name in sorted(fields) if personal.get(name)}


def fire_headquarters_of(session: Session, *, client_id: str) -> str | None:
    """The direct number of the client's competent fire headquarters, and nothing else of them."""
    field = "fire_headquarters_number"
    found = personal_of(session, client_id=client_id, fields=[field])
    return str(found[field]) if field in found else None


def set_details(session: Session, row: ClientRow, details: Details) -> None:
    """Write down what is personal of a client, who has a data key already, and index it.

    Raises:
        SubjectErased: they were erased.
    """
    key = require_key(session, row.id)
    row.town = None if details.town is None else key.seal_text(details.town, town_at(row.id))
    row.personal = key.seal_json(dict(details.personal), personal_at(row.id))
    set_tokens(session, subject_id=row.id, terms=terms_of_client(details.personal))


def is_code_taken(session: Session, municipality_id: str, code: str) -> bool:
    """Whether a client of this municipality, retired or not, has this code."""
    found = select(ClientRow.id).where(
        ClientRow.municipality_id == municipality_id, ClientRow.code == code
    )
    return session.exec(found).one_or_none() is not None


def client_of_reference(session: Session, *, organisation_id: str, reference: str) -> str | None:
    """The id of the client whom an organisation knows under this number."""
    row = ClientReferenceRow
    return session.exec(
        select(row.client_id).where(
            row.organisation_id == organisation_id,
            row.blind == reference_blind(vault_of(session), reference),
        )
    ).one_or_none()


def services_of(session: Session, client_ids: Iterable[str]) -> dict[str, list[str]]:
    """Which organisations look after each of these clients, in order of their ids."""
    found: dict[str, list[str]] = {one: [] for one in client_ids}
    row = ClientServiceRow
    query = select(row).where(col(row.client_id).in_(list(found)))
    for each in session.exec(query.order_by(row.organisation_id)):
        found[each.client_id].append(each.organisation_id)
    return found


def references_of(session: Session, client_ids: Iterable[str]) -> dict[str, dict[str, str]]:
    """Under which number each of these clients is known, by the id of the organisation."""
    found: dict[str, dict[str, str]] = {one: {} for one in client_ids}
    row = ClientReferenceRow
    query = select(row).where(col(row.client_id).in_(list(found)))
    keys = find_keys(session, found)
    for each in session.exec(query.order_by(row.organisation_id)):
        if key := keys.get(each.client_id):
            place = reference_at(each.client_id, each.organisation_id)
            text = key.open_text(each.reference, place)
            found[each.client_id][each.organisation_id] = text
    return found


def set_services(session: Session, *, client_id: str, organisation_ids: Iterable[str]) -> None:
    """Say who looks after a client; what was said before is replaced."""
    row = ClientServiceRow
    session.exec(delete(row).where(col(row.client_id) == client_id))
    session.add_all(row(client_id=client_id, organisation_id=one) for one in organisation_ids)
    session.flush()


def set_references(session: Session, *, client_id: str, references: Mapping[str, str]) -> None:
    """Say under which numbers a client is known; what was said before is replaced."""
    row, vault = ClientReferenceRow, vault_of(session)
    session.exec(delete(row).where(col(row.client_id) == client_id))
    key = require_key(session, client_id)
    session.add_all(
        row(
            client_id=client_id,
            organisation_id=one,
            reference=key.seal_text(reference, reference_at(client_id, one)),
            blind=reference_blind(vault, reference),
        )
        for one, reference in references.items()
    )
    session.flush()


def _seen_clients(sight: Sight) -> ColumnElement[bool]:
    if sight.is_everything:
        return true()
    if sight.organisation_id is not None:
        return col(ClientRow.id).in_(_served_by(sight.organisation_id))
    return col(ClientRow.municipality_id).in_(list(sight.municipality_ids))


def _served_by(organisation_id: str) -> SelectOfScalar[str]:
    return select(ClientServiceRow.client_id).where(
        ClientServiceRow.organisation_id == organisation_id
    )


def _is_known_as(blind: str, *, organisation_id: str | None) -> ColumnElement[bool]:
    row = ClientReferenceRow
    query = select(row.client_id).where(row.blind == blind)
    if organisation_id is not None:
        query = query.where(row.organisation_id == organisation_id)
    return col(ClientRow.id).in_(query)
