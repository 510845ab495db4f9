"""How long the first page takes over all instants of a week: a what-if that draws no lots."""

from datetime import date
from typing import Annotated

from fastapi import Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from app.commands.directory.protocols import FindSubject, of_client, of_municipality
from app.commands.protocols.distributing import distribute
from app.problems import problem_responses, protocol_body
from app.protocols.fields import DayDate
from app.protocols.kinds import IncidentType, Severity
from app.routes.dependencies import Call, Caller
from app.routes.protocols.protocols import CLIENT, DEFAULT, read_optional_document
from app.routes.v1 import v1_router

router = v1_router("protocols")


class Incidents(BaseModel):
    """A type of incident with those severities of which the rest is said."""

    type: IncidentType
    severities: list[Severity]


class Share(BaseModel):
    """For this part of all instants it takes so long; `example_at` is one of them.

    `waits_for_morning` is the part at which nobody is woken: there, time counts from 07:00.
    """

    after_seconds: int
    share: float
    waits_for_morning: float
    example_at: str


class Distribution(BaseModel):
    """Seconds until the first human is paged, nobody answering; the shares are exact."""

    incidents: list[Incidents]
    variants: list[str]
    p50_seconds: int
    p90_seconds: int
    p99_seconds: int
    max_seconds: int
    shares: list[Share]


class Distributions(BaseModel):
    """One for each sort of incident, over all instants from `from` to `to`."""

    from_: str = Field(alias="from")
    to: str
    distributions: list[Distribution]


Week = Annotated[
    DayDate | None,
    Query(description="The first of the seven local days, within the horizon; by default today."),
]


@router.post(
    CLIENT + "/distribution",
    response_model=Distributions,
    responses=problem_responses(404, 415),
    openapi_extra=protocol_body(is_required=False),
)
async def distribute_protocol(
    call: Caller, request: Request, client_id: str, week: Week = None
) -> Response:
    """How long until a human is paged, for which part of a week, by a document or the published."""
    return await _distribute(
        call, of_client(call.principal, client_id, to_foresee=True), request, week
    )


@router.post(
    DEFAULT + "/distribution",
    response_model=Distributions,
    responses=problem_responses(404, 415),
    openapi_extra=protocol_body(is_required=False),
)
async def distribute_default_protocol(
    call: Caller, request: Request, organisation_id: str, week: Week = None
) -> Response:
    """The same with a document as a municipality's default."""
    return await _distribute(call, of_municipality(call.principal, organisation_id), request, week)


async def _distribute(
    call: Call, subject: FindSubject, request: Request, week: date | None
) -> Response:
    document = await read_optional_document(request)
    return JSONResponse(await distribute(call.installation, subject, document, week))
