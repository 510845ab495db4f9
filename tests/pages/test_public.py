"""What anybody may read: the start page and the API's reference."""

import re

import httpx
import pytest

from app.pages.public.outline import Outline, Piece, outline_of
from app.pages.rendering import HEADERS
from tests.pages.test_rendering import Outline as Elements
from tests.pages.world import WORDS, Town

STATUS = "/components/schemas/Status"


def of_text(pieces: tuple[Piece, ...]) -> str:
    """A type as it is read."""
    return "".join(one.text for one in pieces)


@pytest.mark.parametrize("path", ["/", "/docs"])
async def test_it_needs_no_key_and_carries_the_headers_of_every_page(town: Town, path: str) -> None:
    before = await town.everything()
    for method in ("GET", "HEAD"):
        response = await town.http.request(method, path)
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        for name, value in HEADERS.items():
            assert response.headers[name] == value
    assert (await town.http.post(path)).status_code == 405
    assert await town.everything() == before


@pytest.mark.parametrize("path", ["/", "/docs"])
async def test_it_is_well_formed_and_loads_nothing_of_others(town: Town, path: str) -> None:
    html = (await town.http.get(path)).text
    elements = Elements(html)
    assert not elements.open
    assert not elements.all("script")
    assert not re.search(r"https?://|<style|\sstyle=|\son[a-z]+=|<form|<input", html)
    for one in elements.all("link"):
        assert (await town.http.get(one["href"] or "")).status_code == 200
    ids = [one["id"] for _, one in elements.elements if "id" in one]
    assert len(ids) == len(set(ids))
    for one in elements.all("a"):
        target = one["href"] or ""
        if target.startswith("#"):
            assert target[1:] in ids
        else:
            assert (await town.http.get(target)).status_code == 200


async def test_the_start_page_says_what_this_is_in_the_readers_language(town: Town) -> None:
    await town.report()
    japanese = await town.see("/")
    for part in ("連絡網", "届いたメッセージの中のリンク", "119に電話", 'href="/docs"'):
        assert part in japanese
    english = await town.see("/", "en")
    for part in ("Open the link in the message", "call 119", 'href="/openapi.json"'):
        assert part in english
    assert '<html lang="en">' in english
    # Nothing of this installation.
    assert not [word for word in WORDS.values() if word in japanese]
    assert town["code"] not in japanese


async def test_the_reference_holds_every_request_of_the_document(town: Town) -> None:
    html = (await town.http.get("/docs")).text
    document = (await town.http.get("/openapi.json")).json()
    for path, methods in document["paths"].items():
        for method in methods:
            assert f"<b>{method.upper()}</b> <code>{path}</code>" in html
    shown = len(re.findall(r"<h3 id=", html))
    requests = sum(len(methods) for methods in document["paths"].values())
    assert shown == requests + len(document["components"]["schemas"])
    # A field with its type, its limits, its default and whether it must be there.
    assert re.search(r"<code>ack_within_seconds</code></th>\s*<td>integer \(1 to 86400\)", html)
    assert "by default <code>180</code>" in html
    assert re.search(r"<code>type</code> <b>required</b>", html)


def document(schema: dict[str, object]) -> Outline:
    """The outline of a document with one request, whose body is of this schema."""
    content = {"application/json": {"schema": schema}}
    return outline_of(
        {
            "info": {"title": "t", "version": "1", "description": "<b>`x`</b>"},
            "paths": {
                "/v1/things/{id}": {
                    "parameters": [],
                    "post": {
                        "tags": ["things"],
                        "summary": "Do.",
                        "requestBody": {"content": content},
                        "responses": {
                            "422": {
                                "description": "Wrong",
                                "content": {"application/problem+json": {"schema": {}}},
                            },
                            "204": {"description": "Done"},
                        },
                    },
                }
            },
            "components": {
                "schemas": {"Status": {"enum": ["a", "b"]}, "Of_T_": {"title": "Of[T]"}}
            },
        }
    )


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({}, "anything"),
        ({"type": "string", "minLength": 1, "maxLength": 9}, "string (1 to 9 characters)"),
        ({"type": "integer", "minimum": 0}, "integer (at least 0)"),
        ({"type": "string", "format": "date-time"}, "string (date-time)"),
        ({"type": "string", "pattern": "^a$"}, "string (^a$)"),
        ({"enum": ["a", 1]}, '"a", 1'),
        ({"const": "日"}, '"日"'),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string or null"),
        # Which fields must be there together is no type.
        ({"type": "object", "anyOf": [{"required": ["a"]}]}, "object"),
        (
            {"type": "array", "items": {"type": "string"}, "maxItems": 3},
            "list of string (at most 3 items)",
        ),
        ({"type": "object", "additionalProperties": {"type": "boolean"}}, "object of boolean"),
        ({"type": "object", "additionalProperties": False}, "object"),
        ({"$ref": f"#{STATUS}"}, "Status"),
        ({"$ref": "#/components/schemas/Of_T_"}, "Of[T]"),
    ],
    ids=range(14),
)
def test_types_are_said_in_words(schema: dict[str, object], expected: str) -> None:
    [operation] = document(schema).subjects[0].operations
    assert operation.body
    assert of_text(operation.body.type) == expected


def test_a_request_is_told_apart_from_its_refusals() -> None:
    outline = document({"$ref": f"#{STATUS}"})
    [subject] = outline.subjects
    [operation] = subject.operations
    assert (subject.name, operation.method, operation.summary) == ("things", "POST", "Do")
    assert [one.status for one in operation.answers] == ["204"]
    assert operation.answers[0].body is None
    assert operation.refusals == ("422",)
    assert not operation.needs_key
    assert operation.body
    assert operation.body.type == (Piece(text="Status", anchor="schema-Status"),)
    assert [one.name for one in outline.schemas] == ["Of[T]", "Status"]


async def test_without_the_viewer_nothing_of_it_is_left(town: Town) -> None:
    for path in ("/docs/oauth2-redirect", "/redoc", "/docs/"):
        assert (await town.http.get(path)).status_code == httpx.codes.NOT_FOUND
