"""The subjects' data keys: made, found and destroyed in the transaction that needs them."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

import structlog
from sqlmodel import Session, col, delete, select

from app.database import vault_of
from app.models.access import DataKeyRow
from app.vault import SealBroken, SubjectErased, SubjectKey, Vault

# Where a list is longer than a statement takes parameters.
_AT_ONCE = 5000

log = structlog.get_logger()


@contextmanager
def broken_left_out() -> Iterator[None]:
    """What does not open in here is left out, and told: one bad row keeps nobody else waiting."""
    try:
        yield
    except SealBroken as error:
        log.warning("seal_broken", place=".".join(error.place[:2]), row=error.place.row)


def add_key(session: Session, subject_id: str) -> SubjectKey:
    """Give a new subject their data key."""
    key, wrapped = vault_of(session).new_key(subject_id)
    session.add(DataKeyRow(subject_id=subject_id, wrapped=wrapped))
    session.flush()
    return key


def find_keys(session: Session, subject_ids: Iterable[str]) -> Mapping[str, SubjectKey]:
    """The data keys of these subjects; none of those who were erased.

    Raises:
        SealBroken: DATA_KEY_FILE holds another key.
    """
    vault, ids = vault_of(session), sorted(set(subject_ids))
    found: dict[str, SubjectKey] = {}
    for begin in range(0, len(ids), _AT_ONCE):
        query = select(DataKeyRow.subject_id, DataKeyRow.wrapped).where(
            col(DataKeyRow.subject_id).in_(ids[begin : begin + _AT_ONCE])
        )
        found |= {one: vault.unwrap(one, wrapped) for one, wrapped in session.exec(query)}
    return found


def keys_by_id(vault: Vault, wrapped: Mapping[str, bytes]) -> Mapping[str, SubjectKey]:
    """Data keys by the id of their subject; without those that do not open."""
    found: dict[str, SubjectKey] = {}
    for subject_id, one in wrapped.items():
        with broken_left_out():
            found[subject_id] = vault.unwrap(subject_id, one)
    return found


def find_key(session: Session, subject_id: str) -> SubjectKey | None:
    """The data key of a subject; None once they are erased."""
    return find_keys(session, [subject_id]).get(subject_id)


def require_key(session: Session, subject_id: str) -> SubjectKey:
    """The data key of a subject of whom something is to be written.

    Raises:
        SubjectErased: there is none any more.
    """
    key = find_key(session, subject_id)
    if key is None:
        raise SubjectErased(SubjectErased.__doc__)
    return key


def destroy_key(session: Session, subject_id: str) -> bool:
    """Destroy a subject's data key; False if that was done before.

    Waits for transactions that are writing under it (they hold FOR KEY SHARE), and keeps others
    from beginning.
    """
    gone = session.exec(delete(DataKeyRow).where(col(DataKeyRow.subject_id) == subject_id))
    return gone.rowcount > 0
