"""Incidents of the production rules, written as the production ledger has them, and judged."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import rfc8785

from app.escalation.decision import Decision
from app.escalation.event import Event
from app.escalation.moves.opening import Report
from app.escalation.network import Network
from app.ledger.binding import bind
from app.ledger.disclosure import open_all
from app.ledger.entry import Leaf, parse_leaf
from app.ledger.judge.judge import Judgement, judge
from app.ledger.judge.plan import Plan, read_plan
from app.ledger.judge.planned import planned
from app.ledger.verify import verify_chain
from app.writer.chain import Link, chain, describe
from tests.escalation.watched_incident import WatchedIncident


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A chain with what it discloses, and the documents at hand."""

    leaves: Sequence[bytes]
    disclosures: Mapping[int, Sequence[str]]
    plans: Mapping[str, Plan]

    def judge(self, *, is_whole: bool = True) -> Judgement:
        read = [parse_leaf(one) for one in self.leaves]
        opened, misfits = open_all(read, self.disclosures)
        assert not misfits
        return judge(read, opened, bind(read, opened).parties, self.plans.get, is_whole=is_whole)

    def chain(self) -> list[Leaf]:
        return [parse_leaf(one) for one in self.leaves]


class Scribe:
    """Writes decisions down as the writer does."""

    def __init__(self, network: Network) -> None:
        self.plans: dict[str, Plan] = {}
        self.protocol: dict[str, object] | None = None
        if network.protocol is not None:
            digest, plan = read_plan(rfc8785.dumps(network.protocol.document()))
            assert digest == network.protocol.digest()
            self.plans[digest] = plan
            self.protocol = {"id": "version-1", "number": 1, "digest": digest}
        self.leaves: list[bytes] = []
        self.disclosures: dict[int, list[str]] = {}
        self._link = Link(seq=0, head=None, pseudonyms={})
        self._salts = 0

    def facts(self, report: Report) -> dict[str, object]:
        """What the opening discloses, as `OpenIncident` has it."""
        return {
            "client": {"id": "client", "code": "K7QX2"},
            "protocol": self.protocol,
            "incident": {"type": report.type.value, "severity": report.severity.value},
        }

    def write(self, decision: Decision, network: Network) -> None:
        chained = chain(
            decision, self._link, lambda one: describe(one, network.parties), self._salt
        )
        self._link = chained.link
        self.leaves += [one.leaf for one in chained.entries]
        for one in chained.disclosures:
            self.disclosures.setdefault(one.seq, []).append(one.disclosure)

    def judged(self) -> Judged:
        return Judged(leaves=self.leaves, disclosures=self.disclosures, plans=self.plans)

    def _salt(self) -> bytes:
        self._salts += 1
        return self._salts.to_bytes(16, "big")


class JudgedIncident(WatchedIncident):
    """An incident whose chain is held against its protocol whenever it is asked for."""

    def __init__(self, report: Report, contacts: Network, now: datetime) -> None:
        self.scribe = Scribe(contacts)
        super().__init__(replace(report, facts=self.scribe.facts(report)), contacts, now)

    def _take(self, before: object, event: Event | None, decision: Decision) -> None:
        super()._take(before, event, decision)  # type: ignore[arg-type]  # passed on
        self.scribe.write(decision, self.contacts)

    def faults(self) -> Iterator[str]:
        """What the judge finds, entry by entry."""
        judged = self.scribe.judged()
        yield from (str(one) for one in verify_chain(judged.leaves, judged.disclosures))
        chain_ = judged.chain()
        for seq, detail in judged.judge().faults:
            yield f"{seq} {chain_[seq].type}: {detail}"

    def expected_too_early(self) -> Iterator[str]:
        """What the auditor would miss before it is due."""
        course, wake_at = self.scribe.judged().judge().course, self.state.wake_at
        for one in planned(course) if course else ():
            if wake_at and one.due < wake_at:
                yield f"{one.what} at {one.due}, and due is {wake_at}"
