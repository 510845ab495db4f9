"""R7 offline: exports carry the protocols, and the verifier holds the incidents against them."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import rfc8785

from app.ledger.disclosure import digest
from app.ledger.exports import layout
from app.ledger.exports.disclosed import Disclosed, disclosed_line
from app.ledger.judge.judge import Unjudged
from app.ledger.verify import Rule
from app.ledger.words import EntryType
from app.offline.report import Check, Report
from app.offline.verify import run_verify_path, verify_path
from tests.escalation.network_samples import INCIDENT_ID
from tests.ledger.exports import Log
from tests.ledger.judge.forged import Recorded
from tests.ledger.judge.judged import Judged
from tests.ledger.notes.samples import LOG_KEY


@pytest.fixture
def story() -> Recorded:
    """Step 1 has passed, step 2 runs."""
    story = Recorded()
    story.run_out()
    return story


def exported(story: Recorded, judged: Judged, folder: Path) -> Path:
    """What is handed on of an incident, signed by whoever has the key."""
    log = Log(LOG_KEY)
    log.append(judged.leaves)
    log.export(folder)
    lines = (
        disclosed_line(
            Disclosed(incident=INCIDENT_ID, seq=seq, digest=digest(text), disclosure=text)
        )
        for seq, texts in judged.disclosures.items()
        for text in texts
    )
    (folder / layout.DISCLOSURES).write_bytes(b"".join(lines))
    protocol = story.network.protocol
    assert protocol is not None
    (folder / layout.PROTOCOLS).write_bytes(rfc8785.dumps(protocol.document()) + b"\n")
    return folder


def said(folder: Path, language: str) -> tuple[int, str]:
    out = io.StringIO()
    code = run_verify_path(folder, language=language, out=out)
    return code, out.getvalue()


def rules(report: Report) -> set[Rule | Check]:
    return set(report.counts)


def test_true_story_is_judged_and_clean(story: Recorded, tmp_path: Path) -> None:
    folder = exported(story, story.scribe.judged(), tmp_path)
    report = verify_path(folder)
    assert (report.findings, report.judged, report.unjudged) == ([], 1, {})
    code, text = said(folder, "en")
    assert code == 0
    assert "Incidents held against their protocol (R7): 1" in text


def test_forged_story_is_found_in_both_languages(story: Recorded, tmp_path: Path) -> None:
    """Everything is hashed and signed anew: only the protocol tells."""
    forger = story.forger().unplan(EntryType.TRANSFERRED)
    folder = exported(story, forger.judged(), tmp_path)
    report = verify_path(folder)
    assert rules(report) == {Rule.R7}
    for language, words in (
        ("en", "[R7] not as the protocol has it"),
        ("ja", "[R7] 手順書のとおりでない引継ぎ"),
    ):
        code, text = said(folder, language)
        assert code == 1
        assert words in text


def test_without_documents_nothing_is_found_and_that_is_said(
    story: Recorded, tmp_path: Path
) -> None:
    forger = story.forger().unplan(EntryType.TRANSFERRED)
    folder = exported(story, forger.judged(), tmp_path)
    (folder / layout.PROTOCOLS).unlink()
    report = verify_path(folder)
    assert (report.findings, report.judged) == ([], 0)
    assert report.unjudged == {Unjudged.NO_DOCUMENT: 1}
    for language, words in (
        ("en", "not judged: no document: 1"),
        ("ja", "照合していません（手順書がありません）: 1"),
    ):
        code, text = said(folder, language)
        assert code == 0
        assert words in text


def flips(path: Path, every: int) -> Iterator[int]:
    data = path.read_bytes()
    for at in range(0, len(data), every):
        path.write_bytes(data[:at] + bytes([data[at] ^ 0x01]) + data[at + 1 :])
        yield at
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 0x01]))
    yield len(data) - 1
    path.write_bytes(data)


@pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.soak)])
def test_flipped_byte_of_a_document_is_found(story: Recorded, tmp_path: Path, every: int) -> None:
    folder = exported(story, story.scribe.judged(), tmp_path)
    for at in flips(folder / layout.PROTOCOLS, every):
        assert verify_path(folder).count, at
    assert verify_path(folder).count == 0


def test_document_that_nobody_pinned_or_twice_or_none_is_found(
    story: Recorded, tmp_path: Path
) -> None:
    folder = exported(story, story.scribe.judged(), tmp_path)
    path = folder / layout.PROTOCOLS
    line = path.read_bytes()
    for data in (line + line, line + b"{}\n", b"\n" + line, line[:-1]):
        path.write_bytes(data)
        assert rules(verify_path(folder)) == {Check.FORMAT}, data[:20]
