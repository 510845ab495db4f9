"""No request that the OpenAPI document lets one think of gets a 5xx or an undocumented answer.

Schemathesis makes requests from the document: for each operation the edges of every field, one by
one, and some drawn at random; valid ones, and ones with something wrong. They are sent to the
application on a real database, with an engine that sends, in a town where most of what they name
is there (`ground.py`).
"""

import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Final

import httpx
import hypothesis.core
import pytest
import schemathesis
from fastapi.routing import iter_route_contexts
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from structlog.testing import capture_logs

from app.auth import Role
from app.commands.acts import ACTS
from app.escalation.party import PartyKind
from app.main import create_app
from tests.engine.node import KEY, PUBLIC_URL, node_settings
from tests.engine.town import Json
from tests.routes.fitting import Operation, drawn, edges, fit, send
from tests.routes.ground import Ground, prepared_ground
from tests.routes.tally import Case, Tally

# The operations of the document, in parts of similar length.
PARTS: Final = (
    *("acts", "incidents", "responsibility", "clients", "protocols", "foresight"),
    *("directory", "rosters", "people", "keys", "operations", "pages"),
    *("calendars", "imports", "ledgers", "erasure"),
)
# What the document must describe.
OUTWARD: Final = ("/v1/", "/r/", "/c/", "/inbox/", "/calendars/", "/witness/")
# Of the valid requests of each part at least this share succeeds, or it would prove little.
SUCCESS_MIN: Final = 0.4
SEED: Final = 20261120
SEED_VARIABLE: Final = "RENRAKUMO_TEST_SEED"
EDGES: Final = 12
DRAWN: Final = 3
EDGES_LONG: Final = 100_000
DRAWN_LONG: Final = 150
# A protocol has so many fields that drawing one takes a hundred times longer.
DRAWN_LONG_PROTOCOLS: Final = 20
SHOWN_MAX: Final = 10


@pytest.fixture(scope="session")
def document() -> Json:
    """The OpenAPI document of the application."""
    return create_app(node_settings("sqlite:///not-opened")).openapi()


@pytest.fixture
def operations(document: Json, monkeypatch: pytest.MonkeyPatch) -> Sequence[Operation]:
    """The operations of the document."""
    # Schemathesis puts a mute one in its place, for all tests that follow.
    name = "RepresentationPrinter"
    monkeypatch.setattr(hypothesis.core, name, getattr(hypothesis.core, name))
    schema = schemathesis.openapi.from_dict(document, config=schemathesis.Config())
    # Requests carry a key of our choice.
    schema.config.generation.update(with_security_parameters=False)
    found = list(schema.get_all_operations())
    assert all(isinstance(one, Ok) for one in found), found
    return [one.ok() for one in found if isinstance(one, Ok)]


@pytest.fixture
def url(sqlite_empty: Path, tmp_path: Path) -> str:
    """A migrated SQLite database."""
    return f"sqlite:///{shutil.copy(sqlite_empty, tmp_path)}"


def part_of(operation: Operation) -> str:
    """To which part an operation belongs."""
    path, end = operation.path, operation.path.rpartition("/")[2]
    if path.startswith("/v1/incidents/") and end in ACTS:
        return "acts"
    (tag,) = operation.definition.raw["tags"]
    return "foresight" if end in {"check", "simulate", "distribution"} else str(tag)


def requests(
    operation: Operation, mode: GenerationMode, *, is_long: bool, number: int
) -> Iterator[Case]:
    """The requests of an operation, of one kind."""
    yield from edges(operation, mode, most=EDGES_LONG if is_long else EDGES)
    most = DRAWN
    if is_long:
        is_protocol = operation.path.endswith(("/protocol", "/check", "/distribution"))
        most = DRAWN_LONG_PROTOCOLS if is_protocol else DRAWN_LONG
    yield from drawn(operation, mode, most=most, number=number)


async def fuzz(
    ground: Ground,
    chosen: Sequence[Operation],
    *,
    key: str = KEY,
    is_long: bool = False,
    number: int = SEED,
) -> Tally:
    """Send the requests of some operations."""
    tally = Tally()
    for operation in chosen:
        for mode in GenerationMode:
            is_valid = mode is GenerationMode.POSITIVE
            for case in requests(operation, mode, is_long=is_long, number=number):
                await fit(case, ground, is_valid=is_valid)
                response = await send(case, ground.node.http, key)
                tally.count(case, response, is_valid=is_valid)
        await ground.node.round()
    return tally


def assert_nothing_wrong(tally: Tally, logs: Sequence[Mapping[str, object]]) -> None:
    """No answer was wrong, and nothing failed without being seen; a log says where it was."""
    failures = [str(one) for one in logs if one["log_level"] in {"error", "critical"}]
    if found := [*failures[:SHOWN_MAX], *list(tally.faults.values())[:SHOWN_MAX]]:
        raise AssertionError("\n\n".join(found))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("part", PARTS)
async def test_generated_requests_get_documented_answers(
    url: str, part: str, operations: Sequence[Operation]
) -> None:
    chosen = [one for one in operations if part_of(one) == part]
    with capture_logs() as logs:
        async with prepared_ground(url) as ground:
            tally = await fuzz(ground, chosen)
    assert_nothing_wrong(tally, logs)
    # Else `ground.py` must say what their requests name, or `fitting.py` what they need.
    assert tally.never_succeeded == set(), str(tally)
    assert tally.succeeded >= SUCCESS_MIN * tally.valid, str(tally)


@pytest.mark.soak
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("role", list(Role))
async def test_many_generated_requests_of_a_role_get_documented_answers(
    url: str, role: Role, part: str, operations: Sequence[Operation]
) -> None:
    chosen = [one for one in operations if part_of(one) == part]
    number = int(os.environ.get(SEED_VARIABLE) or secrets.randbits(32))
    print(f"{SEED_VARIABLE}={number}")  # noqa: T201  # to repeat it
    with capture_logs() as logs:
        async with prepared_ground(url) as ground:
            key = await ground.key(role)
            tally = await fuzz(ground, chosen, key=key, is_long=True, number=number)
    print(tally)  # noqa: T201  # what the run was worth
    assert_nothing_wrong(tally, logs)


def test_parts_are_the_whole_document(operations: Sequence[Operation]) -> None:
    assert {part_of(one) for one in operations} == set(PARTS)


def test_every_route_is_in_the_document(document: Json) -> None:
    app = create_app(node_settings("sqlite:///not-opened"))
    # HEAD is a GET without its body; what stands elsewhere are pages for people, without a token.
    served = {
        # Of a path within a path the document says only the name.
        (route.path.replace(":path}", "}"), method.lower())
        for route in iter_route_contexts(app.routes)
        for method in (route.methods or set()) - {"HEAD"}
        if route.path and route.path.startswith(OUTWARD)
    }
    described = {(path, method) for path, item in document["paths"].items() for method in item}
    assert served <= described
    assert {path for path, _ in described - served} == {"/livez", "/readyz", "/metrics"}


def test_every_reference_of_the_document_leads_somewhere(document: Json) -> None:
    found = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert found
    assert found <= document["components"]["schemas"].keys()


def test_null_is_documented_only_where_something_may_be_taken_away(document: Json) -> None:
    schemas = document["components"]["schemas"]
    may_be_null = {
        name
        for name, said in schemas["ChangedClient"]["properties"].items()
        if {"type": "null"} in said.get("anyOf", ())
    }
    assert may_be_null >= {"town", "care_notes", "birth_date"}
    assert not may_be_null & {"name", "served_by", "external_refs", "retired"}
    assert schemas["ChangedParty"]["properties"]["retired"]["type"] == "boolean"


def test_a_new_party_is_documented_as_desk_or_person(document: Json) -> None:
    kinds = document["components"]["schemas"]["NewParty"]["properties"]["kind"]["enum"]
    assert kinds == [PartyKind.DESK, PartyKind.PERSON]


PROBLEM: Final[Mapping[str, object]] = MappingProxyType(
    {"type": "urn:renrakumo:problem:x", "title": "X", "detail": "X.", "errors": []}
)
FINE: Final[Mapping[str, object]] = MappingProxyType({"items": [], "next_cursor": None})
BAD_FIELD: Final = ({"pointer": "/limit", "detail": "Too many.", "in": "query"},)


@pytest.mark.parametrize(
    ("status", "media_type", "body", "fault"),
    [
        # As documented.
        (200, "application/json", FINE, None),
        (403, "application/problem+json", {**PROBLEM, "status": 403}, None),
        (422, "application/problem+json", {**PROBLEM, "status": 422, "errors": BAD_FIELD}, None),
        # A failure of the server, in the right shape too.
        (500, "application/problem+json", {**PROBLEM, "status": 500}, "Server error"),
        # A status that the document does not name for this operation.
        (404, "application/problem+json", {**PROBLEM, "status": 404}, "Undocumented status code"),
        # A success in another form.
        (200, "text/plain", FINE, "Undocumented Content-Type"),
        # A success that lacks a member.
        (200, "application/json", {"items": []}, "schema"),
        # FastAPI's own shape of errors.
        (403, "application/json", {"detail": "Forbidden"}, "application/json"),
        # A page for a program.
        (403, "text/html", "<html>", "a page for a program"),
        # A refusal that names no field, and one whose pointer is none.
        (422, "application/problem+json", {**PROBLEM, "status": 422}, "no field is named"),
        (
            *(422, "application/problem+json"),
            {**PROBLEM, "status": 422, "errors": [{"pointer": "limit", "detail": "X"}]},
            "['limit']",
        ),
        # Another status in the body than before it.
        (403, "application/problem+json", {**PROBLEM, "status": 401}, "two statuses"),
    ],
)
def test_a_wrong_answer_is_found(
    status: int,
    media_type: str,
    body: Mapping[str, object] | str,
    fault: str | None,
    operations: Sequence[Operation],
) -> None:
    (operation,) = (one for one in operations if one.label == "GET /v1/keys")
    response = httpx.Response(
        status,
        headers={"content-type": media_type},
        content=json.dumps(dict(body)) if not isinstance(body, str) else body,
        request=httpx.Request("GET", f"{PUBLIC_URL}/v1/keys"),
    )
    response.elapsed = timedelta()
    tally = Tally()
    tally.count(operation.Case(), response, is_valid=True)
    assert tally.statuses == {"GET /v1/keys": {status: 1}}
    if fault is None:
        assert not tally.faults
    else:
        assert fault in str(tally.faults)
