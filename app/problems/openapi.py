"""What the OpenAPI document says beside what FastAPI finds out by itself."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from fastapi import FastAPI

from app.problems.document import MEDIA_TYPE, TYPE_PREFIX
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


def problem_responses(*statuses: int) -> dict[int | str, dict[str, object]]:
    """The `responses` of a route that may answer with these statuses, for its OpenAPI document."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": content}
        for status in statuses
    }


def protocol_body() -> dict[str, Any]:
    """The `openapi_extra` of a route that reads a protocol document itself, in JSON or YAML."""
    content = {"schema": {"$ref": f"#/components/schemas/{PROTOCOL}"}}
    return {
        "requestBody": {
            "required": True,
            "content": {"application/json": content, "application/yaml": content},
        }
    }


def describe(app: FastAPI) -> None:
    """Put the schemas that the two above point to into the OpenAPI document of `app`."""
    generate = app.openapi

    def described() -> dict[str, Any]:
        document = generate()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas.update({"Problem": dict(_SCHEMA)} | _protocol_schemas())
        return document

    # FastAPI's documented way to extend what it generates.
    app.openapi = described  # type: ignore[method-assign]


def _protocol_schemas() -> dict[str, Any]:
    """The JSON Schema of a protocol document, its parts as schemas beside it."""
    schema = Protocol.model_json_schema(ref_template=f"#/components/schemas/{PROTOCOL}{{model}}")
    parts = schema.pop("$defs", {})
    return {PROTOCOL: schema} | {PROTOCOL + name: part for name, part in parts.items()}
