"""Where a party or a contact point is used, and what a change of it would do."""

from typing import Annotated, Generic, TypeVar

from fastapi import Query, Response
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from app.commands.people import uses
from app.commands.people.leaving import Trial
from app.installation.paging import LIMIT_DEFAULT, LIMIT_MAX
from app.problems import problem_responses, response_of
from app.routes.dependencies import Caller, ListQuery, Page
from app.routes.v1 import v1_router

router = v1_router("people")
PARTY = "/parties/{party_id}"

ItemT = TypeVar("ItemT")

DryRun = Annotated[
    bool,
    Query(description="Say what would be, and change nothing: a trial is answered."),
]


class UsesQuery(BaseModel):
    """How much of each kind is listed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT


class Place(BaseModel):
    """A place in a protocol: accountable, approval, desk, person, inform or also_page."""

    pointer: str
    role: str


class ProtocolUse(BaseModel):
    """The newest version of a client's protocol or, without a client, of a default."""

    client_id: str | None
    client_code: str | None
    municipality_id: str
    version: int
    party_id: Annotated[str, Field(description="Whom the places name.")]
    places: list[Place]


class Stretch(BaseModel):
    """Duty without a break, in one tier."""

    from_: AwareDatetime = Field(alias="from")
    to: AwareDatetime
    tier: int


class RosterUse(BaseModel):
    """A roster: where its newest version names the person, and their duty of the next 8 weeks."""

    roster_id: str
    desk_id: str
    version: int
    places: list[str]
    duty_count: int
    duties: list[Stretch]


class DeskUse(BaseModel):
    """A desk at which the person takes turns."""

    desk_id: str
    organisation_id: str


class IncidentUse(BaseModel):
    """An open incident, and what the party is to it: holder, offered, asked, asked_before."""

    incident_id: str
    client_id: str
    status: str
    role: str


class MunicipalityUse(BaseModel):
    """A municipality that falls back on the desk where there is no protocol."""

    municipality_id: str


class Section(BaseModel, Generic[ItemT]):
    """The first ones of a kind; how many there are; and how many the key may not see."""

    items: list[ItemT]
    total: int
    hidden: int


class PartyUses(BaseModel):
    """Where a party is used."""

    party_id: str
    protocols: Section[ProtocolUse]
    protocols_of_desks: Annotated[
        Section[ProtocolUse],
        Field(description="Of a person: those that name a desk at which they take turns."),
    ]
    rosters: Section[RosterUse]
    desks: Section[DeskUse]
    incidents: Section[IncidentUse]
    municipalities: Section[MunicipalityUse]


class ContactPointUses(PartyUses):
    """What a contact point is needed for; `is_last`: its party has no other."""

    contact_point_id: str
    is_last: bool
    pending_messages: int


class Warned(BaseModel):
    """What is worth knowing of what was changed."""

    pointer: str
    detail: str


@router.get(PARTY + "/uses", response_model=PartyUses, responses=problem_responses(404))
async def get_party_uses(
    call: Caller, party_id: str, query: Annotated[UsesQuery, Query()]
) -> Response:
    """Where an organisation, a desk or a person is used."""
    return JSONResponse(
        await uses.read_party_uses(call.installation, call.principal, party_id, limit=query.limit)
    )


@router.get(
    PARTY + "/uses/protocols", response_model=Page[ProtocolUse], responses=problem_responses(404)
)
async def list_protocol_uses(
    call: Caller, party_id: str, query: Annotated[ListQuery, Query()]
) -> Response:
    """All published protocols that name a party."""
    return JSONResponse(
        await uses.read_protocol_uses(call.installation, call.principal, party_id, query.paging)
    )


@router.get(
    PARTY + "/contact-points/{contact_point_id}/uses",
    response_model=ContactPointUses,
    responses=problem_responses(404),
)
async def get_contact_point_uses(
    call: Caller, party_id: str, contact_point_id: str, query: Annotated[UsesQuery, Query()]
) -> Response:
    """What a contact point is needed for: all that its party is used for."""
    return JSONResponse(
        await uses.read_contact_point_uses(
            call.installation, call.principal, party_id, contact_point_id, limit=query.limit
        )
    )


def trial_reply(trial: Trial) -> Response:
    """The answer to a change with `dry_run`: what would be answered, and where it is used."""
    refusal = response_of(trial.refusal)[1] if trial.refusal else None
    return JSONResponse(
        {
            "dry_run": True,
            "is_possible": trial.refusal is None,
            "refusal": refusal,
            "answer": trial.body,
            "uses": trial.uses,
        }
    )


class _Trial(BaseModel):
    """What a change would do; `refusal` is the problem that would be answered."""

    dry_run: bool
    is_possible: bool
    refusal: dict[str, object] | None


class PartyTrial(_Trial):
    """What a change of a party would do."""

    answer: dict[str, object] | None
    uses: PartyUses


class ContactPointTrial(_Trial):
    """What a change of a contact point would do."""

    answer: dict[str, object] | None
    uses: ContactPointUses
