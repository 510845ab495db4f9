"""What a check counted and found."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Final, NamedTuple, Self

from app.ledger.disclosure import Verdict
from app.ledger.judge.judge import Unjudged
from app.ledger.verify import Rule

# What is wrong everywhere needs no list of millions; all are counted.
FINDINGS_MAX: Final = 10_000


class Ended(IntEnum):
    """How a check ended; the exit code of the command."""

    CLEAN = 0
    FOUND = 1
    # Nothing was found, but what the auditor asked for could not be checked.
    NOT_CHECKED = 2


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


# What these say of a log outweighs all else: they come first, however much there is.
GRAVEST: Final = (Check.KEPT, Check.SIGNATURE, Check.TREE)


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


class Compared(NamedTuple):
    """A checkpoint that somebody kept: of which log, and how many entries it signed."""

    origin: str
    size: int


@dataclass(slots=True, kw_only=True)
class Report:
    """What was checked. `kind` is "log" or "evidence"."""

    kind: str
    origin: str | None = None
    size: int | None = None
    root: bytes | None = None
    entries: int = 0
    incidents: int = 0
    # How many of the entries are of the log's own chain, and about no incident.
    own_entries: int = 0
    # Of evidence: its last entry, and whether the closing is among its entries.
    last_seq: int | None = None
    is_closed: bool = False
    # Whether files lie there that people read, and that nothing was held against.
    has_reading: bool = False
    # How many checkpoints the auditor gave, and the sizes of those which the log continues.
    kept: int = 0
    continued: list[int] = field(default_factory=list)
    # Of a log that took the place of another: which, and the sizes of kept checkpoints that are
    # the one that it names.
    took: Took | None = None
    named: list[int] = field(default_factory=list)
    # Kept checkpoints that say nothing of what is judged here, for or against.
    uncompared: list[Compared] = field(default_factory=list)
    # The log before, of which an export was given: each of its entries was looked for.
    former: Self | None = None
    # What the first entries of own chains of logs disclose.
    own_chains: dict[str, list[str]] = field(default_factory=dict)
    # The key that signs, and whether it is another one, for which the one that was given vouches.
    key: str | None = None
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
        if len(self.findings) < FINDINGS_MAX or rule in GRAVEST:
            self.findings.append(Finding(rule, where, str(detail)))

    def add_former(self, former: Self) -> None:
        """Put on record what was found in an export of the log before, and what that compared."""
        self.former = former
        held = {Compared(former.origin or "", size) for size in former.continued}
        self.uncompared = [one for one in self.uncompared if one not in held]
        self.counts += former.counts
        self.findings += [
            Finding(rule, f"{former.origin}: {where}", detail)
            for rule, where, detail in former.findings
        ]

    @property
    def gravest_first(self) -> Sequence[Finding]:
        """The findings in the order in which they are told."""
        ranks: dict[Rule | Check, int] = {rule: rank for rank, rule in enumerate(GRAVEST)}
        return sorted(self.findings, key=lambda one: ranks.get(one.rule, len(ranks)))

    @property
    def judged(self) -> int:
        """How many incidents were held against the protocol that was pinned (R7)."""
        return self.incidents - self.unjudged.total()

    @property
    def count(self) -> int:
        """How much is wrong."""
        return self.counts.total()

    @property
    def ended(self) -> Ended:
        """The verdict; never a clean one where no kept checkpoint that was given was of use."""
        if self.count:
            return Ended.FOUND
        before = self.former.continued if self.former else ()
        is_held = bool(self.continued or self.named or before)
        return Ended.CLEAN if is_held or not self.kept else Ended.NOT_CHECKED
