"""Base64, decimals, names and lines: one form each."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ledger.notes.text import (
    TEXT_BYTES_MAX,
    FormatInvalid,
    check_name,
    check_text,
    decode64,
    decode_decimal,
    decode_hash,
    decode_text,
    encode64,
)

NO_BASE64 = {
    "URL alphabet": "-_-_",
    "no padding": "AA",
    "half of it": "AA=",
    "too much padding": "AAAA====",
    "bits left over": "AB==",
    "space": "AA AA",
    "newline": "AAAA\n",
    "newline within": "AA\nAA",
    "other letters": "ＡＡＡＡ",
    "padding within": "AA==AAAA",
}
NO_DECIMALS = ("", "00", "01", "-1", "+1", "1 ", " 1", "1_0", "1.0", "0x1", "１", "1\n", str(2**63))
NO_NAMES = {
    "empty": "",
    "space": "a b",
    "plus": "a+b",
    "tab": "a\tb",
    "newline": "a\nb",
    "no-break space": "a\u00a0b",
    "ideographic space": "a\u3000b",
    "line separator": "a\u2028b",
    "next line": "a\u0085b",
    "null": "a\0b",
    "lone surrogate": "a\ud800b",
}


@given(st.binary(max_size=100))
def test_base64_comes_back(data: bytes) -> None:
    assert encode64(data) == base64.standard_b64encode(data).decode()
    assert decode64(encode64(data), "x") == data


@given(st.text("AQgw+/=-_ \n", max_size=12))
def test_no_base64_is_read_that_is_not_written(text: str) -> None:
    try:
        data = decode64(text, "x")
    except FormatInvalid:
        return
    assert encode64(data) == text


@pytest.mark.parametrize("text", NO_BASE64.values(), ids=NO_BASE64)
def test_other_base64_is_refused(text: str) -> None:
    with pytest.raises(FormatInvalid, match="root: not base64"):
        decode64(text, "root")


@pytest.mark.parametrize("length", [0, 31, 33])
def test_hash_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(FormatInvalid, match="32 bytes expected"):
        decode_hash(encode64(bytes(length)), "root")


@given(st.integers(0, 2**63 - 1))
def test_decimal_comes_back(number: int) -> None:
    assert decode_decimal(str(number), "size") == number


@pytest.mark.parametrize("text", NO_DECIMALS, ids=ascii)
def test_other_decimals_are_refused(text: str) -> None:
    with pytest.raises(FormatInvalid, match="size: not a decimal"):
        decode_decimal(text, "size")


@pytest.mark.parametrize("name", ["a", "ledger.example/city-a", "東京都.example", "a/b:1#c"])
def test_name_may_be_an_address(name: str) -> None:
    assert check_name(name, "origin") == name


@pytest.mark.parametrize("name", NO_NAMES.values(), ids=NO_NAMES)
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(FormatInvalid, match="origin"):
        check_name(name, "origin")


def test_text_is_whole_lines() -> None:
    assert check_text("一行\n\nanother\n", "x") == "一行\n\nanother\n"
    with pytest.raises(FormatInvalid, match="not ended"):
        check_text("a", "x")
    with pytest.raises(FormatInvalid, match="not ended"):
        check_text("", "x")


@pytest.mark.parametrize("character", ["\0", "\t", "\r", "\x1f"], ids=ascii)
def test_control_character_is_refused_with_its_line(character: str) -> None:
    with pytest.raises(FormatInvalid, match="x, line 2: a control character"):
        decode_text(f"a\nb{character}\n".encode(), "x")


def test_bytes_that_are_not_utf_8_are_refused_with_their_place() -> None:
    with pytest.raises(FormatInvalid, match="byte 1 is not UTF-8"):
        decode_text(b"a\xff\n", "x")


def test_text_beyond_all_measure_is_refused_unread() -> None:
    assert decode_text(b"a" * (TEXT_BYTES_MAX - 1) + b"\n", "x")
    with pytest.raises(FormatInvalid, match="more than"):
        decode_text(b"a" * TEXT_BYTES_MAX + b"\n", "x")
