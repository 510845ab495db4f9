"""Erasing what is personal (DESIGN.md 3; LEDGER.md 5)."""

from enum import StrEnum
from typing import Annotated, Self

from fastapi import Response
from pydantic import BaseModel, Field, model_validator

from app.commands.erasure.client import Erasure, erase_client
from app.commands.erasure.incident import Chosen, erase_disclosures
from app.commands.erasure.person import erase_person
from app.ledger.words import Cause
from app.problems import problem_responses
from app.routes.bodies import Body
from app.routes.dependencies import Caller, reply
from app.routes.v1 import v1_router

router = v1_router("erasure")

_DIGESTS_MAX = 500


class Ground(StrEnum):
    """On what ground: the person asked for it, or the time to keep it is over."""

    REQUESTED = "requested"
    RETENTION_ENDED = "retention_ended"


class ClientErasure(Body):
    """`code`, if given, must be the client's: a second look at who is meant."""

    ground: Ground
    code: Annotated[str, Field(min_length=1, max_length=20)] | None = None


class PersonErasure(Body):
    """Why a person who has left, or a family, is erased."""

    ground: Ground


class ErasedPerson(BaseModel):
    """When it was done, and in how many incidents they were named until now."""

    party_id: str
    erased_at: str
    incidents: int


class ErasedClient(BaseModel):
    """When it was done, and how many incidents say so."""

    client_id: str
    erased_at: str
    incidents: int


Digest = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]


class Disclosed(Body):
    """What the entry at `seq` discloses under this name."""

    seq: Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
    name: Annotated[str, Field(min_length=1, max_length=100)]


class DisclosureErasure(Body):
    """By digest, or by place and name; at least one."""

    ground: Ground
    digests: Annotated[list[Digest], Field(max_length=_DIGESTS_MAX)] = Field(default_factory=list)
    disclosures: Annotated[list[Disclosed], Field(max_length=_DIGESTS_MAX)] = Field(
        default_factory=list
    )

    @model_validator(mode="after")
    def _names_some(self) -> Self:
        if not self.digests and not self.disclosures:
            raise ValueError("Name at least one of digests and disclosures.")
        return self

    def chosen(self) -> list[Chosen]:
        """What is meant, each with where the body says so."""
        return [
            *(Chosen(pointer=f"/digests/{at}", digest=one) for at, one in enumerate(self.digests)),
            *(
                Chosen(pointer=f"/disclosures/{at}", seq=one.seq, name=one.name)
                for at, one in enumerate(self.disclosures)
            ),
        ]


class ErasedDisclosures(BaseModel):
    """The digests, in order, and the first entry that says so."""

    incident_id: str
    erased: list[str]
    seq: int


@router.post(
    "/clients/{client_id}/erase",
    response_model=ErasedClient,
    responses=problem_responses(404, 409, 415),
)
async def erase_all(call: Caller, client_id: str, body: ClientErasure) -> Response:
    """Erase all that is personal of a retired client, for good; the ledger still verifies."""
    erasure = Erasure(ground=Cause(body.ground.value), code=body.code)
    return reply(await erase_client(call.installation, call.principal, client_id, erasure))


@router.post(
    "/parties/{party_id}/erase",
    response_model=ErasedPerson,
    responses=problem_responses(404, 409, 415),
)
async def erase_party(call: Caller, party_id: str, body: PersonErasure) -> Response:
    """Erase a retired person, or a family with all its members; the ledger still verifies."""
    ground = Cause(body.ground.value)
    return reply(await erase_person(call.installation, call.principal, party_id, ground))


@router.post(
    "/incidents/{incident_id}/erase",
    response_model=ErasedDisclosures,
    responses=problem_responses(404, 410, 415),
)
async def erase_some(call: Caller, incident_id: str, body: DisclosureErasure) -> Response:
    """Erase single disclosures of an incident, such as a note written by mistake."""
    ground = Cause(body.ground.value)
    answer = await erase_disclosures(
        call.installation, call.principal, incident_id, body.chosen(), ground
    )
    return reply(answer)
