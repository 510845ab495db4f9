"""The protocol documents that incidents were pinned to, opened."""

from collections.abc import Collection, Mapping

from sqlmodel import Session, col, select

from app.models.protocol import ProtocolVersionRow
from app.store.directory.protocol import document_of
from app.vault import SealBroken


def documents_of(session: Session, version_ids: Collection[str]) -> Mapping[str, object]:
    """By version its document, unless it was erased, or does not open."""
    row = ProtocolVersionRow
    found = {}
    for one in session.exec(select(row).where(col(row.id).in_(sorted(version_ids)))):
        try:
            document = document_of(session, one)
        except (SealBroken, TypeError, ValueError):
            continue
        if document is not None:
            found[one.id] = document
    return found
