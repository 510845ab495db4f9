"""This installation as a witness of other logs (c2sp.org/tlog-witness): no key is needed.

What is answered is fixed by that document, so refusals are plain text here, not problem documents.
"""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import PlainTextResponse

from app.ledger.notes.key import verifier_key_text
from app.ledger.notes.witness import SIZE_MEDIA_TYPE
from app.problems import problem_responses
from app.publishing.witness import PLAIN, Witness

router = APIRouter(prefix="/witness", tags=["ledgers"])

_TEXT: Final[dict[str, Any]] = {
    "content": {PLAIN.partition(";")[0]: {"schema": {"type": "string"}}}
}
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "Cosigned: signature lines.", **_TEXT},
    400: {"description": "No request of the protocol, or the old tree is the larger one.", **_TEXT},
    403: {"description": "Not signed by the log.", **_TEXT},
    404: {"description": "Not a log that is witnessed here.", **_TEXT},
    409: {
        "description": "Another tree was cosigned last: its size.",
        "content": {SIZE_MEDIA_TYPE: {"schema": {"type": "string"}}},
    },
    422: {"description": "The proof does not lead from the tree that was cosigned.", **_TEXT},
    503: {"description": "Nothing was cosigned; try again.", **_TEXT},
    **problem_responses(413),
}
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "text/plain": {
                "schema": {
                    "type": "string",
                    "description": "`old` and a size, hashes, an empty line, a signed checkpoint.",
                }
            }
        },
    }
}


async def read_witness(request: Request) -> Witness:
    """The witness of this process."""
    witness: Witness = request.app.state.witness
    return witness


Asked = Annotated[Witness, Depends(read_witness)]


@router.post(
    "/add-checkpoint", response_class=PlainTextResponse, responses=_ANSWERS, openapi_extra=_BODY
)
async def add_checkpoint(request: Request, witness: Asked) -> Response:
    """Cosign a log that this installation was told to witness, if it only grew."""
    reply = await witness.add_checkpoint(await request.body())
    # As a header: to a media type the framework would add a charset.
    headers = {"Cache-Control": "no-store", "Content-Type": reply.media_type}
    return Response(reply.body, status_code=reply.status, headers=headers)


@router.get("/key", response_class=PlainTextResponse)
async def get_key(witness: Asked) -> Response:
    """The verifier key of this witness, one line."""
    return PlainTextResponse(f"{verifier_key_text(witness.verifier)}\n")
