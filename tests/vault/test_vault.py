"""Sealed values open for their subject, at their place, under the installation's key; only so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.vault import Place, SealBroken, SubjectKey, Vault

HERE = Place("client", "personal", "c1")
VAULT = Vault(bytes(range(32)))


def test_what_was_sealed_opens_at_its_place() -> None:
    key, _ = VAULT.new_key("c1")
    value = {"name": "佐々木 花子", "floor": 3, "risks": []}
    assert key.open_json(key.seal_json(value, HERE), HERE) == value
    assert key.open_object(key.seal_json(value, HERE), HERE) == value


@given(st.binary(max_size=200))
def test_any_bytes_come_back_and_are_29_longer_when_sealed(plain: bytes) -> None:
    key = SubjectKey(bytes(32))
    sealed = key.seal(plain, HERE)
    assert len(sealed) == len(plain) + 29
    assert sealed[0] == 1
    assert key.open(sealed, HERE) == plain


def test_the_same_text_sealed_twice_looks_different() -> None:
    key = SubjectKey(bytes(32))
    assert key.seal_text("同じ", HERE) != key.seal_text("同じ", HERE)


@pytest.mark.parametrize(
    "there",
    [
        Place("client", "personal", "c2"),  # another row
        Place("client", "town", "c1"),  # another column
        Place("incident", "personal", "c1"),  # another table
    ],
)
def test_a_value_moved_elsewhere_is_refused(there: Place) -> None:
    key = SubjectKey(bytes(32))
    with pytest.raises(SealBroken, match=f"{there.table}.{there.column} of {there.row}"):
        key.open(key.seal_text("moved", HERE), there)


def test_any_changed_byte_is_refused() -> None:
    key = SubjectKey(bytes(32))
    sealed = key.seal_text("花子", HERE)
    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(SealBroken):
            key.open(changed, HERE)


@pytest.mark.parametrize(
    "value",
    [
        b"",  # nothing
        b"\x01",  # a version and no more
        b"\x01" + bytes(27),  # one byte short of an empty value
        b'{"name": "in the clear, longer than a sealed value must be"}',  # never sealed
        b"\x02" + bytes(40),  # a later version
    ],
)
def test_what_was_never_sealed_is_refused(value: bytes) -> None:
    with pytest.raises(SealBroken):
        SubjectKey(bytes(32)).open(value, HERE)


def test_a_wrapped_key_opens_what_its_fresh_one_sealed() -> None:
    key, wrapped = VAULT.new_key("c1")
    sealed = key.seal_text("花子", HERE)
    assert Vault(bytes(range(32))).unwrap("c1", wrapped).open_text(sealed, HERE) == "花子"


def test_a_wrapped_key_is_of_no_use_under_another_installation_key() -> None:
    _, wrapped = VAULT.new_key("c1")
    with pytest.raises(SealBroken, match="DATA_KEY_FILE"):
        Vault(bytes(32)).unwrap("c1", wrapped)


def test_a_wrapped_key_is_of_no_use_to_another_subject() -> None:
    _, wrapped = VAULT.new_key("c1")
    with pytest.raises(SealBroken):
        VAULT.unwrap("c2", wrapped)


def test_one_subjects_key_does_not_open_anothers_values() -> None:
    one, _ = VAULT.new_key("c1")
    other, _ = VAULT.new_key("c2")
    with pytest.raises(SealBroken):
        other.open(one.seal_text("花子", HERE), HERE)


def test_a_refusal_shows_nothing_of_the_value() -> None:
    key = SubjectKey(bytes(32))
    with pytest.raises(SealBroken) as refused:
        key.open(b'{"name": "Hanako of Minamicho, in the clear"}', HERE)
    assert "Hanako" not in str(refused.value)


def test_a_blind_index_is_the_same_for_the_same_text_of_the_same_field_only() -> None:
    found = VAULT.blind("reference", "A-1")
    assert found == Vault(bytes(range(32))).blind("reference", "A-1")
    assert len(found) == 32
    assert found != VAULT.blind("reference", "A-2")
    assert found != VAULT.blind("name", "A-1")
    assert found != Vault(bytes(32)).blind("reference", "A-1")
