"""Every client with a gap in the next days, as the standing watch found it."""

from datetime import timedelta
from typing import Annotated, Final, Literal

from fastapi import Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from app.commands.protocols.problems import read_problems
from app.routes.bodies import Id
from app.routes.dependencies import Caller, ListQuery, Page
from app.routes.protocols.foresight import Counterexample
from app.routes.v1 import v1_router

router = v1_router("protocols")
DAYS_MAX: Final = 400


class ProblemsQuery(ListQuery):
    """How many days ahead, and of which municipality."""

    days: Annotated[int, Field(ge=1, le=DAYS_MAX)] = 30
    municipality_id: Id | None = None


class ListedProblem(BaseModel):
    """One step of the protocol that counts for a client, and the first of its times to come.

    `gap`: nobody can be asked; `unplanned`: a roster is not planned yet; `accountable`: it is not
    the step, but the accountable desk that nobody would answer for. `count` and `missing_seconds`
    are of all such times within the days asked for. Without a client it is a default's own.
    """

    client_id: str | None
    client_code: str | None
    municipality_id: str
    protocol: Literal["own", "default", "fallback"]
    version: int | None
    kind: Literal["gap", "unplanned", "accountable"]
    pointer: str | None
    variant: str | None
    step: int | None
    cause: str
    incidents: list[str]
    party_ids: list[str]
    from_: str = Field(alias="from")
    to: str
    counterexample: Counterexample
    count: int
    missing_seconds: int
    checked_at: str


@router.get("/protocols/problems", response_model=Page[ListedProblem])
async def list_protocol_problems(
    call: Caller, query: Annotated[ProblemsQuery, Query()]
) -> Response:
    """The clients whose protocol has a gap in the next days, and where and why."""
    found = await read_problems(
        call.installation,
        call.principal,
        query.paging,
        within=timedelta(days=query.days),
        municipality_id=query.municipality_id,
    )
    return JSONResponse(found)
