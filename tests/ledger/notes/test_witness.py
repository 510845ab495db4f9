"""What a log sends to a witness, and what comes back."""

import contextlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ledger.notes.note import note_bytes, parse_note, signature, verified
from app.ledger.notes.text import FormatInvalid
from app.ledger.notes.witness import (
    SIZE_MEDIA_TYPE,
    AddCheckpoint,
    add_checkpoint_bytes,
    cosignatures_bytes,
    parse_add_checkpoint,
    parse_cosignatures,
    parse_size,
    size_bytes,
)
from app.ledger.tree.merkle import HashInvalid
from tests.ledger.notes.flips import flips
from tests.ledger.notes.samples import AT, HASHES, LOG_KEY, SIGNED, WITNESS_KEY

HASH = "85PMmaCU3jcPTt88oHFja47kLP5jPBZhS5Kx0lPFyWQ="
SECOND = "w8NHsNq6M/AUOSmyM7Rif1aqVB9ukS4z1dOqx4oDn7M="
REQUEST = AddCheckpoint(old_size=1, proof=HASHES[1:], checkpoint=parse_note(SIGNED))
BODY = f"old 1\n{SECOND}\n\n".encode() + SIGNED
NO_REQUESTS = {
    "nothing": b"",
    "no old size": f"{HASH}\n\n".encode() + SIGNED,
    "old size with a zero": BODY.replace(b"old 1", b"old 01"),
    "negative old size": BODY.replace(b"old 1", b"old -1"),
    "two old sizes": BODY.replace(b"old 1", b"old 1\nold 1"),
    "old in capitals": BODY.replace(b"old 1", b"OLD 1"),
    "short hash": BODY.replace(SECOND.encode(), b"AAAA"),
    "64 hashes": BODY.replace(SECOND.encode(), b"\n".join([HASH.encode()] * 64)),
    "no empty line": BODY.replace(b"=\n\nledger", b"=\nledger"),
    "checkpoint unsigned": BODY.rpartition(b"\n\n")[0] + b"\n",
    "not UTF-8": BODY.replace(b"old 1", b"old \xff"),
}
NO_ANSWERS = {
    "nothing": b"",
    "an empty line": b"\n",
    "an empty line behind": cosignatures_bytes([signature("x\n", LOG_KEY)]) + b"\n",
    "a word": b"ok\n",
    "last line not ended": cosignatures_bytes([signature("x\n", LOG_KEY)])[:-1],
    "a whole note": SIGNED,
}


def test_request_is_written_to_the_byte() -> None:
    assert add_checkpoint_bytes(REQUEST) == BODY
    assert parse_add_checkpoint(BODY) == REQUEST


def test_first_request_has_no_proof() -> None:
    first = replace(REQUEST, old_size=0, proof=())
    assert add_checkpoint_bytes(first) == b"old 0\n\n" + SIGNED
    assert parse_add_checkpoint(b"old 0\n\n" + SIGNED) == first


@given(
    st.integers(0, 2**63 - 1), st.lists(st.binary(min_size=32, max_size=32), max_size=63).map(tuple)
)
def test_requests_come_back(old_size: int, proof: tuple[bytes, ...]) -> None:
    request = replace(REQUEST, old_size=old_size, proof=proof)
    assert parse_add_checkpoint(add_checkpoint_bytes(request)) == request


@pytest.mark.parametrize("body", NO_REQUESTS.values(), ids=NO_REQUESTS)
def test_what_is_no_request_is_refused(body: bytes) -> None:
    with pytest.raises(FormatInvalid):
        parse_add_checkpoint(body)


def test_any_flipped_bit_of_a_request_is_refused_or_makes_another() -> None:
    for at, changed in flips(BODY):
        with contextlib.suppress(FormatInvalid):
            assert parse_add_checkpoint(changed) != REQUEST, at
            assert add_checkpoint_bytes(parse_add_checkpoint(changed)) == changed, at


def test_answer_added_to_the_checkpoint_is_verified() -> None:
    note = parse_note(SIGNED)
    answer = cosignatures_bytes([signature(note.text, WITNESS_KEY, at=AT)])
    cosigned = parse_note(note_bytes(note) + answer)
    assert cosigned.signatures[1:] == parse_cosignatures(answer)
    assert [one.at for one in verified(cosigned, [WITNESS_KEY.verifier])] == [AT]


@pytest.mark.parametrize("body", NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_what_is_no_answer_is_refused(body: bytes) -> None:
    with pytest.raises(FormatInvalid):
        parse_cosignatures(body)


def test_answer_without_a_signature_is_not_made() -> None:
    with pytest.raises(FormatInvalid):
        cosignatures_bytes([])
    with pytest.raises(FormatInvalid):
        cosignatures_bytes([signature("x\n", LOG_KEY)] * 101)


def test_size_of_the_witness_comes_back() -> None:
    assert SIZE_MEDIA_TYPE == "text/x.tlog.size"
    assert size_bytes(20_852_014) == b"20852014\n"
    assert parse_size(b"20852014\n") == 20_852_014


@pytest.mark.parametrize("body", [b"", b"1", b"01\n", b"1\n\n", b"1\n2\n", b" 1\n", b"-1\n"])
def test_other_sizes_are_refused(body: bytes) -> None:
    with pytest.raises(FormatInvalid):
        parse_size(body)


def test_what_cannot_be_a_request_is_not_made() -> None:
    with pytest.raises(FormatInvalid):
        replace(REQUEST, old_size=-1)
    with pytest.raises(FormatInvalid):
        replace(REQUEST, proof=(HASHES[0],) * 64)
    with pytest.raises(HashInvalid):
        replace(REQUEST, proof=(b"",))
