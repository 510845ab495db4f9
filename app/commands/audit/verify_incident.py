"""What is wrong with one incident as it is stored: its chain, its row, and what hangs on them.

The chain is judged by the rules of `app/ledger`; then the row must be the fold of the chain, the
search columns what the leaves say, and what the first and last entries disclose what the row
repeats of it. A row that disagrees with the chain is at fault, never the chain.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from pydantic import TypeAdapter, ValidationError

from app.commands.audit.finding import Check, Finding
from app.commands.audit.stored.documents import Documents
from app.commands.audit.stored.told import told_by
from app.commands.audit.stored.tree import disordered
from app.escalation.incident import Incident, page_id_of
from app.escalation.party import PartyId
from app.ledger.binding import bind
from app.ledger.disclosure import DisclosureInvalid, decode, digest, open_all
from app.ledger.entry import Leaf, LeafInvalid, leaf_hash, parse_leaf
from app.ledger.fold import Folded, fold
from app.ledger.judge.course import Course
from app.ledger.judge.judge import Unjudged
from app.ledger.verify import examine_chain, is_own_chain
from app.ledger.words import SYSTEM, EntryType
from app.models.columns import milliseconds
from app.store.audit.verification import Raw, StoredChain

_STATE: Final = TypeAdapter(Incident)
# What the state repeats of the row's columns.
_STATE_COLUMNS: Final = (
    *("id", "client_id", "municipality_id", "reporter_id", "type", "severity", "status", "drill"),
    *("exhausted", "holder_id", "basis", "outcome", "signal_count", "version", "step", "round"),
    *("holder_since", "opened_at", "acknowledged_at", "arrived_at", "closed_at", "wake_at"),
)


class Examined(NamedTuple):
    """What is wrong with an incident, and how it stands (None where that is not judged)."""

    findings: Sequence[Finding]
    course: Course | None


def verify_incident(stored: StoredChain, documents: Documents | None = None) -> Examined:
    """Everything that is wrong with one incident; `documents` is what was read for others."""
    findings: list[Finding] = []
    course = None
    try:
        leaves = [_bytes(row["leaf"]) for row in stored.entries]
        disclosures = _disclosures(stored)
        plans = (documents or Documents()).plans(stored.document)
        judged, id_ = examine_chain(leaves, disclosures, plans=plans), stored.incident_id
        course = judged.judgement.course
        findings += [Finding(one.rule, id_, one.seq, one.detail) for one in judged.findings]
        if judged.judgement.unjudged is Unjudged.NO_DOCUMENT:
            detail = "the protocol that was pinned is not the one that is stored"
            findings.append(Finding(Check.REFERENCE, id_, None, detail))
        findings += _faults(stored, leaves, disclosures)
    except Exception as error:  # noqa: BLE001  # what was put there by hand may be anything
        detail = f"cannot be checked further: {type(error).__name__}"
        findings.append(Finding(Check.ROW, stored.incident_id, None, detail))
    return Examined(findings, course)


def _disclosures(stored: StoredChain) -> Mapping[int, Sequence[str]]:
    places = {row["seq"]: place for place, row in enumerate(stored.entries)}
    disclosures: dict[int, list[str]] = {}
    for one in stored.disclosures:
        place = places.get(one.seq, len(stored.entries) + one.seq)
        disclosures.setdefault(place, []).append(one.text)
    return disclosures


def _faults(
    stored: StoredChain, leaves: Sequence[bytes], disclosures: Mapping[int, Sequence[str]]
) -> Iterator[Finding]:
    chain = [_parsed(leaf) for leaf in leaves]
    pseudonyms = _pseudonyms(stored)
    yield from _columns(stored, leaves, chain, pseudonyms)
    yield from _disclosure_columns(stored)
    yield from disordered(stored)
    yield from _references(stored, chain)
    if stored.incident is None:
        yield from _own(stored, leaves)
        return
    yield from _state(stored, stored.incident)
    read = [leaf for leaf in chain if leaf is not None]
    if is_own_chain(read):
        yield Finding(Check.ROW, stored.incident_id, None, "its entries are those of a log")
    if len(read) == len(chain) and read and read[0].type is EntryType.OPENED:
        yield from _row(stored, stored.incident, fold(read), pseudonyms)
        yield from _disclosed(stored, stored.incident, read, disclosures, pseudonyms)


def _own(stored: StoredChain, leaves: Sequence[bytes]) -> Iterator[Finding]:
    """A log's own chain against where the log says that it ends."""
    if stored.own is None:
        yield Finding(Check.ROW, stored.incident_id, None, "has entries and no row")
        return
    head = leaf_hash(leaves[-1]) if leaves else None
    said = stored.own["chain_head"]
    if (stored.own["chain_seq"], said if said is None else _bytes(said)) != (len(leaves), head):
        detail = "the log says that its own chain ends elsewhere"
        yield Finding(Check.ROW, stored.incident_id, None, detail)


def _columns(
    stored: StoredChain,
    leaves: Sequence[bytes],
    chain: Sequence[Leaf | None],
    pseudonyms: Mapping[str, str],
) -> Iterator[Finding]:
    """Each entry's columns against its leaf."""
    log_id = stored.incident["municipality_id"] if stored.incident else None
    log_id = stored.own["log_id"] if stored.own and not stored.incident else log_id
    for row, data, leaf in zip(stored.entries, leaves, chain, strict=True):
        wrong = [] if _bytes(row["leaf_hash"]) == leaf_hash(data) else ["leaf_hash"]
        wrong += [] if log_id in {None, row["log_id"]} else ["log_id"]
        if leaf is not None:
            said = _said(leaf)
            wrong += [name for name, value in said.items() if row[name] != value]
            named = {"from_id": leaf.from_, "to_id": leaf.to, "actor_id": leaf.actor}
            wrong += [
                name for name, one in named.items() if _pseudonym(row[name], pseudonyms) != one
            ]
        for name in wrong:
            detail = f"the column {name} is not what the leaf says"
            yield Finding(Check.COLUMNS, stored.incident_id, row["seq"], detail)


def _said(leaf: Leaf) -> dict[str, object]:
    return {
        "incident_id": leaf.incident,
        "seq": leaf.seq,
        "type": leaf.type,
        "cause": leaf.cause,
        "basis": leaf.basis,
        "step": leaf.step,
        "at": milliseconds(leaf.at),
    }


def _disclosure_columns(stored: StoredChain) -> Iterator[Finding]:
    for one in stored.disclosures:
        try:
            opened, committed = decode(one.text), digest(one.text)
        except DisclosureInvalid:
            continue  # the chain's own check says so
        if (one.name, one.digest) != (opened.name, committed):
            detail = "the columns beside a disclosure are not what it says"
            yield Finding(Check.COLUMNS, stored.incident_id, one.seq, detail)


def _row(
    stored: StoredChain, row: Raw, folded: Folded, pseudonyms: Mapping[str, str]
) -> Iterator[Finding]:
    """The row against the fold of the leaves (H6)."""
    said: dict[str, object] = {
        "status": folded.status,
        "basis": folded.basis,
        "step": folded.step,
        "round": folded.round,
        "signal_count": folded.signal_count,
        "ledger_seq": folded.seq,
        "holder_since": _ms(folded.holder_since),
        "opened_at": _ms(folded.opened_at),
        "acknowledged_at": _ms(folded.acknowledged_at),
        "arrived_at": _ms(folded.arrived_at),
        "closed_at": _ms(folded.closed_at),
    }
    if folded.closed_at is None:
        said["exhausted"] = folded.exhausted
    yield from _unequal(Check.ROW, stored, row, said, "chain")
    if _bytes(row["ledger_head"]) != folded.head:
        detail = "the row's ledger_head is not the hash of the last entry"
        yield Finding(Check.ROW, stored.incident_id, None, detail)
    if _pseudonym(row["holder_id"], pseudonyms) != folded.holder:
        detail = f"the row's holder is {row['holder_id']}, the entries say {folded.holder}"
        yield Finding(Check.ROW, stored.incident_id, None, detail)
    if folded.closed_at is None and row["wake_at"] is None:
        yield Finding(Check.TIMER, stored.incident_id, None, "is open and has no timer")


def _unequal(
    check: Check, stored: StoredChain, row: Raw, said: Mapping[str, object], by: str
) -> Iterator[Finding]:
    for name, value in said.items():
        if row[name] != value:
            detail = f"the row says {name} = {row[name]}, the {by} says {value}"
            yield Finding(check, stored.incident_id, None, detail)


def _disclosed(
    stored: StoredChain,
    row: Raw,
    chain: Sequence[Leaf],
    disclosures: Mapping[int, Sequence[str]],
    pseudonyms: Mapping[str, str],
) -> Iterator[Finding]:
    """The row against what the entries disclose, as far as that still exists."""
    opened, _ = open_all(chain, disclosures)
    told = {"drill": chain[0].drill, **told_by(chain, opened)}
    for name, value in told.items():
        if row[name] != value:
            detail = f"the row's {name} is not what was disclosed"
            yield Finding(Check.ROW, stored.incident_id, None, detail)
    for one in bind(chain, opened).parties.values():
        if one is not None and pseudonyms.get(one.id) != one.pseudonym:
            detail = f"{one.pseudonym} stands for another party than was disclosed"
            yield Finding(Check.ROW, stored.incident_id, None, detail)


def _state(stored: StoredChain, row: Raw) -> Iterator[Finding]:
    """The state machine's memory against the columns, and against its own rules (H1, H2, H5)."""
    try:
        state = _STATE.validate_json(row["state"])
        state.check()
    except (ValidationError, TypeError):
        yield Finding(Check.STATE, stored.incident_id, None, "the state cannot be read")
        return
    except AssertionError as error:
        yield Finding(Check.STATE, stored.incident_id, None, f"the state is impossible: {error}")
        return
    said = {name: getattr(state, name) for name in _STATE_COLUMNS}
    said |= {name: _ms(at) for name, at in said.items() if isinstance(at, datetime)}
    said |= {"step": state.step or None, "round": state.round or None}
    yield from _unequal(Check.STATE, stored, row, said, "state")


def _references(stored: StoredChain, chain: Sequence[Leaf | None]) -> Iterator[Finding]:
    """Each page is what it was made as, each `paged` entry has its page, messages point right."""
    pages = {row["id"] for row in stored.pages}
    for row in stored.pages:
        made_as = _page_id(stored, row["party_id"], row["step"], row["round"])
        if row["id"] != made_as or row["known_party_id"] is None:
            detail = f"the page {row['id']} is not of the party, step and round that it names"
            yield Finding(Check.REFERENCE, stored.incident_id, None, detail)
    for row, leaf in zip(stored.entries, chain, strict=True):
        if leaf is None or leaf.type is not EntryType.PAGED:
            continue
        if _page_id(stored, row["actor_id"], leaf.step, leaf.round) not in pages:
            yield Finding(
                Check.REFERENCE, stored.incident_id, row["seq"], "the page of this entry is gone"
            )
    for one in stored.stray_delivery_ids:
        detail = f"the message {one} points to what is not there, or not its party's"
        yield Finding(Check.REFERENCE, stored.incident_id, None, detail)


def _page_id(stored: StoredChain, party_id: str, step: int | None, round_: int | None) -> str:
    return page_id_of(stored.incident_id, PartyId(party_id), step or 0, round_ or 0)


def _pseudonyms(stored: StoredChain) -> dict[str, str]:
    """Party id to pseudonym, as the row has them; none when they cannot be read."""
    try:
        read = json.loads(stored.incident["pseudonyms"]) if stored.incident else {}
    except (ValueError, TypeError):
        return {}
    return read if isinstance(read, dict) else {}


def _pseudonym(party_id: str | None, pseudonyms: Mapping[str, str]) -> str | None:
    if party_id is None or party_id == SYSTEM:
        return party_id
    return pseudonyms.get(party_id, f"unbound {party_id}")


def _parsed(leaf: bytes) -> Leaf | None:
    try:
        return parse_leaf(leaf)
    except LeafInvalid:
        return None


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def _ms(at: datetime | None) -> int | None:
    return None if at is None else milliseconds(at)
