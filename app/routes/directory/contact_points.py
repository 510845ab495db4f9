"""Contact points of organisations, desks and persons."""

from enum import StrEnum
from typing import Annotated, Literal

from fastapi import Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, StringConstraints

from app.commands.contact.asking import ask_contact_point
from app.commands.directory import contact_points
from app.commands.directory.contact_points import ContactPointChange
from app.commands.people.leaving import try_contact_point_change
from app.escalation.delivery import DeliveryStatus
from app.problems import problem_responses
from app.protocols.calendar import Hours
from app.protocols.fields import HoursField
from app.routes.bodies import Body, Change, Delay, Flag
from app.routes.dependencies import Caller, Channels, ListQuery, Once, Page, reply
from app.routes.people.uses import ContactPointTrial, DryRun, trial_reply
from app.routes.v1 import v1_router
from app.store.contact.check import CheckState

router = v1_router("directory")
PATH = "/parties/{party_id}/contact-points"

Address = Annotated[str, StringConstraints(min_length=1, max_length=2048)]
Secret = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class ChannelName(StrEnum):
    """The ways to reach a party."""

    WEBHOOK = "webhook"
    EMAIL = "email"
    INBOX = "inbox"


class ContactPoint(BaseModel):
    """One way to reach a party. E-mail and inbox addresses are shown to coordinators only."""

    id: str
    party_id: str
    channel: ChannelName
    address: str | None
    hours: str | list[str]
    delay_seconds: int
    # What is known of it by asking whether it can be read.
    state: CheckState
    last_asked_at: str | None
    last_confirmed_at: str | None
    created_at: str
    retired_at: str | None


class CreatedContactPoint(ContactPoint):
    """With a webhook's signing secret, if it was made here: it is never shown again."""

    secret: str | None = None


class ContactCheck(BaseModel):
    """The question whether a contact point can be read, and what became of it so far."""

    id: str
    kind: Literal["contact.check"]
    party_id: str
    contact_point_id: str
    channel: ChannelName
    state: CheckState
    # Of its message; `reason` is the code of the last failure.
    delivery: DeliveryStatus
    reason: str | None
    asked_at: str
    read_at: str | None


class NewContactPoint(Body):
    """A webhook's URL, an e-mail address, or an inbox, which has no address of its own."""

    channel: ChannelName
    address: Address | None = None
    secret: Secret | None = None
    hours: HoursField = Hours.always
    delay_seconds: Delay = 0


class ChangedContactPoint(Change):
    """`retired: true` is final."""

    address: Address | None = None
    hours: HoursField | None = None
    delay_seconds: Delay | None = None
    retired: Flag | None = None


@router.post(
    PATH,
    status_code=201,
    response_model=CreatedContactPoint,
    responses=problem_responses(404, 409, 415),
)
async def create_contact_point(
    call: Caller, channels: Channels, once: Once, party_id: str, body: NewContactPoint
) -> Response:
    """Add a way to reach a party; it is used from now on."""
    return reply(
        await contact_points.create_contact_point(
            call.installation,
            channels,
            call.principal,
            party_id,
            channel=body.channel,
            address=body.address,
            secret=body.secret,
            hours=body.hours,
            delay_seconds=body.delay_seconds,
            idempotency=once,
        )
    )


@router.get(PATH, response_model=Page[ContactPoint], responses=problem_responses(404))
async def list_contact_points(
    call: Caller, party_id: str, query: Annotated[ListQuery, Query()]
) -> Response:
    """The ways to reach a party, retired ones too."""
    return JSONResponse(
        await contact_points.read_contact_points(
            call.installation, call.principal, party_id, query.paging
        )
    )


@router.get(
    PATH + "/{contact_point_id}", response_model=ContactPoint, responses=problem_responses(404)
)
async def get_contact_point(call: Caller, party_id: str, contact_point_id: str) -> Response:
    """One way to reach a party."""
    return JSONResponse(
        await contact_points.read_contact_point(
            call.installation, call.principal, party_id, contact_point_id
        )
    )


@router.patch(
    PATH + "/{contact_point_id}",
    response_model=ContactPoint | ContactPointTrial,
    responses=problem_responses(404, 409, 415),
)
async def change_contact_point(
    call: Caller,
    channels: Channels,
    party_id: str,
    contact_point_id: str,
    body: ChangedContactPoint,
    *,
    dry_run: DryRun = False,
) -> Response:
    """Change or retire a way to reach a party."""
    change = ContactPointChange(
        address=body.address,
        hours=body.hours,
        delay_seconds=body.delay_seconds,
        retired=body.retired,
    )
    if dry_run:
        return trial_reply(
            await try_contact_point_change(
                call.installation,
                channels,
                call.principal,
                party_id,
                contact_point_id=contact_point_id,
                change=change,
            )
        )
    return reply(
        await contact_points.change_contact_point(
            call.installation,
            channels,
            call.principal,
            party_id,
            contact_point_id=contact_point_id,
            change=change,
        )
    )


@router.post(
    PATH + "/{contact_point_id}/test",
    status_code=201,
    response_model=ContactCheck,
    responses={
        200: {"model": ContactCheck, "description": "The one of less than a minute ago"},
        **problem_responses(404, 409, 415),
    },
)
async def test_contact_point(
    call: Caller, once: Once, party_id: str, contact_point_id: str
) -> Response:
    """Ask a contact point whether it can be read; the message goes out at once."""
    return reply(
        await ask_contact_point(
            call.installation, call.principal, party_id, contact_point_id, idempotency=once
        )
    )
