"""Protocols of clients, and the default protocols of municipalities."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import Header, Path, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from app.commands.directory import protocols
from app.commands.directory.protocols import Document, FindSubject, of_client, of_municipality
from app.problems import problem_responses, protocol_body
from app.routes.dependencies import Call, Caller, ListQuery, Page, reply
from app.routes.v1 import v1_router

router = v1_router("protocols")
CLIENT: Final = "/clients/{client_id}/protocol"
DEFAULT: Final = "/organisations/{organisation_id}/protocol"
NUMBER_MAX: Final = 2**31 - 1

_JSON: Final = frozenset({"application/json"})
_YAML: Final = frozenset({"application/yaml", "application/x-yaml", "text/yaml"})


class Version(BaseModel):
    """A published version."""

    version: int
    digest: str
    published_at: str


class Warned(BaseModel):
    """Something that is worth a look."""

    pointer: str
    detail: str


class PublishedVersion(Version):
    """The version that was published, or that the document is already."""

    warnings: list[Warned]


class ListedVersion(Version):
    """A published version in the list of all."""


class VersionWithDocument(Version):
    """A published version with its document in normal form."""

    document: dict[str, Any]


IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=1000,
        description="The ETag, or the digest in quotes, of the version that is to be replaced.",
    ),
]
Number = Annotated[int, Path(ge=1, le=NUMBER_MAX)]


@router.put(
    CLIENT,
    status_code=201,
    response_model=PublishedVersion,
    responses={
        200: {"model": PublishedVersion, "description": "It is the newest version already"},
        **problem_responses(404, 409, 412, 415),
    },
    openapi_extra=protocol_body(),
)
async def publish_protocol(
    call: Caller, request: Request, client_id: str, if_match: IfMatch = None
) -> Response:
    """Publish the next version of a client's protocol, or say all that is wrong with it."""
    subject = of_client(call.principal, client_id, to_publish=True)
    return await _publish(call, subject, request, if_match)


@router.get(CLIENT, response_model=VersionWithDocument, responses=problem_responses(404))
async def get_protocol(call: Caller, client_id: str) -> Response:
    """The newest version of a client's protocol."""
    return await _version(call, of_client(call.principal, client_id))


@router.get(
    CLIENT + "/versions", response_model=Page[ListedVersion], responses=problem_responses(404)
)
async def list_versions(
    call: Caller, client_id: str, query: Annotated[ListQuery, Query()]
) -> Response:
    """All versions of a client's protocol, without their documents."""
    return await _versions(call, of_client(call.principal, client_id), query)


@router.get(
    CLIENT + "/versions/{number}",
    response_model=VersionWithDocument,
    responses=problem_responses(404),
)
async def get_version(call: Caller, client_id: str, number: Number) -> Response:
    """One version of a client's protocol."""
    return await _version(call, of_client(call.principal, client_id), number)


@router.put(
    DEFAULT,
    status_code=201,
    response_model=PublishedVersion,
    responses={
        200: {"model": PublishedVersion, "description": "It is the newest version already"},
        **problem_responses(404, 409, 412, 415),
    },
    openapi_extra=protocol_body(),
)
async def publish_default_protocol(
    call: Caller, request: Request, organisation_id: str, if_match: IfMatch = None
) -> Response:
    """Publish a municipality's default protocol, for clients that have none of their own."""
    return await _publish(call, of_municipality(call.principal, organisation_id), request, if_match)


@router.get(DEFAULT, response_model=VersionWithDocument, responses=problem_responses(404))
async def get_default_protocol(call: Caller, organisation_id: str) -> Response:
    """The newest version of a municipality's default protocol."""
    return await _version(call, of_municipality(call.principal, organisation_id))


@router.get(
    DEFAULT + "/versions", response_model=Page[ListedVersion], responses=problem_responses(404)
)
async def list_default_versions(
    call: Caller, organisation_id: str, query: Annotated[ListQuery, Query()]
) -> Response:
    """All versions of a municipality's default protocol, without their documents."""
    return await _versions(call, of_municipality(call.principal, organisation_id), query)


@router.get(
    DEFAULT + "/versions/{number}",
    response_model=VersionWithDocument,
    responses=problem_responses(404),
)
async def get_default_version(call: Caller, organisation_id: str, number: Number) -> Response:
    """One version of a municipality's default protocol."""
    return await _version(call, of_municipality(call.principal, organisation_id), number)


async def _publish(
    call: Call, subject: FindSubject, request: Request, if_match: str | None
) -> Response:
    document = await read_document(request)
    answer = await protocols.publish(call.installation, subject, document, if_match=if_match)
    return reply(answer, {"ETag": _etag(answer.body)})


async def _version(call: Call, subject: FindSubject, number: int | None = None) -> Response:
    body = await protocols.read_version(call.installation, subject, number=number)
    return JSONResponse(body, headers={"ETag": _etag(body)})


async def _versions(call: Call, subject: FindSubject, query: ListQuery) -> Response:
    return JSONResponse(await protocols.read_versions(call.installation, subject, query.paging))


async def read_document(request: Request) -> Document:
    """The document that a request carries.

    Raises:
        HTTPException: 415, it is neither JSON nor YAML.
    """
    text = await request.body()
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if text and media_type not in _JSON | _YAML:
        raise HTTPException(
            415, "Send the document as `application/json` or as `application/yaml`."
        )
    return Document(text=text, is_yaml=media_type in _YAML)


async def read_optional_document(request: Request) -> Document | None:
    """The same; None if there is none, or one that says nothing, and the published one is meant.

    Raises:
        HTTPException: 415, it is neither JSON nor YAML.
    """
    document = await read_document(request)
    return None if document.text.strip() in {b"", b"{}"} else document


def _etag(body: Mapping[str, object]) -> str:
    return f'"{body["version"]}"'
