"""A report's words in English."""

from types import MappingProxyType
from typing import Final

from app.ledger.disclosure import Verdict
from app.ledger.judge.judge import Unjudged
from app.ledger.verify import Rule
from app.offline.report import Check
from app.offline.wording.words import Words

ENGLISH: Final = Words(
    unusable="Could not be checked: {reason}",
    kinds=MappingProxyType(
        {"log": "A whole responsibility ledger", "evidence": "The evidence of one incident"}
    ),
    head="Log: {origin}\nCheckpoint: {size} entries, root {root}",
    checked="Checked. Incidents: {incidents}; entries: {entries}.",
    own_entries="of them in the log's own chain, about no incident: {count}",
    digests="Digests:",
    verdicts=MappingProxyType(
        {
            Verdict.OPENED: "opened and equal",
            Verdict.ERASED: "erased, on record",
            Verdict.WITHHELD: "withheld from this reader",
            Verdict.MISSING: "missing",
        }
    ),
    no_disclosures="No disclosures were handed on.",
    judged="Incidents held against their protocol (R7): {count}",
    unjudged=MappingProxyType(
        {
            Unjudged.NO_DOCUMENT: "not judged: no document",
            Unjudged.NOT_DISCLOSED: "not judged: which version was pinned is withheld or erased",
            Unjudged.BROKEN: "not judged: R1 to R6 do not hold",
        }
    ),
    took=(
        "This log took the place of {origin}, of which the last known checkpoint signs {size}"
        " entries, root {root}."
    ),
    took_alone=(
        "Note: whether all entries of that log are in this one was not checked. With an export of"
        " it that you have (--former) it is."
    ),
    took_unknown="This log took the place of another; which one was not handed on.",
    former=(
        "An export of the former log {origin} ({size} entries) was verified, and each of its"
        " entries was looked for in this log."
    ),
    continued="Nothing was rewritten since the kept checkpoint of {size} entries.",
    former_continued=(
        "The export of the former log {origin} continues the kept checkpoint of {size} entries."
    ),
    named="The kept checkpoint of {size} entries is the one that is named of the predecessor.",
    uncompared=(
        "Note: the kept checkpoint of {origin} ({size} entries) cannot be compared here. With an"
        " export of that log (--former) a whole log can be held against it."
    ),
    other_head=(
        "Note: the kept checkpoint signs {size} entries and that of this evidence {own}; the"
        " evidence of one incident cannot be held against it. An export of the log can."
    ),
    not_kept=(
        "Note: not held against a checkpoint that you kept (--checkpoint). Only that shows a log"
        " that was made anew by whoever has the signing key."
    ),
    own_key=(
        "Note: the key is the one that lies beside the log. With one that you have from elsewhere"
        " (--vkey) you also know who signed."
    ),
    followed=(
        "The signature was verified with a newer key, for which the key that you gave vouches:"
        " {key}"
    ),
    given_key="The signature was verified with the key that you gave.",
    own_clock=(
        "Note: the times are those of the service's own clock; they were held against no witness"
        " and no time-stamping authority."
    ),
    seen="Held the times of the entries against {count} times at which others saw the log.",
    own_witnesses=(
        "Note: the keys of the witnesses are those that the policy names. Give those that you have"
        " from elsewhere with --witness."
    ),
    for_reading=(
        "Note: page.html and README.txt are for reading, and were not held against the entries."
        " The evidence is entries/ and disclosures.jsonl."
    ),
    omitted="and {count} more",
    up_to_closed=(
        "This evidence shows the incident up to entry {seq}, its closing included. Whether more"
        " followed only the whole log shows."
    ),
    up_to_open=(
        "This evidence shows the incident up to entry {seq}; the closing is not in it. Whether more"
        " followed only the whole log shows."
    ),
    counts="By rule: {each}",
    found="Faults found: {count}.",
    none_compared=(
        "Not checked to the end: none of the checkpoints that you gave could be compared. Nothing"
        " else was found wrong."
    ),
    clean_as_far=(
        "Nothing wrong was found in what could be checked. Not checked: {unjudged} incidents"
        " against their protocol (R7), {withheld} withheld digests."
    ),
    clean="Nothing is wrong.",
    rules=MappingProxyType(
        {
            Rule.FORM: "form of the entry",
            Rule.R1: "numbers and links of the entries",
            Rule.R2: "order of time",
            Rule.R3: "passing of responsibility",
            Rule.R4: "nobody responsible",
            Rule.R5: "basis of responsibility",
            Rule.R6: "whom a pseudonym stands for",
            Rule.R7: "not as the protocol has it",
            Rule.DISCLOSURE: "what is disclosed",
            Check.FILES: "files",
            Check.SIGNATURE: "signature",
            Check.TREE: "entries and checkpoint disagree",
            Check.KEPT: "does not continue a checkpoint that was kept",
            Check.PROOF: "proof of the entry",
            Check.L1: "places in the log",
            Check.L2: "time and place",
            Check.SUCCESSION: "the log before this one",
            Check.TIME: "not when others saw it",
            Check.FORMAT: "form of a file",
        }
    ),
)
