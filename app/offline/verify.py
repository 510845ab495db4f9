"""Judging an export or an incident's evidence, and saying what was found."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, TextIO

from app.ledger.exports import layout
from app.ledger.notes.checkpoint import Checkpoint
from app.ledger.notes.note import Note
from app.offline.bundle import check_bundle
from app.offline.files import Files, opened_files
from app.offline.head import check_head, given_key, kept_checkpoint
from app.offline.log import check_log
from app.offline.report import Report, Unusable
from app.offline.wording import write_report, write_unusable

CLEAN, FOUND, NOT_CHECKED = 0, 1, 2
SHOWN: Final = 20


def verify_path(
    path: Path, *, checkpoints: Sequence[Path] = (), verifier_key: Path | None = None
) -> Report:
    """What is wrong with an export or an incident's evidence.

    Args:
        path: a folder, or a tar or zip file.
        checkpoints: files with checkpoints of the same log that somebody has kept.
        verifier_key: a file with the log's key, had from elsewhere. Without it the key that lies
            beside the checkpoint is taken, and who made all of it made that too.

    Raises:
        Unusable: there is nothing that can be checked, or no comparing with what was given.
    """
    key = None if verifier_key is None else given_key(_read(verifier_key))
    kept_notes = [_read(one) for one in checkpoints]
    with opened_files(path) as files:
        report = Report(kind=_kind(files))
        head = check_head(files, report, key)
        found = [kept_checkpoint(one, head.keys, report) for one in kept_notes]
        kept = [one for one in found if isinstance(one, Checkpoint)]
        former = [one for one in found if isinstance(one, Note)]
        if head.stated is None:
            return report
        if report.kind == "log":
            check_log(files, head.stated, kept, report, former)
        else:
            check_bundle(files, head.stated, kept, report, former)
        return report


def run_verify_path(
    path: Path,
    *,
    checkpoints: Sequence[Path] = (),
    verifier_key: Path | None = None,
    language: str,
    out: TextIO,
    shown: int = SHOWN,
) -> int:
    """Check, and say what was found in Japanese ("ja…") or English.

    Args:
        path: as `verify_path` takes it.
        checkpoints: too.
        verifier_key: too.
        language: "ja…" or anything else.
        out: where to say it.
        shown: how many findings are listed; all are counted.

    Returns:
        0 when nothing is wrong, 1 with findings, 2 when it could not be checked.
    """
    try:
        report = verify_path(path, checkpoints=checkpoints, verifier_key=verifier_key)
    except Unusable as error:
        write_unusable(str(error), language=language, out=out)
        return NOT_CHECKED
    write_report(report, language=language, out=out, shown=shown)
    return FOUND if report.count else CLEAN


def _kind(files: Files) -> str:
    if not {layout.CHECKPOINT, layout.VERIFIER_KEY} & {*files.names}:
        raise Unusable("neither an export nor an incident's evidence: no checkpoint, no key")
    is_evidence = any(layout.leaf_seq(name) is not None for name in files.names)
    return "evidence" if is_evidence or layout.SUMS in files.names else "log"


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(1_000_000)
    except OSError as error:
        raise Unusable(f"{path.name}: {error.strerror}") from None
