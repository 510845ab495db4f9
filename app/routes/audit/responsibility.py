"""Who was responsible: per incident, at an instant, across incidents; and the entries behind it."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import AwareDatetime, BaseModel, Field

from app.commands.audit.entries import read_entries
from app.commands.audit.responsibility import (
    IntervalPage,
    read_holder_at,
    read_holders_at,
    read_intervals,
    read_responsibility,
    stream_intervals,
)
from app.escalation.incident import Status
from app.installation.answer import FieldError, FieldsInvalid
from app.ledger.words import Basis, Cause, EntryType
from app.problems import problem_responses
from app.routes.audit import interval_table
from app.routes.audit.ledger_query import EntryQuery, InstantQuery, IntervalQuery, write_key
from app.routes.dependencies import Caller, Page
from app.routes.tables import CSV, MEDIA_TYPE, wants_csv
from app.routes.v1 import v1_router

router: APIRouter = v1_router("responsibility")


class Holder(BaseModel):
    """Who held. For auditors, a person's id is a pseudonym that means nothing elsewhere."""

    id: str
    kind: Literal["organisation", "desk", "person"]
    name: str | None
    organisation: str | None


class Interval(BaseModel):
    """One holder from an instant (included) until another (not included; null: still)."""

    holder: Holder
    from_: AwareDatetime = Field(alias="from")
    to: AwareDatetime | None
    cause: Cause | None
    basis: Basis | None
    step: int | None
    protocol_version: int | None


class Responsibility(BaseModel):
    """The intervals of an incident, contiguous, in order."""

    incident_id: str
    status: Status
    drill: bool
    intervals: list[Interval]


class ListedInterval(Interval):
    """An interval with the incident that it is of."""

    incident_id: str
    client_id: str
    drill: bool


class NamedParty(BaseModel):
    """A party that an entry names, and its pseudonym in the leaves of this incident."""

    id: str
    kind: Literal["organisation", "desk", "person", "system"]
    name: str | None
    organisation: str | None
    pseudonym: str | None


class Disclosed(BaseModel):
    """What one digest of a leaf stands for; `disclosure` is the string that was hashed."""

    name: str
    value: Any
    digest: str
    disclosure: str


class Entry(BaseModel):
    """One entry of the ledger: what happened, and the leaf verbatim (base64) with its hash."""

    seq: int
    type: EntryType
    cause: Cause | None
    basis: Basis | None
    from_: NamedParty | None = Field(alias="from")
    to: NamedParty | None
    actor: NamedParty | None
    at: AwareDatetime
    due: AwareDatetime | None
    step: int | None
    round: int | None
    drill: bool
    leaf_hash: str
    prev: str | None
    leaf: str
    leaf_index: int | None
    disclosures: list[Disclosed]


class Holding(BaseModel):
    """Who held an incident at an instant; all null outside [opened, closed)."""

    incident_id: str
    holder: Holder | None
    cause: Cause | None
    basis: Basis | None
    since: AwareDatetime | None
    step: int | None


class HoldingAt(Holding):
    """Who held one incident at `time`."""

    time: AwareDatetime


class HoldingsAt(BaseModel):
    """Who held each incident of a client that was open at `time`."""

    time: AwareDatetime
    client_id: str
    items: list[Holding]


@router.get(
    "/incidents/{incident_id}/responsibility",
    response_model=Responsibility,
    responses=problem_responses(404),
)
async def read_one(incident_id: str, call: Caller) -> Response:
    """Who was responsible for an incident, from its opening to its closing without a gap."""
    found = await read_responsibility(call.installation, call.principal, incident_id)
    return JSONResponse(found)


@router.get(
    "/incidents/{incident_id}/entries",
    response_model=Page[Entry],
    responses=problem_responses(404),
)
async def list_entries(
    incident_id: str, query: Annotated[EntryQuery, Query()], call: Caller
) -> Response:
    """The ledger's entries of an incident, in order, with what of them you may see."""
    found = await read_entries(
        call.installation,
        call.principal,
        incident_id,
        after_seq=query.after_seq,
        limit=query.limit,
    )
    return JSONResponse(found)


@router.get(
    "/responsibility",
    response_model=Page[ListedInterval],
    responses={200: {"content": {CSV: {"schema": {"type": "string"}}}}},
)
async def list_intervals(
    request: Request, query: Annotated[IntervalQuery, Query()], call: Caller
) -> Response:
    """Intervals across incidents, in the order in which they began; `Accept: text/csv` for CSV.

    CSV holds all of them from `cursor` on, whatever `limit` says.
    """
    headers = {"Vary": "Accept", "Cache-Control": "no-store"}
    if wants_csv(request.headers.get("accept", "")):
        pages = stream_intervals(call.installation, call.principal, query.wanted, after=query.after)
        # A refusal must come before the first line does.
        first = await anext(pages)
        headers["Content-Disposition"] = 'attachment; filename="responsibility.csv"'
        lines = _table(first, pages)
        return StreamingResponse(lines, media_type=MEDIA_TYPE, headers=headers)
    found = await read_intervals(
        call.installation, call.principal, query.wanted, after=query.after, limit=query.limit
    )
    cursor = write_key(found.next) if found.next else None
    return JSONResponse({"items": found.items, "next_cursor": cursor}, headers=headers)


@router.get(
    "/responsibility/at",
    response_model=HoldingAt | HoldingsAt,
    responses=problem_responses(404),
)
async def read_at(query: Annotated[InstantQuery, Query()], call: Caller) -> Response:
    """Who was responsible at an instant: for an incident, or for each open one of a client."""
    if query.incident_id and not query.client_id:
        found = await read_holder_at(
            call.installation, call.principal, query.incident_id, query.time
        )
    elif query.client_id and not query.incident_id:
        found = await read_holders_at(
            call.installation, call.principal, query.client_id, query.time
        )
    else:
        detail = "Give exactly one of incident_id and client_id."
        error = FieldError(pointer="/incident_id", detail=detail, place="query")
        raise FieldsInvalid(errors=[error])
    return JSONResponse(found)


async def _table(first: IntervalPage, others: AsyncIterator[IntervalPage]) -> AsyncIterator[str]:
    yield interval_table.heading() + interval_table.rows(first.items)
    written = len(first.items)
    async for page in others:
        if written >= interval_table.ROWS_MAX:
            yield interval_table.truncated()
            return
        yield interval_table.rows(page.items)
        written += len(page.items)
