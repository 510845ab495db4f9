"""The rules that one incident's chain must keep, checked offline from leaves and disclosures.

A log's own chain keeps them too; it has other types of entries, and nobody holds it.

Shares with the writer of the chain nothing but the formats: it decides nothing again, holds each
transfer against the pinned protocol by rules of its own (`judge`), and trusts neither a row nor an
order of its own. Findings are values, not errors: a chain that was tampered with is a result.

Source: LEDGER.md 5 and 9.4; DESIGN.md 3 and 4.1.17.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from app.ledger.binding import PERSON, Party, bind
from app.ledger.disclosure import NOTHING, DigestVerdict, commitment_faults, open_all, verdicts
from app.ledger.entry import Leaf, LeafInvalid, leaf_hash, parse_leaf
from app.ledger.interval import holder_changes, intervals, is_partition
from app.ledger.judge.judge import Judgement, Plans, Unjudged, judge, no_plans
from app.ledger.words import HOLDER_CHANGES, OF_LOGS, Basis, Cause, EntryType

AFTER_CLOSE = frozenset(
    {
        EntryType.NOTED,
        EntryType.CORRECTED,
        EntryType.DISCLOSED,
        EntryType.ERASED,
        EntryType.EXPORTED,
    }
)
ACCEPTED = frozenset({Cause.ACKNOWLEDGED, Cause.HANDED_OVER})
AGREED = frozenset(
    {
        Cause.REPORTED,
        Cause.ESCALATED,
        Cause.DECLINED,
        Cause.UNREACHABLE,
        Cause.NOBODY_ON_DUTY,
        Cause.LAPSED,
        Cause.RECLASSIFIED,
        Cause.EXHAUSTED,
    }
)
ENDED = frozenset({Cause.RESOLVED, Cause.CANCELLED})


class Rule(StrEnum):
    """What a finding is about."""

    # The bytes are a leaf.
    FORM = "form"
    # The entries of one incident, dense, each tied to the one before, opened first, closed last.
    R1 = "R1"
    # Time never goes back.
    R2 = "R2"
    # The holder changes only where an entry says so, and passes from who held.
    R3 = "R3"
    # Somebody holds at every instant from opening to closing, and nobody outside.
    R4 = "R4"
    # A person holds by their own acceptance, a desk or organisation by agreement.
    R5 = "R5"
    # Each pseudonym is bound to a party no later than it is used.
    R6 = "R6"
    # Each transfer was allowed, and due, by the pinned protocol and the evidence entries.
    R7 = "R7"
    # Each digest opens, or was erased on record; nothing else is disclosed.
    DISCLOSURE = "disclosure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A rule that a chain breaks; `seq` is the place in the chain, counted from 0."""

    rule: Rule
    seq: int
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What was found in one chain; no verdicts where a leaf is malformed."""

    findings: tuple[Finding, ...]
    verdicts: tuple[DigestVerdict, ...]
    judgement: Judgement
    # Whether it is a log's own chain, about no incident.
    is_own: bool = False


def verify_chain(
    leaves: Sequence[bytes], disclosures: Mapping[int, Sequence[str]]
) -> tuple[Finding, ...]:
    """Everything that is wrong with one incident's chain; empty when it keeps every rule.

    A chain with a malformed leaf is judged no further than its form.

    Args:
        leaves: the leaves verbatim, in the order in which they are said to have been written.
        disclosures: by place in the chain the disclosures that still exist.
    """
    return examine_chain(leaves, disclosures).findings


def examine_chain(
    leaves: Sequence[bytes],
    disclosures: Mapping[int, Sequence[str]],
    withheld: Mapping[int, Collection[str]] | None = NOTHING,
    *,
    plans: Plans = no_plans,
    is_whole: bool = True,
) -> Examined:
    """What `verify_chain` finds, with what became of each digest, and what R7 has to say.

    Args:
        leaves: as `verify_chain` takes them.
        disclosures: too.
        withheld: by place in the chain the digests whose disclosures were kept back; None where
            none were handed on at all.
        plans: by digest what a pinned document says; None where it is not at hand.
        is_whole: False where the chain may break off within an instant.
    """
    chain, malformed = _read(leaves)
    broken = Judgement(unjudged=Unjudged.BROKEN)
    if malformed:
        return Examined(findings=tuple(malformed), verdicts=(), judgement=broken)
    opened, misfits = open_all(chain, disclosures)
    bindings = bind(chain, opened)
    found = verdicts(chain, disclosures, withheld)
    faults = (*_faults(chain, leaves, bindings.parties), *_findings(Rule.R6, bindings.faults))
    # What is not in order says nothing about who should have been asked.
    is_own, judged = is_own_chain(chain), broken
    if not faults:
        judged = judge([] if is_own else chain, opened, bindings.parties, plans, is_whole=is_whole)
    findings = (
        *faults,
        *_findings(Rule.R7, judged.faults),
        *_findings(Rule.DISCLOSURE, misfits),
        *_findings(Rule.DISCLOSURE, commitment_faults(chain, found, withheld or {})),
    )
    return Examined(findings=findings, verdicts=found, judgement=judged, is_own=is_own)


def _faults(
    chain: Sequence[Leaf], leaves: Sequence[bytes], parties: Mapping[str, Party | None]
) -> Iterator[Finding]:
    """R1 to R5."""
    held = _until_closed(chain)
    yield from _order(chain, leaves)
    yield from _times(chain)
    yield from _passing(held)
    yield from _partition(held)
    yield from _bases(chain, parties)


def _findings(rule: Rule, faults: Iterable[tuple[int, str]]) -> Iterator[Finding]:
    return (Finding(rule=rule, seq=seq, detail=detail) for seq, detail in faults)


def _read(leaves: Sequence[bytes]) -> tuple[list[Leaf], list[Finding]]:
    chain: list[Leaf] = []
    malformed: list[Finding] = []
    for seq, data in enumerate(leaves):
        try:
            chain.append(parse_leaf(data))
        except LeafInvalid as error:
            malformed.append(Finding(rule=Rule.FORM, seq=seq, detail=str(error)))
    return chain, malformed


def _until_closed(chain: Sequence[Leaf]) -> Sequence[Leaf]:
    """The entries up to the one that closed the incident; all of them while it is open."""
    closings = (seq for seq, leaf in enumerate(chain) if leaf.type is EntryType.CLOSED)
    return chain[: next(closings, len(chain)) + 1]


def _order(chain: Sequence[Leaf], leaves: Sequence[bytes]) -> Iterator[Finding]:
    """R1, what each entry says of its place; then what may follow a closing."""
    if not leaves:
        yield Finding(rule=Rule.R1, seq=0, detail="there is no entry")
    head = None
    for seq, leaf in enumerate(chain):
        if leaf.seq != seq:
            yield Finding(rule=Rule.R1, seq=seq, detail=f"says that its seq is {leaf.seq}")
        if leaf.prev != head:
            yield Finding(rule=Rule.R1, seq=seq, detail="prev is not the hash of the entry before")
        if not _may_stand(leaf.type, seq, is_own=is_own_chain(chain)):
            yield Finding(rule=Rule.R1, seq=seq, detail=f"{leaf.type} in this place")
        if (leaf.incident, leaf.drill) != (chain[0].incident, chain[0].drill):
            yield Finding(rule=Rule.R1, seq=seq, detail="of another incident than the first entry")
        head = leaf_hash(leaves[seq])
    closed_length = len(_until_closed(chain))
    for seq, leaf in enumerate(chain[closed_length:], closed_length):
        if leaf.type not in AFTER_CLOSE:
            yield Finding(rule=Rule.R1, seq=seq, detail=f"{leaf.type} after closed")
        if leaf.from_ is not None or leaf.to is not None:
            yield Finding(rule=Rule.R1, seq=seq, detail="names a holder after closed")


def is_own_chain(chain: Sequence[Leaf]) -> bool:
    """Whether this is a log's own chain, about no incident: its first entry says so."""
    return bool(chain) and chain[0].type in OF_LOGS


def _may_stand(type_: EntryType, seq: int, *, is_own: bool) -> bool:
    if is_own:
        return type_ in OF_LOGS and (type_ is not EntryType.SUCCEEDED or seq == 0)
    is_first = type_ is EntryType.OPENED
    return is_first == (seq == 0) and (type_ not in OF_LOGS or type_ is EntryType.EXPORTED)


def _times(chain: Sequence[Leaf]) -> Iterator[Finding]:
    for seq, (before, leaf) in enumerate(pairwise(chain), 1):
        if leaf.at < before.at:
            yield Finding(rule=Rule.R2, seq=seq, detail="earlier than the entry before")


def _passing(held: Sequence[Leaf]) -> Iterator[Finding]:
    """R3: what each entry says about who held, against the change before it."""
    holder = None
    for seq, leaf in enumerate(held):
        if leaf.from_ != holder:
            yield Finding(rule=Rule.R3, seq=seq, detail="from is not who held")
        if leaf.type not in HOLDER_CHANGES:
            if leaf.to != leaf.from_:
                yield Finding(rule=Rule.R3, seq=seq, detail=f"{leaf.type} changes the holder")
            continue
        if leaf.type is EntryType.TRANSFERRED and leaf.to == leaf.from_:
            yield Finding(rule=Rule.R3, seq=seq, detail="transferred to who held already")
        holder = leaf.to


def _partition(held: Sequence[Leaf]) -> Iterator[Finding]:
    """R4: each change but the closing names a holder, and the intervals meet end to end."""
    last = None
    for seq, leaf in enumerate(held):
        if leaf.type not in HOLDER_CHANGES:
            continue
        if (leaf.to is None) != (leaf.type is EntryType.CLOSED):
            detail = "nobody holds from here" if leaf.to is None else "somebody holds from here"
            yield Finding(rule=Rule.R4, seq=seq, detail=f"{leaf.type}, yet {detail}")
            return
        if last is not None and leaf.at < last.at:
            yield Finding(rule=Rule.R4, seq=seq, detail="ends an interval before it began")
            return
        last = leaf
    if last is None:
        return
    changes = holder_changes(held)
    closed_at = last.at if last.type is EntryType.CLOSED else None
    if not is_partition(intervals(changes), opened_at=changes[0].at, closed_at=closed_at):
        yield Finding(rule=Rule.R4, seq=0, detail="the intervals are no partition")


def _bases(chain: Sequence[Leaf], parties: Mapping[str, Party | None]) -> Iterator[Finding]:
    """R5, as far as the kind of the new holder still opens."""
    for seq, leaf in enumerate(chain):
        detail = _fault_of_basis(leaf, parties)
        if detail is not None:
            yield Finding(rule=Rule.R5, seq=seq, detail=detail)


def _fault_of_basis(leaf: Leaf, parties: Mapping[str, Party | None]) -> str | None:
    match leaf.type:
        case EntryType.OPENED | EntryType.TRANSFERRED:
            return _fault_of_holding(leaf, parties.get(leaf.to or ""))
        case EntryType.CLOSED if leaf.cause not in ENDED:
            return f"closed, but the cause is {leaf.cause}"
        case _:
            return None if leaf.basis is None else f"{leaf.type} with a basis"


def _fault_of_holding(leaf: Leaf, holder: Party | None) -> str | None:
    if leaf.basis is None:
        return "holds on no basis"
    if leaf.cause not in (ACCEPTED if leaf.basis is Basis.ACCEPTANCE else AGREED):
        return f"{leaf.basis}, but the cause is {leaf.cause}"
    if leaf.basis is Basis.ACCEPTANCE:
        return None if leaf.actor == leaf.to else "accepted by another than who holds now"
    is_person = holder is not None and holder.kind == PERSON
    return "a person holds without accepting" if is_person else None
