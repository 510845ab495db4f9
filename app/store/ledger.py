"""The append of the responsibility ledger, inside the business transaction."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from app.database import Transaction
from app.models.columns import milliseconds
from app.store.vault.places import disclosure_at
from app.vault import SubjectKey


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """One leaf with the projection of what it says."""

    log_id: str
    incident_id: str
    seq: int
    leaf: bytes
    leaf_hash: bytes
    type: str
    cause: str | None
    basis: str | None
    from_id: str | None
    to_id: str | None
    actor_id: str
    step: int | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDisclosure:
    """What a digest of an entry stands for."""

    incident_id: str
    seq: int
    digest: str
    name: str
    disclosure: str


async def append_entries(tx: Transaction, entries: Iterable[NewEntry], now: datetime) -> None:
    """Append leaves; a second one with the same number in its incident is refused."""
    appended_at = milliseconds(now)
    await tx.execute_many(
        """
        INSERT INTO ledger_entry (log_id, incident_id, seq, leaf, leaf_hash, appended_at, type,
          cause, basis, from_id, to_id, actor_id, step, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        """,
        [
            (
                entry.log_id,
                entry.incident_id,
                entry.seq,
                entry.leaf,
                entry.leaf_hash,
                appended_at,
                entry.type,
                entry.cause,
                entry.basis,
                entry.from_id,
                entry.to_id,
                entry.actor_id,
                entry.step,
                milliseconds(entry.at),
            )
            for entry in entries
        ],
    )


async def insert_disclosures(
    tx: Transaction, disclosures: Iterable[tuple[NewDisclosure, SubjectKey]]
) -> None:
    """Store what the new leaves commit to, each sealed under the key of its incident's client."""
    await tx.execute_many(
        "INSERT INTO ledger_disclosure (incident_id, seq, digest, name, disclosure)"
        " VALUES ($1, $2, $3, $4, $5)",
        [
            (
                one.incident_id,
                one.seq,
                one.digest,
                one.name,
                key.seal_text(one.disclosure, disclosure_at(one.incident_id, one.seq, one.digest)),
            )
            for one, key in disclosures
        ],
    )
