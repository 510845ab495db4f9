"""What the OpenAPI document says beside what FastAPI finds out by itself."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from fastapi import FastAPI
from starlette.routing import Match

from app.problems.document import TYPE_PREFIX
from app.problems.pages import PROBLEM_CONTENT, pages
from app.protocols.protocol import Protocol

PROTOCOL: Final = "Protocol"

_SCHEMA: Final[Mapping[str, object]] = MappingProxyType(
    {
        "title": "Problem",
        "description": "What went wrong (RFC 9457).",
        "type": "object",
        "required": ["type", "title", "status", "detail", "errors"],
        "properties": {
            "type": {"type": "string", "description": TYPE_PREFIX + "<slug>"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["pointer", "detail"],
                    "properties": {
                        "pointer": {"type": "string", "description": "RFC 6901"},
                        "detail": {"type": "string"},
                        "in": {"enum": ["query", "path", "header"]},
                    },
                },
            },
        },
    }
)
_CONFIRMED: Final[Mapping[str, object]] = MappingProxyType(
    {
        "title": "Confirmed",
        "description": "A contact check was read.",
        "type": "object",
        "required": ["result", "asked_at", "read_at"],
        "properties": {
            "result": {"enum": ["applied", "repeated"]},
            "asked_at": {"type": "string"},
            "read_at": {"type": "string"},
        },
    }
)


def problem_responses(*statuses: int) -> dict[int | str, dict[str, object]]:
    """The `responses` of a route that may answer with these statuses, for its OpenAPI document."""
    return {
        status: {"description": HTTPStatus(status).phrase, "content": dict(PROBLEM_CONTENT)}
        for status in statuses
    }


def protocol_body(*, is_required: bool = True) -> dict[str, Any]:
    """The `openapi_extra` of a route that reads a protocol document itself, in JSON or YAML."""
    content = {"schema": {"$ref": f"#/components/schemas/{PROTOCOL}"}}
    return {
        "requestBody": {
            "required": is_required,
            "content": {"application/json": content, "application/yaml": content},
        }
    }


def describe(app: FastAPI) -> None:
    """Put what is described here into the OpenAPI document of `app`.

    These are the schemas that the two above point to, and the pages that `app` has: they read
    their bodies and write their answers themselves, of which FastAPI can know nothing.
    """
    generate = app.openapi

    def described() -> dict[str, Any]:
        document = generate()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        fixed = {"Problem": dict(_SCHEMA), "Confirmed": dict(_CONFIRMED)}
        schemas.update(fixed | _protocol_schemas())
        served = ((path, item) for path, item in pages() if _is_served(app, path))
        document["paths"].update(served)
        return document

    # FastAPI's documented way to extend what it generates.
    app.openapi = described  # type: ignore[method-assign]


def _is_served(app: FastAPI, path: str) -> bool:
    scope = {"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []}
    # In part: where only a POST is served.
    return any(route.matches(scope)[0] is not Match.NONE for route in app.routes)


def _protocol_schemas() -> dict[str, Any]:
    """The JSON Schema of a protocol document, its parts as schemas beside it."""
    schema = Protocol.model_json_schema(ref_template=f"#/components/schemas/{PROTOCOL}{{model}}")
    parts = schema.pop("$defs", {})
    return {PROTOCOL: schema} | {PROTOCOL + name: part for name, part in parts.items()}
