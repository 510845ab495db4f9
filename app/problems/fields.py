"""Which fields of a request are wrong: what pydantic found, by JSON pointer and in plain words."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from app.installation.answer import FieldError, Place
from app.protocols.problems import pointer
from app.protocols.wording import place, sentence

ERRORS_MAX: Final = 100
"""No refusal of a request names more fields. That of a protocol document names all."""

_PLACES: Final[Mapping[str, Place]] = MappingProxyType(
    {"query": "query", "path": "path", "header": "header"}
)
_NO_OBJECT: Final = frozenset({"missing", "model_type", "model_attributes_type", "json_invalid"})


def body_errors(errors: Iterable[Mapping[str, Any]], body: object) -> Iterator[FieldError]:
    """The wrong fields of a body, or a part of one, from what pydantic says of it."""
    for one in errors:
        yield FieldError(pointer=pointer(place(one["loc"], body)), detail=sentence(one))


def request_errors(errors: Iterable[Mapping[str, Any]], body: object) -> Iterator[FieldError]:
    """The wrong fields of a request, whose locations begin with the part that is meant."""
    for one in errors:
        where, *location = one["loc"]
        within = tuple(place(location, body)) if where == "body" else location
        if not within and one["type"] in _NO_OBJECT:
            yield FieldError(pointer="", detail="The body must be a JSON object.")
        else:
            yield FieldError(
                pointer=pointer(within), detail=sentence(one), place=_PLACES.get(where, "body")
            )
