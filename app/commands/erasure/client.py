"""Erase a client: the data key, every text about them, and on record that it was done."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from app.auth import Principal, Role
from app.channels.channel import rfc3339
from app.commands.directory.clients import seen_client
from app.database import Transaction
from app.installation.answer import Answer, FieldError, Refusal, refuse
from app.installation.installation import Installation
from app.ledger.words import Cause
from app.store.incident import StoredIncident, lock_incidents, update_incidents
from app.store.ledger import NewEntry, append_entries
from app.store.vault.erasure import (
    ErasableClient,
    committed_rows,
    destroy_key,
    find_erasable,
    forget_answers_about,
    forget_client,
)
from app.writer.erased import chain_erased

INCIDENTS_AT_ONCE: Final = 100

log = structlog.get_logger()


class NotErasable(Refusal):
    """The client is not retired, or has open incidents: retire them and close these first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """On what ground, and the client's code as a person has read it aloud, if one asked."""

    ground: Cause
    code: str | None = None


async def erase_client(
    installation: Installation, principal: Principal, client_id: str, erasure: Erasure
) -> Answer:
    """Erase all that is personal of a client, at once and for good; twice is once.

    Ids and instants stay, so that who was responsible can still be told.

    Raises:
        NotFound: there is no such client, or the caller does not see them.
        RoleForbids: only coordinators and operators may.
        FieldsInvalid: the code is another client's.
        NotErasable: they are not retired, or an incident of theirs is open.
    """
    row = await installation.database.read(lambda it: seen_client(it, principal, client_id))
    principal.require(Role.COORDINATOR)
    if erasure.code not in {None, row.code}:
        refuse([FieldError(pointer="/code", detail="Is not the code of this client.")])
    now = installation.clock()
    async with installation.database.transaction() as tx:
        await destroy_key(tx, client_id)
        client = await find_erasable(tx, client_id)
        if client.erased_at is None:
            _require_over(client)
            await _erase_chains(tx, client, erasure.ground, now)
            await forget_client(tx, client_id, now)
            await forget_answers_about(tx, client_id)
    await installation.database.scrub()
    if client.erased_at is None:
        log.info(
            "client_erased",
            client_id=client_id,
            ground=erasure.ground.value,
            key_id=principal.key_id,
            incidents=len(client.incident_ids),
        )
    return Answer(
        status=200,
        body={
            "client_id": client_id,
            "erased_at": rfc3339(client.erased_at or now),
            "incidents": len(client.incident_ids),
        },
    )


def _require_over(client: ErasableClient) -> None:
    if client.retired_at is None or client.open_incident_ids:
        raise NotErasable(members={"incident_ids": list(client.open_incident_ids)[:50]})


async def _erase_chains(
    tx: Transaction, client: ErasableClient, ground: Cause, now: datetime
) -> None:
    """Say in each chain what is gone: whatever its entries hold and still opened until now."""
    for begin in range(0, len(client.incident_ids), INCIDENTS_AT_ONCE):
        ids = client.incident_ids[begin : begin + INCIDENTS_AT_ONCE]
        incidents = await lock_incidents(tx, ids)
        disclosed = await committed_rows(tx, ids)
        changed: list[tuple[StoredIncident, int]] = []
        entries: list[NewEntry] = []
        for one, stored in incidents.items():
            gone = {row["digest"] for row in disclosed[one]}
            after, new = chain_erased(stored, gone, ground=ground, now=now)
            if new:
                changed.append((after, stored.incident.version))
                entries += new
        if changed:
            await update_incidents(tx, changed)
            await append_entries(tx, entries, now)
