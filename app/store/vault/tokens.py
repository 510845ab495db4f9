"""Tokens of the blind index: whose they are, and who has one."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import text
from sqlmodel import Session, col, delete, insert, select
from sqlmodel.sql.expression import SelectOfScalar

from app.database import vault_of
from app.models.directory import RevisionRow, SearchTokenRow
from app.search.terms import Term
from app.vault import Vault

TOKEN_BYTES: Final = 16

# The version of the rules by which the tokens were made.
_INDEX: Final = "search"
_KEEP_VERSION: Final = text(
    "INSERT INTO revision (name, value) VALUES (:name, :value)"
    " ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)


def set_tokens(session: Session, *, subject_id: str, terms: Iterable[Term]) -> None:
    """Say by what somebody is found; what was said before is replaced."""
    row = SearchTokenRow
    known = frozenset(session.exec(select(row.token).where(row.subject_id == subject_id)))
    wanted = tokens_of(vault_of(session), terms)
    if gone := known - wanted:
        of_subject = col(row.subject_id) == subject_id
        session.exec(delete(row).where(of_subject, col(row.token).in_(gone)))
    if new := sorted(wanted - known):
        many = [{"token": one, "subject_id": subject_id} for one in new]
        session.connection().execute(insert(row), many)


def delete_tokens(session: Session, *, subject_id: str) -> None:
    """Let somebody be found by nothing any more: part of their erasure."""
    session.exec(delete(SearchTokenRow).where(col(SearchTokenRow.subject_id) == subject_id))


def found_by(session: Session, terms: Iterable[Term]) -> SelectOfScalar[str]:
    """The ids of who is found by one of these terms, as a subquery."""
    row = SearchTokenRow
    return select(row.subject_id).where(col(row.token).in_(tokens_of(vault_of(session), terms)))


def tokens_of(vault: Vault, terms: Iterable[Term]) -> frozenset[bytes]:
    """What is stored of terms: keyed, cut to 16 bytes; two in 10^19 are the same by chance."""
    return frozenset(vault.blind(one.kind, one.text)[:TOKEN_BYTES] for one in terms)


def index_version(session: Session) -> int:
    """By which version of the rules the tokens were made; 0: there are none yet."""
    row = session.get(RevisionRow, _INDEX)
    return row.value if row else 0


def keep_index_version(session: Session, version: int) -> None:
    """Say that all tokens are made by this version of the rules."""
    session.connection().execute(_KEEP_VERSION, {"name": _INDEX, "value": version})
