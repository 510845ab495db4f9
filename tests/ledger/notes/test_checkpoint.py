"""Checkpoints: three lines to the byte, and whose they are."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ledger.notes.checkpoint import (
    Checkpoint,
    checkpoint_text,
    opened,
    parse_checkpoint,
)
from app.ledger.notes.key import VerifierKey
from app.ledger.notes.note import SignatureInvalid, note_bytes, parse_note, signed
from app.ledger.notes.text import FormatInvalid
from app.ledger.tree.merkle import EMPTY_ROOT
from tests.ledger.notes.flips import flips
from tests.ledger.notes.samples import (
    AT,
    CHECKPOINT,
    LOG_KEY,
    ORIGIN,
    OTHER_KEY,
    SIGNED,
    WITNESS_KEY,
)

TEXT = "ledger.example/city-a\n2\nhwAopmLQq8UddJb0LgDNPzscf3vXqYwDrJjpydautsE=\n"
ROOT = "hwAopmLQq8UddJb0LgDNPzscf3vXqYwDrJjpydautsE="
EMPTY = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
NO_CHECKPOINTS = {
    "nothing": "",
    "two lines": "a\n2\n",
    "last line not ended": f"a\n2\n{ROOT}",
    "empty line": f"a\n2\n{ROOT}\n\n",
    "empty line first": f"\na\n2\n{ROOT}\n",
    "empty origin": f"\n2\n{ROOT}\n",
    "origin with a space": f"go.sum database tree\n2\n{ROOT}\n",
    "origin with a plus": f"a+b\n2\n{ROOT}\n",
    "size with a zero": f"a\n02\n{ROOT}\n",
    "negative size": f"a\n-2\n{ROOT}\n",
    "size with a sign": f"a\n+2\n{ROOT}\n",
    "size with a space": f"a\n2 \n{ROOT}\n",
    "size in hexadecimal": f"a\n0x2\n{ROOT}\n",
    "size beyond counting": f"a\n{2**63}\n{ROOT}\n",
    "root in hexadecimal": f"a\n2\n{EMPTY_ROOT.hex()}\n",
    "root without padding": f"a\n2\n{ROOT[:-1]}\n",
    "root with bits left over": f"a\n2\n{ROOT[:-2]}F=\n",
    "short root": "a\n2\nAAAA\n",
    "root of nothing for no entries": f"a\n0\n{ROOT}\n",
    "carriage returns": f"a\r\n2\r\n{ROOT}\r\n",
    "empty extension": f"a\n2\n{ROOT}\nx\n\ny\n",
}
checkpoints = st.builds(
    Checkpoint,
    origin=st.text("abc./-世", min_size=1, max_size=20),
    size=st.integers(1, 2**63 - 1),
    root=st.binary(min_size=32, max_size=32),
    extensions=st.lists(
        st.text(st.characters(exclude_categories=["C"]), min_size=1), max_size=3
    ).map(tuple),
)


def opened_with(data: bytes, *keys: VerifierKey) -> Checkpoint:
    return opened(parse_note(data), origin=ORIGIN, log_keys=keys).checkpoint


def test_vector_is_written_to_the_byte() -> None:
    assert checkpoint_text(CHECKPOINT) == TEXT
    assert note_bytes(signed(checkpoint_text(CHECKPOINT), LOG_KEY)) == SIGNED
    assert opened_with(SIGNED, LOG_KEY.verifier) == CHECKPOINT


def test_log_without_entries_has_a_checkpoint() -> None:
    empty = Checkpoint(origin="a", size=0, root=EMPTY_ROOT)
    assert checkpoint_text(empty) == f"a\n0\n{EMPTY}\n"
    assert parse_checkpoint(f"a\n0\n{EMPTY}\n") == empty


@given(checkpoints)
def test_checkpoints_come_back(checkpoint: Checkpoint) -> None:
    assert parse_checkpoint(checkpoint_text(checkpoint)) == checkpoint


@given(st.lists(st.sampled_from(["a", "a b", "a+b", "2", "02", "+2", "0", ROOT, EMPTY, "x", ""])))
def test_no_checkpoint_is_read_that_is_not_written(lines: list[str]) -> None:
    text = "\n".join(lines)
    try:
        checkpoint = parse_checkpoint(text)
    except FormatInvalid:
        return
    assert checkpoint_text(checkpoint) == text


@pytest.mark.parametrize("text", NO_CHECKPOINTS.values(), ids=NO_CHECKPOINTS)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(FormatInvalid):
        parse_checkpoint(text)


def test_any_flipped_bit_of_a_checkpoint_is_refused_or_says_something_else() -> None:
    for at, changed in flips(TEXT.encode()):
        try:
            found = parse_checkpoint(changed.decode())
        except (FormatInvalid, UnicodeDecodeError):
            continue
        assert found != CHECKPOINT, at


def test_no_flipped_bit_of_a_signed_checkpoint_is_opened() -> None:
    for _, changed in flips(SIGNED):
        with pytest.raises((FormatInvalid, SignatureInvalid)):
            opened_with(changed, LOG_KEY.verifier)


def test_checkpoint_of_another_log_is_refused() -> None:
    # Even signed by this log's key.
    other = replace(CHECKPOINT, origin="ledger.example/city-b")
    with pytest.raises(SignatureInvalid, match="another log"):
        opened_with(note_bytes(signed(checkpoint_text(other), LOG_KEY)), LOG_KEY.verifier)


def test_checkpoint_that_the_log_did_not_sign_is_refused() -> None:
    with pytest.raises(SignatureInvalid):
        opened_with(SIGNED, OTHER_KEY.verifier)
    by_witness = note_bytes(signed(TEXT, WITNESS_KEY, at=AT))
    with pytest.raises(SignatureInvalid):
        opened_with(by_witness, LOG_KEY.verifier)
    with pytest.raises(SignatureInvalid, match="not with a witness"):
        opened_with(by_witness, WITNESS_KEY.verifier)


def test_text_that_is_no_checkpoint_is_refused_though_signed() -> None:
    with pytest.raises(FormatInvalid):
        opened_with(note_bytes(signed("hello\n", LOG_KEY)), LOG_KEY.verifier)


def test_known_witnesses_are_named_after_the_log() -> None:
    note = signed(TEXT, WITNESS_KEY, LOG_KEY, at=AT)
    log_keys, witness_keys = [LOG_KEY.verifier], [WITNESS_KEY.verifier]
    found = opened(note, origin=ORIGIN, log_keys=log_keys, witness_keys=witness_keys)
    assert [(one.key, one.at) for one in found.by] == [
        (LOG_KEY.verifier, None),
        (WITNESS_KEY.verifier, AT),
    ]
    alone = opened(
        signed(TEXT, LOG_KEY), origin=ORIGIN, log_keys=log_keys, witness_keys=witness_keys
    )
    assert [one.key for one in alone.by] == log_keys


def test_wrong_line_of_a_known_witness_is_refused() -> None:
    note = signed(TEXT, LOG_KEY)
    wrong = signed("other\n", WITNESS_KEY, at=AT).signatures
    both = replace(note, signatures=(*note.signatures, *wrong))
    with pytest.raises(SignatureInvalid):
        opened(
            both,
            origin=ORIGIN,
            log_keys=[LOG_KEY.verifier],
            witness_keys=[WITNESS_KEY.verifier],
        )


# What cannot be written: a root of another length, a size below zero or beyond counting, an
# empty log with a root, an extension that is empty or two lines.
@pytest.mark.parametrize(
    ("size", "root", "extensions"),
    [
        (2, bytes(31), ()),
        (-1, bytes(32), ()),
        (2**63, bytes(32), ()),
        (0, bytes(32), ()),
        (2, bytes(32), ("",)),
        (2, bytes(32), ("a\nb",)),
        (2, bytes(32), ("a\t",)),
    ],
)
def test_what_cannot_be_a_checkpoint_is_not_made(
    size: int, root: bytes, extensions: tuple[str, ...]
) -> None:
    with pytest.raises(FormatInvalid):
        Checkpoint(origin="a", size=size, root=root, extensions=extensions)
