"""`python -m benchmarks.rules`: what it costs to judge entries, without and with R7.

Incidents of the production rules, in memory; CPU time of one core. `--open N` also measures a
round of the background auditor beside N open incidents, in a SQLite file.
"""

import argparse
import asyncio
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from app.auditing.auditor import Auditor
from app.database.migration import migrate
from app.escalation.event import Arrived, Resolved, SetOut
from app.ledger.entry import leaf_bytes, leaf_hash, parse_leaf
from app.ledger.judge.judge import no_plans
from app.ledger.tree.merkle import Frontier, extended
from app.ledger.tree.tile import bundle_bytes, bundle_entries
from app.ledger.verify import examine_chain
from app.protocols.kinds import Outcome
from app.telemetry import configure_logs
from tests.engine.node import running_node
from tests.engine.town import build_town
from tests.escalation.network_samples import by
from tests.ledger.judge.forged import Recorded
from tests.peers.sink import running_sink

INCIDENTS: Final = 2_000
ROUNDS: Final = 20
Made = tuple[Sequence[bytes], dict[int, list[str]]]


def main() -> None:
    """Measure, and print a table."""
    arguments = argparse.ArgumentParser(prog="benchmarks.rules")
    arguments.add_argument("--open", type=int, default=0, help="beside how many to audit")
    chosen = arguments.parse_args()
    configure_logs("error")
    _judging()
    if chosen.open:
        asyncio.run(_auditing(chosen.open))


def _judging() -> None:
    story = _story()
    made = [_incident(story, number) for number in range(INCIDENTS)]
    count = sum(len(leaves) for leaves, _ in made)
    _row("entries", f"{count:,} in {INCIDENTS:,} incidents")
    leaves = [leaf for one, _ in made for leaf in one]
    bundles = [bundle_bytes(leaves[at : at + 256]) for at in range(0, len(leaves), 256)]

    def tree() -> None:
        growing = Frontier()
        for at, bundle in enumerate(bundles):
            found = bundle_entries(bundle, min(256, len(leaves) - at * 256))
            growing = extended(growing, map(leaf_hash, found))

    def form() -> None:
        growing, head = Frontier(), None
        for at, bundle in enumerate(bundles):
            hashes = []
            for data in bundle_entries(bundle, min(256, len(leaves) - at * 256)):
                leaf = parse_leaf(data)
                assert leaf.prev == (head if leaf.seq else None)
                head = leaf_hash(data)
                hashes.append(head)
            growing = extended(growing, hashes)

    plans = story.scribe.plans.get

    def all_of_it() -> None:
        tree()
        _examine(made, plans)

    tasks: list[tuple[str, Callable[[], None]]] = [
        ("hashes, tree, form, chains", form),
        ("R1 to R6", lambda: _examine(made, no_plans)),
        ("R1 to R7", lambda: _examine(made, plans)),
        ("hashes, tree, R1 to R7", all_of_it),
    ]
    for what, act in tasks:
        _row(what, f"{count / min(_cpu(act) for _ in range(3)):,.0f} entries/s")


def _story() -> Recorded:
    """Escalated once, accepted, on the way, there, closed."""
    story = Recorded()
    story.run_out()
    story.acknowledge("ono", after=20)
    story.happen(SetOut(by=by("ono")), after=60)
    story.happen(Arrived(by=by("ono")), after=300)
    story.happen(Resolved(by=by("ono"), outcome=Outcome.CLIENT_SAFE), after=600)
    return story


def _incident(story: Recorded, number: int) -> Made:
    """The same course in another incident."""
    id_, head, leaves = str(uuid.UUID(int=number)), None, []
    for data in story.scribe.leaves:
        leaves.append(leaf_bytes(replace(parse_leaf(data), incident=id_, prev=head)))
        head = leaf_hash(leaves[-1])
    return leaves, story.scribe.disclosures


def _examine(made: Sequence[Made], plans: Callable[[str], object]) -> None:
    for leaves, disclosures in made:
        examined = examine_chain(leaves, disclosures, plans=plans)  # type: ignore[arg-type]
        assert not examined.findings


async def _auditing(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'renrakumo.db'}"
        migrate(url)
        async with running_sink() as sink, running_node(url) as node:
            town = await build_town(node.http, sink.url)
            for number in range(count):
                await town.opened(dedup_key=str(number))
            await node.engine.dispatcher.drain()
            auditor = Auditor(node.installation)
            begun, cpu, looked = time.perf_counter(), time.process_time(), 0
            for _ in range(ROUNDS):
                looked += await auditor.run_once()
            spent = time.process_time() - cpu
            _row(f"audit beside {count:,}: CPU a round", f"{spent / ROUNDS * 1e3:.1f} ms")
            _row("  incidents looked at", f"{looked / ROUNDS:.0f} a round")
            _row("  wall time", f"{(time.perf_counter() - begun) / ROUNDS * 1e3:.1f} ms a round")


def _cpu(act: Callable[[], object]) -> float:
    begun = time.process_time()
    act()
    return time.process_time() - begun


def _row(what: str, found: str) -> None:
    print(f"  {what:<34} {found}", flush=True)


if __name__ == "__main__":
    main()
