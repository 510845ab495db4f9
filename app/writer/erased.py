"""The entries that say of an incident what was erased of it, and nothing of what that was."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final

from app.escalation.decision import SYSTEM
from app.ledger.entry import Leaf, leaf_bytes, leaf_hash
from app.ledger.words import Cause, EntryType
from app.store.incident import StoredIncident
from app.store.ledger import NewEntry

# A leaf of these is 48 kB of its 64.
DIGESTS_MAX: Final = 1_000


def chain_erased(
    stored: StoredIncident, digests: Iterable[str], *, ground: Cause, now: datetime
) -> tuple[StoredIncident, tuple[NewEntry, ...]]:
    """The incident with `erased` entries at its end that repeat these digests (LEDGER.md 5).

    Who holds does not change. The actor is the service: who asked for it is no party to the
    incident, and after it is closed nobody new is bound.
    """
    at = max(now, stored.incident.last_at)
    entries = []
    for some in _parts(sorted(set(digests))):
        entry = _entry(stored, some, ground, at)
        entries.append(entry)
        stored = replace(stored, ledger_seq=stored.ledger_seq + 1, ledger_head=entry.leaf_hash)
    if entries:
        version = stored.incident.version + 1
        stored = replace(stored, incident=replace(stored.incident, last_at=at, version=version))
    return stored, tuple(entries)


def _parts(digests: list[str]) -> Iterator[tuple[str, ...]]:
    for begin in range(0, len(digests), DIGESTS_MAX):
        yield tuple(digests[begin : begin + DIGESTS_MAX])


def _entry(
    stored: StoredIncident, digests: tuple[str, ...], ground: Cause, at: datetime
) -> NewEntry:
    incident = stored.incident
    holder = stored.pseudonyms[incident.holder_id] if incident.holder_id else None
    leaf = Leaf(
        incident=incident.id,
        seq=stored.ledger_seq,
        prev=stored.ledger_head,
        at=at,
        type=EntryType.ERASED,
        cause=ground,
        basis=None,
        from_=holder,
        to=holder,
        actor=SYSTEM,
        step=None,
        round=None,
        due=None,
        sd=digests,
        drill=incident.drill,
    )
    data = leaf_bytes(leaf)
    return NewEntry(
        log_id=incident.municipality_id,
        incident_id=incident.id,
        seq=leaf.seq,
        leaf=data,
        leaf_hash=leaf_hash(data),
        type=leaf.type.value,
        cause=ground.value,
        basis=None,
        from_id=incident.holder_id,
        to_id=incident.holder_id,
        actor_id=SYSTEM,
        step=None,
        at=at,
    )
