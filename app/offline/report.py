"""What a check counted and found."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from app.ledger.disclosure import Verdict
from app.ledger.judge.judge import Unjudged
from app.ledger.verify import Rule

# What is wrong everywhere needs no list of millions; all are counted.
FINDINGS_MAX: Final = 10_000


class Unusable(Exception):
    """There is nothing here that could be checked; the message says why."""


class Check(StrEnum):
    """What a finding is about, beside the rules of a chain."""

    # The files are those that belong there, and can be read.
    FILES = "files"
    # The log's key, the policy, and the checkpoint that the key signed.
    SIGNATURE = "signature"
    # Entries, tiles and the signed root are of one tree.
    TREE = "tree"
    # The log continues a checkpoint that somebody kept.
    KEPT = "kept"
    # An entry's proof leads to the checkpoint.
    PROOF = "proof"
    # The places of the log are dense, and rise within an incident.
    L1 = "L1"
    # An entry was sealed in time: it is not older than the log around it.
    L2 = "L2"
    # The first entry of a successor names what was known of the log before it.
    SUCCESSION = "succession"
    # An entry happened when others had not seen it yet, and not after they saw it.
    TIME = "time"
    # A list of hashes, or of disclosures, has its one form.
    FORMAT = "format"


class Finding(NamedTuple):
    """Something that is wrong; `where` is a file or a place. Shows nothing that is disclosed."""

    rule: Rule | Check
    where: str
    detail: str


class Took(NamedTuple):
    """The log whose place this one took; nothing of it where that was not handed on."""

    origin: str | None = None
    size: int | None = None
    root: bytes | None = None


@dataclass(slots=True, kw_only=True)
class Report:
    """What was checked. `kind` is "log" or "evidence"."""

    kind: str
    origin: str | None = None
    size: int | None = None
    root: bytes | None = None
    entries: int = 0
    incidents: int = 0
    # Sizes of kept checkpoints which the log was found to continue.
    continued: list[int] = field(default_factory=list)
    # Of a log that took the place of another: which, the sizes of kept checkpoints that are the
    # one that it names, and of those that are older and cannot be compared.
    took: Took | None = None
    named: list[int] = field(default_factory=list)
    uncompared: list[int] = field(default_factory=list)
    # What the first entries of own chains of logs disclose.
    own_chains: dict[str, list[str]] = field(default_factory=dict)
    # Whether another key signs now, for which the one that was given vouches.
    is_key_followed: bool = False
    # Whether the verifier's key came from elsewhere than the files that it judges.
    is_key_given: bool = False
    # How often others saw the log, as far as they are believed; and whether the auditor said whom
    # to believe, or the files that are judged did.
    seen: int = 0
    is_trust_given: bool = False
    has_disclosures: bool = False
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    # Incidents that were not held against their protocol, and why; the others were.
    unjudged: Counter[Unjudged] = field(default_factory=Counter)
    counts: Counter[Rule | Check] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    def find(self, rule: Rule | Check, where: str, detail: object) -> None:
        """Put something on record that is wrong."""
        self.counts[rule] += 1
        if len(self.findings) < FINDINGS_MAX:
            self.findings.append(Finding(rule, where, str(detail)))

    @property
    def judged(self) -> int:
        """How many incidents were held against the protocol that was pinned (R7)."""
        return self.incidents - self.unjudged.total()

    @property
    def count(self) -> int:
        """How much is wrong."""
        return self.counts.total()
