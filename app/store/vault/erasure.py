"""Erasing: what goes with a client's data key, and what goes of one incident."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.database import Row, Transaction
from app.ledger.entry import parse_leaf
from app.models.columns import instant, milliseconds
from app.store.vault.places import answer_at, report_at
from app.vault import SubjectKey

# Everything that is said of a client beside their incidents' chains, by the client's id. What stays
# is ids and instants: who looked after them, who was asked, who held.
_FORGOTTEN: Final = (
    "DELETE FROM client_reference WHERE client_id = $1",
    "DELETE FROM search_token WHERE subject_id = $1",
    "UPDATE protocol_version SET document = NULL, digest = '' WHERE client_id = $1",
    "DELETE FROM protocol_use WHERE client_id = $1",
    "DELETE FROM protocol_problem WHERE watch_id = 'own:' || $1",
    "DELETE FROM watched_party WHERE watch_id = 'own:' || $1",
    "DELETE FROM protocol_watch WHERE id = 'own:' || $1",
    "DELETE FROM cover_mark WHERE subject = $1",
    """DELETE FROM ledger_disclosure
    WHERE incident_id IN (SELECT id FROM incident WHERE client_id = $1)""",
    """UPDATE delivery SET message = NULL
    WHERE incident_id IN (SELECT id FROM incident WHERE client_id = $1)""",
    "UPDATE incident SET report = NULL, dedup_key = NULL WHERE client_id = $1",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasableClient:
    """A client as far as it matters for erasing them."""

    retired_at: datetime | None
    erased_at: datetime | None
    open_incident_ids: Sequence[str]
    incident_ids: Sequence[str]


async def destroy_key(tx: Transaction, subject_id: str) -> None:
    """Destroy a subject's data key, before anything else of the transaction.

    It waits for whoever opens an incident of the client just now, and lets nobody begin after;
    whoever then finds a reason against it rolls back.
    """
    await tx.execute(
        "INSERT INTO revision (name, value) VALUES ('directory', 1)"
        " ON CONFLICT (name) DO UPDATE SET value = revision.value + 1"
    )
    await tx.execute("DELETE FROM data_key WHERE subject_id = $1", subject_id)


async def find_erasable(tx: Transaction, client_id: str) -> ErasableClient:
    """The client, locked, and their incidents."""
    rows = await tx.fetch(
        "SELECT retired_at, erased_at FROM client WHERE id = $1 FOR UPDATE", client_id
    )
    incidents = await tx.fetch(
        "SELECT id, closed_at FROM incident WHERE client_id = $1 ORDER BY id", client_id
    )
    return ErasableClient(
        retired_at=_instant(rows[0]["retired_at"]),
        erased_at=_instant(rows[0]["erased_at"]),
        open_incident_ids=[row["id"] for row in incidents if row["closed_at"] is None],
        incident_ids=[row["id"] for row in incidents],
    )


async def committed_rows(
    tx: Transaction, incident_ids: Iterable[str]
) -> Mapping[str, Sequence[Row]]:
    """By incident `seq`, `digest` and `name` of what its leaves commit to and still opens.

    A row that somebody put there by hand is none of it, so that no erasure is recorded for it.
    """
    ids = list(incident_ids)
    leaves = await tx.fetch(
        "SELECT incident_id, leaf FROM ledger_entry WHERE incident_id = ANY($1)", ids
    )
    committed = {
        (row["incident_id"], digest) for row in leaves for digest in parse_leaf(row["leaf"]).sd
    }
    rows = await tx.fetch(
        "SELECT incident_id, seq, digest, name FROM ledger_disclosure"
        " WHERE incident_id = ANY($1) ORDER BY incident_id, seq, digest",
        ids,
    )
    found: dict[str, list[Row]] = {one: [] for one in ids}
    for row in rows:
        if (row["incident_id"], row["digest"]) in committed:
            found[row["incident_id"]].append(row)
    return found


async def delete_disclosures(tx: Transaction, incident_id: str, digests: Collection[str]) -> None:
    """What these digests of an incident stand for is gone: salt and value."""
    await tx.execute(
        "DELETE FROM ledger_disclosure WHERE incident_id = $1 AND digest = ANY($2)",
        incident_id,
        sorted(digests),
    )


async def save_report(
    tx: Transaction, incident_id: str, report: Mapping[str, object], key: SubjectKey
) -> None:
    """The rest of what the reporter wrote."""
    await tx.execute(
        "UPDATE incident SET report = $2 WHERE id = $1",
        incident_id,
        key.seal_json(dict(report), report_at(incident_id)),
    )


async def forget_client(tx: Transaction, client_id: str, now: datetime) -> None:
    """Everything that is said of a client beside the chains; nothing of it is sent any more."""
    at = milliseconds(now)
    await tx.execute(
        "UPDATE delivery SET status = 'dropped', leased_until = NULL, finished_at = $2"
        " WHERE status = 'pending'"
        " AND incident_id IN (SELECT id FROM incident WHERE client_id = $1)",
        client_id,
        at,
    )
    for statement in _FORGOTTEN:
        await tx.execute(statement, client_id)
    await tx.execute(
        "UPDATE client SET personal = NULL, town = NULL, erased_at = $2 WHERE id = $1",
        client_id,
        at,
    )


async def forget_answers_about(tx: Transaction, subject_id: str) -> None:
    """Kept answers that name a client or a person; they would be kept for a day at most.

    Only those that show clients or parties are opened. Those of incidents may name who held.
    """
    rows = await tx.fetch(
        "SELECT scope, key, answer FROM idempotency"
        " WHERE scope LIKE '% /v1/clients%' OR scope LIKE '% /v1/imports%'"
        " OR scope LIKE '% /v1/parties%' OR scope LIKE '% /v1/organisations%'"
    )
    wanted = subject_id.encode()
    named = [
        (row["scope"], row["key"])
        for row in rows
        if wanted in tx.vault.own.open(row["answer"], answer_at(row["scope"], row["key"]))
    ]
    await tx.execute_many("DELETE FROM idempotency WHERE scope = $1 AND key = $2", named)


def _instant(value: int | None) -> datetime | None:
    return None if value is None else instant(value)
