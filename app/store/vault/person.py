"""Erasing persons and families: what goes with their data keys, and where they are named."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.database import Transaction
from app.ledger.disclosure import decode
from app.models.columns import instant, milliseconds
from app.store.vault.places import disclosure_at
from app.vault import SubjectKey

# The fact that says who a pseudonym stands for.
PARTY: Final = "party"
# By the party's id and the instant. What stays is ids and instants: duty, pages, who held.
_FORGOTTEN: Final = (
    (
        "UPDATE delivery SET status = 'dropped', leased_until = NULL, finished_at = $2"
        " WHERE status = 'pending' AND party_id = $1"
    ),
    (
        "UPDATE contact_point SET address = NULL, secret = NULL,"
        " retired_at = coalesce(retired_at, $2) WHERE party_id = $1"
    ),
    (
        "UPDATE calendar_feed SET label = NULL, revoked_at = coalesce(revoked_at, $2)"
        " WHERE party_id = $1"
    ),
    "UPDATE party SET sealed_name = NULL, erased_at = $2 WHERE id = $1",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasablePerson:
    """An organisation, a desk or a person as far as it matters for erasing them."""

    # Of a person, a family, a family's desk.
    is_personal: bool
    retired_at: datetime | None
    erased_at: datetime | None


async def find_erasable_person(tx: Transaction, party_id: str) -> ErasablePerson:
    """The party, locked."""
    (row,) = await tx.fetch(
        "SELECT is_personal, retired_at, erased_at FROM party WHERE id = $1 FOR UPDATE", party_id
    )
    return ErasablePerson(
        is_personal=bool(row["is_personal"]),
        retired_at=None if row["retired_at"] is None else instant(row["retired_at"]),
        erased_at=None if row["erased_at"] is None else instant(row["erased_at"]),
    )


async def parts_of(tx: Transaction, party_id: str) -> Sequence[str]:
    """The desks and persons of an organisation who were not erased yet; of others nobody."""
    rows = await tx.fetch(
        "SELECT id FROM party WHERE organisation_id = $1 AND id <> $1 AND erased_at IS NULL"
        " ORDER BY id",
        party_id,
    )
    return [row["id"] for row in rows]


async def incidents_that_name(tx: Transaction, person_id: str) -> Sequence[str]:
    """The incidents in whose entries somebody has a pseudonym; looks at every incident."""
    rows = await tx.fetch(
        "SELECT id FROM incident WHERE CAST(pseudonyms AS TEXT) LIKE $1 ORDER BY id",
        f'%"{person_id}"%',
    )
    return [row["id"] for row in rows]


async def digests_that_name(
    tx: Transaction, incident_id: str, key: SubjectKey, person_id: str
) -> frozenset[str]:
    """The digests of an incident that say who this person is."""
    rows = await tx.fetch(
        "SELECT seq, digest, disclosure FROM ledger_disclosure"
        " WHERE incident_id = $1 AND name = $2",
        incident_id,
        PARTY,
    )
    found = set()
    for row in rows:
        place = disclosure_at(incident_id, row["seq"], row["digest"])
        said = decode(key.open_text(row["disclosure"], place)).value
        if isinstance(said, dict) and said.get("id") == person_id:
            found.add(row["digest"])
    return frozenset(found)


async def forget_person(tx: Transaction, person_id: str, now: datetime) -> None:
    """Everything that is said of a person beside the chains; nothing is sent to them any more."""
    await tx.execute("DELETE FROM search_token WHERE subject_id = $1", person_id)
    for statement in _FORGOTTEN:
        await tx.execute(statement, person_id, milliseconds(now))
