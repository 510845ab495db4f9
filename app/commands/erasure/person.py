"""Erase a person who has left, or a family: keys, ways to reach them, names in every chain."""

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
    parts_of,
)
from app.writer.erased import chain_erased

INCIDENTS_AT_ONCE: Final = 100

log = structlog.get_logger()


class PersonNotErasable(Refusal):
    """Only persons, families and families' desks can be erased, and only when they are retired."""


async def erase_person(
    installation: Installation, principal: Principal, party_id: str, ground: Cause
) -> Answer:
    """Erase all that is personal of a retired person, or of a family, for good; twice is once.

    With a family go its desks and persons, who were all retired before it. Ids and instants stay:
    that somebody was on duty, was asked and held can still be told, but not who it was.

    Raises:
        NotFound: there is no such party, or the caller does not see it.
        RoleForbids: only coordinators and operators may.
        PersonNotErasable: it is another organisation or its desk, or not retired.
    """
    await installation.database.read(
        lambda session: seen_party(session, principal, party_id, kinds=list(PartyKind))
    )
    principal.require(Role.COORDINATOR)
    now, incidents = installation.clock(), 0
    async with installation.database.transaction() as tx:
        await destroy_key(tx, party_id)
        person = await find_erasable_person(tx, party_id)
        _require_left(person)
        if person.erased_at is None:
            incidents = await _erase_with_parts(tx, party_id, ground, now)
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
    if not person.is_personal or person.retired_at is None:
        raise PersonNotErasable


async def _erase_with_parts(tx: Transaction, party_id: str, ground: Cause, now: datetime) -> int:
    """Erase the party, and all desks and persons of a family; returns how many incidents say so."""
    changed: set[str] = set()
    for one in (*await parts_of(tx, party_id), party_id):
        await destroy_key(tx, one)
        changed |= await _erase_names(tx, one, ground, now)
        await forget_person(tx, one, now)
        await forget_answers_about(tx, one)
    return len(changed)


async def _erase_names(tx: Transaction, party_id: str, ground: Cause, now: datetime) -> set[str]:
    """Erase who a pseudonym stood for in every chain; returns in which that was."""
    ids, changed = await incidents_that_name(tx, party_id), set[str]()
    for begin in range(0, len(ids), INCIDENTS_AT_ONCE):
        some = ids[begin : begin + INCIDENTS_AT_ONCE]
        changed |= await _erase_some(tx, some, party_id, ground, now)
    return changed


async def _erase_some(
    tx: Transaction, ids: Sequence[str], party_id: str, ground: Cause, now: datetime
) -> set[str]:
    incidents, committed = await lock_incidents(tx, ids), await committed_rows(tx, ids)
    changed: list[tuple[StoredIncident, int]] = []
    entries: list[NewEntry] = []
    for one, stored in incidents.items():
        if stored.client_key is None:
            continue
        named = await digests_that_name(tx, one, stored.client_key, party_id)
        gone = named & {row["digest"] for row in committed[one]}
        after, new = chain_erased(stored, gone, ground=ground, now=now)
        if new:
            changed.append((after, stored.incident.version))
            entries += new
        await delete_disclosures(tx, one, named)
    if changed:
        await update_incidents(tx, changed)
        await append_entries(tx, entries, now)
    return {after.incident.id for after, _ in changed}
