"""What people are called: sealed in the database, there on every row of a party that is loaded.

`PartyRow.name` is read in many places and set in few. So the rows of persons and families come with
their wrapped data key in the same statement, and their names are opened as they are loaded. A name
that was opened is never written back: the schema allows no plain name of theirs.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy import event
from sqlalchemy.orm import QueryContext, column_property
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session, col, select

from app.database import vault_of
from app.models.access import DataKeyRow
from app.models.directory import PartyRow
from app.search.terms import terms_of_person
from app.store.vault.keys import broken_left_out, require_key
from app.store.vault.places import approved_by_at, name_at
from app.store.vault.tokens import set_tokens
from app.vault import Vault

PartyRow.wrapped_key = column_property(
    select(DataKeyRow.wrapped)
    .where(col(DataKeyRow.subject_id) == PartyRow.id)
    .correlate_except(DataKeyRow)
    .scalar_subquery()
)


def set_name(session: Session, row: PartyRow, name: str) -> None:
    """Call a party by this name; whoever has a personal one has a data key already.

    Raises:
        SubjectErased: they were erased.
    """
    if not row.is_personal:
        row.name = name
        return
    row.sealed_name = require_key(session, row.id).seal_text(name, name_at(row.id))
    set_committed_value(row, "name", name)
    set_tokens(session, subject_id=row.id, terms=terms_of_person(name))


def set_approver(session: Session, row: PartyRow, name: str | None) -> None:
    """Keep who signed for a municipality's accountable desk."""
    key = require_key(session, row.id)
    row.accountable_approved_by = (
        None if name is None else key.seal_text(name, approved_by_at(row.id))
    )


def approver_of(session: Session, row: PartyRow) -> str | None:
    """Who signed for a municipality's accountable desk."""
    sealed = row.accountable_approved_by
    if sealed is None:
        return None
    return require_key(session, row.id).open_text(sealed, approved_by_at(row.id))


def names_of(session: Session, party_ids: Iterable[str | None]) -> Mapping[str, str]:
    """What these parties are called, by id; "" for one who was erased."""
    wanted = sorted({one for one in party_ids if one})
    rows = session.exec(select(PartyRow).where(col(PartyRow.id).in_(wanted)))
    return {row.id: row.name for row in rows}


def opened_names(
    vault: Vault, sealed: Iterable[tuple[str, bytes | None, bytes | None]]
) -> Mapping[str, str]:
    """What parties are called, by id, out of their `sealed_name` and wrapped data key.

    Without those who have no sealed name, and those whose name does not open.
    """
    found: dict[str, str] = {}
    for party_id, name, wrapped in sealed:
        if name and wrapped and party_id not in found:
            with broken_left_out():
                key = vault.unwrap(party_id, wrapped)
                found[party_id] = key.open_text(name, name_at(party_id))
    return found


@event.listens_for(PartyRow, "load")
def _open_name(row: PartyRow, context: QueryContext) -> None:
    _open(context, row)


@event.listens_for(PartyRow, "refresh")
def _open_name_again(row: PartyRow, context: QueryContext, _attributes: object) -> None:
    _open(context, row)


def _open(context: QueryContext, row: PartyRow) -> None:
    session = context.session
    if row.sealed_name is not None and row.wrapped_key is not None:
        assert isinstance(session, Session), "a Database opens no others"
        key = vault_of(session).unwrap(row.id, row.wrapped_key)
        set_committed_value(row, "name", key.open_text(row.sealed_name, name_at(row.id)))
