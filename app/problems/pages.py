"""What the OpenAPI document says of the pages: they read and answer by themselves."""

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from app.commands.acts import ACTS
from app.problems.document import MEDIA_TYPE

LINK: Final = "/r/{token}"
LINK_ACT: Final = "/r/{token}/{act}"
INBOX: Final = "/inbox/{token}"
DUTY: Final = "/inbox/{token}/duty"
CALENDAR: Final = "/calendars/{token}.ics"
CHECK: Final = "/c/{token}"
OWN_POINTS: Final = INBOX + "/contacts"
OWN_TEST: Final = INBOX + "/contact-points/{contact_point_id}/test"

PROBLEM_CONTENT: Final = MappingProxyType(
    {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
)
_ABSENCE: Final = ("from", "to", "desk_id", "substitute_id", "in_return")
_TEXT: Final = MappingProxyType({"type": "string"})
_HTML: Final = MappingProxyType({"text/html": {"schema": dict(_TEXT)}})


def pages() -> Iterator[tuple[str, dict[str, Any]]]:
    """The responder's link, the link of a check, and the inbox."""
    token = _parameter("token", {"type": "string"}, "It came with a message; it is the credential.")
    act = _parameter("act", {"enum": list(ACTS)}, "An act on the incident.")
    done = {
        "name": "done",
        "in": "query",
        "schema": {"type": "string"},
        "description": "An act that has just been recorded; the page says so.",
    }
    yield (
        LINK,
        {"get": _page("show_page", "The page of a link; changes nothing", [token, done], 410)},
    )
    yield (
        LINK_ACT,
        {
            "get": _page(
                "show_act", "The page with this act first; changes nothing", [token, act], 410
            ),
            "post": _act([token, act]),
        },
    )
    yield INBOX, {"get": _page("show_inbox", "What is asked of a person now", [token], 410)}
    yield from _duty_pages(token)
    yield CALENDAR, {"get": _calendar([token])}
    yield from _other_own_pages(token)
    yield CHECK, {"get": _page("show_check", "A contact check; changes nothing", [token], 410)}
    yield (
        CHECK + "/confirm",
        {"post": _press("confirm_check", "A human could read it", [token], 410)},
    )


def _other_own_pages(token: Mapping[str, object]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What else an inbox leads to."""
    gaps = "When nobody could be asked: a municipality's inbox leads there"
    yield INBOX + "/gaps", {"get": _page("show_gaps", gaps, [token], 410)}
    yield (
        OWN_POINTS,
        {"get": _page("show_own_points", "How the inbox's owner is reached", [token], 410)},
    )
    point = _parameter("contact_point_id", {"type": "string"}, "One of the owner's.")
    yield (
        OWN_TEST,
        {"post": _press("test_own_point", "Ask it whether it can be read", [token, point], 410)},
    )


def _duty_pages(token: Mapping[str, object]) -> Iterator[tuple[str, dict[str, Any]]]:
    """A person's own duty."""
    query = _absence_query()
    done = {**query[0], "name": "done", "description": "What has just been recorded."}
    yield (
        DUTY,
        {
            "get": _page(
                "show_duty", "A person's own duty; changes nothing", [token, done], 410, 422
            )
        },
    )
    look = "What an absence would mean; changes nothing"
    yield (
        DUTY + "/absence",
        {
            "get": _page("show_absence", look, [token, *query], 410, 422),
            "post": _form("post_absence", "Record an absence, or ask a colleague", [token])
            | {"requestBody": _absence_body(*_ABSENCE)},
        },
    )
    yield (
        DUTY + "/absence/withdraw",
        {
            "post": _form("post_withdrawal", "Take an absence back that one reported", [token])
            | {"requestBody": _absence_body("from", "to", "desk_id")},
        },
    )
    which = [
        _parameter("substitution_id", {"type": "string"}, "The request of one of the two."),
        _parameter("answer", {"enum": ["accept", "decline", "withdraw"]}, "What is said to it."),
    ]
    yield (
        DUTY + "/{substitution_id}/{answer}",
        {"post": _form("post_reply", "Answer a colleague's request", [token, *which])},
    )


def _absence_query() -> list[dict[str, object]]:
    text = {"type": "string", "maxLength": 100}
    return [
        {"name": name, "in": "query", "schema": text, "description": meaning}
        for name, meaning in (
            ("from", "An instant; without a zone it is Japan's."),
            ("to", "An instant; without a zone it is Japan's."),
            ("desk_id", "One of the person's desks; without it all of them."),
            ("substitute_id", "A colleague: which duty of theirs could be taken in return."),
        )
    ]


def _absence_body(*names: str) -> dict[str, object]:
    schema = {
        "type": "object",
        "required": ["from", "to"],
        "properties": {name: {"type": "string", "maxLength": 100} for name in names},
        "additionalProperties": False,
    }
    kinds = ("application/x-www-form-urlencoded", "application/json")
    return {"required": True, "content": {one: {"schema": schema} for one in kinds}}


def _form(name: str, summary: str, parameters: Sequence[Mapping[str, object]]) -> dict[str, object]:
    done = {"application/json": {"schema": {"type": "object"}}}
    return {
        "tags": ["pages"],
        "summary": summary,
        "operationId": name,
        "parameters": list(parameters),
        "responses": {
            "200": {"description": "To a program: what was done", "content": done},
            "303": {"description": "To a form: back to the page"},
        }
        | _refusals(403, 404, 409, 410, 413, 415, 422, 429, 503),
    }


def _calendar(parameters: Sequence[Mapping[str, object]]) -> dict[str, object]:
    shown = {"description": "The calendar", "content": {"text/calendar": {"schema": dict(_TEXT)}}}
    return {
        "tags": ["pages"],
        "summary": "The duty of a desk or a person, as a calendar",
        "operationId": "show_calendar",
        "parameters": list(parameters),
        "responses": {"200": shown, "304": {"description": "It has not changed (If-None-Match)"}}
        | _refusals(404, 413, 429, 503),
    }


def _parameter(name: str, schema: Mapping[str, object], description: str) -> dict[str, object]:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": schema,
        "description": description,
    }


def _page(
    name: str, summary: str, parameters: Sequence[Mapping[str, object]], *more: int
) -> dict[str, object]:
    return {
        "tags": ["pages"],
        "summary": summary,
        "operationId": name,
        "parameters": list(parameters),
        "responses": {"200": {"description": "The page", "content": dict(_HTML)}}
        | _refusals(404, 413, 429, 503, *more),
    }


def _press(
    name: str, summary: str, parameters: Sequence[Mapping[str, object]], *more: int
) -> dict[str, object]:
    """A button that needs no body."""
    schema = "ContactCheck" if name == "test_own_point" else "Confirmed"
    done = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {
        "tags": ["pages"],
        "summary": summary,
        "operationId": name,
        "parameters": list(parameters),
        "responses": {
            "200": {"description": "To a program: what is known now", "content": done},
            "201": {"description": "To a program: what was sent", "content": done},
            "303": {"description": "To a form: back to the page"},
        }
        | _refusals(403, 404, 409, 413, 429, 503, *more),
    }


def _act(parameters: Sequence[Mapping[str, object]]) -> dict[str, object]:
    done = {"application/json": {"schema": {"$ref": "#/components/schemas/ActAnswer"}}}
    return {
        "tags": ["pages"],
        "summary": "An act by link",
        "description": (
            "A body is needed only by acts that must say something. Which fields an act takes is"
            " said at `POST /v1/incidents/{incident_id}/{act}`."
        ),
        "operationId": "act_by_link",
        "parameters": list(parameters),
        "requestBody": {
            "content": {
                "application/json": {"schema": {"anyOf": list(_act_bodies())}},
                "application/x-www-form-urlencoded": {"schema": _act_form()},
            }
        },
        "responses": {
            "200": {"description": "To a program: what the act did", "content": done},
            "303": {"description": "To a form: back to the page"},
        }
        | _refusals(403, 404, 409, 410, 413, 415, 422, 429, 503),
    }


def _act_bodies() -> Iterator[dict[str, Any]]:
    """The bodies of acts as the API takes them, but that a link speaks for its own person."""
    for body in ACTS.values():
        schema = body.model_json_schema(ref_template="#/components/schemas/{model}")
        # The parts are there already, because the API's own routes point to them.
        schema.pop("$defs", None)
        del schema["properties"]["on_behalf_of"]
        yield schema


def _act_form() -> dict[str, object]:
    """The same fields as text; `en_route` takes minutes or a time of day in Japan instead."""
    names = {name: None for body in _act_bodies() for name in body["properties"]}
    fields: dict[str, object] = {name: {"type": "string"} for name in names}
    fields["eta_minutes"] = {"type": "string", "pattern": "^[1-9][0-9]{0,3}$"}
    fields["eta_time"] = {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}
    return {"type": "object", "properties": fields, "additionalProperties": False}


def _refusals(*statuses: int) -> dict[str, object]:
    """To a program a problem document, to a person a page."""
    return {
        str(status): {
            "description": HTTPStatus(status).phrase,
            "content": {**PROBLEM_CONTENT, **_HTML},
        }
        for status in sorted(statuses)
    }
