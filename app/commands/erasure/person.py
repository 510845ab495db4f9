"""Erase a person who has left: the data key, ways to reach them, their name in every chain."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import structlog

from app.auth import Principal, Role
from app.channels.channel import rfc3339
from app.commands.directory.parties import seen_party
from app.database import Transaction
from app.escalation.party import PartyKind
from app.installation.answer import Answer, Refusal
from app.installation.installation import Installation
from app.ledger.words import Cause
from app.store.incident import StoredIncident, lock_incidents, update_incidents
from app.store.ledger import NewEntry, append_entries
from app.store.vault.erasure import (
    committed_rows,
    delete_disclosures,
    destroy_key,
    forget_answers_about,
)
from app.store.vault.person import (
    ErasablePerson,
    digests_that_name,
    find_erasable_person,
    forget_person,
    incidents_that_name,
)
from app.writer.erased import chain_erased

INCIDENTS_AT_ONCE: Final = 100

log = structlog.get_logger()


class PersonNotErasable(Refusal):
    """Only a person who is retired can be erased; a desk is no person."""


async def erase_person(
    installation: Installation, principal: Principal, party_id: str, ground: Cause
) -> Answer:
    """Erase all that is personal of a retired person, at once and for good; twice is once.

    Ids and instants stay: that somebody was on duty, was asked and held can still be told, but
    not who it was.

    Raises:
        NotFound: there is no such party, or the caller does not see it.
        RoleForbids: only coordinators and operators may.
        PersonNotErasable: it is a desk, or a person who is not retired.
    """
    await installation.database.read(lambda session: seen_party(session, principal, party_id))
    principal.require(Role.COORDINATOR)
    now, incidents = installation.clock(), 0
    async with installation.database.transaction() as tx:
        await destroy_key(tx, party_id)
        person = await find_erasable_person(tx, party_id)
        _require_left(person)
        if person.erased_at is None:
            incidents = await _erase_names(tx, party_id, ground, now)
            await forget_person(tx, party_id, now)
            await forget_answers_about(tx, party_id)
    await installation.database.scrub()
    if person.erased_at is None:
        log.info("person_erased", party_id=party_id, ground=ground.value, key_id=principal.key_id)
    body = {
        "party_id": party_id,
        "erased_at": rfc3339(person.erased_at or now),
        "incidents": incidents,
    }
    return Answer(status=200, body=body)


def _require_left(person: ErasablePerson) -> None:
    if person.kind != PartyKind.PERSON or person.retired_at is None:
        raise PersonNotErasable


async def _erase_names(tx: Transaction, person_id: str, ground: Cause, now: datetime) -> int:
    """Erase who a pseudonym stood for in every chain; returns in how many that was."""
    ids, count = await incidents_that_name(tx, person_id), 0
    for begin in range(0, len(ids), INCIDENTS_AT_ONCE):
        count += await _erase_some(
            tx, ids[begin : begin + INCIDENTS_AT_ONCE], person_id, ground, now
        )
    return count


async def _erase_some(
    tx: Transaction, ids: Sequence[str], person_id: str, ground: Cause, now: datetime
) -> int:
    incidents, committed = await lock_incidents(tx, ids), await committed_rows(tx, ids)
    changed: list[tuple[StoredIncident, int]] = []
    entries: list[NewEntry] = []
    for one, stored in incidents.items():
        if stored.client_key is None:
            continue
        named = await digests_that_name(tx, one, stored.client_key, person_id)
        gone = named & {row["digest"] for row in committed[one]}
        after, new = chain_erased(stored, gone, ground=ground, now=now)
        if new:
            changed.append((after, stored.incident.version))
            entries += new
        await delete_disclosures(tx, one, named)
    if changed:
        await update_incidents(tx, changed)
        await append_entries(tx, entries, now)
    return len(changed)
