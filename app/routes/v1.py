"""What every route under /v1 does first: ask who calls, and read a body as nothing but JSON."""

import re
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import Any, ClassVar, Final

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from app.installation.answer import FieldError, FieldsInvalid, NotFound, refuse
from app.problems import ERRORS_MAX, problem_responses
from app.protocols.document import REPEATED_MAX, TWICE, NotJson, read_json
from app.protocols.problems import Location, pointer

# What any route under /v1 may answer; a route adds what is its own.
COMMON_STATUSES: Final = (400, 401, 403, 413, 422, 429, 503)

FLAWS_MAX: Final = REPEATED_MAX
"""No body is searched for more flaws; one with so many is refused as a whole."""

# Escapes of characters that no database or encoding takes: U+0000 and halves of pairs.
_SUSPECT: Final = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_IN_ITEM: Final = re.compile(r"/items/([0-9]{1,4})(?=/|\Z)")
_ID: Final = re.compile(r"[!-~]{1,100}")
_JSON: Final = re.compile(r"application/(?:[a-z0-9.+-]+\+)?json", re.IGNORECASE)


class JsonRequest(Request):
    """A request whose body was read once, strictly.

    `flaws` are what is wrong with the body whatever it is about: it says something twice, or what
    cannot be stored.
    """

    document: object = None
    flaws: tuple[FieldError, ...] = ()

    async def json(self) -> object:
        """What the body says."""
        return self.document

    def flaws_of_items(self) -> Mapping[int, Sequence[FieldError]]:
        """The flaws by the item of `items` that they are in, with pointers into that item.

        Raises:
            FieldsInvalid: some are in no item.
        """
        refuse(flaw for flaw in self.flaws if not _IN_ITEM.match(flaw.pointer))
        found: defaultdict[int, list[FieldError]] = defaultdict(list)
        for flaw in self.flaws:
            _, _, number, *rest = flaw.pointer.split("/", 3)
            found[int(number)].append(replace(flaw, pointer="".join(f"/{one}" for one in rest)))
        return found


class V1Route(APIRoute):
    """Finds the principal before anything is read, so that a stranger learns nothing else.

    A route that declares a body gets it parsed here; one that declares none reads raw bytes.
    """

    forgives_flaws: ClassVar[bool] = False
    """Whether the handler itself refuses what has flaws."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, behind ours."""
        handle = super().get_route_handler()
        takes_json = self.body_field is not None

        async def checked(request: Request) -> Response:
            authorization = request.headers.get("authorization")
            authenticator = request.app.state.authenticator
            request.state.principal = await authenticator.authenticate(authorization)
            _require_possible_ids(request)
            if not takes_json:
                return await handle(request)
            read = await _read_json(request)
            if not self.forgives_flaws or len(read.flaws) == FLAWS_MAX:
                refuse(read.flaws[:ERRORS_MAX])
            return await handle(read)

        return checked


class ItemsRoute(V1Route):
    """A route whose body is a list of things that are taken or refused each by itself."""

    forgives_flaws = True


def v1_router(tag: str) -> APIRouter:
    """A router for resources under /v1."""
    return APIRouter(
        prefix="/v1",
        tags=[tag],
        route_class=V1Route,
        responses=problem_responses(*COMMON_STATUSES),
    )


def parse_json(body: bytes) -> tuple[object, tuple[FieldError, ...]]:
    """The plain data that a body of JSON holds, its numbers finite; and the body's flaws.

    Raises:
        FieldsInvalid: it is not UTF-8, or not JSON (RFC 8259).
    """
    try:
        text = body.decode("utf-8-sig")
        written = read_json(text)
    except UnicodeDecodeError:
        raise _not_json("it is not UTF-8 text") from None
    except NotJson as error:
        raise _not_json(str(error)) from None
    repeated = (FieldError(pointer=pointer(one), detail=TWICE) for one in written.repeated)
    unstorable = _unstorable(written.data) if _SUSPECT.search(text) else ()
    return written.data, tuple(islice(chain(repeated, unstorable), FLAWS_MAX))


async def _read_json(request: Request) -> JsonRequest:
    read = JsonRequest(request.scope, request.receive)
    body = await read.body()
    if body:
        media_type = request.headers.get("content-type", "").partition(";")[0].strip()
        if not _JSON.fullmatch(media_type):
            raise HTTPException(415, "Send JSON, with `Content-Type: application/json`.")
        read.document, read.flaws = parse_json(body)
    return read


def _require_possible_ids(request: Request) -> None:
    """An id that cannot be one is the id of nothing, and never reaches the database."""
    if not all(_ID.fullmatch(str(value)) for value in request.path_params.values()):
        raise NotFound


def _not_json(why: str) -> FieldsInvalid:
    return FieldsInvalid(errors=[FieldError(pointer="", detail=f"The body is not JSON: {why}.")])


def _unstorable(data: object) -> Iterator[FieldError]:
    waiting: list[tuple[Location, object]] = [((), data)]
    while waiting:
        location, value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(((*location, name), name) for name in value)
            waiting.extend(((*location, name), child) for name, child in value.items())
        elif isinstance(value, list):
            waiting.extend(((*location, at), child) for at, child in enumerate(value))
        elif isinstance(value, str) and (found := _UNSTORABLE.search(value)):
            code = f"U+{ord(found[0]):04X}"
            yield FieldError(
                pointer=pointer(location), detail=f"Holds {code}, which cannot be stored."
            )
