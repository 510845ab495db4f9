"""The evidence of one incident: each entry with its proof, and what the entries say together."""

import hashlib
from typing import Final

from app.ledger.entry import leaf_hash
from app.ledger.exports import layout
from app.ledger.notes.checkpoint import Checkpoint
from app.ledger.notes.note import note_bytes
from app.ledger.notes.proof_file import ProofFile, parse_proof_file
from app.ledger.notes.text import FormatInvalid
from app.ledger.tree.merkle import ProofInvalid, check_inclusion
from app.ledger.verify import Rule
from app.offline.files import FileBroken, Files
from app.offline.incidents.chains import Chains
from app.offline.incidents.documents import Documents
from app.offline.lineage.predecessor import compare_foreign
from app.offline.log import kept_place, read_disclosures
from app.offline.outside.brackets import Brackets, stated_time
from app.offline.outside.known import Known
from app.offline.report import Check, Compared, Report

# Leaves are canonical, and hold nobody's words.
_CLOSED: Final = b'"type":"closed"'


def check_bundle(
    files: Files,
    stated: Checkpoint,
    known: Known,
    report: Report,
) -> None:
    """Put on record what is wrong with an incident's evidence beyond its head.

    Args:
        files: the evidence.
        stated: what its checkpoint says.
        known: what the auditor has beside it. Of other logs its evidence says nothing.
        report: is added to. A kept checkpoint of another size is not compared: the evidence has
            no proof that leads from one to the other; the export of the log has.
    """
    for one in known.kept:
        if one.size != stated.size:
            report.uncompared.append(Compared(one.origin, one.size))
        elif one.root != stated.root:
            report.find(Check.KEPT, kept_place(one), "another root for the same size")
        else:
            report.continued.append(one.size)
    compare_foreign(known.former, known.origins, report)
    report.has_reading = bool({layout.PAGE, layout.README} & {*files.names})
    _check_sums(files, report)
    with Chains(0) as chains, Documents(report) as documents:
        _check_entries(files, stated, chains, known, report)
        report.has_disclosures = layout.DISCLOSURES in files.names
        if report.has_disclosures:
            read_disclosures(files, chains, report)
        documents.take(files)
        chains.judge(report, plans=documents.plan, is_whole=report.has_disclosures)
        documents.find_unnamed()
    if report.incidents > 1:
        report.find(Rule.R1, "the evidence", "entries of more than one incident")


def _check_sums(files: Files, report: Report) -> None:
    """The list of hashes names every file, and each is what its hash says."""
    try:
        sums = layout.parse_sums(files.read(layout.SUMS))
    except FileBroken as error:
        report.find(Check.FILES, layout.SUMS, error)
        return
    except FormatInvalid as error:
        report.find(Check.FORMAT, layout.SUMS, error)
        return
    names = [name for name in files.names if name != layout.SUMS]
    for name in sorted({*names} ^ sums.keys()):
        what = "is named in SHA256SUMS, and missing" if name in sums else "is not in SHA256SUMS"
        report.find(Check.FILES, ascii(name)[1:-1], what)
    if len(names) != len(set(names)):
        report.find(Check.FILES, "the evidence", "a name stands there twice")
    for name in sorted({*names} & sums.keys()):
        try:
            if hashlib.sha256(files.read(name)).digest() != sums[name]:
                report.find(Check.FILES, name, "not what SHA256SUMS says")
        except FileBroken as error:
            report.find(Check.FILES, name, error)


def _check_entries(
    files: Files, stated: Checkpoint, chains: Chains, known: Known, report: Report
) -> None:
    places: list[int] = []
    brackets = Brackets(known.seen)
    numbers = sorted(seq for name in files.names if (seq := layout.leaf_seq(name)) is not None)
    for seq in numbers:
        name = layout.proof_file(seq)
        try:
            leaf = files.read(layout.leaf_file(seq))
            proof = parse_proof_file(files.read(name))
            places.append(_proven(files, leaf, proof, stated))
        except FileBroken as error:
            report.find(Check.FILES, name, error)
            continue
        except (FormatInvalid, ProofInvalid) as error:
            report.find(Check.PROOF, name, error)
            continue
        report.entries += 1
        report.last_seq = seq
        report.is_closed |= _CLOSED in leaf
        if fault := brackets.fault(places[-1], stated_time(leaf)):
            report.find(Check.TIME, layout.leaf_file(seq), fault)
        if not chains.add(leaf):
            report.find(Rule.FORM, layout.leaf_file(seq), "does not say of which incident it is")
    if places != sorted(set(places)):
        report.find(Check.L1, "the evidence", "the places of the entries do not rise")
    if not numbers:
        report.find(Check.FILES, "the evidence", "no entries")


def _proven(files: Files, leaf: bytes, proof: ProofFile, stated: Checkpoint) -> int:
    """The place at which the proof shows this entry to stand."""
    if note_bytes(proof.checkpoint) != files.read(layout.CHECKPOINT):
        raise ProofInvalid("it leads to another checkpoint")
    check_inclusion(
        proof.proof,
        size=stated.size,
        index=proof.index,
        root=stated.root,
        leaf_hash=leaf_hash(leaf),
    )
    return proof.index
