"""The protocol documents that incidents were pinned to, as they are stored."""

from collections.abc import Collection, Mapping

from sqlmodel import Session, col, select

from app.models.protocol import ProtocolVersionRow


def documents_of(session: Session, version_ids: Collection[str]) -> Mapping[str, object]:
    """By version its document, as far as there is one."""
    row = ProtocolVersionRow
    found = session.exec(select(row.id, row.document).where(col(row.id).in_(version_ids)))
    return dict(found.all())
