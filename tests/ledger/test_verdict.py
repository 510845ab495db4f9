"""What the verifier's answer comes to: no clean verdict is given for what was not checked."""

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TypedDict, Unpack

import pytest

from app.ledger.exports import layout
from app.ledger.notes.key import SignerKey, verifier_key_text
from app.ledger.notes.note import note_bytes
from app.offline.report import Check, Compared, Report
from app.offline.verify import CLEAN, FOUND, NOT_CHECKED, SHOWN, run_verify_path, verify_path
from tests.ledger.chain import rechained
from tests.ledger.exports import Log
from tests.ledger.notes.samples import LOG_KEY, LOG_VKEY
from tests.ledger.test_attacks_export import (
    ALL,
    evidence,
    first_incident,
    honest,
    second_incident,
)

LATER_KEY: SignerKey = replace(LOG_KEY, name=f"{LOG_KEY.name}/2")


class Given(TypedDict, total=False):
    """What an auditor gives beside the files."""

    checkpoints: Sequence[Path]
    verifier_key: Path
    witnesses: Path
    former: Path


def told(
    path: Path, language: str = "en", shown: int = SHOWN, **given: Unpack[Given]
) -> tuple[int, str]:
    out = io.StringIO()
    return run_verify_path(path, language=language, out=out, shown=shown, **given), out.getvalue()


def kept(tmp_path: Path, leaves: Sequence[bytes], key: SignerKey = LOG_KEY) -> Path:
    log = Log(key)
    log.append(leaves)
    path = tmp_path / f"kept-{len(leaves)}"
    path.write_bytes(note_bytes(log.checkpoint()))
    return path


def export(folder: Path, leaves: Sequence[bytes], key: SignerKey = LOG_KEY) -> Path:
    log = Log(key)
    log.append(leaves)
    return log.export(folder)


# --- the log before --------------------------------------------------------------------------


def test_entry_that_is_not_in_the_later_log_is_found(tmp_path: Path) -> None:
    former = export(tmp_path / "former", ALL)
    note = kept(tmp_path, ALL[:7])
    whole = export(tmp_path / "whole", [*ALL[6:], *ALL[:6]], LATER_KEY)
    report = verify_path(whole, former=former)
    assert report.findings == []
    assert report.former is not None
    assert report.former.entries == len(ALL)
    # Without the second incident, and without two entries in the middle.
    for left, places in ((ALL[:6], "6 to 8; they are"), ([*ALL[:2], *ALL[4:]], "2 to 3")):
        made = export(tmp_path / f"later-{len(left)}", left, LATER_KEY)
        report = verify_path(made, former=former)
        assert places.partition(";")[0] in str(report.findings)
        (found,) = [one for one in report.findings if one.rule is Check.SUCCESSION]
        assert found.where == f"{LOG_KEY.name}, entries {places.partition(';')[0]}"
        assert ("its last ones" in found.detail) == (";" in places)
        assert told(made, former=former)[0] == FOUND
    assert verify_path(former, checkpoints=[note]).findings == []


def test_export_of_the_log_before_is_verified_too(tmp_path: Path) -> None:
    former, later = export(tmp_path / "former", ALL), export(tmp_path / "later", ALL, LATER_KEY)
    assert verify_path(later, former=former).findings == []
    (former / "tile/0/000.p/9").write_bytes(bytes(9 * 32))
    report = verify_path(later, former=former)
    assert {one.rule for one in report.findings} == {Check.TREE}
    assert report.findings[0].where.startswith(f"{LOG_KEY.name}: ")
    # And by the key that the auditor has of it.
    # A key of the later log alone says nothing against it.
    export(former, ALL)
    later_key = tmp_path / "later-key"
    later_key.write_text(verifier_key_text(LATER_KEY.verifier))
    assert verify_path(later, former=former, verifier_key=later_key).findings == []
    keys, other = tmp_path / "keys", replace(LOG_KEY, seed=bytes(32)).verifier
    for known, rules in ((LOG_KEY.verifier, set()), (other, {Check.SIGNATURE})):
        keys.write_text(f"{verifier_key_text(LATER_KEY.verifier)}\n{verifier_key_text(known)}\n")
        report = verify_path(later, former=former, verifier_key=keys)
        assert {one.rule for one in report.findings} == rules


def test_only_a_whole_log_has_one_before(tmp_path: Path) -> None:
    code, said = told(evidence(tmp_path / "one"), former=export(tmp_path / "all", ALL))
    assert (code, "only a whole log" in said) == (NOT_CHECKED, True)


# --- kept checkpoints ------------------------------------------------------------------------


def test_evidence_is_verified_beside_a_checkpoint_of_another_size(tmp_path: Path) -> None:
    folder, note = evidence(tmp_path / "one"), kept(tmp_path, ALL[:7])
    report = verify_path(folder, checkpoints=[note])
    assert (report.findings, report.entries) == ([], 6)
    assert report.uncompared == [Compared(LOG_KEY.name, 7)]
    code, said = told(folder, checkpoints=[note])
    assert (code, "cannot be held against it" in said) == (NOT_CHECKED, True)
    assert "Nothing is wrong" not in said
    assert "not held against a checkpoint that you kept" not in said
    # One that fits is enough.
    assert told(folder, checkpoints=[note, kept(tmp_path, ALL)])[0] == CLEAN
    # What is wrong beside it is found.
    (folder / layout.leaf_file(1)).write_bytes(b"{}")
    assert told(folder, checkpoints=[note])[0] == FOUND


def test_checkpoint_that_is_newer_than_the_export_is_not_called_a_rewrite(tmp_path: Path) -> None:
    folder = export(tmp_path / "export", ALL[:7])
    code, said = told(folder, checkpoints=[kept(tmp_path, ALL)])
    assert code == FOUND
    assert "the kept checkpoint of 9 entries: this export has 7 entries: it is older" in said
    assert "not held against a checkpoint" not in said


def test_checkpoint_of_a_log_that_is_none_of_its_is_refused(tmp_path: Path) -> None:
    stranger = replace(LOG_KEY, name="other.example/log")
    for folder in (honest(tmp_path / "all"), evidence(tmp_path / "one")):
        report = verify_path(folder, checkpoints=[kept(tmp_path, ALL, stranger)])
        assert [one.rule for one in report.findings] == [Check.KEPT]


# --- what is said ----------------------------------------------------------------------------


def test_gravest_finding_comes_first_however_many_there_are(tmp_path: Path) -> None:
    folder = honest(tmp_path / "export")
    (folder / layout.DISCLOSURES).write_bytes(b"x\n" * 30)
    entries = list(first_incident().entries)
    entries[3] = replace(entries[3], at=entries[3].at - timedelta(seconds=1))
    forged = kept(tmp_path, [*rechained(entries), *second_incident()])
    code, said = told(folder, checkpoints=[forged], shown=2)
    listed = [line for line in said.splitlines() if line.startswith("[")]
    assert code == FOUND
    assert [line.partition("]")[0] for line in listed] == ["[kept", "[format"]
    report = Report(kind="log")
    for _ in range(10_001):
        report.find(Check.FORMAT, "", "")
    report.find(Check.KEPT, "", "")
    assert report.gravest_first[0].rule is Check.KEPT


@pytest.mark.parametrize(
    ("language", "partly", "clock"),
    [
        ("ja", "確かめられた範囲では", "サービス自身の時計"),
        ("en", "Nothing wrong was found in what could be checked.", "the service's own clock"),
    ],
)
def test_verdict_says_what_was_not_checked(
    tmp_path: Path, language: str, partly: str, clock: str
) -> None:
    code, said = told(honest(tmp_path), language)
    assert code == CLEAN
    assert said.splitlines()[-1].startswith(partly)
    assert clock in said
    assert "2" in said.splitlines()[-1]


@pytest.mark.parametrize(
    ("length", "text"), [(6, "5, its closing included"), (5, "4; the closing")]
)
def test_evidence_says_how_far_it_goes(tmp_path: Path, length: int, text: str) -> None:
    folder = evidence(tmp_path)
    for seq in range(length, 6):
        (folder / layout.leaf_file(seq)).unlink()
        (folder / layout.proof_file(seq)).unlink()
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != layout.SUMS
    }
    (folder / layout.SUMS).write_bytes(layout.sums_bytes(files))
    code, said = told(folder)
    assert code == CLEAN
    assert f"up to entry {text}" in said
    assert "page.html and README.txt are for reading" in said


def test_page_that_says_something_else_is_not_vouched_for(tmp_path: Path) -> None:
    for path in (export(tmp_path / "all", ALL), evidence(tmp_path / "one")):
        assert ("were not held against" in told(path)[1]) == (path.name == "one")


def test_key_that_was_given_is_named_only_where_it_verified(tmp_path: Path) -> None:
    right, wrong = tmp_path / "right", tmp_path / "wrong"
    right.write_text(f"{LOG_VKEY}\n")
    wrong.write_text(verifier_key_text(replace(LOG_KEY, seed=bytes(32)).verifier))
    folder = honest(tmp_path / "export")
    assert "verified with the key that you gave" in told(folder, verifier_key=right)[1]
    assert "verified with" not in told(folder, verifier_key=wrong)[1]


def test_file_without_a_key_or_a_checkpoint_is_named(tmp_path: Path) -> None:
    folder, empty = honest(tmp_path / "export"), tmp_path / "empty"
    empty.write_bytes(b"")
    wrong: tuple[Given, ...] = (
        {"verifier_key": empty},
        {"checkpoints": [empty]},
        {"witnesses": empty},
    )
    for given in wrong:
        code, said = told(folder, **given)
        assert (code, said.startswith("Could not be checked")) == (NOT_CHECKED, True), given


@pytest.mark.parametrize(
    ("language", "start"),
    [("ja", "検証できませんでした: 一つの記録の証明"), ("en", "Could not")],
)
def test_proof_alone_is_refused_in_one_sentence(tmp_path: Path, language: str, start: str) -> None:
    folder = evidence(tmp_path)
    code, said = told(folder / layout.proof_file(2), language)
    assert (code, said.count("\n")) == (NOT_CHECKED, 1)
    assert said.startswith(start)
    assert "Checking without this program" in said
