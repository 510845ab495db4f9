"""Parties and clients by what people call them."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from sqlalchemy import or_
from sqlmodel import Session, col, select

from app.models.directory import ClientRow, PartyRow
from app.search.terms import terms_of_person
from app.store.directory.directory import Sight, seen_organisation_ids
from app.store.vault.tokens import found_by

# Both databases take some ten thousand parameters in a statement.
_AT_ONCE: Final = 5000


def parties_named(
    session: Session, *, names: Iterable[str], kinds: Collection[str], sight: Sight
) -> Sequence[PartyRow]:
    """The parties of these kinds with these names that may be seen and are not retired."""
    found: list[PartyRow] = []
    for some in _chunks(names):
        persons = found_by(session, (term for name in some for term in terms_of_person(name)))
        query = select(PartyRow).where(
            or_(col(PartyRow.name).in_(some), col(PartyRow.id).in_(persons)),
            col(PartyRow.kind).in_(kinds),
            col(PartyRow.retired_at).is_(None),
        )
        if not sight.is_everything:
            query = query.where(col(PartyRow.organisation_id).in_(seen_organisation_ids(sight)))
        found += session.exec(query.order_by(PartyRow.id)).all()
    return found


def clients_of(session: Session, *, municipality_id: str) -> Sequence[ClientRow]:
    """The clients of a municipality who are not retired, oldest first."""
    query = select(ClientRow).where(
        ClientRow.municipality_id == municipality_id, col(ClientRow.retired_at).is_(None)
    )
    return session.exec(query.order_by(ClientRow.id)).all()


def _chunks(names: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(dict.fromkeys(names))
    while some := list(islice(rest, _AT_ONCE)):
        yield some
