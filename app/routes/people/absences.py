"""Absences (不在), and who stands in (交代)."""

from typing import Annotated, Literal

from fastapi import Query, Response
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, Field, ValidationInfo, field_validator

from app.commands.people import absences, returning, substitutions
from app.commands.people.absences import Absence
from app.commands.people.substitutions import Reply
from app.problems import problem_responses
from app.routes.bodies import Body, Id, RosterInstant
from app.routes.dependencies import Caller, ListQuery, Once, Page, reply
from app.routes.people.uses import PARTY, DryRun, Stretch
from app.routes.v1 import v1_router

router = v1_router("people")


class _Interval(Body):
    from_: RosterInstant = Field(alias="from")
    to: RosterInstant

    @field_validator("to")
    @classmethod
    def _is_later(cls, to: RosterInstant, others: ValidationInfo) -> RosterInstant:
        begin = others.data.get("from_")
        if begin is not None and to <= begin:
            raise ValueError("Must be later than `from`.")
        return to


class InReturn(_Interval):
    """When the colleague's duty is that the person takes over in return."""


class NewAbsence(_Interval):
    """When a person cannot do their duty; `substitute_id` is asked to do it."""

    desk_id: Id | None = None
    substitute_id: Id | None = None
    in_return: InReturn | None = None

    def absence(self) -> Absence:
        """It as the command takes it."""
        back = self.in_return
        return Absence(
            begins_at=self.from_,
            ends_at=self.to,
            desk_id=self.desk_id,
            substitute_id=self.substitute_id,
            in_return=(back.from_, back.to) if back else None,
        )


class Substitution(BaseModel):
    """A request to take over duties; `version` is the roster's by which it was done."""

    id: str
    desk_id: str
    roster_id: str
    person_id: str
    substitute_id: str
    duties: list[Stretch]
    duties_in_return: list[Stretch]
    status: Literal["offered", "accepted", "declined", "withdrawn", "lapsed"]
    lapses_at: AwareDatetime
    offered_at: AwareDatetime
    offered_by: str | None
    answered_at: AwareDatetime | None
    answered_by: str | None
    version: int | None


class Interval(BaseModel):
    """From an instant to another, which is not included."""

    from_: AwareDatetime = Field(alias="from")
    to: AwareDatetime


class DeskAbsence(BaseModel):
    """What an absence means for a desk: the hours of a tier, and of the desk, without anybody."""

    desk_id: str
    roster_id: str
    is_accountable: bool
    duties: list[Stretch]
    version: int | None
    uncovered: list[Stretch]
    without_anybody: list[Interval]
    substitution: Substitution | None


class RecordedAbsence(BaseModel):
    """An absence as recorded, or a trial of it; desks without a roster have nothing to record."""

    person_id: str
    from_: AwareDatetime = Field(alias="from")
    to: AwareDatetime
    dry_run: bool
    desks: list[DeskAbsence]
    desk_ids_without_roster: list[str]


@router.post(
    PARTY + "/absences",
    status_code=201,
    response_model=RecordedAbsence,
    responses={
        200: {"description": "A trial: nothing was recorded", "model": RecordedAbsence},
        **problem_responses(404, 409, 415),
    },
)
async def create_absence(
    call: Caller,
    once: Once,
    party_id: str,
    body: NewAbsence,
    *,
    dry_run: DryRun = False,
) -> Response:
    """Record that a person cannot do their duty, or ask a colleague to do it."""
    return reply(
        await absences.record_absence(
            call.installation,
            call.principal,
            party_id,
            body.absence(),
            is_trial=dry_run,
            idempotency=once,
        )
    )


class EndedAbsence(_Interval):
    """From when to when a person can do their duty after all."""

    desk_id: Id | None = None


class DeskReturn(BaseModel):
    """The duty that the person has again by the roster's `version`."""

    desk_id: str
    roster_id: str
    duties: list[Stretch]
    version: int


class Return(BaseModel):
    """An absence that was taken back."""

    person_id: str
    from_: AwareDatetime = Field(alias="from")
    to: AwareDatetime
    desks: list[DeskReturn]


@router.post(
    PARTY + "/absences/withdraw",
    response_model=Return,
    responses=problem_responses(404, 409, 415),
)
async def withdraw_absence(call: Caller, once: Once, party_id: str, body: EndedAbsence) -> Response:
    """Take an absence back, or end it early: the person is on duty as if nothing had been said."""
    absence = Absence(begins_at=body.from_, ends_at=body.to, desk_id=body.desk_id)
    return reply(
        await returning.take_back_absence(
            call.installation, call.principal, party_id, absence, idempotency=once
        )
    )


@router.get(
    PARTY + "/substitutions", response_model=Page[Substitution], responses=problem_responses(404)
)
async def list_substitutions(
    call: Caller, party_id: str, query: Annotated[ListQuery, Query()]
) -> Response:
    """What a person has asked their colleagues, and what these have asked of them."""
    return JSONResponse(
        await substitutions.read_substitutions(
            call.installation, call.principal, party_id, query.paging
        )
    )


@router.post(
    PARTY + "/substitutions/{substitution_id}/{answer}",
    response_model=Substitution,
    responses=problem_responses(404, 409),
)
async def answer_substitution(
    call: Caller, once: Once, party_id: str, substitution_id: str, answer: Reply
) -> Response:
    """Accept or decline for the colleague who was asked; withdraw for whoever asked."""
    return reply(
        await substitutions.reply_by_key(
            call.installation,
            call.principal,
            party_id,
            substitution_id,
            answer,
            idempotency=once,
        )
    )
