"""Load what all commands of a batch need, set-wise, locks in one order."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.database import Transaction
from app.escalation.incident import Incident
from app.escalation.party import PartyId
from app.installation.answer import KEPT_FOR
from app.models.columns import instant
from app.store.idempotency import find_answers
from app.store.incident import (
    find_open_by_key,
    find_open_since,
    find_pages,
    load_incidents,
    lock_due,
    lock_incidents,
)
from app.store.network import (
    NetworkKey,
    find_clients,
    load_clients,
    lock_clients,
    municipalities_of,
    serving_organisations,
)
from app.store.outbox import lock_deliveries
from app.writer.batch import Loaded, Needs
from app.writer.busy import load_busy
from app.writer.knowledge import Knowledge


async def load(
    tx: Transaction, knowledge: Knowledge, needs: Sequence[Needs], now: datetime
) -> Loaded:
    """Meet the needs; what does not exist is left out."""
    loaded = Loaded()
    await knowledge.refresh(tx)
    await _load_answers(tx, needs, loaded, now)
    await _load_clients(tx, knowledge, needs, loaded)
    repeated = await _find_repeated(tx, knowledge, needs, loaded, now)
    await _load_incidents(tx, needs, loaded, now, also=repeated)
    await _learn(tx, knowledge, needs, loaded)
    return loaded


async def _load_answers(
    tx: Transaction, needs: Sequence[Needs], loaded: Loaded, now: datetime
) -> None:
    keys = [(n.idempotency.scope, n.idempotency.key) for n in needs if n.idempotency]
    if keys:
        loaded.answers = dict(await find_answers(tx, keys, now - KEPT_FOR))


async def _load_clients(
    tx: Transaction, knowledge: Knowledge, needs: Sequence[Needs], loaded: Loaded
) -> None:
    references = [n.client_reference for n in needs if n.client_reference]
    if references:
        loaded.client_ids = await find_clients(tx, references)
    ids = {n.client_id for n in needs if n.client_id} | set(loaded.client_ids.values())
    if ids:
        loaded.clients = await load_clients(tx, sorted(ids))
        await knowledge.learn_networks(tx, {one.network_key for one in loaded.clients.values()})


async def _find_repeated(
    tx: Transaction, knowledge: Knowledge, needs: Sequence[Needs], loaded: Loaded, now: datetime
) -> set[str]:
    """The open incidents that a new signal may belong to (DESIGN.md 4.1.16)."""
    keys = [(_client_id(n, loaded), n.dedup_key) for n in needs if n.dedup_key]
    known = [(client_id, key) for client_id, key in keys if client_id and key]
    if known:
        loaded.repeated_keys = dict(await find_open_by_key(tx, known))
    windows: dict[str, timedelta] = {}
    for one in needs:
        client = loaded.clients.get(_client_id(one, loaded) or "") if one.may_repeat else None
        protocol = knowledge.network(client.network_key).protocol if client else None
        if client and protocol and protocol.repeat_window_seconds:
            windows[client.id] = timedelta(seconds=protocol.repeat_window_seconds)
    if windows:
        await lock_clients(tx, sorted(windows))
        for row in await find_open_since(tx, sorted(windows), now - max(windows.values())):
            if instant(row["opened_at"]) >= now - windows[row["client_id"]]:
                loaded.repeated_types[row["client_id"], row["type"]] = row["id"]
    return {*loaded.repeated_keys.values(), *loaded.repeated_types.values()}


def _client_id(needs: Needs, loaded: Loaded) -> str | None:
    reference = needs.client_reference
    return loaded.client_ids.get(reference) if reference else needs.client_id


async def _load_incidents(
    tx: Transaction, needs: Sequence[Needs], loaded: Loaded, now: datetime, *, also: set[str]
) -> None:
    locked = {n.incident_id for n in needs if n.incident_id} | also
    seen = {n.seen_id for n in needs if n.seen_id}
    hashes = {n.token_hash for n in needs if n.token_hash}
    seen_hashes = {n.seen_token_hash for n in needs if n.seen_token_hash}
    if hashes | seen_hashes:
        loaded.pages = await find_pages(tx, sorted(hashes | seen_hashes))
        locked |= {page.incident_id for key, page in loaded.pages.items() if key in hashes}
        seen |= {page.incident_id for key, page in loaded.pages.items() if key in seen_hashes}
    delivery_ids = [n.delivery_id for n in needs if n.delivery_id]
    if delivery_ids:
        loaded.deliveries = dict(await lock_deliveries(tx, delivery_ids))
        about = (delivery.incident_id for delivery in loaded.deliveries.values())
        locked |= {incident_id for incident_id in about if incident_id}
    due = {n.due_id for n in needs if n.due_id} - locked
    if locked:
        loaded.incidents.update(await lock_incidents(tx, sorted(locked)))
    if due:
        loaded.incidents.update(await lock_due(tx, sorted(due), now))
    seen -= loaded.incidents.keys()
    if seen:
        loaded.incidents.update(await load_incidents(tx, sorted(seen)))


async def _learn(
    tx: Transaction, knowledge: Knowledge, needs: Sequence[Needs], loaded: Loaded
) -> None:
    stored = loaded.incidents.values()
    keys = {NetworkKey(s.protocol_version_id, s.incident.municipality_id) for s in stored}
    if keys:
        await knowledge.learn_networks(tx, keys)
    keys |= {client.network_key for client in loaded.clients.values()}
    loaded.busy = await load_busy(tx, knowledge.passed_on(keys))
    ids: set[str | None] = {party for n in needs for party in n.party_ids}
    ids |= {c.municipality_id for c in loaded.clients.values()} | set(knowledge.operators)
    for one in stored:
        ids |= _parties_of(one.incident)
    await knowledge.learn_parties(tx, ids)
    named = {party for n in needs for party in n.party_ids}
    if named:
        known = [knowledge.parties[PartyId(p)] for p in named if PartyId(p) in knowledge.parties]
        loaded.places = await municipalities_of(tx, {party.organisation_id for party in known})
    if any(n.serving for n in needs):
        client_ids = {s.incident.client_id for s in stored} | set(loaded.clients)
        loaded.serving = await serving_organisations(tx, sorted(client_ids))


def _parties_of(incident: Incident) -> set[str | None]:
    """Everybody whom an incident remembers: some may not be in its protocol."""
    offered = incident.offer.person_ids if incident.offer else ()
    return {
        incident.municipality_id,
        incident.reporter_id,
        incident.holder_id,
        *incident.everyone_asked,
        *incident.joined,
        *incident.informed,
        *offered,
    }
