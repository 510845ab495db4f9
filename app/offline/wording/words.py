"""What is said of a report, whatever the language."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.ledger.disclosure import Verdict
from app.ledger.judge.judge import Unjudged
from app.ledger.verify import Rule
from app.offline.report import Check


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """All that is said, in one language."""

    unusable: str
    kinds: Mapping[str, str]
    head: str
    checked: str
    own_entries: str
    digests: str
    verdicts: Mapping[Verdict, str]
    no_disclosures: str
    judged: str
    unjudged: Mapping[Unjudged, str]
    took: str
    took_alone: str
    took_unknown: str
    former: str
    continued: str
    former_continued: str
    named: str
    uncompared: str
    other_head: str
    not_kept: str
    own_key: str
    followed: str
    given_key: str
    own_clock: str
    seen: str
    own_witnesses: str
    for_reading: str
    omitted: str
    up_to_closed: str
    up_to_open: str
    counts: str
    found: str
    none_compared: str
    clean_as_far: str
    clean: str
    rules: Mapping[Rule | Check, str]
