"""A municipality's log: its signed head, its tiles, and proofs (LEDGER.md 2.5, 2.6)."""

import hashlib
from typing import Annotated, Any, Final, Literal

from fastapi import Header, Query, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import AwareDatetime, BaseModel, Field

from app.commands.ledgers.own_chain import read_own_entries
from app.commands.ledgers.reading import (
    read_consistency,
    read_head,
    read_log,
    read_proof,
    read_tile,
)
from app.installation.etag import is_known
from app.ledger.tree.merkle import SIZE_MAX
from app.problems import problem_responses
from app.routes.dependencies import Caller, ListQuery, Page
from app.routes.v1 import v1_router

router = v1_router("ledgers")

_LOG: Final = "/ledgers/{municipality_id}"
# A tile of a log never changes, but its successor has the same address: caches ask before use.
_ASKED: Final = "private, no-cache"
# A head is as new as the last seal.
_SHORTLY: Final = "private, max-age=1"
_Place = Annotated[int, Query(ge=0, le=SIZE_MAX)]


class FormerKey(BaseModel):
    """A key of a log, by the number with which it is made."""

    number: int
    verifier_key: Annotated[str, Field(description="By which anyone verifies the checkpoints.")]


class LogKey(FormerKey):
    """A key that signs until it is retired."""

    made_at: AwareDatetime
    retired_at: AwareDatetime | None


class Predecessor(BaseModel):
    """A log whose place this one took, with the last checkpoint that is known of it."""

    origin: str
    checkpoint: str
    ended_at: AwareDatetime
    keys: Annotated[list[FormerKey], Field(description="The newest first.")]


class Stopped(BaseModel):
    """Why nothing of a log is sealed any more: its newest checkpoint is not what is there now."""

    reason: Annotated[str, Field(description="A code; docs/operations.md, Sealing.")]
    since: AwareDatetime


class Log(BaseModel):
    """Who signs in the name of a municipality's log, and how far it goes."""

    municipality_id: str
    origin: str
    verifier_key: Annotated[str, Field(description="By which anyone verifies the checkpoints.")]
    size: int
    root: str
    signed_at: AwareDatetime
    seal_deadline_seconds: Annotated[
        int, Field(description="The longest that an entry may wait; beyond it people are told.")
    ]
    waiting: Annotated[int, Field(description="Entries that have no place in the tree yet.")]
    waiting_since: AwareDatetime | None
    stopped: Annotated[Stopped | None, Field(description="Null while the log is sealed.")]
    keys: Annotated[list[LogKey], Field(description="The newest first; two sign in an overlap.")]
    predecessors: Annotated[list[Predecessor], Field(description="The oldest first.")]


class OwnDisclosure(BaseModel):
    """What a digest of an entry's leaf stands for."""

    name: str
    value: Any
    digest: str
    disclosure: str


class OwnEntry(BaseModel):
    """An entry of a log's own chain, about no incident."""

    chain_id: Annotated[str, Field(description="The `incident` of the leaf.")]
    seq: int
    type: Literal["exported", "key_rotated", "succeeded"]
    at: AwareDatetime
    leaf_hash: str
    prev: str | None
    leaf: str
    leaf_index: int | None
    disclosures: list[OwnDisclosure]


class Consistency(BaseModel):
    """That the log of `size` begins with the log of `old_size`: hashes in base64 (RFC 9162)."""

    old_size: int
    old_checkpoint: Annotated[str | None, Field(description="If one was signed at that size.")]
    size: int
    proof: list[str]
    checkpoint: str


@router.get(_LOG, response_model=Log, responses=problem_responses(404))
async def get_log(call: Caller, municipality_id: str) -> Response:
    """Who signs, and how far the log is sealed."""
    return JSONResponse(await read_log(call.installation, call.principal, municipality_id))


@router.get(_LOG + "/entries", response_model=Page[OwnEntry], responses=problem_responses(404))
async def list_entries(
    call: Caller, municipality_id: str, query: Annotated[ListQuery, Query()]
) -> Response:
    """What is recorded of the log itself: exports, keys, the log whose place it took."""
    return JSONResponse(
        await read_own_entries(call.installation, call.principal, municipality_id, query.paging)
    )


@router.get(
    _LOG + "/checkpoint",
    response_class=PlainTextResponse,
    responses=problem_responses(404),
)
async def get_checkpoint(call: Caller, municipality_id: str) -> Response:
    """The newest signed head (c2sp.org/tlog-checkpoint). Keep it: it convicts a rewritten log."""
    head = await read_head(call.installation, call.principal, municipality_id)
    return PlainTextResponse(head.checkpoint, headers={"Cache-Control": _SHORTLY})


@router.get(
    _LOG + "/tile/{path:path}",
    responses={
        200: {"content": {"application/octet-stream": {}}},
        304: {"description": "It has not changed (If-None-Match)"},
        **problem_responses(404),
    },
    response_class=Response,
)
async def get_tile(
    call: Caller,
    municipality_id: str,
    path: str,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """A tile of the tree, or a bundle of entries (c2sp.org/tlog-tiles)."""
    data = await read_tile(call.installation, call.principal, municipality_id, f"tile/{path}")
    tag = hashlib.sha256(data).hexdigest()
    headers = {"Cache-Control": _ASKED, "ETag": f'"{tag}"'}
    if is_known(if_none_match, tag):
        return Response(status_code=304, headers=headers)
    return Response(data, media_type="application/octet-stream", headers=headers)


@router.get(
    _LOG + "/proof",
    response_class=PlainTextResponse,
    responses=problem_responses(404),
)
async def get_proof(call: Caller, municipality_id: str, entry: _Place) -> Response:
    """The proof of one entry, by its `leaf_index` (c2sp.org/tlog-proof)."""
    data = await read_proof(call.installation, call.principal, municipality_id, entry)
    return PlainTextResponse(data, headers={"Cache-Control": _SHORTLY})


@router.get(_LOG + "/consistency", response_model=Consistency, responses=problem_responses(404))
async def get_consistency(call: Caller, municipality_id: str, old: _Place) -> Response:
    """The proof that nothing was rewritten since the log had `old` entries."""
    return JSONResponse(
        await read_consistency(call.installation, call.principal, municipality_id, old)
    )
