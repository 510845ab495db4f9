"""What is handed on of the ledger: a log as a tar, evidence as a zip or a page."""

from collections.abc import AsyncIterator
from typing import Any, Final, Literal

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, StreamingResponse
from pydantic import AwareDatetime, BaseModel

from app.commands.ledgers.containers import tar_of
from app.commands.ledgers.evidence import read_evidence
from app.commands.ledgers.export import export_for
from app.commands.ledgers.recipients import HandOut, read_exports, recipient_of
from app.engine.engine import Engine
from app.evidence.evidence import evidence_page, evidence_zip
from app.evidence.page import POLICY
from app.problems import problem_responses
from app.routes.dependencies import Caller
from app.routes.v1 import v1_router

router = v1_router("ledgers")


class Export(BaseModel):
    """Something that was handed to somebody: an incident's evidence, or the whole log."""

    what: Literal["incident", "log"]
    at: AwareDatetime
    chain_id: str
    seq: int
    # Where the rest was erased, only `organisation_id`.
    recipient: dict[str, Any]


class Exports(BaseModel):
    """Whom an erasure has to be passed on to, oldest first."""

    items: list[Export]


_TAR: Final = "application/x-tar"
_ZIP: Final = "application/zip"
_HTML: Final = "text/html"
_FILE: Final = {"schema": {"type": "string", "format": "binary"}}


@router.post(
    "/ledgers/{municipality_id}/export",
    response_class=StreamingResponse,
    responses={200: {"content": {_TAR: _FILE}}, **problem_responses(404, 409)},
)
async def post_export(call: Caller, municipality_id: str) -> Response:
    """A whole log as a tar that `ledger verify` reads; the log records who asked for it.

    An auditor's says nothing of persons.
    """
    pieces = await export_for(call.installation, call.principal, municipality_id)
    chunks = tar_of(pieces)
    # A refusal must come before the first byte does.
    first = await anext(chunks)
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="ledger-{municipality_id}.tar"',
    }
    return StreamingResponse(_joined(first, chunks), media_type=_TAR, headers=headers)


@router.post(
    "/incidents/{incident_id}/evidence",
    response_class=Response,
    responses={200: {"content": {_ZIP: _FILE, _HTML: {}}}, **problem_responses(404, 409)},
)
async def post_evidence(request: Request, call: Caller, incident_id: str) -> Response:
    """What is sealed of an incident, with its proofs: a zip, or `Accept: text/html` to print.

    The incident's entries record who asked for it.
    """
    evidence = await read_evidence(call.installation, call.principal, incident_id)
    recipient = await recipient_of(call.installation, call.principal)
    engine: Engine = request.app.state.engine
    await engine.submit(HandOut(incident_id=incident_id, recipient=recipient))
    headers = {"Cache-Control": "no-store", "Vary": "Accept"}
    if _HTML in request.headers.get("accept", ""):
        headers |= {
            "Content-Security-Policy": POLICY,
            "Referrer-Policy": "no-referrer",
            "X-Robots-Tag": "noindex, nofollow",
            "X-Content-Type-Options": "nosniff",
        }
        return HTMLResponse(evidence_page(evidence), headers=headers)
    headers["Content-Disposition"] = f'attachment; filename="evidence-{incident_id}.zip"'
    return Response(evidence_zip(evidence), media_type=_ZIP, headers=headers)


@router.get(
    "/incidents/{incident_id}/exports",
    response_model=Exports,
    responses=problem_responses(404),
)
async def list_exports(call: Caller, incident_id: str) -> Response:
    """Who was handed entries of an incident, so that an erasure can be passed on to them."""
    return JSONResponse(await read_exports(call.installation, call.principal, incident_id))


async def _joined(first: bytes, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in chunks:
        yield chunk
