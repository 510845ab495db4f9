"""What every route under /v1 does first: ask who calls, and read a body as nothing but JSON."""

import json
import math
import re
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Final, NoReturn

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from app.installation.answer import FieldError, FieldsInvalid, NotFound, refuse
from app.problems import problem_responses
from app.protocols.problems import Location, pointer

# What any route under /v1 may answer; a route adds what is its own.
COMMON_STATUSES: Final = (400, 401, 403, 413, 422, 503)

# Escapes of characters that no database or encoding takes: U+0000 and halves of pairs.
_SUSPECT: Final = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_ID: Final = re.compile(r"[!-~]{1,100}")
_JSON: Final = re.compile(r"application/(?:[a-z0-9.+-]+\+)?json", re.IGNORECASE)


class JsonRequest(Request):
    """A request whose body was read once, strictly."""

    document: object = None

    async def json(self) -> object:
        """What the body says."""
        return self.document


class V1Route(APIRoute):
    """Finds the principal before anything is read, so that a stranger learns nothing else.

    A route that declares a body gets it parsed here; one that declares none reads raw bytes.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, behind ours."""
        handle = super().get_route_handler()
        takes_json = self.body_field is not None

        async def checked(request: Request) -> Response:
            authorization = request.headers.get("authorization")
            authenticator = request.app.state.authenticator
            request.state.principal = await authenticator.authenticate(authorization)
            _require_possible_ids(request)
            return await handle(await _read_json(request) if takes_json else request)

        return checked


def v1_router(tag: str) -> APIRouter:
    """A router for resources under /v1."""
    return APIRouter(
        prefix="/v1",
        tags=[tag],
        route_class=V1Route,
        responses=problem_responses(*COMMON_STATUSES),
    )


def parse_json(body: bytes) -> object:
    """The plain data that a body of JSON holds; numbers are finite, text can be stored.

    Raises:
        FieldsInvalid: it is not UTF-8, not JSON (RFC 8259), or holds what cannot be stored.
    """
    try:
        text = body.decode("utf-8-sig")
        data: object = json.loads(text, parse_constant=_no_number, parse_float=_finite)
    except RecursionError:
        raise _not_json("it is nested too deeply") from None
    except ValueError as error:
        raise _not_json(str(error)) from None
    if _SUSPECT.search(text):
        refuse(_unstorable(data))
    return data


async def _read_json(request: Request) -> JsonRequest:
    read = JsonRequest(request.scope, request.receive)
    body = await read.body()
    if body:
        media_type = request.headers.get("content-type", "").partition(";")[0].strip()
        if not _JSON.fullmatch(media_type):
            raise HTTPException(415, "Send JSON, with `Content-Type: application/json`.")
        read.document = parse_json(body)
    return read


def _require_possible_ids(request: Request) -> None:
    """An id that cannot be one is the id of nothing, and never reaches the database."""
    if not all(_ID.fullmatch(str(value)) for value in request.path_params.values()):
        raise NotFound


def _not_json(why: str) -> FieldsInvalid:
    return FieldsInvalid(errors=[FieldError(pointer="", detail=f"The body is not JSON: {why}.")])


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number in JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is too large a number")
    return number


def _unstorable(data: object) -> Iterator[FieldError]:
    waiting: list[tuple[Location, object]] = [((), data)]
    while waiting:
        location, value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(((*location, name), name) for name in value)
            waiting.extend(((*location, name), child) for name, child in value.items())
        elif isinstance(value, list):
            waiting.extend(((*location, at), child) for at, child in enumerate(value))
        elif isinstance(value, str) and _UNSTORABLE.search(value):
            yield FieldError(
                pointer=pointer(location),
                detail="Holds a character that cannot be stored: U+0000, or half of a pair.",
            )
