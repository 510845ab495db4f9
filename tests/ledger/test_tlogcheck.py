"""What the outside judge says: golang.org/x/mod/sumdb, which nobody of this project wrote."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.ledger.notes.key import SignerKey, verifier_key_text
from app.ledger.notes.note import note_bytes, parse_note
from app.ledger.notes.proof_file import ProofFile, proof_file_bytes
from app.ledger.notes.witness import AddCheckpoint, add_checkpoint_bytes
from app.ledger.tree.proof import consistency_proof, inclusion_proof
from tests.ledger.exports import Log
from tests.ledger.notes.samples import LEAVES, LOG_KEY, LOG_VKEY, SIGNED
from tests.peers import MissingToolError
from tests.peers.tlogcheck import Tlogcheck, built_tlogcheck

OTHER_KEY = replace(LOG_KEY, seed=bytes(32))


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Tlogcheck:
    return built_tlogcheck(tmp_path_factory.mktemp("tlogcheck"))


def test_without_go_the_judge_could_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingToolError, match="golang-go"):
        built_tlogcheck(tmp_path)


def entries(count: int) -> list[bytes]:
    return [f"entry {number}".encode() for number in range(count)]


def log_of(*batches: int, key: SignerKey = LOG_KEY) -> Log:
    log = Log(key)
    for count in batches:
        log.append(entries(len(log.entries) + count)[len(log.entries) :])
    return log


def flipped(folder: Path, *, every: int) -> Iterator[str]:
    """The name of each file of an export, while one byte in `every` of it is another."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        data = path.read_bytes()
        for at in range(0, len(data), every):
            path.write_bytes(data[:at] + bytes([data[at] ^ 0x01]) + data[at + 1 :])
            yield f"{path.relative_to(folder)} at {at}"
        path.write_bytes(data)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 255, 256, 257, 512, 700])
def test_export_is_accepted(judge: Tlogcheck, tmp_path: Path, size: int) -> None:
    log_of(size).export(tmp_path)
    assert judge.fault("export", tmp_path) is None


def test_vector_of_the_format_is_accepted(judge: Tlogcheck, tmp_path: Path) -> None:
    log = Log(LOG_KEY)
    log.append(LEAVES)
    assert note_bytes(log.checkpoint()) == SIGNED
    log.export(tmp_path)
    assert judge.fault("export", tmp_path) is None


def test_log_of_two_levels_is_accepted(judge: Tlogcheck, tmp_path: Path) -> None:
    log_of(200, 60, 5_000, 1).export(tmp_path)
    assert judge.fault("export", tmp_path) is None


@pytest.mark.parametrize("old_size", [0, 1, 2, 255, 256, 257, 300, 699, 700])
def test_kept_checkpoint_is_found_again(judge: Tlogcheck, tmp_path: Path, old_size: int) -> None:
    log = log_of(old_size)
    kept = tmp_path / "kept"
    kept.write_bytes(note_bytes(log.checkpoint()))
    log.append(entries(700)[old_size:])
    log.export(tmp_path / "export")
    assert judge.fault("export", tmp_path / "export", kept) is None


def test_kept_checkpoint_convicts_a_log_that_was_sealed_anew(
    judge: Tlogcheck, tmp_path: Path
) -> None:
    log = log_of(300)
    kept = tmp_path / "kept"
    kept.write_bytes(note_bytes(log.checkpoint()))
    forged = Log(LOG_KEY)
    forged.append([*entries(299), b"another entry", *entries(400)[300:]])
    forged.export(tmp_path / "export")
    assert judge.fault("export", tmp_path / "export") is None
    fault = judge.fault("export", tmp_path / "export", kept)
    assert "not the one of the kept checkpoint" in str(fault)


def test_kept_checkpoint_convicts_a_log_whose_tail_was_cut(
    judge: Tlogcheck, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    kept.write_bytes(note_bytes(log_of(300).checkpoint()))
    log_of(299).export(tmp_path / "export")
    assert "shrank" in str(judge.fault("export", tmp_path / "export", kept))


def test_no_flipped_byte_of_an_export_is_accepted(judge: Tlogcheck, tmp_path: Path) -> None:
    log = Log(LOG_KEY)
    log.append(LEAVES)
    folder = log.export(tmp_path)
    (folder / "policy").unlink()  # x/mod knows no policies
    for place in flipped(folder, every=1):
        assert judge.fault("export", folder) is not None, place


def test_no_flipped_byte_of_a_larger_tree_is_accepted(judge: Tlogcheck, tmp_path: Path) -> None:
    folder = log_of(600).export(tmp_path)
    (folder / "policy").unlink()
    for place in flipped(folder / "tile", every=401):
        assert judge.fault("export", folder) is not None, place


def test_file_that_belongs_to_no_tree_is_refused(judge: Tlogcheck, tmp_path: Path) -> None:
    folder = log_of(3).export(tmp_path)
    (folder / "tile/0/000.p/2").write_bytes(bytes(64))
    assert "belongs to no tree" in str(judge.fault("export", folder))


def test_export_under_another_key_is_refused(judge: Tlogcheck, tmp_path: Path) -> None:
    folder = log_of(3).export(tmp_path)
    (folder / "log.vkey").write_text(f"{verifier_key_text(OTHER_KEY.verifier)}\n")
    assert "checkpoint" in str(judge.fault("export", folder))


def test_proof_file_proves_its_entry_and_no_other(judge: Tlogcheck, tmp_path: Path) -> None:
    log = log_of(300)
    head, file, entry = log.checkpoint(), tmp_path / "x.tlog-proof", tmp_path / "entry"
    for index in (0, 1, 127, 255, 256, 298, 299):
        proof = inclusion_proof(index, 300, log.read_tile)
        extra = b"hint" if index % 2 else None
        made = ProofFile(index=index, proof=proof, checkpoint=head, extra=extra)
        file.write_bytes(proof_file_bytes(made))
        entry.write_bytes(log.entries[index])
        assert judge.fault("proof", LOG_VKEY, file, entry) is None, index
        entry.write_bytes(log.entries[index] + b".")
        assert judge.fault("proof", LOG_VKEY, file, entry) is not None, index


def test_request_to_a_witness_proves_that_the_log_grew(judge: Tlogcheck, tmp_path: Path) -> None:
    log = log_of(700)
    old, body = tmp_path / "old", tmp_path / "request"
    for old_size in (1, 2, 128, 255, 256, 257, 512, 699, 700):
        old.write_bytes(note_bytes(log_of(old_size).checkpoint()))
        proof = consistency_proof(old_size, 700, log.read_tile)
        request = AddCheckpoint(old_size=old_size, proof=proof, checkpoint=log.checkpoint())
        body.write_bytes(add_checkpoint_bytes(request))
        assert judge.fault("request", LOG_VKEY, old, body) is None, old_size
        forged = replace(request, proof=(*proof, bytes(32)))
        body.write_bytes(add_checkpoint_bytes(forged))
        assert judge.fault("request", LOG_VKEY, old, body) is not None, old_size


def test_signature_beside_the_logs_own_does_not_disturb(judge: Tlogcheck, tmp_path: Path) -> None:
    folder = log_of(3).export(tmp_path)
    note = parse_note((folder / "checkpoint").read_bytes())
    strange = replace(note.signatures[0], name="witness.example/w1", key_id=b"1234")
    both = replace(note, signatures=(strange, *note.signatures))
    (folder / "checkpoint").write_bytes(note_bytes(both))
    assert judge.fault("export", folder) is None
