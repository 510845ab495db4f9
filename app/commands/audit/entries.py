"""Reading the entries of an incident, leaf by leaf, with what of them the caller may see."""

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from sqlmodel import Session

from app.auth import Principal
from app.commands.audit.naming import Naming, naming_for
from app.installation.answer import NotFound
from app.installation.installation import Installation
from app.installation.paging import write_cursor
from app.ledger.disclosure import Disclosure, DisclosureInvalid, decode, digest
from app.ledger.entry import Leaf, LeafInvalid, parse_leaf
from app.store.audit.entry import IncidentFacts, StoredEntry, disclosures_of, entries_of, facts_of
from app.writer.message import rfc3339

# What of an entry says neither who somebody is nor what somebody wrote: auditors see this much,
# and the parties that are not hidden from them.
IMPERSONAL: Final = frozenset(
    {"incident", "protocol", "type", "severity", "outcome", "eta", "service"}
    | {"act", "entry_seq", "recorded_by"}
    # Of a log's own chain; whom something was handed to may be a person.
    | {"key", "predecessor", "size"}
)
PARTY: Final = "party"


async def read_entries(
    installation: Installation,
    principal: Principal,
    incident_id: str,
    *,
    after_seq: int,
    limit: int,
) -> dict[str, object]:
    """A page of an incident's entries, in order.

    Raises:
        NotFound: there is no such incident, or it is not the caller's.
    """

    def look(session: Session) -> dict[str, object]:
        facts = facts_of(session, [incident_id], sight=principal.sight).get(incident_id)
        if facts is None:
            raise NotFound
        entries = entries_of(session, incident_id, after_seq=after_seq, limit=limit + 1)
        shown = entries[:limit]
        disclosures: Mapping[int, Sequence[str]] = {}
        if shown:
            disclosures = disclosures_of(
                session, incident_id, from_seq=shown[0].seq, to_seq=shown[-1].seq
            )
        named = (party for one in shown for party in (one.from_id, one.to_id, one.actor_id))
        naming = naming_for(session, principal, {*facts.pseudonyms, *named})
        items = [_shown(one, facts, naming, disclosures.get(one.seq, ())) for one in shown]
        has_more = len(entries) > limit
        cursor = write_cursor(str(shown[-1].seq)) if has_more else None
        return {"items": items, "next_cursor": cursor}

    return await installation.database.read(look)


def visible(
    session: Session, principal: Principal, disclosures: Sequence[Disclosure]
) -> Callable[[Disclosure], bool]:
    """Which of these disclosures the caller may see, whose incidents they are."""
    ids = {
        str(one.value["id"])
        for one in disclosures
        if one.name == PARTY and isinstance(one.value, dict) and "id" in one.value
    }
    naming = naming_for(session, principal, ids)

    def may_see(one: Disclosure) -> bool:
        return not naming.is_pseudonymous or _is_harmless(one.name, one.value, naming)

    return may_see


def _shown(
    entry: StoredEntry, facts: IncidentFacts, naming: Naming, disclosures: Sequence[str]
) -> dict[str, object]:
    leaf = _parsed(entry.leaf)
    return {
        "seq": entry.seq,
        "type": entry.type,
        "cause": entry.cause,
        "basis": entry.basis,
        "from": _party(entry.from_id, facts, naming),
        "to": _party(entry.to_id, facts, naming),
        "actor": _party(entry.actor_id, facts, naming),
        "at": rfc3339(entry.at),
        "due": rfc3339(leaf.due) if leaf else None,
        "step": entry.step,
        "round": leaf.round if leaf else None,
        "drill": facts.drill,
        "leaf_hash": entry.leaf_hash.hex(),
        "prev": leaf.prev.hex() if leaf and leaf.prev else None,
        "leaf": base64.b64encode(entry.leaf).decode("ascii"),
        "leaf_index": entry.leaf_index,
        "disclosures": list(_opened(disclosures, naming)),
    }


def _party(party_id: str | None, facts: IncidentFacts, naming: Naming) -> dict[str, object] | None:
    if party_id is None:
        return None
    view = naming.view(party_id, facts.pseudonyms)
    # The leaf knows the party by this name only.
    return {**view, "pseudonym": facts.pseudonyms.get(party_id)}


def _opened(disclosures: Sequence[str], naming: Naming) -> Iterator[dict[str, object]]:
    """The disclosures that the caller may see; one that cannot be read is `verify`'s matter."""
    for text in disclosures:
        try:
            opened, committed = decode(text), digest(text)
        except DisclosureInvalid:
            continue
        if not naming.is_pseudonymous or _is_harmless(opened.name, opened.value, naming):
            yield {
                "name": opened.name,
                "value": opened.value,
                "digest": committed,
                "disclosure": text,
            }


def _is_harmless(name: str, value: object, naming: Naming) -> bool:
    if name != PARTY:
        return name in IMPERSONAL
    party_id = value.get("id") if isinstance(value, dict) else None
    return isinstance(party_id, str) and not naming.hides(party_id)


def _parsed(leaf: bytes) -> Leaf | None:
    """None for bytes that are no leaf: what is wrong with them is `verify`'s matter."""
    try:
        return parse_leaf(leaf)
    except LeafInvalid:
        return None
