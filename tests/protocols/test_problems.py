"""Refused documents: every problem at once, each at its pointer."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.protocols.protocol import Problem, Protocol, ProtocolInvalid, parse_protocol
from tests.protocols.documents import Document, night, smallest


def read_or_refuse(data: object) -> Protocol | tuple[Problem, ...]:
    try:
        return parse_protocol(data)
    except ProtocolInvalid as refusal:
        return refusal.problems


def problems(data: object) -> list[tuple[str, str]]:
    found = read_or_refuse(data)
    return [] if isinstance(found, Protocol) else [(one.pointer, one.detail) for one in found]


def pointers(data: object) -> list[str]:
    return [pointer for pointer, _ in problems(data)]


# --- all problems at once --------------------------------------------------------------------


def test_an_empty_document_lacks_each_required_member() -> None:
    assert problems({}) == [
        ("/title", "This field is needed."),
        ("/accountable", "This field is needed."),
        ("/variants", "This field is needed."),
    ]


@pytest.mark.parametrize("data", [None, [], "title: x", 7, b"{}", {1: 2}, object()])
def test_what_is_no_document_is_refused_as_a_whole(data: object) -> None:
    assert pointers(data) == [""]


def test_problems_of_members_and_between_members_are_named_together() -> None:
    document = night()
    del document["accountable"]
    document["timezone"] = "Asia/Edo"
    document["approvals"][1]["approved_on"] = "tomorrow"
    steps = document["variants"][0]["steps"]
    steps[0]["ack_within_seconds"] = "180"
    steps[0]["on_decline"] = "nowhere"
    del steps[1]["desk"]
    steps[2]["name"] = "first"
    document["variants"][1]["when"] = {"types": ["flood"]}
    assert sorted(pointers(document)) == [
        "/accountable",
        "/approvals/1/approved_on",
        "/timezone",
        "/variants",
        "/variants/0/steps/0/ack_within_seconds",
        "/variants/0/steps/0/on_decline",
        "/variants/0/steps/1",
        "/variants/0/steps/2/name",
        "/variants/1/when/types/0",
    ]


def test_what_json_cannot_say_hides_nothing_else() -> None:
    document = night()
    document["title"] = "\ud800"
    document["timezone"] = "Asia/Edo"
    document["variants"][0]["steps"][0]["desk"] = object()
    document["variants"][0]["steps"][1] = {"\udfff": 1}
    document["variants"][1]["rounds"] = 11
    assert problems(document) == [
        ("/title", "Must be Unicode text."),
        ("/variants/0/steps/0/desk", "Must be a JSON value."),
        ("/variants/0/steps/1", "The names of an object's members must be Unicode text."),
        ("/timezone", 'Must be the name of a time zone, such as "Asia/Tokyo".'),
        ("/variants/1/rounds", "Must be at most 10."),
    ]


def test_what_could_be_read_comes_with_the_refusal() -> None:
    with pytest.raises(ProtocolInvalid) as refused:
        parse_protocol(smallest(title="\ud800", timezone="x"))
    assert refused.value.document == smallest(title="", timezone="x")


def test_a_list_with_refused_members_is_not_called_too_short() -> None:
    assert pointers(smallest(variants=[7])) == ["/variants/0"]


def test_the_refusal_reads_as_one_sentence_with_pointers() -> None:
    error = ProtocolInvalid([Problem(pointer="/title", detail="This field is needed.")])
    assert str(error) == "/title: This field is needed."


# --- between steps, between variants ---------------------------------------------------------


def steps_of(*steps: Document) -> Document:
    return smallest(variants=[{"name": "全て", "steps": list(steps)}])


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ([{"on_decline": "b"}, {}, {"name": "b"}], []),  # forward, over one step
        ([{"on_decline": " b "}, {"name": "b"}], []),  # names are compared tidied
        ([{"on_decline": "a"}, {"name": "b"}], ["/variants/0/steps/0/on_decline"]),
        ([{"name": "a", "on_decline": "a"}], ["/variants/0/steps/0/on_decline"]),  # itself
        (
            [{"name": "a"}, {"name": "b", "on_decline": "a"}],  # backwards: could run for ever
            ["/variants/0/steps/1/on_decline"],
        ),
        ([{"name": "a"}, {"name": "b"}, {}, {}], []),  # steps without a name do not collide
        ([{"name": "a"}, {"name": "a "}], ["/variants/0/steps/1/name"]),
    ],
)
def test_on_decline_leads_forward_to_a_name_that_is_unique(
    steps: list[Document], found: list[str]
) -> None:
    assert pointers(steps_of(*({"desk": "D"} | step for step in steps))) == found


def test_a_name_of_another_variant_is_no_target() -> None:
    variants = [
        {"name": "夜", "when": {"days": ["sun"]}, "steps": [{"desk": "D", "on_decline": "b"}]},
        {"name": "全て", "steps": [{"desk": "D"}, {"desk": "E", "name": "b"}]},
    ]
    assert pointers(smallest(variants=variants)) == ["/variants/0/steps/0/on_decline"]


def test_without_a_closing_variant_the_protocol_is_refused() -> None:
    variants = [{"name": "夜", "when": {"days": ["sun"]}, "steps": [{"desk": "D"}]}]
    assert pointers(smallest(variants=variants)) == ["/variants"]


def test_only_the_last_variant_may_apply_to_everything() -> None:
    anything = {"name": "全て", "steps": [{"desk": "D"}]}
    assert pointers(smallest(variants=[anything, anything])) == ["/variants/0/when"]


@pytest.mark.parametrize(
    ("variants", "found"),
    [
        ([7], ["/variants/0"]),
        # The number may have been meant for anything.
        ([7, {"name": "全て", "steps": [{"desk": "D"}]}], ["/variants/0"]),
        ([{"name": "夜", "when": 7, "steps": [7]}, 7], ["/variants/0/when", "/variants/0/steps/0",
         "/variants/1"]),
        ([{"when": {"days": ["sun"]}}], ["/variants/0/name", "/variants/0/steps", "/variants"]),
        ([{"when": {"days": ["sun"]}}] * 21, ["/variants"]),
    ],
    ids=range(5),
)  # fmt: skip
def test_the_closing_variant_is_looked_for_among_objects(
    variants: list[object], found: list[str]
) -> None:
    assert pointers(smallest(variants=variants)) == found


# --- any document at all ---------------------------------------------------------------------

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["next", "24h", "D", "2026-11-01", "fall", "\ud800"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


def places(value: object) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) of a document."""
    items: Any = value.items() if isinstance(value, dict) else enumerate(value)  # type: ignore[arg-type]  # a list
    for key, child in items:
        yield value, key
        if isinstance(child, dict | list):
            yield from places(child)


@st.composite
def mutated_documents(draw: st.DrawFn) -> object:
    """A document with one to four members replaced, removed, doubled or added."""
    document = night()
    for _ in range(draw(st.integers(1, 4))):
        container, key = draw(st.sampled_from(list(places(document))))
        match draw(st.sampled_from(["replace", "remove", "add", "double"])):
            case "replace":
                container[key] = draw(json_values)
            case "remove":
                del container[key]
            case "add" if isinstance(container, dict):
                container[draw(st.text())] = draw(json_values)
            case _ if isinstance(container, list):
                container.insert(0, container[key])
    return document


@settings(max_examples=1_000)
@given(mutated_documents())
def test_a_mutated_document_is_read_or_refused_with_pointers_and_nothing_else(
    document: object,
) -> None:
    found = read_or_refuse(document)
    if isinstance(found, Protocol):
        assert parse_protocol(found.document()) == found
        assert len(found.digest()) == 64
    else:
        assert all(one.pointer == "" or one.pointer[0] == "/" for one in found)
        assert all(one.detail.endswith(".") for one in found)
        assert all(one.pointer.encode() is not None for one in found)  # no half surrogates
