import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import rfc8785

from app.ledger.entry import LEAF_BYTES_MAX, Leaf, LeafInvalid, leaf_bytes, parse_leaf
from tests.ledger.golden import D1, D2, GOLDEN, GOLDEN_LEAF, members_of

UUID = "0b9f6c1e-6c1f-4b6b-9c0f-3f1c2a7d5e11"
ACCEPTABLE: list[tuple[str, object]] = [
    ("seq", 0),  # the first
    ("seq", 999_999_999_999_999),  # the greatest
    ("prev", None),  # none before
    ("at", "0001-01-01T00:00:00.000Z"),  # the first instant of all
    ("at", "9999-12-31T23:59:59.999Z"),  # the last
    ("at", "2028-02-29T00:00:00.000Z"),  # a leap day
    ("type", "key_rotated"),
    ("cause", None),
    ("cause", "restricted"),
    ("basis", None),
    ("from", None),
    ("to", None),
    ("to", "h999999"),  # the longest pseudonym
    ("actor", "system"),
    ("step", None),
    ("step", 1),
    ("round", None),
    ("due", None),
    ("sd", []),
    ("sd", [D1, D2]),  # ascending
    ("drill", True),
]
UNACCEPTABLE: list[tuple[str, object]] = [
    ("v", "responsibility/2"),  # a later version
    ("v", None),
    ("incident", UUID.upper()),  # capitals
    ("incident", UUID.replace("-", "")),
    ("incident", "看護師 佐藤"),  # a name
    ("incident", None),
    ("seq", -1),
    ("seq", 10**15),  # too many digits
    ("seq", "1"),
    ("seq", True),  # a boolean is no number
    ("seq", None),
    ("prev", "85PMmaCU3jcPTt88oHFja47kLP5jPBZhS5Kx0lPFyWQ"),  # no padding
    ("prev", "85PMmaCU3jcPTt88oHFja47kLP5jPBZhS5Kx0lPFyWR="),  # bits beyond the 32 bytes
    ("prev", "85PMmaCU3jcPTt88oHFja47kLP5jPBZhS5Kx0lPFy_Q="),  # the other alphabet
    ("prev", "YQ=="),  # too short
    ("prev", 0),
    ("at", None),
    ("at", "2026-11-23T03:00:00Z"),  # no decimals
    ("at", "2026-11-23T03:00:00.0000Z"),  # too many
    ("at", "2026-11-23T03:00:00.000+00:00"),  # not Z
    ("at", "2026-11-23T12:00:00.000+09:00"),  # not UTC
    ("at", "2026-11-23 03:00:00.000Z"),  # no T
    ("at", "2026-02-29T03:00:00.000Z"),  # no leap year
    ("at", "2026-11-23T24:00:00.000Z"),
    ("at", "2026-11-23T03:00:60.000Z"),  # a leap second
    ("at", "0000-01-01T00:00:00.000Z"),
    ("at", 1_795_402_800_000),
    ("type", "opened "),
    ("type", "reopened"),  # no such entry
    ("type", None),
    ("cause", "because"),
    ("cause", ""),
    ("basis", "page"),  # being paged makes nobody responsible
    ("from", "system"),  # the system never holds
    ("to", "system"),
    ("to", "h0"),
    ("to", "h01"),
    ("to", "h1000000"),
    ("to", "0193570e-6b1e-7c1a-8f10-2a3b4c5d6e7f"),  # the party itself
    ("to", "佐藤"),  # a name
    ("to", ""),
    ("actor", None),  # somebody acted, if only the system
    ("step", 0),  # steps and rounds count from 1
    ("step", 1.5),
    ("round", 0),
    ("round", "1"),
    ("due", "soon"),
    ("due", "2026-02-30T03:00:00.000Z"),
    ("sd", None),
    ("sd", [D2, D1]),  # descending
    ("sd", [D1, D1]),  # twice
    ("sd", [D1[:-1]]),  # too short
    ("sd", [D1 + "="]),  # padded
    ("sd", [1]),
    ("sd", {}),
    ("drill", None),
    ("drill", 0),
    ("drill", "false"),
]


def with_member(name: str, value: object) -> bytes:
    return rfc8785.dumps(json.loads(GOLDEN) | {name: value})


@pytest.mark.parametrize(("name", "value"), ACCEPTABLE)
def test_acceptable_member_is_read(name: str, value: object) -> None:
    data = with_member(name, value)
    assert leaf_bytes(parse_leaf(data)) == data


@pytest.mark.parametrize(("name", "value"), UNACCEPTABLE)
def test_unacceptable_member_is_refused_by_its_pointer(name: str, value: object) -> None:
    with pytest.raises(LeafInvalid, match=f"^/{name}: "):
        parse_leaf(with_member(name, value))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[]", "not a JSON object"),
        (b"null", "not a JSON object"),
        # Deeper than any reader follows.
        (b"[" * 60_000, "nested too deeply"),
        # A number longer than Python reads.
        (b"9" * 60_000, "not JSON"),
        # The encodings that json.loads would guess.
        (GOLDEN.decode().encode("utf-16"), "not UTF-8"),
        (b"\xef\xbb\xbf" + GOLDEN, "not JSON"),
        (GOLDEN.replace(b"h2", "ｈ２".encode()), "^/actor"),
        # The same value, not the canonical bytes.
        (GOLDEN + b"\n", "canonical"),
        (b" " + GOLDEN, "canonical"),
        (GOLDEN.replace(b":", b": "), "^/at: "),
        (GOLDEN.replace(b'"seq":1', b'"seq":1.0'), "/seq"),
        (GOLDEN.replace(b'"seq":1', b'"seq":1e0'), "/seq"),
        (GOLDEN.replace(b'"seq":1', b'"seq":-0'), "canonical"),
        (GOLDEN.replace(b'"to":"h2"', b'"to":"\\u00682"'), "canonical"),
        (GOLDEN.replace(b"responsibility/1", b"responsibility\\/1"), "canonical"),
        (json.dumps(json.loads(GOLDEN), sort_keys=True).encode(), "canonical"),
        (rfc8785.dumps(json.loads(GOLDEN))[:-1] + b",}", "not JSON"),
        # Members in another order.
        (
            json.dumps(dict(reversed(json.loads(GOLDEN).items())), separators=(",", ":")).encode(),
            "canonical",
        ),
        # A member twice, with one value and with two.
        (GOLDEN.replace(b'"seq":1,', b'"seq":1,"seq":1,'), "repeated"),
        (GOLDEN.replace(b'"seq":1,', b'"seq":0,"seq":1,'), "repeated"),
        # A member too few, a member too many.
        (GOLDEN.replace(b'"drill":false,', b""), "/drill: missing"),
        (with_member("name", "x"), "/name: no such member"),
        (with_member("\ud7ff", "x").replace("\ud7ff".encode(), b"\\n"), r"^/\\n: no such member"),
        (b"{}", "/actor: missing"),
        # An object where a text belongs.
        (with_member("to", {"h": 1}), "^/to: "),
    ],
)
def test_other_bytes_are_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(LeafInvalid, match=reason):
        parse_leaf(data)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"at": datetime(2026, 11, 23, 3, 0, 0, 1, tzinfo=UTC)}, "/at"),  # a microsecond
        ({"at": GOLDEN_LEAF.at.replace(tzinfo=None)}, "/at"),  # a naive instant
        ({"at": datetime(2026, 11, 23, 3, 0, tzinfo=timezone(timedelta(hours=9)))}, "/at"),
        ({"due": datetime(2026, 11, 23, 3, 0, 0, 999, tzinfo=UTC)}, "/due"),
        ({"prev": b"short"}, "/prev"),
        ({"to": "0193570e-6b1e-7c1a-8f10-2a3b4c5d6e7f"}, "/to"),  # the party's id
        ({"to": "佐藤"}, "/to"),
        ({"to": 'h1","type":"closed'}, "/to"),  # a text that would write members of its own
        ({"actor": "\ud800"}, "/actor"),  # no Unicode at all
        ({"sd": (D2, D1)}, "/sd"),
        ({"sd": (f'{D1}","{D2}',)}, "/sd"),
        ({"seq": -1}, "/seq"),
        ({"seq": 10**15}, "/seq"),
        ({"cause": "because"}, "/cause"),
        ({"v": "responsibility/0"}, "/v"),
    ],
)
def test_value_outside_the_format_is_never_written(changes: dict[str, Any], pointer: str) -> None:
    with pytest.raises(LeafInvalid, match=f"^{pointer}: "):
        leaf_bytes(replace(GOLDEN_LEAF, **changes))


def test_utc_under_another_name_is_written_as_utc() -> None:
    at = GOLDEN_LEAF.at.astimezone(timezone(timedelta(0), "GMT"))
    assert leaf_bytes(replace(GOLDEN_LEAF, at=at)) == GOLDEN


def test_refusal_shows_no_value() -> None:
    with pytest.raises(LeafInvalid) as refusal:
        leaf_bytes(replace(GOLDEN_LEAF, to="佐藤 花子"))
    assert "佐藤" not in str(refusal.value)


def leaf_of_length(length: int) -> Leaf:
    """A leaf of that many bytes: digests of 46 each, and longer numbers for what is left."""
    shortest = len(rfc8785.dumps(members_of(replace(GOLDEN_LEAF, sd=()))))
    count, left = divmod(length - shortest + 1, len(f'"{D1}",'))
    digests = sorted(
        base64.urlsafe_b64encode(number.to_bytes(32, "big")).rstrip(b"=").decode()
        for number in range(count)
    )
    numbers = {}
    for name in ("seq", "step", "round"):
        numbers[name] = 10 ** min(left, 14)
        left -= min(left, 14)
    return replace(GOLDEN_LEAF, sd=tuple(digests), to=f"h{10**left}", **numbers)


def test_longest_leaf_is_kept_and_one_byte_more_is_refused() -> None:
    longest = leaf_of_length(LEAF_BYTES_MAX)
    assert len(leaf_bytes(longest)) == 65_535
    assert parse_leaf(leaf_bytes(longest)) == longest
    too_long = leaf_of_length(LEAF_BYTES_MAX + 1)
    with pytest.raises(LeafInvalid, match="65,536 bytes, at most 65,535"):
        leaf_bytes(too_long)
    with pytest.raises(LeafInvalid, match="65,536 bytes, at most 65,535"):
        parse_leaf(rfc8785.dumps(members_of(too_long)))
