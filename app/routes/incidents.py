"""Incidents: report, follow, act."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from itertools import islice
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    SkipValidation,
    ValidationError,
    model_validator,
)

from app.auth import Principal
from app.commands.act import ActOn
from app.commands.acts import ACTS, ActBody, HandOverBody, Id, Text
from app.commands.board import read_incident, read_incidents
from app.commands.incident import OpenIncident
from app.commands.instants import ExactInstant
from app.engine.engine import Engine
from app.escalation.incident import Status
from app.installation.answer import Answer, FieldsInvalid, Idempotency, refuse
from app.problems import ERRORS_MAX, body_errors, problem_responses, response_of
from app.protocols.kinds import IncidentType, Outcome, Severity
from app.routes.audit.ledger_query import Instant as QueryInstant
from app.routes.dependencies import Caller, ListQuery, Once, Page, reply
from app.routes.v1 import ItemsRoute, JsonRequest, v1_router
from app.store.board import IncidentFilter

BATCH_MAX = 500
router: APIRouter = v1_router("incidents")


class Holder(BaseModel):
    """Who is answerable now, since when, and by what right."""

    id: str
    kind: Literal["organisation", "desk", "person"]
    name: str | None
    organisation: str | None
    since: AwareDatetime
    basis: Literal["agreement", "acceptance"]


class IncidentAnswer(BaseModel):
    """An incident; `step` and `round` count from 1 and are null before the first step."""

    id: str
    client_id: str
    municipality_id: str
    type: IncidentType
    severity: Severity
    status: Status
    exhausted: bool
    drill: bool
    holder: Holder | None
    step: int | None
    round: int | None
    protocol_version: int | None
    wake_at: AwareDatetime | None
    occurred_at: AwareDatetime
    opened_at: AwareDatetime
    acknowledged_at: AwareDatetime | None
    arrived_at: AwareDatetime | None
    closed_at: AwareDatetime | None
    outcome: Outcome | None
    signal_count: int


class Receipt(BaseModel):
    """The incident's newest entry when this was answered; its hash commits to all before it."""

    seq: int
    leaf_hash: Annotated[str, Field(description="Hexadecimal, as the entry itself has it")]


class ReportAnswer(IncidentAnswer):
    """The incident that was opened or repeated. Keep the receipt: it convicts a dropped entry."""

    receipt: Receipt


class ActAnswer(ReportAnswer):
    """What an act did, and the incident after it."""

    result: Literal["applied", "joined", "recorded", "repeated"]


class ReportBody(BaseModel):
    """What a provider reports. Exactly one of `client_id` and `client_ref` is given."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    client_id: Id | None = None
    client_ref: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        default=None, description="Your own number of the client"
    )
    type: IncidentType
    severity: Severity | None = Field(default=None, description="By default that of the type")
    occurred_at: ExactInstant | None = None
    summary: Text | None = None
    details: JsonValue = None
    dedup_key: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    drill: Annotated[bool, Field(strict=True)] = False

    @model_validator(mode="after")
    def _one_client(self) -> Self:
        if (self.client_id is None) == (self.client_ref is None):
            raise ValueError("Give exactly one of client_id and client_ref.")
        return self

    def command(
        self, principal: Principal, incident_id: str, idempotency: Idempotency | None
    ) -> OpenIncident:
        """The command that this report is."""
        return OpenIncident(
            principal=principal, incident_id=incident_id, idempotency=idempotency, **dict(self)
        )


class BatchBody(BaseModel):
    """Several reports; each is read, answered and durable on its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    # Not validated with the others: one that cannot be read must not harm them.
    items: Annotated[list[SkipValidation[ReportBody]], Field(min_length=1, max_length=BATCH_MAX)]


class BatchResult(BaseModel):
    """The answer to one report of a batch: an incident, or a problem document."""

    status: int
    body: dict[str, Any]


class BatchAnswer(BaseModel):
    """The answers, in the order of the reports."""

    items: list[BatchResult]


class IncidentQuery(ListQuery):
    """Which incidents are listed."""

    status: Status | None = None
    client_id: Id | None = None
    municipality_id: Id | None = None
    holder_id: Id | None = None
    opened_from: QueryInstant | None = None
    opened_to: QueryInstant | None = None
    drill: bool | None = None

    @property
    def wanted(self) -> IncidentFilter:
        """The filter."""
        fields = self.model_dump(exclude={"limit", "cursor"})
        return IncidentFilter(**fields)


@router.post(
    "/incidents",
    status_code=201,
    response_model=ReportAnswer,
    responses={
        200: {"model": ReportAnswer, "description": "It repeats this open incident"},
        **problem_responses(404, 415),
    },
)
async def report(request: Request, body: ReportBody, caller: Caller, once: Once) -> Response:
    """Open an incident. When this is answered, somebody is responsible and nothing is lost."""
    incident_id = caller.installation.new_id()
    return reply(await _submit(request, body.command(caller.principal, incident_id, once)))


async def report_many(request: Request, body: BatchBody, caller: Caller, once: Once) -> Response:
    """Open several incidents at once. An Idempotency-Key covers each report by its place."""
    assert isinstance(request, JsonRequest), "what an ItemsRoute is given"
    flaws = request.flaws_of_items()

    async def one(place: int, item: object) -> dict[str, object]:
        key = None
        if once is not None:
            key = Idempotency(scope=f"{once.scope} {place}", key=once.key, body_hash=once.body_hash)
        try:
            refuse(flaws.get(place, ()))
            report = _read_report(item)
            command = report.command(caller.principal, caller.installation.new_id(), key)
            answer = await _submit(request, command)
        except Exception as error:  # noqa: BLE001  # each report has an answer of its own
            status, document = response_of(error)
            return {"status": status, "body": document}
        return {"status": answer.status, "body": dict(answer.body)}

    results = await asyncio.gather(*(one(at, item) for at, item in enumerate(body.items)))
    # ASCII, because the name of a wrong field may be half of a character.
    return Response(json.dumps({"items": results}), 207, media_type="application/json")


router.add_api_route(
    "/incidents/batch",
    report_many,
    methods=["POST"],
    status_code=207,
    response_model=BatchAnswer,
    responses=problem_responses(415),
    route_class_override=ItemsRoute,
)


def _read_report(item: object) -> ReportBody:
    try:
        return ReportBody.model_validate(item)
    except ValidationError as error:
        wrong = body_errors(error.errors(include_url=False), item)
        raise FieldsInvalid(errors=islice(wrong, ERRORS_MAX)) from None


@router.get("/incidents", response_model=Page[IncidentAnswer])
async def list_(query: Annotated[IncidentQuery, Query()], caller: Caller) -> Response:
    """The incidents that you may see, oldest first."""
    found = await read_incidents(caller.installation, caller.principal, query.wanted, query.paging)
    return JSONResponse(found)


@router.get(
    "/incidents/{incident_id}", response_model=IncidentAnswer, responses=problem_responses(404)
)
async def read(incident_id: str, caller: Caller) -> Response:
    """One incident as it stands."""
    return JSONResponse(await read_incident(caller.installation, caller.principal, incident_id))


Handler = Callable[..., Coroutine[Any, Any, Response]]


def _act_route(name: str, body_class: type[ActBody]) -> Handler:
    """The handler of one act. FastAPI reads the body's class from the annotation."""

    async def act(
        request: Request,
        incident_id: str,
        caller: Caller,
        once: Once,
        body: body_class,  # type: ignore[valid-type]  # one class per route
    ) -> Response:
        said: ActBody = body
        command = ActOn(
            principal=caller.principal,
            incident_id=incident_id,
            act=name,
            party_id=said.party_id,
            on_behalf_of=said.on_behalf_of,
            to_party_id=said.to_party_id if isinstance(said, HandOverBody) else None,
            make=said.event,
            idempotency=once,
        )
        return reply(await _submit(request, command))

    async def bare_act(
        request: Request,
        incident_id: str,
        caller: Caller,
        once: Once,
        body: body_class | None = None,  # type: ignore[valid-type]  # one class per route
    ) -> Response:
        said = body or body_class()
        return await act(request, incident_id, caller, once, said)

    needs_body = any(field.is_required() for field in body_class.model_fields.values())
    return act if needs_body else bare_act


for _name, _body_class in ACTS.items():
    router.add_api_route(
        f"/incidents/{{incident_id}}/{_name}",
        _act_route(_name, _body_class),
        methods=["POST"],
        response_model=ActAnswer,
        operation_id=f"act_{_name}",
        summary=(_body_class.__doc__ or "").strip(),
        responses=problem_responses(404, 409, 410, 415),
    )


async def _submit(request: Request, command: OpenIncident | ActOn) -> Answer:
    engine: Engine = request.app.state.engine
    answer = await engine.submit(command)
    assert isinstance(answer, Answer)
    return answer
