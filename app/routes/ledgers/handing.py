"""What is handed on of the ledger: a log as a tar, evidence as a zip or a page."""

from collections.abc import AsyncIterator
from typing import Final

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, StreamingResponse

from app.commands.ledgers.archive import tar_of
from app.commands.ledgers.evidence import read_evidence
from app.commands.ledgers.export import export_for
from app.evidence.evidence import evidence_page, evidence_zip
from app.evidence.page import POLICY
from app.problems import problem_responses
from app.routes.dependencies import Caller
from app.routes.v1 import v1_router

router = v1_router("ledgers")

_TAR: Final = "application/x-tar"
_ZIP: Final = "application/zip"
_HTML: Final = "text/html"
_FILE: Final = {"schema": {"type": "string", "format": "binary"}}


@router.get(
    "/ledgers/{municipality_id}/export",
    response_class=StreamingResponse,
    responses={200: {"content": {_TAR: _FILE}}, **problem_responses(404)},
)
async def get_export(call: Caller, municipality_id: str) -> Response:
    """A whole log as a tar that `ledger verify` reads; an auditor's says nothing of persons."""
    pieces = export_for(call.installation.database, call.principal, municipality_id)
    chunks = tar_of(pieces)
    # A refusal must come before the first byte does.
    first = await anext(chunks)
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="ledger-{municipality_id}.tar"',
    }
    return StreamingResponse(_joined(first, chunks), media_type=_TAR, headers=headers)


@router.get(
    "/incidents/{incident_id}/evidence",
    response_class=Response,
    responses={200: {"content": {_ZIP: _FILE, _HTML: {}}}, **problem_responses(404, 409)},
)
async def get_evidence(request: Request, call: Caller, incident_id: str) -> Response:
    """What is sealed of an incident, with its proofs: a zip, or `Accept: text/html` to print."""
    evidence = await read_evidence(call.installation, call.principal, incident_id)
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


async def _joined(first: bytes, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in chunks:
        yield chunk
