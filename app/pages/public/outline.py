"""What the reference shows of an OpenAPI document: requests by subject, then the schemas."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

JSON = Mapping[str, Any]

SCHEMAS: Final = "#/components/schemas/"
METHODS: Final = ("get", "post", "put", "patch", "delete")
PROBLEM: Final = "application/problem+json"
# By which members a schema says how small and how large a value may be, and of what.
LIMITS: Final = (
    ("minimum", "maximum", ""),
    ("minLength", "maxLength", " characters"),
    ("minItems", "maxItems", " items"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A piece of a type's description; `anchor` is that of the schema that it names."""

    text: str
    anchor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A parameter of a request, or a field of a body."""

    name: str
    # "path", "query" or "header"; nothing for a field.
    place: str
    type: tuple[Piece, ...]
    is_required: bool
    # As JSON; None where there is no default, or only null.
    default: str | None
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What is sent or answered: in which media types, and of which type."""

    media_types: tuple[str, ...]
    type: tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One answer of a request."""

    status: str
    meaning: str
    body: Body | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A verb on a path."""

    anchor: str
    method: str
    path: str
    summary: str
    meaning: str
    needs_key: bool
    parameters: tuple[Member, ...]
    body: Body | None
    answers: tuple[Answered, ...]
    # The statuses of the answers that are nothing but a problem document.
    refusals: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The operations of one tag, in the order of the document."""

    name: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """A type that operations and other types name."""

    anchor: str
    name: str
    meaning: str
    # What it is; a record's fields are listed instead.
    type: tuple[Piece, ...]
    fields: tuple[Member, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """The whole document."""

    title: str
    version: str
    meaning: str
    subjects: tuple[Subject, ...]
    schemas: tuple[Schema, ...]


def outline_of(document: JSON) -> Outline:
    """The outline of an OpenAPI 3.1 document."""
    names = {name: _name_of(name, one) for name, one in document["components"]["schemas"].items()}
    read = _Reading(names)
    subjects: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method in (one for one in methods if one in METHODS):
            tag = methods[method].get("tags", ["other"])[0]
            subjects.setdefault(tag, []).append(read.operation(path, method, methods[method]))
    info = document["info"]
    return Outline(
        title=info["title"],
        version=info["version"],
        meaning=info.get("description", ""),
        subjects=tuple(
            Subject(name=tag, operations=tuple(several)) for tag, several in subjects.items()
        ),
        schemas=tuple(
            read.schema(name, document["components"]["schemas"][name])
            for name in sorted(names, key=lambda one: (names[one], one))
        ),
    )


class _Reading:
    """Reads the parts of a document whose schemas have these names."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def operation(self, path: str, method: str, operation: JSON) -> Operation:
        parameters = operation.get("parameters", ())
        sent = operation.get("requestBody", {}).get("content", {})
        answers = sorted(operation["responses"].items())
        refusals = [status for status, one in answers if [*one.get("content", {})] == [PROBLEM]]
        return Operation(
            anchor=_anchor(f"{method} {path}"),
            method=method.upper(),
            path=path,
            summary=operation.get("summary", "").rstrip("."),
            meaning=operation.get("description", ""),
            needs_key=bool(operation.get("security")),
            parameters=tuple(self._parameter(one) for one in parameters),
            body=self._body(sent),
            answers=tuple(
                Answered(
                    status=status,
                    meaning=one.get("description", ""),
                    body=self._body(one.get("content", {})),
                )
                for status, one in answers
                if status not in refusals
            ),
            refusals=tuple(refusals),
        )

    def schema(self, name: str, schema: JSON) -> Schema:
        required = frozenset(schema.get("required", ()))
        return Schema(
            anchor=_anchor(f"schema {name}"),
            name=self._names[name],
            meaning=schema.get("description", ""),
            type=tuple(self._pieces(schema)),
            fields=tuple(
                self._member(one, child, is_required=one in required)
                for one, child in schema.get("properties", {}).items()
            ),
        )

    def _parameter(self, parameter: JSON) -> Member:
        return self._member(
            parameter["name"],
            parameter["schema"],
            is_required=parameter.get("required", False),
            place=parameter["in"],
        )

    def _member(self, name: str, schema: JSON, *, is_required: bool, place: str = "") -> Member:
        default = schema.get("default")
        return Member(
            name=name,
            place=place,
            type=tuple(self._pieces(schema)),
            is_required=is_required,
            default=None if default is None else json.dumps(default, ensure_ascii=False),
            meaning=schema.get("description", ""),
        )

    def _body(self, content: JSON) -> Body | None:
        if not content:
            return None
        schema = next(iter(content.values())).get("schema", {})
        return Body(media_types=tuple(content), type=tuple(self._pieces(schema)))

    def _pieces(self, schema: JSON) -> Iterator[Piece]:
        """A type in words: what it is, and how large it may be."""
        yield from self._kind(schema)
        limits = ", ".join(_limits(schema))
        if limits:
            yield Piece(text=f" ({limits})")

    def _kind(self, schema: JSON) -> Iterator[Piece]:
        choices = [one for one in schema.get("anyOf", ()) if one.keys() - {"required"}]
        if "$ref" in schema:
            name = schema["$ref"].removeprefix(SCHEMAS)
            yield Piece(text=self._names[name], anchor=_anchor(f"schema {name}"))
        elif "const" in schema or "enum" in schema:
            values = schema.get("enum", [schema.get("const")])
            yield Piece(text=", ".join(json.dumps(one, ensure_ascii=False) for one in values))
        elif choices:
            yield from _joined([tuple(self._pieces(one)) for one in choices])
        elif "items" in schema:
            yield Piece(text="list of ")
            yield from self._pieces(schema["items"])
        elif isinstance(schema.get("additionalProperties"), dict):
            yield Piece(text="object of ")
            yield from self._pieces(schema["additionalProperties"])
        else:
            yield Piece(text=schema.get("type", "anything"))


def _limits(schema: JSON) -> Iterator[str]:
    for least, most, unit in LIMITS:
        if least in schema and most in schema:
            yield f"{schema[least]} to {schema[most]}{unit}"
        elif most in schema:
            yield f"at most {schema[most]}{unit}"
        elif least in schema:
            yield f"at least {schema[least]}{unit}"
    yield from (str(schema[key]) for key in ("format", "pattern") if key in schema)


def _joined(choices: Sequence[tuple[Piece, ...]]) -> Iterator[Piece]:
    for number, pieces in enumerate(choices):
        if number:
            yield Piece(text=" or ")
        yield from pieces


def _name_of(name: str, schema: JSON) -> str:
    """What a schema is called, also where the framework had to invent a name for it."""
    is_invented = "__" in name or name.endswith("_")
    return str(schema.get("title", name)) if is_invented else name


def _anchor(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")
