"""The protocol documents that incidents were pinned to, opened."""

from collections.abc import Collection, Mapping

from sqlalchemy import LargeBinary, cast
from sqlmodel import Session, col, select

from app.database import vault_of
from app.models.protocol import ProtocolVersionRow
from app.store.vault.keys import find_keys
from app.store.vault.places import document_at
from app.vault import SealBroken


def documents_of(session: Session, version_ids: Collection[str]) -> Mapping[str, object]:
    """By version its document, unless it was erased, or does not open."""
    row = ProtocolVersionRow
    # Cast: what was put there by hand may be of another type.
    sealed = cast(col(row.document), LargeBinary)
    query = select(row.id, row.client_id, sealed).where(col(row.id).in_(sorted(version_ids)))
    found = session.exec(query).all()
    keys = find_keys(session, {client_id for _, client_id, _ in found if client_id is not None})
    documents: dict[str, object] = {}
    for version_id, client_id, data in found:
        key = vault_of(session).own if client_id is None else keys.get(client_id)
        if key is None or data is None:
            continue
        try:
            documents[version_id] = key.open_json(data, document_at(version_id))
        except (SealBroken, TypeError, ValueError):
            continue
    return documents
