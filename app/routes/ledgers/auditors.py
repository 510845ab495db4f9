"""The auditors of a municipality's log: who is mailed its checkpoint each day."""

from typing import Annotated, Literal

from fastapi import Response
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from app.channels.email import ADDRESS, ADDRESS_LENGTH_MAX, EmailChannel
from app.commands.ledgers import auditors
from app.problems import problem_responses
from app.protocols.kinds import Language
from app.routes.bodies import LIST_MAX, Body
from app.routes.dependencies import Caller, Channels
from app.routes.v1 import v1_router

router = v1_router("ledgers")

_PATTERN = f"^{ADDRESS.pattern.replace('?P<local>', '').replace('?P<domain>', '')}$"
_Address = Annotated[
    str,
    StringConstraints(max_length=ADDRESS_LENGTH_MAX),
    Field(json_schema_extra={"pattern": _PATTERN}),
]


class Mail(BaseModel):
    """The newest mail to an auditor: of which day, of which head, and what became of it."""

    day: Annotated[str, Field(description="In Japan.")]
    size: int
    status: Literal["pending", "sent", "failed"]
    reason: Annotated[str | None, Field(description="Of the last try that failed, a code.")]
    finished_at: AwareDatetime | None


class Auditor(BaseModel):
    """An address to which the checkpoint is mailed."""

    address: str
    language: Language
    last_mail: Mail | None


class Auditors(BaseModel):
    """All auditors of a log, by address."""

    mail_server: Annotated[bool, Field(description="Without one nobody is mailed anything.")]
    auditors: list[Auditor]


class NewAuditor(Body):
    """An e-mail address, and the language in which it is written to."""

    address: _Address
    language: Language = "ja"


class NewAuditors(Body):
    """All of them: who is not named gets no more mails."""

    auditors: Annotated[list[NewAuditor], Field(max_length=LIST_MAX)]


@router.get(
    "/ledgers/{municipality_id}/auditors",
    response_model=Auditors,
    responses=problem_responses(404),
)
async def get_auditors(call: Caller, municipality_id: str) -> Response:
    """To whom the checkpoint of the day is mailed, and what became of the last mails."""
    return JSONResponse(
        await auditors.read_auditors(call.installation, call.principal, municipality_id)
    )


@router.put(
    "/ledgers/{municipality_id}/auditors",
    response_model=Auditors,
    responses=problem_responses(404, 409, 415),
)
async def put_auditors(
    call: Caller, channels: Channels, municipality_id: str, body: NewAuditors
) -> Response:
    """Name all auditors; each is mailed the checkpoint once a day from now on."""
    named = [auditors.Auditor(address=one.address, language=one.language) for one in body.auditors]
    return JSONResponse(
        await auditors.set_auditors(
            call.installation,
            call.principal,
            channels[EmailChannel.name],
            municipality_id,
            named,
        )
    )
