"""What pydantic finds wrong is said in our words, at the pointer where it is."""

from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError
from pydantic_core import core_schema

from app.protocols.wording import OTHERWISE, PROBLEM, SENTENCES, place, sentence
from tests.protocols.documents import night

CONTEXT = {"min_length": 2, "max_length": 3, "ge": 4, "le": 5, "expected": "'a', 'b' or 'c'"}


def test_the_table_knows_only_what_pydantic_does_and_speaks_in_sentences() -> None:
    assert SENTENCES.keys() <= set(get_args(core_schema.ErrorType))
    for name in SENTENCES:
        said = sentence({"type": name, "ctx": CONTEXT, "msg": "Input should be x"})
        assert said[0].isupper(), name
        assert said.endswith("."), name
        assert "{" not in said, name
        assert "Input" not in said, name


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ({"type": "missing"}, "This field is needed."),
        ({"type": "extra_forbidden"}, "There is no such field."),
        ({"type": "enum", "ctx": CONTEXT}, "Must be one of: a, b, c."),
        ({"type": "enum", "ctx": {"expected": "'a'"}}, "Must be one of: a."),
        ({"type": "less_than_equal", "ctx": CONTEXT}, "Must be at most 5."),
        ({"type": PROBLEM, "ctx": {"detail": "Ours {ge}."}}, "Ours {ge}."),
        ({"type": "value_error", "ctx": {"error": ValueError("Ours {ge}.")}}, "Ours {ge}."),
        # A codec's, which quotes what it could not read.
        (
            {"type": "value_error", "ctx": {"error": UnicodeEncodeError("x", "x", 0, 1, "x")}},
            OTHERWISE,
        ),
        ({"type": "assertion_error", "ctx": {"error": AssertionError("x")}}, OTHERWISE),
        ({"type": "url_parsing", "msg": "Input should be a valid URL"}, OTHERWISE),
    ],
    ids=range(10),
)
def test_an_error_is_said_in_our_words(error: dict[str, Any], said: str) -> None:
    assert sentence({"msg": "Input should be x"} | error) == said


class Odd(BaseModel):
    """What pydantic's locations say more of than the data have."""

    names: dict[str, list[int] | str] = {}
    other: int = 0


@pytest.mark.parametrize(
    ("data", "places"),
    [
        ({"other": "x"}, [("other",)]),
        ({"names": {"a": [1, "x"]}}, [("names", "a", 1), ("names", "a")]),
        ({"names": {"a": 7}}, [("names", "a"), ("names", "a")]),
        ({"names": 7}, [("names",)]),
    ],
    ids=range(4),
)
def test_a_place_is_one_that_the_data_have(
    data: dict[str, Any], places: list[tuple[int | str, ...]]
) -> None:
    with pytest.raises(ValidationError) as refused:
        Odd.model_validate(data)
    assert [tuple(place(one["loc"], data)) for one in refused.value.errors()] == places


def test_the_place_of_a_single_value_that_stands_for_a_list_has_no_index() -> None:
    document = night()
    where = ("variants", 0, "when", 0, "days", 0)
    assert tuple(place(where, document)) == ("variants", 0, "when", "days", 0)
    assert tuple(place(("names", "a", "[key]"), {"names": {"a": 1}})) == ("names", "a")
    assert tuple(place(("nothing",), document)) == ("nothing",)
