"""Signed notes: what is signed, by whom, and what is not believed."""

import contextlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ledger.notes.key import KeyType, SignerKey, parse_verifier_key
from app.ledger.notes.note import (
    Note,
    Signature,
    SignatureInvalid,
    note_bytes,
    parse_note,
    signature,
    signed,
    verified,
)
from app.ledger.notes.text import FormatInvalid
from tests.ledger.notes.flips import flips
from tests.ledger.notes.samples import (
    AT,
    LOG_KEY,
    OTHER_KEY,
    SIGNED,
    SPECIFIED,
    SPECIFIED_VKEY,
    WITNESS_KEY,
)

TEXT = "一つ目\n\n三行目\n"
BOTH = [LOG_KEY.verifier, WITNESS_KEY.verifier]
NAMES = st.text(
    st.characters(exclude_categories=["C", "Z"], exclude_characters="+"), min_size=1, max_size=8
)
signatures = st.builds(
    Signature,
    name=NAMES,
    key_id=st.binary(min_size=4, max_size=4),
    signature=st.binary(min_size=1, max_size=80),
)
texts = st.text(st.characters(exclude_categories=["C"]) | st.just("\n"), max_size=40).map(
    lambda text: f"{text}\n"
)
notes = st.builds(
    Note, text=texts, signatures=st.lists(signatures, min_size=1, max_size=5).map(tuple)
)
LINE = SIGNED.decode().splitlines()[-1]
NO_NOTES = {
    "nothing": "",
    "no signature": "text\n",
    "empty line alone": "text\n\n",
    "no empty line": f"text\n{LINE}\n",
    "last line not ended": f"text\n\n{LINE}",
    "empty line behind": f"text\n\n{LINE}\n\n",
    "carriage returns": f"text\r\n\r\n{LINE}\r\n",
    "hyphen for the dash": f"text\n\n-{LINE[1:]}\n",
    "no space after the dash": f"text\n\n{LINE.replace('— ', '—')}\n",
    "two spaces after the dash": f"text\n\n{LINE.replace('— ', '—  ')}\n",
    "space behind": f"text\n\n{LINE} \n",
    "third word": f"text\n\n{LINE} x\n",
    "no name": f"text\n\n— {LINE.split(' ')[2]}\n",
    "no signature in the line": f"text\n\n{LINE.rpartition(' ')[0]}\n",
    "only an id": "text\n\n— a AAAAAA==\n",
    "less than an id": "text\n\n— a AAAA\n",
    "name with a plus": f"text\n\n{LINE.replace('city-a', 'city+a')}\n",
    "name with a no-break space": f"text\n\n{LINE.replace('city-a', 'city a')}\n",
    "other base64": f"text\n\n{LINE.replace('=', '')}\n",
    "a line that is none": f"text\n\n{LINE}\nx\n",
    "101 signatures": "text\n\n" + f"{LINE}\n" * 101,
}


def test_message_of_the_specification_is_verified() -> None:
    key = parse_verifier_key(SPECIFIED_VKEY)
    assert [one.key for one in verified(parse_note(SPECIFIED), [key])] == [key]


def test_vector_is_signed_to_the_byte() -> None:
    text = SIGNED.decode().partition("\n\n")[0] + "\n"
    assert note_bytes(signed(text, LOG_KEY)) == SIGNED


@given(notes)
def test_notes_come_back(note: Note) -> None:
    assert parse_note(note_bytes(note)) == note


@given(st.text("a\n— =Q", max_size=60).map(str.encode))
def test_no_note_is_read_that_is_not_written(data: bytes) -> None:
    try:
        note = parse_note(data)
    except FormatInvalid:
        return
    assert note_bytes(note) == data


@pytest.mark.parametrize("text", NO_NOTES.values(), ids=NO_NOTES)
def test_what_is_no_note_is_refused(text: str) -> None:
    with pytest.raises(FormatInvalid):
        parse_note(text.encode())


def test_hundred_signatures_are_read() -> None:
    note = parse_note(f"text\n\n{f'{LINE}{chr(10)}' * 100}".encode())
    assert len(note.signatures) == 100


def test_text_ends_before_the_last_empty_line() -> None:
    note = signed(TEXT, LOG_KEY)
    assert parse_note(note_bytes(note)).text == TEXT


def test_no_flipped_bit_goes_unnoticed() -> None:
    data = note_bytes(signed(TEXT, LOG_KEY, WITNESS_KEY, at=AT))
    right = verified(parse_note(data), BOTH)
    assert len(right) == 2
    for at, changed in flips(data):
        with contextlib.suppress(FormatInvalid, SignatureInvalid):
            found = verified(parse_note(changed), BOTH)
            # Only a line that has become a stranger's is left out, and the text is as it was.
            assert len(found) == 1, at
            assert parse_note(changed).text == TEXT, at


def test_no_flipped_bit_of_a_note_with_one_signature_is_verified() -> None:
    for _, changed in flips(SIGNED):
        with pytest.raises((FormatInvalid, SignatureInvalid)):
            verified(parse_note(changed), [LOG_KEY.verifier])


def test_strangers_signatures_are_passed_over() -> None:
    strangers = (
        Signature(name="a", key_id=b"1234", signature=b"x"),
        # Of a known name with another id, and of a known id with another name.
        Signature(name=LOG_KEY.name, key_id=b"1234", signature=b"x"),
        Signature(name="a", key_id=LOG_KEY.verifier.id, signature=b"x"),
    )
    note = signed(TEXT, LOG_KEY)
    note = replace(note, signatures=(*strangers, *note.signatures))
    assert [one.key for one in verified(note, BOTH)] == [LOG_KEY.verifier]
    with pytest.raises(SignatureInvalid, match="no signature by a known key"):
        verified(replace(note, signatures=strangers), BOTH)


def test_wrong_line_of_a_known_key_rejects_the_note_beside_a_right_one() -> None:
    right, wrong = signature(TEXT, LOG_KEY), signature("other\n", LOG_KEY)
    for signatures_ in ((right, wrong), (wrong, right)):
        with pytest.raises(SignatureInvalid, match="in the name of"):
            verified(Note(text=TEXT, signatures=signatures_), BOTH)


@pytest.mark.parametrize("length", [1, 63, 65, 72])
def test_signature_of_another_length_is_wrong(length: int) -> None:
    for key in BOTH:
        odd = Signature(name=key.name, key_id=key.id, signature=bytes(length))
        with pytest.raises(SignatureInvalid):
            verified(Note(text=TEXT, signatures=(odd,)), [key])


def test_old_and_new_key_sign_together() -> None:
    note = signed(TEXT, LOG_KEY, OTHER_KEY)
    keys = [LOG_KEY.verifier, OTHER_KEY.verifier]
    assert [one.key for one in verified(note, keys)] == keys
    assert [one.key for one in verified(note, keys[1:])] == keys[1:]


def test_log_key_is_not_taken_for_a_witness() -> None:
    same = SignerKey(name="a", type=KeyType.COSIGNATURE, seed=LOG_KEY.seed)
    note = signed(TEXT, replace(LOG_KEY, name="a"))
    with pytest.raises(SignatureInvalid):
        verified(note, [same.verifier])


def test_same_key_may_be_given_twice() -> None:
    assert len(verified(signed(TEXT, LOG_KEY), [LOG_KEY.verifier] * 2)) == 1


@pytest.mark.parametrize("text", ["", "no end", "tab\t\n", "\ud800\n"], ids=ascii)
def test_what_cannot_be_a_text_is_not_signed(text: str) -> None:
    with pytest.raises((FormatInvalid, UnicodeEncodeError)):
        signed(text, LOG_KEY)


def test_note_without_signature_is_not_made() -> None:
    with pytest.raises(FormatInvalid):
        signed(TEXT)
