"""Keys and their text forms."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ledger.notes.key import (
    KeyType,
    SignerKey,
    VerifierKey,
    parse_signer_key,
    parse_verifier_key,
    signer_key_text,
    verifier_key_text,
)
from app.ledger.notes.text import FormatInvalid
from tests.ledger.notes.samples import (
    LOG_KEY,
    LOG_VKEY,
    ORIGIN,
    SPECIFIED,
    SPECIFIED_VKEY,
    WITNESS_KEY,
)

PUBLIC = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
# Of golang.org/x/mod/sumdb/note's documentation and tests.
PETER_SIGNER = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PETER_VERIFIER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NO_KEYS = {
    "nothing": "",
    "a name": ORIGIN,
    "no name": LOG_VKEY.removeprefix(ORIGIN),
    "name with a space": LOG_VKEY.replace("city-a", "city a"),
    "another name": LOG_VKEY.replace("city-a", "city-b"),
    "another id": LOG_VKEY.replace("3ce076f6", "3ce076f7"),
    "id in capitals": LOG_VKEY.replace("3ce076f6", "3CE076F6"),
    "short id": LOG_VKEY.replace("3ce076f6", "3ce076"),
    "newline behind": LOG_VKEY + "\n",
    "padding added": LOG_VKEY + "=",
    "key cut": LOG_VKEY[:-4],
    "no key": LOG_VKEY.rpartition("+")[0],
    "empty key": LOG_VKEY.partition("+AQOh")[0] + "+",
    "ECDSA": LOG_VKEY.replace("+AQOh", "+AgOh"),
    "ML-DSA-44": LOG_VKEY.replace("+AQOh", "+BgOh"),
    # The same key as a witness's has another id.
    "witness": LOG_VKEY.replace("+AQOh", "+BAOh"),
}

keys = st.builds(
    SignerKey,
    name=st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="+"), min_size=1),
    type=st.sampled_from(KeyType),
    seed=st.binary(min_size=32, max_size=32),
)


def test_seed_of_the_vector_gives_its_keys() -> None:
    assert LOG_KEY.verifier.public.hex() == PUBLIC
    assert verifier_key_text(LOG_KEY.verifier) == LOG_VKEY
    assert parse_verifier_key(LOG_VKEY) == LOG_KEY.verifier


def test_keys_of_go_are_read() -> None:
    signer = parse_signer_key(PETER_SIGNER)
    assert signer.verifier == parse_verifier_key(PETER_VERIFIER)
    assert signer_key_text(signer) == PETER_SIGNER


def test_key_of_the_specification_verifies_its_message() -> None:
    key = parse_verifier_key(SPECIFIED_VKEY)
    data = base64.b64decode(SPECIFIED.split()[-1])
    assert (key.name, key.id) == ("example.com/foo", data[:4])
    assert key.is_signature(data[4:], SPECIFIED.partition(b"\n\n")[0] + b"\n")


def test_id_is_a_hash_over_name_type_and_key() -> None:
    data = b"ledger.example/city-a\n\x01" + bytes.fromhex(PUBLIC)
    assert LOG_KEY.verifier.id == hashlib.sha256(data).digest()[:4]


def test_same_key_of_another_type_or_name_has_another_id() -> None:
    public = LOG_KEY.verifier.public
    as_witness = VerifierKey(name=ORIGIN, type=KeyType.COSIGNATURE, public=public)
    renamed = VerifierKey(name="ledger.example/city-b", public=public)
    assert len({LOG_KEY.verifier.id, as_witness.id, renamed.id}) == 3


@given(keys)
def test_text_forms_come_back(key: SignerKey) -> None:
    assert parse_signer_key(signer_key_text(key)) == key
    assert parse_verifier_key(verifier_key_text(key.verifier)) == key.verifier


@pytest.mark.parametrize("text", NO_KEYS.values(), ids=NO_KEYS)
def test_other_verifier_keys_are_refused(text: str) -> None:
    with pytest.raises(FormatInvalid):
        parse_verifier_key(text)


def test_any_other_character_in_a_key_is_refused() -> None:
    for text, parse in (
        (LOG_VKEY, parse_verifier_key),
        (signer_key_text(WITNESS_KEY), parse_signer_key),
    ):
        for at in range(len(text)):
            for other in "A+b0=/ ":
                changed = text[:at] + other + text[at + 1 :]
                if changed == text:
                    continue
                with pytest.raises(FormatInvalid):
                    parse(changed)


def test_signer_key_is_no_verifier_key_nor_the_other_way() -> None:
    with pytest.raises(FormatInvalid):
        parse_verifier_key(signer_key_text(LOG_KEY))
    with pytest.raises(FormatInvalid):
        parse_signer_key(LOG_VKEY)


def test_secret_is_not_shown() -> None:
    text = signer_key_text(LOG_KEY)
    assert LOG_KEY.seed.hex() not in repr(LOG_KEY)
    assert repr(LOG_KEY.seed) not in repr(LOG_KEY)
    with pytest.raises(FormatInvalid) as caught:
        parse_signer_key(text[:-1])
    assert text[-40:-1] not in str(caught.value)


@pytest.mark.parametrize("length", [0, 31, 33])
def test_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(FormatInvalid):
        SignerKey(name="a", seed=bytes(length))
    with pytest.raises(FormatInvalid):
        VerifierKey(name="a", public=bytes(length))


def test_signature_is_of_this_key_over_this_message() -> None:
    made = LOG_KEY.sign(b"message")
    assert LOG_KEY.verifier.is_signature(made, b"message")
    assert not LOG_KEY.verifier.is_signature(made, b"massage")
    assert not WITNESS_KEY.verifier.is_signature(made, b"message")
    assert not LOG_KEY.verifier.is_signature(made[:-1], b"message")
    assert not LOG_KEY.verifier.is_signature(b"", b"message")


def test_signature_has_one_form() -> None:
    # RFC 8032: the second half is a number below the order of the group. The same number plus
    # the order would otherwise be a second signature over the same message.
    order = 2**252 + 27742317777372353535851937790883648493
    made = LOG_KEY.sign(b"message")
    other = int.from_bytes(made[32:], "little") + order
    assert not LOG_KEY.verifier.is_signature(made[:32] + other.to_bytes(32, "little"), b"message")
