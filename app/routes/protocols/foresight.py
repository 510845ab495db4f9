"""Before a protocol is published: the proof of its cover, and a dry run."""

import json
from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from app.commands.directory.protocols import Document, FindSubject, of_client, of_municipality
from app.commands.instants import ExactInstant
from app.commands.protocols.checking import check
from app.commands.protocols.simulating import Script, simulate
from app.cover.rehearsal import ANSWERS_MAX, Act, Answer
from app.escalation.party import PartyId
from app.problems import problem_responses, protocol_body
from app.protocols.kinds import IncidentType, Severity
from app.routes.bodies import Body, Id
from app.routes.dependencies import Call, Caller
from app.routes.protocols.protocols import CLIENT, DEFAULT, Warned, read_document
from app.routes.v1 import v1_router

router = v1_router("protocols")
DAY_SECONDS: Final = 86_400


class Counterexample(BaseModel):
    """An incident that runs into a gap: sent on by a coordinator so long after it was opened."""

    type: IncidentType
    severity: Severity
    opened_at: str
    at: str
    escalate_after_seconds: float


class Gap(BaseModel):
    """From an instant to another a step that can be come to can ask nobody."""

    pointer: str
    variant: str
    step: int
    incidents: list[str]
    from_: str = Field(alias="from")
    to: str
    cause: str
    counterexample: Counterexample


class LatestPage(BaseModel):
    """The latest page to a party at a step of a round, if nobody answers."""

    step: int
    round: int
    party_id: str
    after_seconds: int
    at: str


class WorstCase(BaseModel):
    """Protocol time alone, nobody answering; each maximum with an opening at which it is met."""

    variant: str
    accountable_holds_after_seconds: int
    at: str
    type: IncidentType
    severity: Severity
    first_page_after_seconds: int
    first_page_at: str
    pages: list[LatestPage]


class CheckReport(BaseModel):
    """`ok`: it may be published. Gaps are those of the horizon, `from` … `to`."""

    ok: bool
    errors: list[Warned]
    warnings: list[Warned]
    from_: str | None = Field(alias="from")
    to: str | None
    gaps: list[Gap]
    gap_count: int
    unplanned: list[Gap]
    worst_case: WorstCase | None


class ScriptedAnswer(Body):
    """Somebody does something so long after the opening; without `party_id` a coordinator."""

    party_id: Id | None = None
    after_seconds: Annotated[int, Field(strict=True, ge=0, le=DAY_SECONDS)]
    act: Act


class Simulation(Body):
    """What is reported, and who answers how. Without a document: the published one."""

    document: Annotated[dict[str, Any] | None, Field(description="As for publishing.")] = None
    type: IncidentType
    severity: Severity | None = None
    at: ExactInstant | None = None
    answers: Annotated[tuple[ScriptedAnswer, ...], Field(max_length=ANSWERS_MAX)] = ()

    @property
    def script(self) -> Script:
        """What the command needs of it."""
        answers = [
            Answer(
                party_id=PartyId(one.party_id) if one.party_id else None,
                after=timedelta(seconds=one.after_seconds),
                act=one.act,
            )
            for one in self.answers
        ]
        return Script(incident_type=self.type, severity=self.severity, at=self.at, answers=answers)


class Simulated(BaseModel):
    """The entries in order, who would hold when, what everybody would receive."""

    opened_at: str
    ended_at: str
    status: str
    exhausted: bool
    variant: str
    timeline: list[dict[str, Any]]
    intervals: list[dict[str, Any]]
    messages: list[dict[str, Any]]


@router.post(
    CLIENT + "/check",
    response_model=CheckReport,
    responses=problem_responses(404, 415),
    openapi_extra=protocol_body(is_required=False),
)
async def check_protocol(call: Caller, request: Request, client_id: str) -> Response:
    """Prove the cover of a document, or without one of the published version."""
    return await _check(call, of_client(call.principal, client_id), request)


@router.post(
    DEFAULT + "/check",
    response_model=CheckReport,
    responses=problem_responses(404, 415),
    openapi_extra=protocol_body(is_required=False),
)
async def check_default_protocol(call: Caller, request: Request, organisation_id: str) -> Response:
    """Prove the cover of a document as a municipality's default, or of the published one."""
    return await _check(call, of_municipality(call.principal, organisation_id), request)


@router.post(CLIENT + "/simulate", response_model=Simulated, responses=problem_responses(404, 415))
async def simulate_protocol(call: Caller, client_id: str, body: Simulation) -> Response:
    """Let an incident run through a document on a virtual clock; nothing is sent or stored."""
    return await _simulate(call, of_client(call.principal, client_id), body)


@router.post(DEFAULT + "/simulate", response_model=Simulated, responses=problem_responses(404, 415))
async def simulate_default_protocol(
    call: Caller, organisation_id: str, body: Simulation
) -> Response:
    """The same with a document as a municipality's default."""
    return await _simulate(call, of_municipality(call.principal, organisation_id), body)


async def _check(call: Call, subject: FindSubject, request: Request) -> Response:
    document = await read_document(request)
    is_absent = document.text.strip() in {b"", b"{}"}
    report = await check(call.installation, subject, None if is_absent else document)
    return JSONResponse(report)


async def _simulate(call: Call, subject: FindSubject, body: Simulation) -> Response:
    document = None
    if body.document is not None:
        document = Document(text=json.dumps(body.document).encode())
    return JSONResponse(await simulate(call.installation, subject, document, body.script))
