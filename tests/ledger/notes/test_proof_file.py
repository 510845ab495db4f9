"""The proof file: its lines, and what it proves."""

import contextlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ledger.notes.checkpoint import SignedCheckpoint, checkpoint_text, opened
from app.ledger.notes.note import SignatureInvalid, note_bytes, parse_note, signed
from app.ledger.notes.proof_file import (
    ProofFile,
    check_proof_file,
    parse_proof_file,
    proof_file_bytes,
)
from app.ledger.notes.text import FormatInvalid
from app.ledger.tree.merkle import HashInvalid, ProofInvalid
from tests.ledger.notes.flips import flips
from tests.ledger.notes.samples import CHECKPOINT, HASHES, LOG_KEY, ORIGIN, OTHER_KEY, SIGNED

PROOF = ProofFile(index=1, proof=(HASHES[0],), checkpoint=parse_note(SIGNED))
TEXT = b"c2sp.org/tlog-proof@v1\nindex 1\n85PMmaCU3jcPTt88oHFja47kLP5jPBZhS5Kx0lPFyWQ=\n\n" + SIGNED
HASH = "85PMmaCU3jcPTt88oHFja47kLP5jPBZhS5Kx0lPFyWQ="
NOTE = SIGNED.decode()
NO_PROOFS = {
    "nothing": "",
    "another version": TEXT.decode().replace("@v1", "@v2"),
    "space behind the first line": TEXT.decode().replace("@v1", "@v1 "),
    "no index": f"c2sp.org/tlog-proof@v1\n{HASH}\n\n{NOTE}",
    "nothing but the first line": f"c2sp.org/tlog-proof@v1\n\n{NOTE}",
    "index with a zero": TEXT.decode().replace("index 1", "index 01"),
    "index with a sign": TEXT.decode().replace("index 1", "index -1"),
    "two spaces": TEXT.decode().replace("index 1", "index  1"),
    "two indices": TEXT.decode().replace("index 1", "index 1\nindex 1"),
    "extra after the index": TEXT.decode().replace("index 1", "index 1\nextra AAAA"),
    "empty extra": TEXT.decode().replace("index 1", "extra \nindex 1"),
    "extra that is no base64": TEXT.decode().replace("index 1", "extra A\nindex 1"),
    "two extras": TEXT.decode().replace("index 1", "extra AAAA\nextra AAAA\nindex 1"),
    "short hash": TEXT.decode().replace(HASH, "AAAA"),
    "no empty line": TEXT.decode().replace(f"{HASH}\n\n", f"{HASH}\n"),
    "two empty lines": TEXT.decode().replace(f"{HASH}\n\n", f"{HASH}\n\n\n"),
    "no checkpoint": f"c2sp.org/tlog-proof@v1\nindex 1\n{HASH}\n\n",
    "checkpoint unsigned": TEXT.decode().rpartition("\n\n")[0] + "\n",
    "64 hashes": TEXT.decode().replace(HASH, "\n".join([HASH] * 64)),
    "something behind": TEXT.decode() + "x\n",
}
proofs = st.builds(
    ProofFile,
    index=st.integers(0, 2**63 - 1),
    proof=st.lists(st.binary(min_size=32, max_size=32), max_size=63).map(tuple),
    checkpoint=st.builds(
        lambda size: signed(checkpoint_text(replace(CHECKPOINT, size=size)), LOG_KEY),
        st.integers(1, 2**63 - 1),
    ),
    extra=st.none() | st.binary(min_size=1, max_size=10),
)


def signed_by_log(file: ProofFile) -> SignedCheckpoint:
    return opened(file.checkpoint, origin=ORIGIN, log_keys=[LOG_KEY.verifier])


def check(data: bytes, leaf_hash: bytes) -> None:
    file = parse_proof_file(data)
    check_proof_file(file, leaf_hash, signed_by_log(file))


def test_file_is_written_to_the_byte() -> None:
    assert proof_file_bytes(PROOF) == TEXT
    extra = proof_file_bytes(replace(PROOF, extra=b"\0\1\2"))
    assert extra == TEXT.replace(b"index", b"extra AAEC\nindex")


def test_second_entry_is_proven_and_no_other() -> None:
    check(TEXT, HASHES[1])
    for other in (HASHES[0], bytes(32)):
        with pytest.raises(ProofInvalid):
            check(TEXT, other)
    with pytest.raises(ProofInvalid):
        check(TEXT.replace(b"index 1", b"index 0"), HASHES[1])


@given(proofs)
def test_files_come_back(file: ProofFile) -> None:
    assert parse_proof_file(proof_file_bytes(file)) == file


@pytest.mark.parametrize("text", NO_PROOFS.values(), ids=NO_PROOFS)
def test_what_is_no_proof_is_refused(text: str) -> None:
    with pytest.raises(FormatInvalid):
        parse_proof_file(text.encode())


def test_no_flipped_bit_is_proven() -> None:
    for _, changed in flips(TEXT):
        with pytest.raises((FormatInvalid, SignatureInvalid, ProofInvalid)):
            check(changed, HASHES[1])


@given(st.lists(st.sampled_from(["c2sp.org/tlog-proof@v1", "index 0", "extra AAEC", HASH, ""])))
def test_no_proof_is_read_that_is_not_written(lines: list[str]) -> None:
    data = "".join(f"{line}\n" for line in (*lines, "")).encode() + SIGNED
    with contextlib.suppress(FormatInvalid):
        assert proof_file_bytes(parse_proof_file(data)) == data


def test_checkpoint_that_was_not_verified_is_not_taken() -> None:
    other = replace(PROOF, checkpoint=signed(PROOF.checkpoint.text, OTHER_KEY))
    with pytest.raises(AssertionError):
        check_proof_file(other, HASHES[1], signed_by_log(PROOF))


def test_what_cannot_be_a_proof_is_not_made() -> None:
    with pytest.raises(FormatInvalid):
        replace(PROOF, index=-1)
    with pytest.raises(FormatInvalid):
        replace(PROOF, proof=(HASHES[0],) * 64)
    with pytest.raises(FormatInvalid):
        replace(PROOF, extra=b"")
    with pytest.raises(HashInvalid):
        replace(PROOF, proof=(b"",))


def test_checkpoint_is_carried_verbatim() -> None:
    assert note_bytes(parse_proof_file(TEXT).checkpoint) == SIGNED
