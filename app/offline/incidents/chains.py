"""The incidents of a log, put together from entries that lie apart in it.

Up to a size they are kept in memory. Beyond it entries and disclosures are dealt out to files by
incident, and each file is judged alone: however large the log, some hundred thousand entries are
in memory at once.
"""

import re
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import IO, Final, Self
from zlib import crc32

from app.ledger.exports.disclosed import Disclosed, disclosed_line, parse_disclosed
from app.ledger.judge.judge import Plans, no_plans
from app.ledger.tree.tile import LENGTH_BYTES
from app.ledger.verify import Rule, examine_chain
from app.offline.report import Report

IN_MEMORY: Final = 100_000
# Files, of which there are two for each part.
PARTS_MAX: Final = 200
_INCIDENT: Final = re.compile(rb'"incident":"([0-9a-f-]{36})"')


@dataclass(slots=True)
class _Incident:
    leaves: list[bytes] = field(default_factory=list)
    disclosures: dict[int, list[str]] = field(default_factory=dict)
    withheld: dict[int, list[str]] = field(default_factory=dict)


class Chains:
    """Takes the entries of a log in its order, and judges them incident by incident."""

    def __init__(self, size: int, *, in_memory: int = IN_MEMORY) -> None:
        """Take how many entries will come, at most."""
        self._parts = min(PARTS_MAX, size // in_memory + 1)
        self._stack = ExitStack()
        self._entries: list[IO[bytes]] = []
        self._lines: list[IO[bytes]] = []
        self._incidents: dict[bytes, _Incident] = {}

    def __enter__(self) -> Self:
        if self._parts > 1:
            self._entries = [self._file() for _ in range(self._parts)]
            self._lines = [self._file() for _ in range(self._parts)]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def add(self, leaf: bytes) -> bool:
        """One more entry; False if it does not say of which incident it is."""
        match = _INCIDENT.search(leaf)
        if match is None:
            return False
        if self._parts > 1:
            file = self._entries[crc32(match[1]) % self._parts]
            file.write(len(leaf).to_bytes(LENGTH_BYTES, "big") + leaf)
        else:
            self._of(match[1]).leaves.append(leaf)
        return True

    def disclose(self, one: Disclosed) -> None:
        """One more line of disclosures."""
        incident = one.incident.encode()
        if self._parts > 1:
            self._lines[crc32(incident) % self._parts].write(disclosed_line(one))
        else:
            _disclose(self._of(incident), one)

    def judge(self, report: Report, *, plans: Plans = no_plans, is_whole: bool = True) -> None:
        """Put on record what is wrong with any incident, and what became of each digest.

        Args:
            report: is added to.
            plans: the pinned documents that are at hand.
            is_whole: False where no disclosures were handed on, so that each digest without one
                is withheld.
        """
        for part in range(self._parts):
            if self._parts > 1:
                self._incidents = {}
                self._read(part)
            for incident, one in self._incidents.items():
                _judge(incident.decode(), one, report, plans, is_whole=is_whole)

    def _file(self) -> IO[bytes]:
        return self._stack.enter_context(tempfile.TemporaryFile())

    def _of(self, incident: bytes) -> _Incident:
        found = self._incidents.get(incident)
        if found is None:
            found = self._incidents[incident] = _Incident()
        return found

    def _read(self, part: int) -> None:
        entries, lines = self._entries[part], self._lines[part]
        entries.seek(0)
        lines.seek(0)
        while length := entries.read(LENGTH_BYTES):
            leaf = entries.read(int.from_bytes(length, "big"))
            match = _INCIDENT.search(leaf)
            assert match is not None, "it was dealt out by it"
            self._of(match[1]).leaves.append(leaf)
        for line in lines:
            one = parse_disclosed(line)
            _disclose(self._of(one.incident.encode()), one)


def _disclose(incident: _Incident, one: Disclosed) -> None:
    if one.disclosure is None:
        incident.withheld.setdefault(one.seq, []).append(one.digest)
    else:
        incident.disclosures.setdefault(one.seq, []).append(one.disclosure)


def _judge(incident: str, one: _Incident, report: Report, plans: Plans, *, is_whole: bool) -> None:
    if not one.leaves:
        report.find(Rule.DISCLOSURE, incident, "disclosures of an incident that is not here")
        return
    withheld = one.withheld if is_whole else None
    # A checkpoint may lie between two entries of one instant.
    examined = examine_chain(one.leaves, one.disclosures, withheld, plans=plans, is_whole=False)
    if examined.is_own:
        report.own_chains[incident] = one.disclosures.get(0, [])
        report.own_entries += len(one.leaves)
    else:
        report.incidents += 1
        if examined.judgement.unjudged is not None:
            report.unjudged[examined.judgement.unjudged] += 1
    report.verdicts.update(verdict.verdict for verdict in examined.verdicts)
    where = f"the log's own chain {incident}" if examined.is_own else incident
    for found in examined.findings:
        report.find(found.rule, f"{where}/{found.seq}", found.detail)
