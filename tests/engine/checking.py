"""Everything that must always hold, checked beside the server on what is stored.

Used after each fault, each kill, each storm. Chains are judged by `app/ledger`, which shares
nothing with the writer; everything else is read with SQL.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter

from app.commands.audit.verify import verify_url
from app.escalation.incident import Incident
from app.ledger.entry import Leaf, leaf_hash, parse_leaf
from app.ledger.fold import Folded, fold
from app.ledger.interval import holder_changes, intervals, is_partition
from app.ledger.verify import Rule, verify_chain
from app.models.columns import instant
from app.vault import Place
from tests.engine.databases import Row, rows
from tests.keys import VAULT

STATE: Final = TypeAdapter(Incident)
ASKING: Final = frozenset({"paged", "reminded", "offered"})
FINISHED: Final = {"sent": "sent", "failed": None, "dropped": None}


async def check_everything(database_url: str) -> None:
    """Assert all of it; the message lists everything that is wrong."""
    wrong = [*await _wrong_incidents(database_url), *await _wrong_messages(database_url)]
    report = await verify_url(database_url, VAULT)
    wrong += [f"{one.incident_id}: {one}" for one in report.findings if one.rule is Rule.R7]
    assert not wrong, "\n".join(wrong[:50])


async def _wrong_incidents(url: str) -> list[str]:
    entries, disclosures = await _by_incident(url, ENTRIES), await _by_incident(url, DISCLOSURES)
    found = []
    stored = await rows(url, "SELECT * FROM incident ORDER BY id")
    for row in stored:
        opened: dict[int, list[str]] = defaultdict(list)
        for one in disclosures[row["id"]]:
            opened[one["seq"]].append(_opened(one))
        found += [
            f"{row['id']}: {fault}" for fault in _wrong_incident(row, entries[row["id"]], opened)
        ]
    own = {row["id"]: row for row in await rows(url, OWN_CHAINS)}
    for one, row in own.items():
        found += [f"{one}: {fault}" for fault in _wrong_own_chain(row, entries.get(one, []))]
    strangers = entries.keys() - {row["id"] for row in stored} - own.keys()
    return [*found, *(f"{one}: entries without an incident" for one in strangers)]


OWN_CHAINS: Final = (
    "SELECT COALESCE(chain_id, id) AS id, chain_seq, chain_head FROM ledger_log WHERE chain_seq > 0"
)


ENTRIES: Final = "SELECT * FROM ledger_entry ORDER BY incident_id, seq"
DISCLOSURES: Final = """
    SELECT d.*, k.subject_id, k.wrapped FROM ledger_disclosure d
    JOIN incident i ON i.id = d.incident_id JOIN data_key k ON k.subject_id = i.client_id
    ORDER BY d.incident_id, d.seq, d.digest
"""


def _opened(row: Row) -> str:
    place = Place(
        "ledger_disclosure", "disclosure", f"{row['incident_id']}/{row['seq']}/{row['digest']}"
    )
    key = VAULT.unwrap(row["subject_id"], bytes(row["wrapped"]))
    return key.open_text(bytes(row["disclosure"]), place)


async def _by_incident(url: str, sql: str) -> Mapping[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in await rows(url, sql):
        found[row["incident_id"]].append(row)
    return found


def _wrong_incident(
    row: Row, entries: Sequence[Row], disclosures: Mapping[int, Sequence[str]]
) -> Iterator[str]:
    leaves = [bytes(one["leaf"]) for one in entries]
    findings = verify_chain(leaves, disclosures)
    yield from (f"{one.rule} at {one.seq}: {one.detail}" for one in findings)
    if findings:
        return
    chain = [parse_leaf(leaf) for leaf in leaves]
    names: dict[str, str] = json.loads(row["pseudonyms"])
    for entry, leaf, data in zip(entries, chain, leaves, strict=True):
        yield from _wrong_projection(entry, leaf, data, names)
    yield from _wrong_row(row, fold(chain), names)
    yield from _wrong_state(row, chain)
    changes = holder_changes(chain)
    if not is_partition(intervals(changes), opened_at=chain[0].at, closed_at=_at(row["closed_at"])):
        yield "the intervals have a gap or an overlap"


def _wrong_own_chain(row: Row, entries: Sequence[Row]) -> Iterator[str]:
    """A log's own chain: dense, linked, of nobody, and ending where the log says."""
    head = None
    for seq, entry in enumerate(entries):
        leaf = parse_leaf(bytes(entry["leaf"]))
        if (leaf.seq, leaf.prev, leaf.from_, leaf.to) != (seq, head, None, None):
            yield f"entry {seq} of the log does not continue its chain"
        head = leaf_hash(bytes(entry["leaf"]))
    if (row["chain_seq"], bytes(row["chain_head"] or b"")) != (len(entries), head):
        yield "the log says that its own chain ends elsewhere"


def _wrong_projection(
    entry: Row, leaf: Leaf, data: bytes, names: Mapping[str, str]
) -> Iterator[str]:
    """The columns beside a leaf say what the leaf says."""
    said = (
        entry["seq"],
        entry["type"],
        entry["cause"],
        entry["basis"],
        names.get(entry["from_id"]),
        names.get(entry["to_id"]),
        names.get(entry["actor_id"], "system"),
        entry["step"],
        _at(entry["at"]),
        bytes(entry["leaf_hash"]),
    )
    meant = (
        leaf.seq,
        leaf.type,
        leaf.cause,
        leaf.basis,
        leaf.from_,
        leaf.to,
        leaf.actor,
        leaf.step,
        leaf.at,
        leaf_hash(data),
    )
    if said != meant:
        yield f"entry {leaf.seq} is projected as {said}, not {meant}"


def _wrong_row(row: Row, folded: Folded, names: Mapping[str, str]) -> Iterator[str]:
    """H6: the row is the fold of its entries."""
    stored = {
        "status": row["status"],
        "exhausted": bool(row["exhausted"]),
        "holder": names.get(row["holder_id"]),
        "holder_since": _at(row["holder_since"]),
        "basis": row["basis"],
        "step": row["step"],
        "round": row["round"],
        "opened_at": _at(row["opened_at"]),
        "acknowledged_at": _at(row["acknowledged_at"]),
        "arrived_at": _at(row["arrived_at"]),
        "closed_at": _at(row["closed_at"]),
        "signal_count": row["signal_count"],
        "seq": row["ledger_seq"],
        "head": bytes(row["ledger_head"]),
    }
    for name, value in stored.items():
        if getattr(folded, name) != value:
            yield f"{name} is {value}, but the entries say {getattr(folded, name)}"


def _wrong_state(row: Row, chain: Sequence[Leaf]) -> Iterator[str]:
    """The state machine's memory agrees with the columns, and keeps H1, H2 and H5."""
    state = STATE.validate_json(row["state"])
    state.check()
    columns = (row["status"], row["holder_id"], row["version"], _at(row["wake_at"]))
    if columns != (state.status, state.holder_id, state.version, state.wake_at):
        yield f"the columns say {columns}, the state says otherwise"
    if row["closed_at"] is None and row["wake_at"] is None:
        yield "open, and nothing will ever wake it"
    if state.last_at != chain[-1].at:
        yield f"the state's last instant is {state.last_at}, the ledger's {chain[-1].at}"


async def _wrong_messages(url: str) -> list[str]:
    deliveries = await rows(url, "SELECT * FROM delivery ORDER BY id")
    attempts: dict[str, list[Row]] = defaultdict(list)
    for one in await rows(url, "SELECT * FROM attempt ORDER BY id"):
        attempts[one["delivery_id"]].append(one)
    found = [
        f"delivery {row['id']}: {fault}"
        for row in deliveries
        for fault in _wrong_delivery(row, attempts[row["id"]])
    ]
    pages = await rows(url, "SELECT id FROM page ORDER BY id")
    paged = {row["page_id"] for row in deliveries}
    found += [f"page {row['id']} without a delivery" for row in pages if row["id"] not in paged]
    return [*found, *await _unsent_entries(url, deliveries)]


def _wrong_delivery(row: Row, attempts: Sequence[Row]) -> Iterator[str]:
    """A message is tried until it is sent, given up or dropped, and never again after that."""
    results = [one["result"] for one in attempts]
    if row["attempts"] != len(results):
        yield f"counts {row['attempts']} attempts, {len(results)} are recorded"
    if results.count("sent") != (row["status"] == "sent"):
        yield f"is {row['status']} after {results}"
    if "sent" in results[:-1] or "permanent" in results[:-1]:
        yield f"was tried again after its end: {results}"
    if (row["status"] == "pending") != (row["finished_at"] is None):
        yield f"is {row['status']}, finished at {row['finished_at']}"
    if row["status"] != "pending" and row["leased_until"] is not None:
        yield "is over and still leased"


async def _unsent_entries(url: str, deliveries: Sequence[Row]) -> list[str]:
    """For every entry that says so there is a message; none says that it was sent twice."""
    entries = await rows(
        url,
        "SELECT incident_id, actor_id, type FROM ledger_entry"
        " WHERE type IN ('paged', 'reminded', 'informed', 'sent')",
    )
    said = Counter((row["incident_id"], row["actor_id"], row["type"]) for row in entries)
    written = Counter((row["incident_id"], row["party_id"], row["kind"]) for row in deliveries)
    sent = Counter(
        (row["incident_id"], row["party_id"])
        for row in deliveries
        if row["kind"] in ASKING and row["status"] == "sent"
    )
    found = []
    for (incident_id, party_id, kind), count in said.items():
        there = (
            sent[incident_id, party_id] if kind == "sent" else written[incident_id, party_id, kind]
        )
        if (count > there) if kind == "sent" else (there < count):
            found.append(f"{incident_id}: {count} x {kind} of {party_id}, {there} messages")
    return found


def _at(value: int | None) -> datetime | None:
    return None if value is None else instant(value)


async def reports(url: str) -> list[str]:
    """What reporters wrote of all incidents, opened, as the JSON that was sealed."""
    found = await rows(
        url,
        "SELECT i.id, i.client_id, i.report, k.wrapped FROM incident i"
        " JOIN data_key k ON k.subject_id = i.client_id ORDER BY i.id",
    )
    return [
        VAULT.unwrap(one["client_id"], bytes(one["wrapped"])).open_text(
            bytes(one["report"]), Place("incident", "report", one["id"])
        )
        for one in found
    ]
