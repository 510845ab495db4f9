"""Before a protocol is published: the proof of its cover, and a dry run."""

import json
from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Annotated, Any, Final

from fastapi import Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from app.commands.directory.protocols import Document, FindSubject, of_client, of_municipality
from app.commands.instants import ExactInstant
from app.commands.protocols.checking import check, shown
from app.commands.protocols.reporting import picture_of, text_of
from app.commands.protocols.simulating import Script, simulate
from app.cover.rehearsal import ANSWER_WITHIN, ANSWERS_MAX, Act, Answer
from app.escalation.party import PartyId
from app.problems import problem_responses, protocol_body
from app.protocols.fields import DayDate
from app.protocols.kinds import IncidentType, Language, Severity
from app.routes.bodies import Body, Id
from app.routes.dependencies import Call, Caller
from app.routes.languages import Reader
from app.routes.protocols.media import JSON, SVG, TEXT, also_as, preferred
from app.routes.protocols.protocols import CLIENT, DEFAULT, Warned, read_optional_document
from app.routes.v1 import v1_router

router = v1_router("protocols")
_SPOKEN: Final[Mapping[str, str]] = MappingProxyType({"Vary": "Accept, Accept-Language"})
_AFTER_SECONDS_MAX: Final = ANSWER_WITHIN // timedelta(seconds=1)
# A picture holds nothing that runs; opened by itself it may do nothing either.
_HARMLESS: Final[Mapping[str, str]] = MappingProxyType(
    {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
)


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
    after_seconds: Annotated[float, Field(strict=True, ge=0, le=_AFTER_SECONDS_MAX)]
    """To the millisecond, as counterexamples of a check have it."""
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
                after=timedelta(milliseconds=round(one.after_seconds * 1000)),
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


Week = Annotated[
    DayDate | None,
    Query(description="Of the picture: the first of its seven days; by default today."),
]


@router.post(
    CLIENT + "/check",
    response_model=CheckReport,
    responses=also_as(TEXT, SVG) | problem_responses(404, 415),
    openapi_extra=protocol_body(is_required=False),
)
async def check_protocol(
    call: Caller, request: Request, client_id: str, language: Reader, week: Week = None
) -> Response:
    """Prove the cover of a document, or without one of the published version.

    `Accept: text/plain` for a report to read, `image/svg+xml` for a picture of a week.
    """
    subject = of_client(call.principal, client_id, to_foresee=True)
    return await _check(call, subject, request, language, week)


@router.post(
    DEFAULT + "/check",
    response_model=CheckReport,
    responses=also_as(TEXT, SVG) | problem_responses(404, 415),
    openapi_extra=protocol_body(is_required=False),
)
async def check_default_protocol(
    call: Caller, request: Request, organisation_id: str, language: Reader, week: Week = None
) -> Response:
    """Prove the cover of a document as a municipality's default, or of the published one."""
    subject = of_municipality(call.principal, organisation_id)
    return await _check(call, subject, request, language, week)


@router.post(CLIENT + "/simulate", response_model=Simulated, responses=problem_responses(404, 415))
async def simulate_protocol(call: Caller, client_id: str, body: Simulation) -> Response:
    """Let an incident run through a document on a virtual clock; nothing is sent or stored."""
    return await _simulate(call, of_client(call.principal, client_id, to_foresee=True), body)


@router.post(DEFAULT + "/simulate", response_model=Simulated, responses=problem_responses(404, 415))
async def simulate_default_protocol(
    call: Caller, organisation_id: str, body: Simulation
) -> Response:
    """The same with a document as a municipality's default."""
    return await _simulate(call, of_municipality(call.principal, organisation_id), body)


async def _check(
    call: Call, subject: FindSubject, request: Request, language: Language, week: date | None
) -> Response:
    document = await read_optional_document(request)
    form = preferred(request.headers.get("accept", ""), (JSON, TEXT, SVG))
    now = call.installation.clock()
    if form == JSON:
        examined = await check(call.installation.database, now, subject, document)
        return JSONResponse(shown(examined), headers=dict(_SPOKEN))
    # From a whole minute on, so that what people read is not full of thousandths.
    minute = now.replace(second=0, microsecond=0)
    examined = await check(call.installation.database, minute, subject, document)
    headers = {**_SPOKEN, "Content-Language": language}
    if form == TEXT:
        return Response(await text_of(examined, language), media_type=TEXT, headers=headers)
    drawing = await picture_of(examined, week, language)
    return Response(drawing, media_type=SVG, headers={**headers, **_HARMLESS})


async def _simulate(call: Call, subject: FindSubject, body: Simulation) -> Response:
    document = None
    if body.document is not None:
        document = Document(text=json.dumps(body.document).encode())
    return JSONResponse(await simulate(call.installation, subject, document, body.script))
