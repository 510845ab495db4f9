"""The fast reader against the definition: rfc8785, and the members by their words."""

import base64
import json
import re
from datetime import datetime
from typing import Any

import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.ledger.entry import Basis, Cause, EntryType, Leaf, LeafInvalid, leaf_bytes, parse_leaf
from tests.ledger.golden import GOLDEN, GOLDEN_LEAF, members_of
from tests.ledger.stories import any_leaf
from tests.ledger.test_entry_members import ACCEPTABLE, UNACCEPTABLE


def is_leaf_by_definition(data: bytes) -> bool:
    """RFC 8785 by its library, members by their words; slow, and written apart."""
    try:
        pairs: list[tuple[str, Any]] = json.loads(data.decode(), object_pairs_hook=list)
        members = dict(pairs)
        canonical = len(members) == len(pairs) and rfc8785.dumps(members) == data
        return canonical and members.keys() == json.loads(GOLDEN).keys() and is_typed(members)
    except (ValueError, TypeError, RecursionError):
        return False


def is_typed(members: dict[str, Any]) -> bool:
    def is_text(name: str, pattern: str) -> bool:
        return isinstance(members[name], str) and bool(re.fullmatch(pattern, members[name]))

    def is_count(name: str, least: int) -> bool:
        return type(members[name]) is int and least <= members[name] < 10**15

    def is_instant(name: str) -> bool:
        text = str(members[name])
        at = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z") == text

    def is_base64(text: object, length: int) -> bool:
        try:
            data = base64.b64decode(str(text), validate=True)
        except ValueError:
            return False
        return len(data) == length and base64.b64encode(data).decode() == text

    sd = members["sd"]
    return all(
        (
            members["v"] == "responsibility/1",
            is_text("incident", "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
            is_count("seq", 0),
            members["prev"] is None or is_base64(members["prev"], 32),
            is_instant("at"),
            members["due"] is None or is_instant("due"),
            members["type"] in [*EntryType],
            members["cause"] in [None, *Cause],
            members["basis"] in [None, *Basis],
            all(
                members[name] is None or is_text(name, "h[1-9][0-9]{0,5}")
                for name in ("from", "to")
            ),
            is_text("actor", "system|h[1-9][0-9]{0,5}"),
            all(members[name] is None or is_count(name, 1) for name in ("step", "round")),
            isinstance(sd, list) and sd == sorted(set(sd)),
            all(is_base64(f"{digest}=".translate(str.maketrans("-_", "+/")), 32) for digest in sd),
            type(members["drill"]) is bool,
        )
    )


def is_read(data: bytes) -> bool:
    try:
        return leaf_bytes(parse_leaf(data)) == data
    except LeafInvalid:
        return False


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**16), 10**16)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from([value for _, value in ACCEPTABLE + UNACCEPTABLE]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)


@settings(deadline=None, max_examples=300)
@given(any_leaf, st.sampled_from(sorted(json.loads(GOLDEN))), json_values)
@example(GOLDEN_LEAF, "to", "h7")
def test_reader_agrees_with_the_definition_on_any_value(
    leaf: Leaf, name: str, value: object
) -> None:
    try:
        data = rfc8785.dumps(members_of(leaf) | {name: value})
    except rfc8785.CanonicalizationError:
        return
    assert is_read(data) is is_leaf_by_definition(data)


@settings(deadline=None, max_examples=300)
@given(
    any_leaf,
    st.lists(
        st.tuples(
            st.integers(0, 600),
            st.integers(0, 2),
            st.text(st.sampled_from(' \n\t"\\,:{}[]0123456789abhnu-_.+=ZT'), max_size=3)
            | st.sampled_from(["null", "true", "h1", "\\u0068", "\x7f", "é"]),
        ),
        min_size=1,
        max_size=2,
    ),
)
@example(GOLDEN_LEAF, [(10, 1, "1")])
def test_reader_agrees_with_the_definition_on_any_edit(
    leaf: Leaf, edits: list[tuple[int, int, str]]
) -> None:
    text = leaf_bytes(leaf).decode()
    for place, removed, inserted in edits:
        text = text[:place] + inserted + text[place + removed :]
    data = text.encode()
    assert is_read(data) is is_leaf_by_definition(data)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_reader_meets_any_bytes_with_a_leaf_or_a_refusal(data: bytes) -> None:
    assert is_read(data) is is_leaf_by_definition(data)
