"""The published JSON Schema: what it takes, and that it refuses nothing that the parser takes."""

import json
from copy import deepcopy
from random import Random  # noqa: TID251  # seeded by Hypothesis
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.protocols.authoring.labels import MEMBERS
from app.protocols.authoring.schema import DIALECT, protocol_schema
from app.protocols.authoring.template import fill
from app.protocols.problems import ProtocolInvalid
from app.protocols.protocol import parse_protocol
from app.templates.reading import read_templates
from tests.protocols.documents import Document, night, smallest, with_step, with_when

ADDRESS = "http://renrakumo.test/v1/schemas/protocol.json"
SCHEMA = protocol_schema(ADDRESS)
VALIDATOR = jsonschema_rs.Draft202012Validator(SCHEMA)
TEMPLATES = sorted(read_templates().values(), key=lambda one: one.name)
# What a mutation puts in the place of a value.
STRANGE: tuple[Any, ...] = (
    *(None, True, 0, 1, 60, 86_401, -1, 1.5, 60.0, "", " ", "next", "D", "fall", "24h", "mon"),
    *("2026-11-01", "18:00-08:30", "25:00-26:00", "Asia/Tokyo", "  padded  ", "x" * 201),
    *(" " * 150 + "x" * 60, [], ["fall"], ["D"] * 21, {}, {"desk": "D"}, {"types": ["fall"]}),
)


def places(node: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401  # JSON
    """The paths of all values in a document but itself."""
    items = list(
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    found = [(*here, key) for key, _ in items]
    return found + [path for key, value in items for path in places(value, (*here, key))]


def mutated(document: Document, dice: Random) -> Document:
    """The document with one to three changes: a value replaced, taken away, or a member added."""
    changed = deepcopy(document)
    for _ in range(dice.randint(1, 3)):
        path = dice.choice(places(changed) or [("title",)])
        parent: Any = changed
        for key in path[:-1]:
            parent = parent[key]
        act = dice.randrange(4)
        if act == 0 and isinstance(parent, dict):
            del parent[path[-1]]
        elif act == 1 and isinstance(parent, dict):
            parent[dice.choice([*MEMBERS, "unknown"])] = deepcopy(dice.choice(STRANGE))
        else:
            parent[path[-1]] = deepcopy(dice.choice(STRANGE))
    return changed


def parses(document: Document) -> bool:
    try:
        parse_protocol(document)
    except ProtocolInvalid:
        return False
    return True


def test_it_says_which_schema_it_is_and_is_one() -> None:
    assert (SCHEMA["$schema"], SCHEMA["$id"]) == (DIALECT, ADDRESS)
    jsonschema_rs.meta.validate(SCHEMA)


def test_members_are_called_what_people_call_them_and_some_are_explained() -> None:
    step = SCHEMA["$defs"]["Step"]["properties"]
    assert step["ack_within_seconds"]["title"] == "応答期限 / time to answer"
    assert step["on_decline"]["description"].startswith("`next`, or the name of a later step")
    assert "parse_protocol" not in json.dumps(SCHEMA)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.name)
def test_each_template_filled_is_valid(template: Any) -> None:  # noqa: ANN401  # a table's column
    filled = fill(template, dict.fromkeys(template.roles, "D"))
    VALIDATOR.validate(filled.document)


@pytest.mark.parametrize(
    "document",
    [
        night(),
        parse_protocol(night()).document(),
        smallest(),
        with_step(on_decline="next", remind_every_seconds=None),
        with_when([{"days": ["sat"]}, {"hours": ["22:00-06:00"]}]),
        # Longer than 200 characters, but not when the space around it is taken away.
        smallest(title=" " * 150 + "x" * 200),
    ],
    ids=["all members", "normal form", "smallest", "nulls", "two conditions", "padded"],
)
def test_what_the_parser_takes_is_valid(document: Document) -> None:
    assert parses(document)
    VALIDATOR.validate(document)


@pytest.mark.parametrize(
    "document",
    [
        smallest(unknown=1),
        smallest(accountable=""),
        smallest(variants=[]),
        with_step(ack_within_seconds=0),
        with_step(ack_within_seconds=86_401),
        with_when({"types": ["earthquake"]}),
        with_when({"hours": "9-17"}),
        {"title": "x"},
    ],
    ids=["unknown", "no id", "no variant", "0 s", "over a day", "no type", "no hours", "missing"],
)
def test_what_is_plainly_wrong_is_refused_by_both(document: Document) -> None:
    assert not VALIDATOR.is_valid(document)
    assert not parses(document)


@settings(max_examples=400)
@given(seed=st.integers(0), begin=st.sampled_from(("night", "smallest", *range(len(TEMPLATES)))))
def test_what_it_refuses_the_parser_refuses_too(seed: int, begin: str | int) -> None:
    known = {"night": night, "smallest": smallest}
    document = (
        known[begin]()
        if isinstance(begin, str)
        else fill(TEMPLATES[begin], dict.fromkeys(TEMPLATES[begin].roles, "D")).document
    )
    changed = mutated(document, Random(seed))  # noqa: S311
    assert VALIDATOR.is_valid(changed) or not parses(changed)
