"""What a problem document says."""

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from fastapi import Response

from app.installation.answer import FieldError
from app.problems.table import ProblemKind

MEDIA_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:renrakumo:problem:"


def problem_document(
    kind: ProblemKind,
    detail: str,
    *,
    errors: Iterable[FieldError] = (),
    members: Mapping[str, object] = MappingProxyType({}),
) -> dict[str, object]:
    """A problem document; further members never hide the five that are always there."""
    return {
        **members,
        "type": TYPE_PREFIX + kind.slug,
        "title": kind.title,
        "status": kind.status,
        "detail": kind.detail or detail,
        "errors": [_shown(one) for one in errors],
    }


def problem_response(kind: ProblemKind, document: Mapping[str, object]) -> Response:
    """A problem document as an answer."""
    # ASCII, because a bad field's name may be half of a character that no encoding can write.
    content = json.dumps(document)
    return Response(content, kind.status, headers=dict(kind.headers), media_type=MEDIA_TYPE)


def _shown(error: FieldError) -> dict[str, str]:
    shown = {"pointer": error.pointer, "detail": error.detail}
    return shown if error.place == "body" else shown | {"in": error.place}
