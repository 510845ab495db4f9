"""Whatever is wrong with a request is said in our words: none of a library ever leaves."""

import json
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from fastapi._compat import ModelField
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from app.commands.acts import ACTS
from app.problems import ERRORS_MAX, body_errors
from app.problems.fields import request_errors
from app.protocols.protocol import Protocol
from app.protocols.wording import OTHERWISE, SENTENCES, sentence
from app.routes.all import routers
from app.routes.incidents import ReportBody
from tests.routes.world import Api, Json, World

DEEP: object = json.loads("[" * 300 + "]" * 300)
BAD: list[object] = [
    *(None, True, False, 0, -1, 7, 1.5, 1e300, 10**30, 10**4200),
    *("", " ", "x", "0", "no", "1.5", "9" * 5000, "あ" * 201, "x" * 5000, "a b", "soon"),
    *("a\nb", "a\x1bb", "a\u202eb", "\ud800", "2026-11-01", "2026-02-30", "2026-11-01T00:00:00"),
    *("1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-11-01T00:00:00+99:00", "24h"),
    *([], [[]], {}, {"": ""}, {"x y": {}}, [None] * 60, ["x"] * 60, ["25:00-26:00"], DEEP),
    *({f"x{number}": "1" for number in range(60)}, {"\x1b": 1}),
]
OF_LIBRARIES = ("Input", "String", "Value error", "Assertion", "should", "Field", "Extra", "Unable")


def fields_of(dependant: Dependant) -> Iterator[tuple[str, ModelField]]:
    for place in ("query", "path", "header"):
        for field in getattr(dependant, f"{place}_params"):
            yield place, field
    for one in dependant.dependencies:
        yield from fields_of(one)


def request_fields() -> Iterator[tuple[str, ModelField]]:
    """Every part of every request: where it is, and how it is validated."""
    for router in routers():
        for route in router.routes:
            assert isinstance(route, APIRoute)
            yield from fields_of(route.dependant)
            if route.body_field is not None:
                yield "body", route.body_field


def models_in(annotation: object) -> Iterator[type[BaseModel]]:
    """The models that a type is made of, those within models too."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from models_in(field.annotation)
    for one in get_args(annotation):
        yield from models_in(one)


def names_of(*models: type[BaseModel]) -> list[str]:
    return [field.alias or name for one in models for name, field in one.model_fields.items()]


MODELS: set[type[BaseModel]] = {
    model
    for annotation in (
        *(field.field_info.annotation for _, field in request_fields()),
        *(*ACTS.values(), ReportBody, Protocol),
    )
    for model in models_in(annotation)
}
NAMES = sorted({name for model in MODELS for name in names_of(model)})


def wrong_values(model: type[BaseModel]) -> Iterator[object]:
    """Each bad value: as the whole, as every member, and in every member of a part."""
    parts = [one for one in models_in(model) if one is not model]
    inner = names_of(*parts)
    for bad in BAD:
        yield bad
        yield dict.fromkeys(names_of(model), bad) | {"no such field": bad}
        yield {name: [bad] for name in names_of(model)}
        yield {name: dict.fromkeys(inner, bad) for name in names_of(model)}
        yield {name: [dict.fromkeys(inner, bad)] for name in names_of(model)}
        yield {name: [{key: [dict.fromkeys(inner, bad)] for key in inner}] for name in NAMES}


def require_plain(detail: str, why: object) -> None:
    assert detail != OTHERWISE, why
    assert detail.endswith("."), why
    assert not any(word in detail for word in OF_LIBRARIES), (detail, why)


def require_there(pointer: str, data: object, why: object) -> None:
    """A pointer leads to what is there, or to what is missing in an object that is."""
    parts = [one.replace("~1", "/").replace("~0", "~") for one in pointer.split("/")[1:]]
    here: Any = data
    for part in parts[:-1]:
        here = here[int(part)] if isinstance(here, list) else here[part]
    if parts:
        assert isinstance(here, dict) or int(parts[-1]) < len(here), (pointer, why)


def require_plain_errors(model: type[BaseModel], value: object) -> int:
    """How many errors there are; each is in our words, and where it says."""
    try:
        model.model_validate(value)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        for one in errors:
            require_plain(sentence(one), (one["type"], one["msg"]))
        for named in body_errors(errors, value):
            require_there(named.pointer, value, named)
        return len(errors)
    return 0


def name_of(model: type[BaseModel]) -> str:
    return model.__name__


def test_there_are_models_of_every_kind() -> None:
    names = {one.__name__ for one in MODELS}
    assert {"ReportBody", "BatchBody", "NewClient", "FamilyContact", "IncidentQuery"} <= names
    assert {"Protocol", "Step", "ResolveBody", "ChangedParty", "IntervalQuery"} <= names


IN_ORDER: list[type[BaseModel]] = sorted(MODELS, key=name_of)


@pytest.mark.parametrize("model", IN_ORDER, ids=name_of)
def test_each_bad_value_of_each_field_is_said_in_our_words(model: type[BaseModel]) -> None:
    refused = [value for value in wrong_values(model) if require_plain_errors(model, value)]
    assert len(refused) > 100


json_values = st.recursive(
    st.sampled_from(BAD) | st.text() | st.integers() | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.data())
def test_any_bad_value_is_said_in_our_words(data: st.DataObject) -> None:
    model = data.draw(st.sampled_from(IN_ORDER))
    value = {name: data.draw(json_values) for name in names_of(model)}
    assert require_plain_errors(model, value | {"no such field": 1}) > 0


def test_each_bad_parameter_and_header_is_said_in_our_words() -> None:
    for place, field in request_fields():
        for bad in (*BAD, *(dict.fromkeys(NAMES, one) for one in BAD)):
            _, errors = field.validate(bad, {}, loc=(place, field.alias))
            for named in request_errors(errors or [], None):
                require_plain(named.detail, (place, field.name, bad))


async def test_refusals_that_leave_are_in_our_words(api: Api, world: World) -> None:
    protocol = f"/v1/clients/{world['client']}/protocol"
    no_object = ("", "The body must be a JSON object.")
    needed = "This field is needed."
    kinds = "municipality, support_centre, provider, medical, volunteer_group, family, operator"
    rows: list[tuple[str, str, object, list[tuple[str, str]]]] = [
        ("POST", "/v1/organisations", {}, [("/name", needed), ("/kind", needed)]),
        ("POST", "/v1/organisations", [], [no_object]),
        ("POST", "/v1/organisations", None, [no_object]),
        (
            "POST",
            "/v1/organisations",
            {"name": "x", "kind": "x", "x": 1},
            [("/kind", f"Must be one of: {kinds}."), ("/x", "There is no such field.")],
        ),
        (
            "POST",
            "/v1/incidents",
            {"type": "fall", "client_id": "x", "occurred_at": "soon"},
            [("/occurred_at", SENTENCES["datetime_parsing"])],
        ),
        ("GET", "/v1/parties?limit=501", None, [("/limit", "Must be at most 500.")]),
        ("GET", "/v1/parties?limit=x", None, [("/limit", "Must be a whole number.")]),
        ("GET", "/v1/parties?x=1", None, [("/x", "There is no such field.")]),
        ("GET", f"{protocol}/versions/0", None, [("/number", "Must be at least 1.")]),
        (
            "POST",
            "/v1/clients",
            {
                "name": "x",
                "municipality_id": world["a"],
                "external_refs": {"": "1"},
                "phones": ["home"],
            },
            [
                (
                    "/phones/0",
                    "Must be a telephone number: digits, with spaces, hyphens and brackets.",
                ),
                ("/external_refs/", "Must not be empty."),
            ],
        ),
    ]  # fmt: skip
    for method, path, body, errors in rows:
        content = b"null" if body is None and method == "POST" else None
        response = await api.call(
            method, path, body, content=content, headers={"Content-Type": "application/json"}
        )
        assert response.status_code == 422, (path, body)
        found = [(one["pointer"], one["detail"]) for one in response.json()["errors"]]
        assert found == errors, (path, body)


async def test_what_is_nested_too_deeply_is_said_to_be(api: Api) -> None:
    body = {"type": "fall", "client_id": "x", "details": DEEP}
    [error] = (await api.call("POST", "/v1/incidents", body)).json()["errors"]
    assert error["pointer"].startswith("/details/0/0/0")
    assert error["detail"] == "Is nested too deeply."


async def test_a_wrong_key_for_repeating_is_said_in_our_words(api: Api) -> None:
    headers = {"Idempotency-Key": "a b"}
    response = await api.call("POST", "/v1/organisations", {}, headers=headers)
    [error, *_] = response.json()["errors"]
    assert error == {
        "pointer": "/Idempotency-Key",
        "detail": "Must be visible ASCII characters, without spaces.",
        "in": "header",
    }


async def test_at_most_a_hundred_errors_are_named(api: Api) -> None:
    body: Json = {f"x{number}": 1 for number in range(200)}
    response = await api.call("POST", "/v1/organisations", body)
    assert len(response.json()["errors"]) == ERRORS_MAX == 100
