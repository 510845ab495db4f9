"""Organisations, desks and persons."""

from typing import Annotated, ClassVar

from fastapi import Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationInfo, WithJsonSchema, field_validator

from app.commands.directory import directory, parties
from app.commands.directory.cover import AccountableChange, Approval
from app.commands.directory.directory import OrganisationChange
from app.commands.directory.parties import PartyChange
from app.commands.people import leaving
from app.escalation.party import PartyKind
from app.problems import problem_responses
from app.protocols.calendar import Hours
from app.protocols.fields import DayDate, HoursField
from app.protocols.kinds import OrganisationKind
from app.routes.bodies import Body, Change, Flag, Id, Ids, Name
from app.routes.dependencies import Caller, Keys, ListQuery, Once, Page, reply
from app.routes.people.uses import DryRun, PartyTrial, Warned, trial_reply
from app.routes.v1 import v1_router

router = v1_router("directory")


class KeptApproval(BaseModel):
    """By which agreement an accountable desk holds; auditors are not told who approved it."""

    approved_by: str | None
    approved_on: str
    reference: str | None


class Organisation(BaseModel):
    """A municipality, a support centre, a provider, or another; erased families have no name."""

    id: str
    name: str | None
    kind: OrganisationKind
    municipality_ids: list[str]
    accountable_desk_id: str | None
    accountable_approval: KeptApproval | None
    created_at: str
    retired_at: str | None
    erased_at: str | None


class NewOrganisation(Body):
    """All but municipalities and operators say in which municipalities they work."""

    name: Name
    kind: OrganisationKind
    municipality_ids: Ids = Field(default_factory=list)


class AccountableApproval(Body):
    """A standing agreement (事前合意) of the organisation whose desk is to be accountable."""

    approved_by: Name
    approved_on: DayDate
    reference: Name | None = None

    def approval(self) -> Approval:
        """It as the command takes it."""
        return Approval(
            approved_by=self.approved_by, approved_on=self.approved_on, reference=self.reference
        )


class ChangedOrganisation(Change):
    """`accountable_desk_id` is a municipality's: who holds where a client has no protocol.

    With null the municipality itself does. The desk of another organisation holds only by
    agreement, which goes into `accountable_approval`. `retired: true` is final.
    """

    removable: ClassVar[frozenset[str]] = frozenset({"accountable_desk_id"})

    name: Name | None = None
    municipality_ids: Ids | None = None
    accountable_desk_id: Id | None = None
    accountable_approval: AccountableApproval | None = None
    retired: Flag | None = None

    def accountable(self) -> AccountableChange | None:
        """What was said of the accountable desk; None if nothing."""
        said, names_desk = self.accountable_approval, "accountable_desk_id" in self.model_fields_set
        if said is None and not names_desk:
            return None
        return AccountableChange(
            names_desk=names_desk,
            desk_id=self.accountable_desk_id,
            approval=said.approval() if said else None,
        )


class OrganisationQuery(ListQuery):
    """Filters of the list of organisations."""

    kind: OrganisationKind | None = None
    municipality_id: Id | None = None


class Party(BaseModel):
    """A desk, which has hours, or a person, who has desks; erased ones have no name."""

    id: str
    organisation_id: str
    kind: PartyKind
    name: str | None
    hours: str | list[str] | None
    desk_ids: list[str] | None
    created_at: str
    retired_at: str | None
    erased_at: str | None


class ChangedPartyAnswer(Party):
    """A desk or a person after a change."""

    warnings: list[Warned]


class NewParty(Body):
    """A desk or a person of an organisation."""

    organisation_id: Id
    kind: Annotated[PartyKind, WithJsonSchema({"type": "string", "enum": ["desk", "person"]})]
    name: Name
    hours: HoursField = Hours.always
    desk_ids: Ids = Field(default_factory=list)

    @field_validator("kind")
    @classmethod
    def _is_below_an_organisation(cls, kind: PartyKind) -> PartyKind:
        if kind is PartyKind.ORGANISATION:
            raise ValueError("Must be desk or person; organisations have a resource of their own.")
        return kind

    @field_validator("hours", "desk_ids")
    @classmethod
    def _fits_the_kind(cls, value: object, info: ValidationInfo) -> object:
        whose = PartyKind.DESK if info.field_name == "hours" else PartyKind.PERSON
        if info.data.get("kind", whose) is not whose:
            raise ValueError(f"Only a {whose} has this.")
        return value


class ChangedParty(Change):
    """`retired: true` is final."""

    name: Name | None = None
    hours: HoursField | None = None
    desk_ids: Ids | None = None
    retired: Flag | None = None


class PartyQuery(ListQuery):
    """Filters of the list of desks and persons; `desk_id` finds the persons of a desk."""

    organisation_id: Id | None = None
    kind: PartyKind | None = None
    desk_id: Id | None = None


@router.post(
    "/organisations",
    status_code=201,
    response_model=Organisation,
    responses=problem_responses(409, 415),
)
async def create_organisation(call: Caller, once: Once, body: NewOrganisation) -> Response:
    """Add an organisation. With a municipality begins its responsibility ledger."""
    return reply(
        await directory.create_organisation(
            call.installation,
            call.principal,
            name=body.name,
            kind=body.kind,
            municipality_ids=body.municipality_ids,
            idempotency=once,
        )
    )


@router.get("/organisations", response_model=Page[Organisation])
async def list_organisations(
    call: Caller, query: Annotated[OrganisationQuery, Query()]
) -> Response:
    """The organisations that the key may see, retired ones too; auditors see no families."""
    return JSONResponse(
        await directory.read_organisations(
            call.installation,
            call.principal,
            query.paging,
            kind=query.kind,
            municipality_id=query.municipality_id,
        )
    )


@router.get(
    "/organisations/{organisation_id}",
    response_model=Organisation,
    responses=problem_responses(404),
)
async def get_organisation(call: Caller, organisation_id: str) -> Response:
    """One organisation."""
    return JSONResponse(
        await directory.read_organisation(call.installation, call.principal, organisation_id)
    )


@router.patch(
    "/organisations/{organisation_id}",
    response_model=Organisation,
    responses=problem_responses(404, 409, 415),
)
async def change_organisation(
    call: Caller, keys: Keys, organisation_id: str, body: ChangedOrganisation
) -> Response:
    """Change an organisation's name, where it works, or its accountable desk; or retire it.

    What is retired has no desks, persons, clients or open incidents left; its keys are revoked.
    """
    answer = await directory.change_organisation(
        call.installation,
        call.principal,
        organisation_id,
        OrganisationChange(
            name=body.name,
            municipality_ids=body.municipality_ids,
            accountable=body.accountable(),
            retired=body.retired,
        ),
    )
    # Its keys may see more, or less, from now on.
    keys.forget()
    return reply(answer)


@router.post(
    "/parties", status_code=201, response_model=Party, responses=problem_responses(409, 415)
)
async def create_party(call: Caller, once: Once, body: NewParty) -> Response:
    """Add a desk or a person."""
    return reply(
        await parties.create_party(
            call.installation,
            call.principal,
            organisation_id=body.organisation_id,
            kind=body.kind,
            name=body.name,
            hours=body.hours,
            desk_ids=body.desk_ids,
            idempotency=once,
        )
    )


@router.get("/parties", response_model=Page[Party])
async def list_parties(call: Caller, query: Annotated[PartyQuery, Query()]) -> Response:
    """The desks and persons that the key may see, retired ones too."""
    return JSONResponse(
        await parties.read_parties(
            call.installation,
            call.principal,
            query.paging,
            organisation_id=query.organisation_id,
            kind=query.kind,
            desk_id=query.desk_id,
        )
    )


@router.get("/parties/{party_id}", response_model=Party, responses=problem_responses(404))
async def get_party(call: Caller, party_id: str) -> Response:
    """One desk or person."""
    return JSONResponse(await parties.read_party(call.installation, call.principal, party_id))


@router.patch(
    "/parties/{party_id}",
    response_model=ChangedPartyAnswer | PartyTrial,
    responses=problem_responses(404, 409, 415),
)
async def change_party(
    call: Caller,
    party_id: str,
    body: ChangedParty,
    *,
    dry_run: DryRun = False,
) -> Response:
    """Change or retire a desk or a person; `warnings` name duty that nobody does any more."""
    change = PartyChange(**dict(body))
    if dry_run:
        trial = leaving.try_party_change
        return trial_reply(await trial(call.installation, call.principal, party_id, change))
    return reply(await leaving.change_party(call.installation, call.principal, party_id, change))
