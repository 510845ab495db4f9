"""Who finds what, when somebody has an export in their hands: our verifier, Go's x/mod, or both."""

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.evidence.evidence import Evidence, evidence_files
from app.ledger.disclosure import Verdict, digest
from app.ledger.entry import Leaf
from app.ledger.exports import layout
from app.ledger.exports.disclosed import Disclosed, disclosed_line
from app.ledger.notes.note import note_bytes
from app.ledger.notes.policy import Policy, policy_bytes
from app.ledger.notes.proof_file import ProofFile
from app.ledger.tree.proof import inclusion_proof
from app.ledger.verify import Rule
from app.offline import verify
from app.offline.incidents.chains import Chains
from app.offline.report import Check, Report
from app.offline.verify import run_verify_path, verify_path
from tests.ledger.chain import Chain, rechained
from tests.ledger.exports import Log
from tests.ledger.notes.samples import LOG_KEY, LOG_VKEY
from tests.peers.tlogcheck import Tlogcheck, built_tlogcheck

SOAK = [pytest.mark.soak, pytest.mark.timeout(3600)]
OTHER = "0193570e-6b1e-7c1a-8f10-000000000002"


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Tlogcheck:
    return built_tlogcheck(tmp_path_factory.mktemp("tlogcheck"))


def first_incident() -> Chain:
    chain = Chain().opened().started(1).bound("h2", "person").accepted("h2").add_note("玄関に鍵")
    return chain.closed()


def of_incident(chain: Chain, incident: str, **later: float) -> list[Leaf]:
    pause = timedelta(**later)
    return [replace(one, incident=incident, at=one.at + pause) for one in chain.entries]


def second_incident() -> list[bytes]:
    chain = Chain().opened().started(1).closed()
    return rechained(of_incident(chain, OTHER, seconds=10))


def log_of(leaves: Sequence[bytes]) -> Log:
    log = Log(LOG_KEY)
    log.append(leaves)
    return log


def lines_of(chain: Chain) -> bytes:
    return b"".join(
        disclosed_line(
            Disclosed(
                incident=chain.entries[0].incident, seq=seq, digest=digest(text), disclosure=text
            )
        )
        for seq, told in chain.disclosures.items()
        for text in told
    )


def honest(folder: Path) -> Path:
    """An export of two incidents, the first with its disclosures."""
    chain = first_incident()
    second = second_incident()
    log_of([*chain.leaves, *second]).export(folder)
    opened = Chain().opened().disclosures[0][0]
    line = disclosed_line(Disclosed(incident=OTHER, seq=0, digest=digest(opened), disclosure=None))
    (folder / layout.DISCLOSURES).write_bytes(lines_of(chain) + line)
    return folder


def evidence(folder: Path, places: Sequence[int] = range(6)) -> Path:
    """The evidence of the first incident, whose entries lie at these of nine places."""
    chain = first_incident()
    leaves = [*chain.leaves, *second_incident()]
    order = [*places, *range(6, 9)]
    log = log_of([leaves[order.index(at)] for at in range(9)])
    note = log.checkpoint()
    proofs = [
        ProofFile(index=at, proof=inclusion_proof(at, 9, log.read_tile), checkpoint=note)
        for at in places
    ]
    disclosed = [
        Disclosed(incident=chain.entries[0].incident, seq=seq, digest=digest(one), disclosure=one)
        for seq, told in chain.disclosures.items()
        for one in told
    ]
    made = Evidence(
        incident_id=chain.entries[0].incident,
        head={
            layout.VERIFIER_KEY: f"{LOG_VKEY}\n".encode(),
            layout.CHECKPOINT: note_bytes(note),
            layout.POLICY: policy_bytes(Policy(logs=(LOG_KEY.verifier,))),
        },
        leaves=chain.leaves,
        proofs=proofs,
        disclosed=disclosed,
        waiting=0,
    )
    for name, data in evidence_files(made).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def flips(folder: Path, *, every: int = 1) -> Iterator[str]:
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        data = path.read_bytes()
        for at in range(0, len(data), every):
            path.write_bytes(data[:at] + bytes([data[at] ^ 0x01]) + data[at + 1 :])
            yield f"{path.relative_to(folder)} at {at}"
        path.write_bytes(data)


def test_honest_export_is_clean_for_both(judge: Tlogcheck, tmp_path: Path) -> None:
    report = verify_path(honest(tmp_path))
    assert report.findings == []
    assert (report.entries, report.incidents) == (9, 2)
    assert report.verdicts == {Verdict.OPENED: 3, Verdict.WITHHELD: 1}
    assert judge.fault("export", tmp_path) is None


def test_any_flipped_byte_of_an_export_is_found(tmp_path: Path) -> None:
    folder = honest(tmp_path)
    count = 0
    for place in flips(folder):
        assert verify_path(folder).count, place
        count += 1
    assert count > 3_000


@pytest.mark.parametrize("every", [41, pytest.param(1, marks=SOAK)])
def test_any_flipped_byte_of_an_incidents_evidence_is_found(tmp_path: Path, every: int) -> None:
    folder = evidence(tmp_path)
    report = verify_path(folder)
    assert (report.kind, report.findings, report.entries) == ("evidence", [], 6)
    for place in flips(folder, every=every):
        assert verify_path(folder).count, place


def test_entries_of_evidence_that_lie_in_another_order_are_found(tmp_path: Path) -> None:
    """Each has its proof, and they are chained: only their places tell."""
    assert verify_path(evidence(tmp_path / "risen", range(6))).counts == {}
    for name, places in (("two", [1, 0, 2, 3, 4, 5]), ("last", [0, 1, 2, 3, 5, 4])):
        assert verify_path(evidence(tmp_path / name, places)).counts == {Check.L1: 1}


@pytest.mark.parametrize("every", [11, pytest.param(1, marks=SOAK)])
def test_flipped_byte_is_found_although_the_forger_hashed_the_files_anew(
    tmp_path: Path, every: int
) -> None:
    folder = evidence(tmp_path)
    for place in flips(folder, every=every):
        # The page and the text beside it are only as good as the list of hashes.
        if place.startswith((layout.README, layout.PAGE, layout.SUMS)):
            continue
        files = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file() and path.name != layout.SUMS
        }
        (folder / layout.SUMS).write_bytes(layout.sums_bytes(files))
        assert verify_path(folder).count, place


def resealed(leaves: Sequence[bytes]) -> Callable[[Path], object]:
    """Somebody with the stolen key signs these entries instead."""
    return lambda folder: log_of(leaves).export(folder)


def edited() -> list[bytes]:
    """The person is made to have accepted two seconds earlier, and all is chained anew."""
    entries = list(first_incident().entries)
    entries[3] = replace(entries[3], at=entries[3].at - timedelta(seconds=1))
    return [*rechained(entries), *second_incident()]


def back_dated() -> list[bytes]:
    """An incident is slipped in later as if it had been opened an hour before."""
    chain = Chain().opened().started(1)
    third = rechained(of_incident(chain, OTHER[:-1] + "3", hours=-1))
    return [*first_incident().leaves, *second_incident(), *third]


@dataclass(frozen=True)
class Attack:
    name: str
    do: Callable[[Path], object]
    # By what our verifier finds it; None if only a kept checkpoint does.
    by: Rule | Check | None
    # Whether Go sees it without a kept checkpoint, which knows trees and no rules.
    seen_by_go: bool
    # Whether whoever kept a checkpoint of the honest log sees it in any case.
    convicted: bool = True


def delete(name: str) -> Callable[[Path], object]:
    return lambda folder: (honest(folder) / name).unlink()


def add_file(folder: Path) -> None:
    (honest(folder) / "tile/0/000.p/3").write_bytes(bytes(96))


def cut_disclosures(folder: Path) -> None:
    path = honest(folder) / layout.DISCLOSURES
    path.write_bytes(path.read_bytes().partition(b"\n")[2])


ALL = [*first_incident().leaves, *second_incident()]
ATTACKS = [
    Attack("a bundle is gone", delete("tile/entries/000.p/9"), Check.FILES, seen_by_go=True),
    Attack(
        "a tile is gone", delete("tile/0/000.p/9"), Check.FILES, seen_by_go=True, convicted=False
    ),
    Attack(
        "a file that belongs to no log",
        add_file,
        Check.FILES,
        seen_by_go=True,
        convicted=False,
    ),
    Attack(
        "a disclosure is gone",
        cut_disclosures,
        Rule.DISCLOSURE,
        seen_by_go=False,
        convicted=False,
    ),
    Attack("an entry is edited, all signed anew", resealed(edited()), None, seen_by_go=False),
    Attack("the tail of the log is cut", resealed(ALL[:-1]), None, seen_by_go=False),
    Attack("the tail of an incident is cut", resealed(ALL[:5] + ALL[6:]), None, seen_by_go=False),
    Attack("an entry in the middle is cut", resealed(ALL[:2] + ALL[3:]), Rule.R1, seen_by_go=False),
    Attack("an incident is dropped", resealed(ALL[6:]), None, seen_by_go=False),
    Attack(
        "an incident is dated back",
        resealed(back_dated()),
        Check.L2,
        seen_by_go=False,
        convicted=False,  # it stands behind all that was signed
    ),
    Attack(
        "two entries change places",
        resealed([ALL[1], ALL[0], *ALL[2:]]),
        Rule.R1,
        seen_by_go=False,
    ),
]


@pytest.mark.parametrize("attack", ATTACKS, ids=[one.name for one in ATTACKS])
def test_attack_is_found_by_whom_the_table_says(
    attack: Attack, judge: Tlogcheck, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    kept.write_bytes(note_bytes(log_of(ALL).checkpoint()))
    folder = tmp_path / "export"
    attack.do(folder)
    found = verify_path(folder)
    assert attack.by in {None, *found.counts}
    assert bool(found.count) == (attack.by is not None)
    assert (judge.fault("export", folder) is not None) == attack.seen_by_go
    held = verify_path(folder, checkpoints=[kept])
    assert (Check.KEPT in held.counts) == attack.convicted
    if attack.convicted:
        assert judge.fault("export", folder, kept) is not None


def test_log_signed_with_another_key_is_found_by_the_key_that_one_has(tmp_path: Path) -> None:
    stranger = Log(replace(LOG_KEY, seed=bytes(32)))
    stranger.append(ALL)
    folder, key = stranger.export(tmp_path / "export"), tmp_path / "vkey"
    key.write_text(f"{LOG_VKEY}\n")
    assert verify_path(folder).count == 0
    assert Check.SIGNATURE in verify_path(folder, verifier_key=key).counts


def test_log_too_large_for_memory_is_judged_the_same(tmp_path: Path) -> None:
    chain = first_incident()
    for parts in (1, 5):
        report = Report(kind="log")
        with Chains(9, in_memory=9 // parts) as chains:
            for leaf in (*chain.leaves[:2], *chain.leaves[3:], *second_incident()):
                assert chains.add(leaf)
            chains.judge(report, is_whole=False)
        assert report.incidents == 2, parts
        assert {finding.where for finding in report.findings} >= {f"{chain.entries[0].incident}/2"}
    assert tmp_path.exists()


def test_what_cannot_be_checked_is_said_so(tmp_path: Path) -> None:
    out = io.StringIO()
    honest(tmp_path / "export")
    (tmp_path / "empty").mkdir()
    (tmp_path / "text").write_text("no archive")
    for path, kept in (
        (tmp_path / "nothing", ()),
        (tmp_path / "empty", ()),
        (tmp_path / "text", ()),
        (tmp_path / "export", (tmp_path / "text",)),
    ):
        code = run_verify_path(path, checkpoints=kept, language="en", out=out)
        assert code == verify.NOT_CHECKED, path


def test_only_the_first_findings_are_listed_and_all_are_counted(tmp_path: Path) -> None:
    folder, out = honest(tmp_path), io.StringIO()
    (folder / layout.DISCLOSURES).write_bytes(b"x\n" * 30)
    assert run_verify_path(folder, language="en", out=out, shown=3) == verify.FOUND
    said = out.getvalue()
    assert said.count("[format]") == 3
    assert "Faults found: 34." in said
