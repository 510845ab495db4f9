"""Judging an export or an incident's evidence, and saying what was found."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final, TextIO

from app.ledger.exports import layout
from app.ledger.exports.timestamp import TimestampInvalid
from app.ledger.exports.timestamp import authorities as read_authorities
from app.ledger.notes.checkpoint import Checkpoint, parse_checkpoint
from app.ledger.notes.key import VerifierKey
from app.ledger.notes.note import Note, parse_note
from app.ledger.notes.proof_file import HEADER
from app.ledger.notes.text import FormatInvalid
from app.offline.bundle import check_bundle
from app.offline.files import FileBroken, Files, opened_files
from app.offline.head import Head, check_head, given_keys, kept_checkpoint
from app.offline.lineage.former import Former
from app.offline.log import Passing, check_log
from app.offline.outside.brackets import Seen
from app.offline.outside.heads import Outside, Trust
from app.offline.outside.known import Known
from app.offline.report import Check, Ended, Report, Unusable
from app.offline.wording.telling import write_report, write_unusable

CLEAN, FOUND, NOT_CHECKED = Ended
SHOWN: Final = 20
_PACKED_ANEW: Final = (
    "damaged, or not packed by the service: what you packed yourself is checked as a folder"
)
_PROOF_ALONE: Final = (
    "this is the proof of one entry, which is checked with the entry's bytes:"
    " docs/ledger.md, Checking without this program"
)


def verify_path(
    path: Path,
    *,
    checkpoints: Sequence[Path] = (),
    verifier_key: Path | None = None,
    witnesses: Path | None = None,
    authorities: Path | None = None,
    former: Path | None = None,
) -> Report:
    """What is wrong with an export or an incident's evidence.

    Args:
        path: a folder, or a tar or zip file.
        checkpoints: files with checkpoints that somebody has kept, of the same log or of the one
            before.
        verifier_key: a file with the log's key, had from elsewhere, and of the log before its, a
            line each. Without it the key that lies beside the checkpoint is taken, and who made
            all of it made that too.
        witnesses: a file with witnesses' keys, had from elsewhere, a line each. Without it those
            are believed whom the policy beside the checkpoint names.
        authorities: a file with roots of time-stamping authorities in PEM. Without it no time
            stamp is believed.
        former: an export of the log before. Each of its entries must be in this one.

    Raises:
        Unusable: there is nothing that can be checked, or no comparing with what was given.
    """
    _refuse_proof(path)
    keys = () if verifier_key is None else _keys(verifier_key, "the verifier key")
    trust = _trust(witnesses, authorities)
    notes = [_kept(one) for one in checkpoints]
    if former is None:
        with opened_files(path) as files:
            return _judged(files, keys, trust, notes)
    with opened_files(path) as files, opened_files(former) as older, Former() as entries:
        if "evidence" in {_kind(files), _kind(older)}:
            raise Unusable("only a whole log can be held against an export of the one before")
        before = _judged_former(older, keys, trust, notes, entries)
        report = _judged(files, keys, trust, notes, _note(older), passing=entries.strike)
        entries.judge(before, report)
        report.add_former(before)
        return report


def _judged(
    files: Files,
    keys: Sequence[VerifierKey],
    trust: Trust,
    notes: Sequence[bytes],
    exported: Note | None = None,
    *,
    passing: Passing | None = None,
) -> Report:
    report = Report(kind=_kind(files), kept=len(notes))
    if not files.is_intact:
        report.find(Check.FILES, "the archive", _PACKED_ANEW)
    head = check_head(files, report, keys)
    known = _known(files, head, trust, notes, report)
    if head.stated is None:
        return report
    report.seen = len(known.seen)
    if report.kind == "log":
        known = replace(known, exported=exported)
        check_log(files, head.stated, known, report, passing=passing)
    else:
        check_bundle(files, head.stated, known, report)
    return report


def _judged_former(
    files: Files,
    keys: Sequence[VerifierKey],
    trust: Trust,
    notes: Sequence[bytes],
    entries: Former,
) -> Report:
    """The log before, by what the auditor has of just that one, up to where the export goes."""
    own = _note(files)
    stated = parse_checkpoint(own.text) if own else None
    fitting = [one for one in notes if stated and _is_before(one, stated)]
    named = [one for one in keys if stated and one.name == stated.origin]
    return _judged(files, named, trust, fitting, passing=entries.take)


def _is_before(note: bytes, stated: Checkpoint) -> bool:
    kept = parse_checkpoint(parse_note(note).text)
    return kept.origin == stated.origin and kept.size <= stated.size


def _note(files: Files) -> Note | None:
    """The signed checkpoint, if it is one."""
    with suppress(FileBroken, FormatInvalid):
        note = parse_note(files.read(layout.CHECKPOINT))
        parse_checkpoint(note.text)
        return note
    return None


def _trust(witnesses: Path | None, authorities: Path | None) -> Trust:
    try:
        roots = None if authorities is None else read_authorities(_read(authorities))
    except TimestampInvalid as error:
        raise Unusable(f"the authorities: {error}") from None
    if witnesses is None:
        return Trust(authorities=roots)
    return Trust(witnesses=_keys(witnesses, "the witnesses"), authorities=roots)


def _kept(path: Path) -> bytes:
    data = _read(path)
    try:
        parse_checkpoint(parse_note(data).text)
    except FormatInvalid as error:
        raise Unusable(f"{path.name}: no checkpoint: {error}") from None
    return data


def _keys(path: Path, what: str) -> tuple[VerifierKey, ...]:
    try:
        return given_keys(_read(path))
    except FormatInvalid as error:
        raise Unusable(f"{what}: {error}") from None


def _known(files: Files, head: Head, trust: Trust, notes: Sequence[bytes], report: Report) -> Known:
    """What the auditor's own checkpoints say, and what others have seen of this log."""
    found = [kept_checkpoint(one, head.keys, report) for one in notes]
    report.is_trust_given = trust.witnesses is not None
    heads: Sequence[Checkpoint] = ()
    seen: list[Seen] = []
    if head.keys and head.stated is not None:
        outside = Outside(head.keys, head.policy, trust, report)
        heads, seen = outside.of_files(files, head.stated.size)
        for note in (*notes, *_own_note(files)):
            seen += outside.of_note(note)
    return Known(
        kept=[one for one in found if isinstance(one, Checkpoint)],
        former=[one for one in found if isinstance(one, Note)],
        heads=heads,
        seen=seen,
        origins=head.origins,
    )


def _own_note(files: Files) -> Iterator[bytes]:
    with suppress(FileBroken):
        yield files.read(layout.CHECKPOINT)


def run_verify_path(
    path: Path,
    *,
    checkpoints: Sequence[Path] = (),
    verifier_key: Path | None = None,
    witnesses: Path | None = None,
    authorities: Path | None = None,
    former: Path | None = None,
    language: str,
    out: TextIO,
    shown: int = SHOWN,
) -> int:
    """Check, and say what was found in Japanese ("ja…") or English.

    Args:
        path: as `verify_path` takes it.
        checkpoints: too.
        verifier_key: too.
        witnesses: too.
        authorities: too.
        former: too.
        language: "ja…" or anything else.
        out: where to say it.
        shown: how many findings are listed; all are counted.

    Returns:
        0 when nothing is wrong, 1 with findings, 2 when it could not be checked: so also when
        none of the kept checkpoints that were given could be compared.
    """
    try:
        report = verify_path(
            path,
            checkpoints=checkpoints,
            verifier_key=verifier_key,
            witnesses=witnesses,
            authorities=authorities,
            former=former,
        )
    except Unusable as error:
        write_unusable(str(error), language=language, out=out)
        return NOT_CHECKED
    write_report(report, language=language, out=out, shown=shown)
    return report.ended


def _refuse_proof(path: Path) -> None:
    """A proof alone says nothing: it has not the entry that it is of."""
    with suppress(OSError), path.open("rb") as stream:
        if stream.read(len(HEADER)) == HEADER.encode():
            raise Unusable(_PROOF_ALONE)


def _kind(files: Files) -> str:
    if not {layout.CHECKPOINT, layout.VERIFIER_KEY} & {*files.names}:
        neither = "neither an export nor an incident's evidence: no checkpoint, no key"
        raise Unusable(neither if files.is_intact else f"{neither}; {_PACKED_ANEW}")
    is_evidence = any(layout.leaf_seq(name) is not None for name in files.names)
    return "evidence" if is_evidence or layout.SUMS in files.names else "log"


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(1_000_000)
    except OSError as error:
        raise Unusable(f"{path.name}: {error.strerror}") from None
