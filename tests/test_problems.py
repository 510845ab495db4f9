"""Every error leaves in the one shape, whoever it comes from."""

import asyncio
import importlib
import inspect
import json
import pkgutil
from collections.abc import AsyncIterator, Iterator
from typing import Annotated

import httpx
import pytest
from fastapi import FastAPI, Header, Request
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.testing import capture_logs

import app
from app import auth
from app.database import CommitUnknownError, ConstraintError, DatabaseError
from app.installation.answer import FieldError, FieldsInvalid, Refusal
from app.problems import PROBLEMS, install_problems, response_of
from app.problems.answering import BODY_BYTES_MAX, BodyLimit
from app.problems.table import OF_STATUS, kind_of_status

KIB = 1024
SECRET = "佐藤 花子"


class Body(BaseModel):
    """A body with one field."""

    model_config = ConfigDict(extra="forbid")

    number: int


class OddRefusal(Refusal):
    """The state does not allow this."""


class Outer:
    """A middleware that fails by itself, and wraps what fails below in a group."""

    def __init__(self, site: ASGIApp) -> None:
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/outer":
            raise RuntimeError(SECRET)

        async def grouped() -> Message:
            try:
                return await receive()
            except Exception as error:
                raise ExceptionGroup("of one", [error]) from error

        wraps = scope["path"] == "/raw"
        await self._site(scope, grouped if wraps else receive, send)


def make_app() -> FastAPI:
    site = FastAPI(redirect_slashes=False)

    @site.get("/things/{number}")
    async def read(number: int, limit: int = 1) -> int:
        return number + limit

    @site.delete("/things/{number}")
    async def remove(number: int, if_match: Annotated[int, Header()]) -> int:
        return number + if_match

    @site.post("/things")
    async def make(body: Body) -> Body:
        return body

    @site.post("/raw")
    @site.post("/v1/incidents/batch")
    async def raw(request: Request) -> int:
        return len(await request.body())

    @site.get("/fail/{name}")
    async def fail(name: str) -> None:
        errors = {
            "bug": RuntimeError(SECRET),
            "database": DatabaseError(SECRET),
            "commit": CommitUnknownError(SECRET),
            "constraint": ConstraintError(SECRET),
            "odd": OddRefusal(
                errors=[FieldError(pointer="/a", detail="b", place="query")],
                members={"holder": "x", "status": 1},
            ),
            "unwritable": FieldsInvalid(errors=[FieldError(pointer="/\ud800", detail="x")]),
            "teapot": HTTPException(418, "I am one.", {"X-Pot": "tea"}),
            "gone": HTTPException(410),
        }
        raise errors[name]

    @site.get("/half")
    async def half() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            yield b"begun"
            raise RuntimeError(SECRET)

        return StreamingResponse(parts())

    site.add_middleware(Outer)
    install_problems(site)
    return site


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """A caller of a small application."""
    transport = httpx.ASGITransport(make_app(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as http:
        yield http


def problem(response: httpx.Response, status: int, slug: str) -> dict[str, object]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, object] = response.json()
    assert document.keys() >= {"type", "title", "status", "detail", "errors"}
    assert document["type"] == f"urn:renrakumo:problem:{slug}"
    assert document["status"] == status
    assert document["title"]
    assert document["detail"]
    assert SECRET not in response.text
    return document


async def test_what_is_not_there_is_404(http: httpx.AsyncClient) -> None:
    for path in ("/", "/nothing", "/things/1/", "//things", "/%00"):
        assert problem(await http.get(path), 404, "not-found")["errors"] == []


async def test_a_wrong_method_is_405_and_names_all_that_are_allowed(
    http: httpx.AsyncClient,
) -> None:
    response = await http.patch("/things/1")
    problem(response, 405, "method-not-allowed")
    assert response.headers["allow"] == "GET, DELETE"
    response = await http.put("/things")
    assert response.headers["allow"] == "POST"


async def test_wrong_fields_are_named_with_their_place(http: httpx.AsyncClient) -> None:
    def errors(response: httpx.Response) -> list[dict[str, str]]:
        found = problem(response, 422, "fields-invalid")["errors"]
        assert isinstance(found, list)
        assert all(one.pop("detail") for one in found)
        return found

    assert errors(await http.get("/things/x?limit=y")) == [
        {"pointer": "/number", "in": "path"},
        {"pointer": "/limit", "in": "query"},
    ]
    response = await http.delete("/things/1", headers={"If-Match": "x"})
    assert errors(response) == [{"pointer": "/if-match", "in": "header"}]
    assert errors(await http.delete("/things/1")) == [{"pointer": "/if-match", "in": "header"}]
    response = await http.post("/things", json={"number": "x", "a/b~": 1})
    assert errors(response) == [{"pointer": "/number"}, {"pointer": "/a~1b~0"}]
    json_type = {"Content-Type": "application/json"}
    for content in (b"{", b"", b"[]", b"null"):
        response = await http.post("/things", content=content, headers=json_type)
        assert errors(response) == [{"pointer": ""}], content
    # A name that no encoding can write is still shown.
    assert errors(await http.get("/fail/unwritable")) == [{"pointer": "/\ud800"}]


async def test_at_most_a_hundred_wrong_fields_are_named(http: httpx.AsyncClient) -> None:
    response = await http.post("/things", json={f"x{number}": 1 for number in range(200)})
    errors = problem(response, 422, "fields-invalid")["errors"]
    assert isinstance(errors, list)
    assert len(errors) == 100


async def test_what_nobody_expected_is_500_and_tells_nothing(http: httpx.AsyncClient) -> None:
    for path in ("/fail/bug", "/outer"):
        with capture_logs() as logs:
            problem(await http.get(path), 500, "internal")
        (entry,) = logs
        assert entry["event"] == "request_failed"
        assert entry["error"] == "RuntimeError"
        assert SECRET not in str(entry)
        assert entry["where"][-1].startswith("test_problems.py:")
        assert entry["method"] == "GET"


async def test_an_answer_that_breaks_off_is_logged_and_not_completed() -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return await asyncio.Future()  # the caller stays, and says nothing more

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/half",
        "raw_path": b"/half",
        "root_path": "",
        "query_string": b"",
        "headers": [],
        "http_version": "1.1",
        "scheme": "http",
        "server": ("x", 80),
        "client": ("y", 1),
    }
    with capture_logs() as logs, pytest.raises(Exception) as caught:  # noqa: PT011 - any kind
        await make_app()(scope, receive, send)
    assert SECRET not in str(caught.value)
    assert any(entry["event"] == "request_failed" for entry in logs)
    assert sent[0]["status"] == 200
    assert not any(
        message["type"] == "http.response.body" and not message.get("more_body") for message in sent
    )


async def test_a_database_that_fails_is_503_and_may_be_asked_again(
    http: httpx.AsyncClient,
) -> None:
    for name in ("database", "commit"):
        with capture_logs() as logs:
            response = await http.get(f"/fail/{name}")
        problem(response, 503, "database-unavailable")
        assert int(response.headers["retry-after"]) > 0
        assert logs[0]["event"] == "request_failed"
        assert SECRET not in str(logs)


async def test_a_race_that_was_lost_is_409(http: httpx.AsyncClient) -> None:
    problem(await http.get("/fail/constraint"), 409, "conflict")


async def test_the_servers_own_statuses_have_the_shape_too(http: httpx.AsyncClient) -> None:
    response = await http.get("/fail/teapot")
    assert problem(response, 418, "i'm-a-teapot")["detail"] == "I am one."
    assert response.headers["x-pot"] == "tea"
    problem(await http.get("/fail/gone"), 410, "gone")


async def test_a_refusal_carries_its_errors_and_members(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # A refusal without a row is a fault of ours: it must not pass for an answer.
    status, document = response_of(OddRefusal())
    assert (status, document["detail"]) == (500, OF_STATUS[500].detail)
    table = "app.problems.table.PROBLEMS"
    monkeypatch.setattr(table, {**PROBLEMS, OddRefusal: kind_of_status(409)})
    error = FieldError(pointer="/a", detail="b", place="query")
    status, document = response_of(OddRefusal(errors=[error], members={"holder": "x", "status": 1}))
    assert status == 409
    assert document == {
        "holder": "x",
        "status": 409,  # never hidden by a member
        "type": "urn:renrakumo:problem:conflict",
        "title": "Conflict",
        "detail": "The state does not allow this.",
        "errors": [{"pointer": "/a", "detail": "b", "in": "query"}],
    }


# --- the size of bodies ------------------------------------------------------------------------


def chunks(total: int) -> AsyncIterator[bytes]:
    async def made() -> AsyncIterator[bytes]:
        for begin in range(0, total, 16 * KIB):
            yield b"x" * min(16 * KIB, total - begin)

    return made()


@pytest.mark.parametrize(
    ("path", "limit"), [("/raw", 256 * KIB), ("/v1/incidents/batch", 4096 * KIB)]
)
async def test_bodies_end_at_the_limit_stated_or_streamed(
    http: httpx.AsyncClient, path: str, limit: int
) -> None:
    for content in (b"x" * limit, chunks(limit)):
        assert (await http.post(path, content=content)).json() == limit
    for too_much in (b"x" * (limit + 1), chunks(limit + 1)):
        response = await http.post(path, content=too_much)
        assert str(limit) in str(problem(response, 413, "body-too-large")["detail"])


async def test_a_large_body_is_refused_before_it_is_read() -> None:
    asked: list[str] = []

    async def nothing(_scope: Scope, _receive: Receive, _send: Send) -> None:
        asked.append("application")

    async def receive() -> Message:
        asked.append("body")
        return {"type": "http.request"}

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    for stated, is_refused in ((BODY_BYTES_MAX + 1, True), (BODY_BYTES_MAX, False)):
        asked.clear()
        scope = {
            "type": "http",
            "path": "/x",
            "headers": [(b"content-length", str(stated).encode())],
        }
        await BodyLimit(nothing)(scope, receive, send)
        assert asked == ([] if is_refused else ["application"])
    assert sent[0]["status"] == 413


# --- the table ---------------------------------------------------------------------------------


def refusals() -> Iterator[type[Exception]]:
    for info in pkgutil.walk_packages(app.__path__, "app."):
        if not info.name.endswith("__main__"):
            importlib.import_module(info.name)
    waiting: list[type[Exception]] = [Refusal]
    while waiting:
        for one in waiting.pop().__subclasses__():
            if one.__module__.startswith("app."):
                waiting.append(one)
                yield one
    for _, member in inspect.getmembers(auth, inspect.isclass):
        if issubclass(member, Exception) and member.__module__ == auth.__name__:
            yield member


def test_every_refusal_has_a_row_and_says_something() -> None:
    found = set(refusals())
    assert len(found) > 8
    for one in found:
        assert one in PROBLEMS, f"{one.__name__} needs a row in app/problems/table.py"
        assert (one.__doc__ or "").strip()


def test_every_kind_has_a_slug_of_its_own() -> None:
    kinds = [*PROBLEMS.values(), *(OF_STATUS[one] for one in OF_STATUS if one != 404)]
    assert len({kind.slug for kind in kinds}) == len(kinds)
    assert all(400 <= kind.status < 600 for kind in kinds)
    assert json.dumps([kind.title for kind in kinds]).isascii()
