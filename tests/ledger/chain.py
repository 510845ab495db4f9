"""Chains of entries, written as an incident runs, and as somebody would forge them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypedDict, Unpack

from app.ledger.disclosure import digest, encode
from app.ledger.entry import Basis, Cause, EntryType, Leaf, leaf_bytes, leaf_hash

INCIDENT = "0193570e-6b1e-7c1a-8f10-2a3b4c5d6e7f"
START = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


class Members(TypedDict, total=False):
    """What an entry may be made to say otherwise."""

    incident: str
    seq: int
    prev: bytes | None
    at: datetime
    cause: Cause | None
    basis: Basis | None
    from_: str | None
    to: str | None
    actor: str
    step: int | None
    round: int | None
    sd: tuple[str, ...]
    drill: bool


def after(milliseconds: int) -> datetime:
    return START + milliseconds * MILLISECOND


class Chain:
    """One incident's entries. Each method adds one and returns the chain.

    What an entry says of its place, its holder and its time is right unless a test says
    otherwise by naming the member.
    """

    def __init__(self, *, drill: bool = False) -> None:
        self.entries: list[Leaf] = []
        self.disclosures: dict[int, list[str]] = {}
        self._drill = drill
        self._salts = 0

    @property
    def leaves(self) -> list[bytes]:
        return [leaf_bytes(entry) for entry in self.entries]

    @property
    def holder(self) -> str | None:
        return self.entries[-1].to if self.entries else None

    def add(
        self, type_: EntryType, *discloses: tuple[str, object], **members: Unpack[Members]
    ) -> "Chain":
        return self._write(type_, discloses, members)

    def _write(
        self, type_: EntryType, discloses: Sequence[tuple[str, object]], members: Members
    ) -> "Chain":
        strings = [self._disclosure(name, value) for name, value in discloses]
        last = self.entries[-1] if self.entries else None
        entry = Leaf(
            incident=INCIDENT,
            seq=len(self.entries),
            prev=None if last is None else leaf_hash(leaf_bytes(last)),
            at=START if last is None else last.at + timedelta(seconds=1),
            type=type_,
            cause=None,
            basis=None,
            from_=self.holder,
            to=self.holder,
            actor="system",
            step=None,
            round=None,
            due=None,
            sd=tuple(sorted(digest(string) for string in strings)),
            drill=self._drill,
        )
        if strings:
            self.disclosures[entry.seq] = strings
        self.entries.append(replace(entry, **members))
        return self

    def _disclosure(self, name: str, value: object) -> str:
        self._salts += 1
        return encode(self._salts.to_bytes(16, "big"), name, value)

    def opened(self, *discloses: tuple[str, object], **members: Unpack[Members]) -> "Chain":
        right: Members = {"to": "h1", "cause": Cause.REPORTED, "basis": Basis.AGREEMENT}
        told = discloses or (party("h1", "desk"),)
        return self._write(EntryType.OPENED, told, {**right, **members})

    def bound(self, pseudonym: str, kind: str, /, **members: Unpack[Members]) -> "Chain":
        right: Members = {"actor": pseudonym}
        return self._write(EntryType.BOUND, (party(pseudonym, kind),), {**right, **members})

    def started(
        self, step: int, cause: Cause = Cause.REPORTED, /, **members: Unpack[Members]
    ) -> "Chain":
        right: Members = {"step": step, "round": 1, "cause": cause}
        return self._write(EntryType.STEP_STARTED, (), {**right, **members})

    def accepted(self, pseudonym: str, /, **members: Unpack[Members]) -> "Chain":
        right: Members = {
            "to": pseudonym,
            "actor": pseudonym,
            "cause": Cause.ACKNOWLEDGED,
            "basis": Basis.ACCEPTANCE,
        }
        return self._write(EntryType.TRANSFERRED, (), {**right, **members})

    def escalated(self, pseudonym: str, /, **members: Unpack[Members]) -> "Chain":
        right: Members = {"to": pseudonym, "cause": Cause.ESCALATED, "basis": Basis.AGREEMENT}
        return self._write(EntryType.TRANSFERRED, (), {**right, **members})

    def closed(self, cause: Cause = Cause.RESOLVED, /, **members: Unpack[Members]) -> "Chain":
        right: Members = {"to": None, "cause": cause}
        return self._write(EntryType.CLOSED, (), {**right, **members})

    def add_note(self, text: str, /, **members: Unpack[Members]) -> "Chain":
        return self.add(EntryType.NOTED, ("note", text), **members)

    def erased(self, *seqs: int) -> "Chain":
        """Erase all that these entries disclose, and put it on record."""
        digests = [digest(one) for seq in seqs for one in self.disclosures.pop(seq)]
        return self.add(EntryType.ERASED, cause=Cause.RETENTION_ENDED, sd=tuple(sorted(digests)))


def party(pseudonym: str, kind: str) -> tuple[str, dict[str, str]]:
    return "party", {
        "pseudonym": pseudonym,
        "id": f"party-{pseudonym}",
        "kind": kind,
        "name": "看護師 佐藤",
        "organisation": "みどり訪問看護",
    }


def rechained(entries: Sequence[Leaf]) -> list[bytes]:
    """The leaves of a forger who numbers the entries anew and computes every `prev` again."""
    leaves: list[bytes] = []
    for seq, entry in enumerate(entries):
        prev = leaf_hash(leaves[-1]) if leaves else None
        leaves.append(leaf_bytes(replace(entry, seq=seq, prev=prev)))
    return leaves
