"""Tokens of those who are there already: made at the first start, and when the rules change."""

from collections.abc import Callable
from typing import Final

import structlog
from sqlmodel import Session, col, select

from app.database import Database
from app.models.directory import ClientRow, PartyRow
from app.search.terms import TERMS_VERSION, terms_of_client, terms_of_person
from app.store.directory.client import details_of
from app.store.directory.directory import touch_directory
from app.store.vault.tokens import index_version, keep_index_version, set_tokens

# Subjects in one transaction: nobody waits longer than for a large import.
AT_ONCE: Final = 500
# Makes the tokens of the next subjects after an id; the last one's id, None after the last.
Some = Callable[[Session, str], str | None]

log = structlog.get_logger()


async def index_everybody(database: Database) -> None:
    """Make the tokens of all who are there, unless these rules have made them already.

    Several processes may do it at once; each does the same.
    """
    if await database.read(index_version) == TERMS_VERSION:
        return
    log.info("search_indexing")
    for some in (_index_clients, _index_parties):
        after: str | None = ""
        while after is not None:
            after = await _index_some(database, some, after)
    await database.write(lambda session: keep_index_version(session, TERMS_VERSION))
    log.info("search_indexed")


async def _index_some(database: Database, some: Some, after: str) -> str | None:
    def work(session: Session) -> str | None:
        # Nobody changes the directory meanwhile.
        touch_directory(session)
        return some(session, after)

    return await database.write(work)


def _index_clients(session: Session, after: str) -> str | None:
    query = select(ClientRow).where(ClientRow.id > after).order_by(col(ClientRow.id))
    rows = session.exec(query.limit(AT_ONCE)).all()
    for client_id, details in details_of(session, rows).items():
        set_tokens(session, subject_id=client_id, terms=terms_of_client(details.personal))
    return rows[-1].id if rows else None


def _index_parties(session: Session, after: str) -> str | None:
    query = select(PartyRow).where(col(PartyRow.is_personal), PartyRow.id > after)
    rows = session.exec(query.order_by(col(PartyRow.id)).limit(AT_ONCE)).all()
    for row in rows:
        set_tokens(session, subject_id=row.id, terms=terms_of_person(row.name) if row.name else ())
    return rows[-1].id if rows else None
