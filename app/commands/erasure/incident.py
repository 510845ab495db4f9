"""Erase single disclosures of an incident: a note by mistake, or what names one person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from app.auth import Principal, Role
from app.commands.incident import require_sight
from app.database import Row, Transaction
from app.installation.answer import Answer, ClientErased, FieldError, NotFound, refuse
from app.installation.installation import Installation
from app.ledger.words import Cause
from app.store.incident import StoredIncident, lock_incidents, update_incidents
from app.store.ledger import append_entries
from app.store.network import serving_organisations
from app.store.vault.erasure import committed_rows, delete_disclosures, save_report
from app.writer.erased import chain_erased

# What the first entry discloses and the incident's row repeats.
_REPORTED: Final = frozenset({"summary", "details"})

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What is to be erased: a digest, or a place in the chain and the name of what is there.

    `pointer` is where the request says so.
    """

    pointer: str
    digest: str | None = None
    seq: int | None = None
    name: str | None = None

    def means(self, row: Row) -> bool:
        """Whether this row of `ledger_disclosure` is meant."""
        if self.digest is not None:
            return bool(row["digest"] == self.digest)
        return (row["seq"], row["name"]) == (self.seq, self.name)


async def erase_disclosures(
    installation: Installation,
    principal: Principal,
    incident_id: str,
    chosen: Sequence[Chosen],
    ground: Cause,
) -> Answer:
    """Erase what some digests of an incident stand for; the chain says which, and on what ground.

    Raises:
        NotFound: there is no such incident, or it is not the caller's.
        RoleForbids: only coordinators and operators may.
        FieldsInvalid: something that is named is not there, or was erased before.
        ClientErased: there is nothing left.
    """
    async with installation.database.transaction() as tx:
        stored = await _erasable(tx, principal, incident_id)
        there = (await committed_rows(tx, [incident_id]))[incident_id]
        refuse(
            FieldError(pointer=one.pointer, detail="Nothing of this incident is disclosed so.")
            for one in chosen
            if not any(one.means(row) for row in there)
        )
        gone = [row for row in there if any(one.means(row) for one in chosen)]
        seq = await _erase(tx, stored, gone, ground, installation.clock())
    await installation.database.scrub()
    digests = sorted({row["digest"] for row in gone})
    log.info(
        "disclosures_erased",
        incident_id=incident_id,
        ground=ground.value,
        key_id=principal.key_id,
        count=len(digests),
    )
    body = {"incident_id": incident_id, "erased": digests, "seq": seq}
    return Answer(status=200, body=body)


async def _erasable(tx: Transaction, principal: Principal, incident_id: str) -> StoredIncident:
    stored = (await lock_incidents(tx, [incident_id])).get(incident_id)
    if stored is None:
        raise NotFound
    client_id = stored.incident.client_id
    serving = await serving_organisations(tx, [client_id])
    require_sight(principal, stored, serving[client_id])
    principal.require(Role.COORDINATOR)
    if stored.client_key is None:
        raise ClientErased
    return stored


async def _erase(
    tx: Transaction, stored: StoredIncident, gone: Sequence[Row], ground: Cause, now: datetime
) -> int:
    """Erase these rows; returns the place of the first entry that says so."""
    digests = {row["digest"] for row in gone}
    after, entries = chain_erased(stored, digests, ground=ground, now=now)
    await update_incidents(tx, [(after, stored.incident.version)])
    await append_entries(tx, entries, now)
    await delete_disclosures(tx, stored.incident.id, digests)
    reported = {row["name"] for row in gone if row["seq"] == 0} & _REPORTED
    if reported and stored.client_key is not None:
        report = {**stored.report, **dict.fromkeys(reported)}
        await save_report(tx, stored.incident.id, report, stored.client_key)
    return entries[0].seq
