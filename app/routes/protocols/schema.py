"""The form of a protocol document, for editors: open to everybody, as the OpenAPI document is."""

from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from app.installation.installation import Installation
from app.protocols.authoring.schema import protocol_schema

PATH: Final = "/v1/schemas/protocol.json"
MEDIA_TYPE: Final = "application/schema+json"

# An editor that reads the schema has no key; it tells nothing of anybody.
router = APIRouter(tags=["protocols"])


@router.get(
    PATH,
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "object"}}}}},
)
async def get_protocol_schema(request: Request) -> Response:
    """The JSON Schema (Draft 2020-12) of protocol documents; needs no key."""
    installation: Installation = request.app.state.installation
    schema = protocol_schema(installation.settings.public_url + PATH)
    headers = {"Cache-Control": "public, max-age=3600"}
    return JSONResponse(schema, media_type=MEDIA_TYPE, headers=headers)
