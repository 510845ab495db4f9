"""Clients (利用者)."""

from datetime import date
from typing import Annotated, ClassVar, Final

from fastapi import Query, Response
from fastapi.responses import JSONResponse
from pydantic import Field, ValidationInfo, field_validator

from app.commands.directory import clients
from app.commands.directory.client_view import PERSONAL
from app.commands.directory.clients import ClientChange
from app.problems import problem_responses
from app.protocols.fields import DayDate
from app.routes.bodies import (
    Body,
    Change,
    Flag,
    Id,
    Ids,
    Name,
    PhoneNumber,
    Reference,
    Text,
)
from app.routes.dependencies import Caller, ListQuery, Once, Page, reply
from app.routes.v1 import v1_router
from app.search.terms import terms_of_word

router = v1_router("clients")
DETAILS: Final = frozenset({*PERSONAL, "town"})


class FamilyContact(Body):
    """Somebody of the family."""

    name: Name
    relation: Name | None = None
    phone: PhoneNumber | None = None


class Details(Body):
    """What responders must know; each part is shown at its stage (CARE.md 3.2, R2)."""

    kana: Name | None = None
    birth_date: DayDate | None = None
    address: Name | None = None
    town: Name | None = None
    phones: Annotated[list[PhoneNumber], Field(max_length=10)] | None = None
    key_and_entry: Text | None = None
    fire_headquarters_number: PhoneNumber | None = None
    risks: Annotated[list[Name], Field(max_length=30)] | None = None
    allergies: Annotated[list[Name], Field(max_length=30)] | None = None
    physician: Name | None = None
    family_contacts: Annotated[list[FamilyContact], Field(max_length=10)] | None = None
    care_notes: Text | None = None
    service_from: DayDate | None = None
    service_to: DayDate | None = None

    @field_validator("service_to")
    @classmethod
    def _ends_after_it_begins(cls, value: date | None, info: ValidationInfo) -> date | None:
        begin = info.data.get("service_from")
        if value and begin and value < begin:
            raise ValueError("Must not be before service_from.")
        return value

    def details(self) -> dict[str, object]:
        """What was said of the details, ready for JSON."""
        said = self.model_dump(mode="json", exclude_unset=True)
        return {name: value for name, value in said.items() if name in DETAILS}


References = Annotated[dict[Id, Reference], Field(max_length=50)]


class NewClient(Details):
    """`external_refs` holds, by organisation id, the number under which each knows the client."""

    name: Name
    municipality_id: Id
    served_by: Ids = Field(default_factory=list)
    external_refs: References = Field(default_factory=dict)


class ChangedClient(Details, Change):
    """Null takes a detail away. The code and the municipality stay; `retired: true` is final."""

    removable: ClassVar[frozenset[str]] = DETAILS - {"name"}

    name: Name | None = None
    served_by: Ids | None = None
    external_refs: References | None = None
    retired: Flag | None = None


class Client(Details):
    """A person cared for; once erased, nothing is left but ids and instants."""

    id: str
    code: str
    name: str | None
    municipality_id: str
    served_by: list[str]
    external_refs: dict[str, str]
    created_at: str
    retired_at: str | None
    erased_at: str | None


class ClientQuery(ListQuery):
    """Filters of the list of clients; `external_ref` may go with its `organisation_id`.

    `search` is a name, a kana or the beginning of one, or a whole telephone number.
    """

    municipality_id: Id | None = None
    organisation_id: Id | None = None
    external_ref: Reference | None = None
    search: Name | None = None

    @field_validator("search")
    @classmethod
    def _says_something(cls, value: str | None) -> str | None:
        if value is not None and not any(terms_of_word(value)):
            raise ValueError("Must hold a letter or a digit.")
        return value


@router.post(
    "/clients", status_code=201, response_model=Client, responses=problem_responses(409, 415)
)
async def create_client(call: Caller, once: Once, body: NewClient) -> Response:
    """Add a client; the answer's `code` stands for them in messages."""
    return reply(
        await clients.create_client(
            call.installation,
            call.principal,
            municipality_id=body.municipality_id,
            served_by=body.served_by,
            external_refs=body.external_refs,
            details=body.details(),
            idempotency=once,
        )
    )


@router.get("/clients", response_model=Page[Client])
async def list_clients(call: Caller, query: Annotated[ClientQuery, Query()]) -> Response:
    """The clients that the key may see, retired ones too."""
    return JSONResponse(
        await clients.read_clients(
            call.installation,
            call.principal,
            query.paging,
            municipality_id=query.municipality_id,
            organisation_id=query.organisation_id,
            external_ref=query.external_ref,
            search=query.search,
        )
    )


@router.get("/clients/{client_id}", response_model=Client, responses=problem_responses(404))
async def get_client(call: Caller, client_id: str) -> Response:
    """One client."""
    return JSONResponse(await clients.read_client(call.installation, call.principal, client_id))


@router.patch(
    "/clients/{client_id}", response_model=Client, responses=problem_responses(404, 409, 415)
)
async def change_client(call: Caller, client_id: str, body: ChangedClient) -> Response:
    """Change or retire a client."""
    change = ClientChange(
        served_by=body.served_by,
        external_refs=body.external_refs,
        details=body.details(),
        retired=body.retired,
    )
    return reply(await clients.change_client(call.installation, call.principal, client_id, change))
