"""Access keys of organisations."""

from typing import Annotated

from fastapi import Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from app.auth import Role
from app.commands.directory import keys
from app.problems import problem_responses
from app.routes.bodies import Body, Id, Name
from app.routes.dependencies import Caller, Keys, ListQuery, Once, Page, reply
from app.routes.v1 import v1_router

router = v1_router("keys")


class Key(BaseModel):
    """A key, without the key itself."""

    id: str
    organisation_id: str | None
    role: Role
    label: str | None
    created_at: str
    revoked_at: str | None


class CreatedKey(Key):
    """The key itself is shown here and never again; null in a repeated answer."""

    key: str | None


class NewKey(Body):
    """A key for an organisation; `label` says who has it."""

    organisation_id: Id
    role: Role
    label: Name | None = None


class KeyQuery(ListQuery):
    """Filters of the list of keys."""

    organisation_id: Id | None = None


@router.post(
    "/keys", status_code=201, response_model=CreatedKey, responses=problem_responses(409, 415)
)
async def create_key(call: Caller, once: Once, body: NewKey) -> Response:
    """Give an organisation a key."""
    return reply(
        await keys.issue_key(
            call.installation,
            call.principal,
            organisation_id=body.organisation_id,
            role=body.role,
            label=body.label,
            idempotency=once,
        )
    )


@router.get("/keys", response_model=Page[Key])
async def list_keys(call: Caller, query: Annotated[KeyQuery, Query()]) -> Response:
    """The keys that the key may see, revoked ones too."""
    return JSONResponse(
        await keys.read_keys(
            call.installation,
            call.principal,
            query.paging,
            organisation_id=query.organisation_id,
        )
    )


@router.delete("/keys/{key_id}", status_code=204, responses=problem_responses(404))
async def revoke_key(call: Caller, known: Keys, key_id: str) -> Response:
    """Revoke a key: at once here, within 5 seconds in other processes; again changes nothing."""
    await keys.withdraw_key(call.installation, call.principal, key_id)
    known.forget()
    return Response(status_code=204)
