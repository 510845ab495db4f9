import base64
import json
from dataclasses import fields

import pytest
import rfc8785
from hypothesis import given, settings

from app.ledger.entry import Leaf, leaf_bytes, leaf_hash, parse_leaf
from tests.ledger.golden import GOLDEN, GOLDEN_LEAF, members_of
from tests.ledger.stories import any_leaf

# LEDGER.md 2.7, shortened there: without step, round, due and drill.
SHORT_0 = (
    b'{"actor":"system","at":"2026-11-23T03:00:00.000Z","basis":"agreement","cause":"reported",'
    b'"from":null,"incident":"0b9f6c1e-6c1f-4b6b-9c0f-3f1c2a7d5e11","prev":null,"sd":[],"seq":0,'
    b'"to":"h1","type":"opened","v":"responsibility/1"}'
)
SHORT_1 = (
    b'{"actor":"h2","at":"2026-11-23T03:04:12.345Z","basis":"acceptance","cause":"acknowledged",'
    b'"from":"h1","incident":"0b9f6c1e-6c1f-4b6b-9c0f-3f1c2a7d5e11",'
    b'"prev":"85PMmaCU3jcPTt88oHFja47kLP5jPBZhS5Kx0lPFyWQ=",'
    b'"sd":["jmRFYwDMcHx6I83y5O9VyHjNDnzawPacMySZR2X7zsY"],"seq":1,"to":"h2",'
    b'"type":"transferred","v":"responsibility/1"}'
)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (SHORT_0, "85PMmaCU3jcPTt88oHFja47kLP5jPBZhS5Kx0lPFyWQ="),
        (SHORT_1, "w8NHsNq6M/AUOSmyM7Rif1aqVB9ukS4z1dOqx4oDn7M="),
    ],
    ids=["opened", "transferred"],
)
def test_vector_of_the_format_has_its_hash(data: bytes, expected: str) -> None:
    assert base64.b64encode(leaf_hash(data)).decode() == expected


def test_golden_leaf_keeps_its_bytes_and_its_hash() -> None:
    assert leaf_bytes(GOLDEN_LEAF) == GOLDEN
    assert parse_leaf(GOLDEN) == GOLDEN_LEAF
    # Computed with `( printf '\000'; cat leaf ) | sha256sum`, LEDGER.md 2.9.
    assert (
        leaf_hash(GOLDEN).hex()
        == "e715a6f1e977fed727d28f5bee8af11c48438879ab08b9280f582e6c71eea544"
    )


def test_leaf_has_exactly_the_members_of_the_format() -> None:
    names = {field.name.rstrip("_") for field in fields(Leaf)}
    assert names == json.loads(GOLDEN).keys()


@settings(deadline=None)
@given(any_leaf)
def test_any_leaf_is_written_as_rfc8785_writes_it(leaf: Leaf) -> None:
    data = leaf_bytes(leaf)
    assert data == rfc8785.dumps(members_of(leaf))
    assert data == rfc8785.dumps(json.loads(data))


@settings(deadline=None)
@given(any_leaf)
def test_any_leaf_is_read_back_as_it_was_written(leaf: Leaf) -> None:
    assert parse_leaf(leaf_bytes(leaf)) == leaf
