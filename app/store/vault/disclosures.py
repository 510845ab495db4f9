"""What the ledger's digests stand for, opened: each under the key of its incident's client."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from app.database import vault_of
from app.models.access import DataKeyRow
from app.models.incident import IncidentRow
from app.models.ledger import LedgerDisclosureRow, LedgerGenerationRow, LedgerLogRow
from app.store.vault.places import disclosure_at
from app.vault import SubjectKey


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDisclosure:
    """What a digest of an entry stands for."""

    incident_id: str
    seq: int
    digest: str
    disclosure: str


def keys_of_incidents(session: Session, incident_ids: Iterable[str]) -> dict[str, SubjectKey]:
    """The keys of these incidents' clients, by incident; none of those who were erased.

    What the own chain of a log commits to is no client's, and sealed under our own key.
    """
    vault, key, incident = vault_of(session), DataKeyRow, IncidentRow
    ids = sorted(set(incident_ids))
    query = (
        select(incident.id, key.subject_id, key.wrapped)
        .join(key, col(key.subject_id) == incident.client_id)
        .where(col(incident.id).in_(ids))
    )
    own = dict.fromkeys(_own_chains(session, ids), vault.own)
    return own | {
        one: vault.unwrap(subject, wrapped) for one, subject, wrapped in session.exec(query)
    }


def _own_chains(session: Session, ids: Sequence[str]) -> Sequence[str]:
    log, former = LedgerLogRow, LedgerGenerationRow
    chain = func.coalesce(log.chain_id, log.id)
    found = [*session.exec(select(chain).where(chain.in_(ids)))]
    return [*found, *session.exec(select(former.chain_id).where(col(former.chain_id).in_(ids)))]


def stored_disclosures(
    session: Session, incident_ids: Iterable[str], seqs: Collection[int] | None = None
) -> Sequence[StoredDisclosure]:
    """What still opens of these incidents, in order; of one of them, only of these entries."""
    ids, row = sorted(set(incident_ids)), LedgerDisclosureRow
    query = select(row).where(col(row.incident_id).in_(ids))
    if seqs is not None:
        query = query.where(col(row.seq).in_(seqs))
    rows = session.exec(query.order_by(row.incident_id, col(row.seq), row.digest)).all()
    return opened(session, rows)


def opened(session: Session, rows: Iterable[LedgerDisclosureRow]) -> Sequence[StoredDisclosure]:
    """These as their digests say; those of clients who were erased are left out.

    Raises:
        SealBroken: one was written by another hand than ours.
    """
    many = list(rows)
    keys = keys_of_incidents(session, (one.incident_id for one in many))
    return [
        StoredDisclosure(
            incident_id=one.incident_id,
            seq=one.seq,
            digest=one.digest,
            disclosure=key.open_text(
                one.disclosure, disclosure_at(one.incident_id, one.seq, one.digest)
            ),
        )
        for one in many
        if (key := keys.get(one.incident_id))
    ]
