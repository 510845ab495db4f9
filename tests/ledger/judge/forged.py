"""True stories with their chains, and a forger who changes entries and computes all hashes anew."""

from dataclasses import replace
from datetime import timedelta
from typing import Self

from app.escalation.decision import Decision
from app.escalation.event import Event
from app.ledger.disclosure import decode, digest, encode
from app.ledger.entry import Leaf, leaf_bytes, leaf_hash, parse_leaf
from app.ledger.words import SYSTEM, EntryType
from app.protocols.kinds import IncidentType, Severity
from tests.escalation.network_samples import NOON, Story, desk, document, network, person
from tests.ledger.judge.judged import Judged, Scribe

NIGHT = NOON + timedelta(hours=12)
STEPS = (
    {"name": "夜間", "desk": "night", "also_page": ["kato"], "on_decline": "最後"},
    {"name": "家族", "person": "ono", "desk": "day", "arrive_within_seconds": 600},
    {"name": "最後", "desk": "aoi-desk", "remind_every_seconds": None},
)


class Recorded(Story):
    """A story whose decisions are written down.

    Step 1 asks the night desk (sato, tanaka) and kato, and goes to step 3 when they decline; step 2
    asks ono while the day desk holds; step 3 asks a desk that has not agreed (yama). Two rounds.
    """

    def __init__(
        self,
        *,
        rounds: int = 2,
        type_: IncidentType = IncidentType.FALL,
        severity: Severity = Severity.HIGH,
        at_night: bool = False,
        **members: object,
    ) -> None:
        places = network(
            document(*STEPS, rounds=rounds, **members),
            desk("night", "sato", "tanaka"),
            desk("day", "suzuki"),
            desk("aoi-desk", "yama", organisation="aoi"),
            *(person(one) for one in ("sato", "tanaka", "suzuki", "kato")),
            person("yama", "aoi"),
        )
        self.scribe = Scribe(places)
        super().__init__(places, at=NIGHT if at_night else NOON, type_=type_, severity=severity)
        first = self.opened.entries[0]
        told = {
            "client": {"id": "client", "code": "K7QX2"},
            "protocol": self.scribe.protocol,
            "incident": {"type": type_.value, "severity": severity.value},
        }
        entries = (replace(first, facts=told), *self.opened.entries[1:])
        self.scribe.write(replace(self.opened, entries=entries), self.network)

    def happen(self, event: Event, *, after: int = 0) -> Decision:
        decision = super().happen(event, after=after)
        self.scribe.write(decision, self.network)
        return decision

    def forger(self) -> "Forger":
        """Somebody who has all of it in hand."""
        return Forger(self.scribe.judged())


class Forger:
    """Entries with what they disclose; each change leaves R1 to R6 whole."""

    def __init__(self, true: Judged) -> None:
        self._plans = true.plans
        self.entries = [
            (parse_leaf(leaf), list(true.disclosures.get(seq, ())))
            for seq, leaf in enumerate(true.leaves)
        ]

    def find(self, type_: EntryType, number: int = 0) -> int:
        """Where the entry of this type stands that comes after `number` others of it."""
        places = [at for at, (leaf, _) in enumerate(self.entries) if leaf.type is type_]
        return places[number]

    def drop(self, type_: EntryType, number: int = 0) -> Self:
        del self.entries[self.find(type_, number)]
        return self

    def drop_all(self, *types: EntryType) -> Self:
        self.entries = [one for one in self.entries if one[0].type not in types]
        return self

    def change(self, type_: EntryType, number: int = 0, **members: object) -> Self:
        at = self.find(type_, number)
        leaf, told = self.entries[at]
        self.entries[at] = (replace(leaf, **members), told)  # type: ignore[arg-type]  # names
        return self

    def insert(self, before: EntryType, number: int, type_: EntryType, **members: object) -> Self:
        """One more entry, beside another and at its instant."""
        at = self.find(before, number)
        beside = self.entries[at][0]
        plain = replace(beside, type=type_, cause=None, basis=None, due=None, sd=(), actor=SYSTEM)
        self.entries.insert(at, (replace(plain, **members), []))  # type: ignore[arg-type]  # names
        return self

    def cut(self, type_: EntryType, number: int = 0) -> Self:
        """End before an entry."""
        del self.entries[self.find(type_, number) :]
        return self

    def delay(self, type_: EntryType, number: int = 0, **time: float) -> Self:
        """Everything from the instant of an entry on happens later, or earlier."""
        since, by = self.entries[self.find(type_, number)][0].at, timedelta(**time)
        self.entries = [
            (replace(leaf, at=leaf.at + by) if leaf.at >= since else leaf, told)
            for leaf, told in self.entries
        ]
        return self

    def move(self, type_: EntryType, number: int = 0, **time: float) -> Self:
        """The same, and planned like that."""
        since, by = self.entries[self.find(type_, number)][0].at, timedelta(**time)
        self.entries = [
            (replace(leaf, due=leaf.due + by) if leaf.due and leaf.at >= since else leaf, told)
            for leaf, told in self.entries
        ]
        return self.delay(type_, number, **time)

    def unplan(self, type_: EntryType) -> Self:
        """Nothing of the instant of an entry was planned."""
        at = self.entries[self.find(type_)][0].at
        self.entries = [
            (replace(leaf, due=None) if leaf.at == at else leaf, told)
            for leaf, told in self.entries
        ]
        return self

    def restart(self, step: int, round_: int) -> Self:
        """The last step that began is another one."""
        first = self.find(EntryType.STEP_STARTED, -1)
        if self.entries[first - 1][0].type is EntryType.TRANSFERRED:
            first -= 1
        self.entries[first:] = [
            (replace(leaf, step=step, round=round_), told) for leaf, told in self.entries[first:]
        ]
        return self

    def tell(self, type_: EntryType, name: str, value: object) -> Self:
        """An entry discloses something else under a name."""
        at = self.find(type_)
        leaf, told = self.entries[at]
        kept = [one for one in told if decode(one).name != name]
        kept.append(encode(b"forged by nobody", name, value))
        self.entries[at] = (replace(leaf, sd=tuple(sorted(map(digest, kept)))), kept)
        return self

    def pseudonym(self, party_id: str) -> str:
        """What a party is called here."""
        course = self.judged().judge().course
        assert course is not None
        return next(name for name, one in course.parties.items() if one and one.id == party_id)

    def forget(self, type_: EntryType) -> Self:
        """An entry commits to nothing, and so tells nothing."""
        at = self.find(type_)
        self.entries[at] = (replace(self.entries[at][0], sd=()), [])
        return self

    def judged(self) -> Judged:
        """The chain that the forger hands on."""
        leaves: list[bytes] = []
        holder: str | None = None
        for leaf, _ in self.entries:
            before, holder = holder, _holder_after(leaf, holder)
            prev = leaf_hash(leaves[-1]) if leaves else None
            made = replace(leaf, seq=len(leaves), prev=prev, from_=before, to=holder)
            leaves.append(leaf_bytes(made))
        told = {seq: texts for seq, (_, texts) in enumerate(self.entries) if texts}
        return Judged(leaves=leaves, disclosures=told, plans=self._plans)


def _holder_after(leaf: Leaf, holder: str | None) -> str | None:
    if leaf.type in {EntryType.OPENED, EntryType.TRANSFERRED}:
        return leaf.to
    return None if leaf.type is EntryType.CLOSED else holder
