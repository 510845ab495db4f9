"""Rosters (当番表) of desks, and who is on duty."""

from typing import Annotated

from fastapi import Header, Path, Query, Response
from fastapi.responses import JSONResponse

from app.commands.rosters import duty, rosters
from app.commands.rosters.additions import add_to_roster
from app.commands.rosters.duty import Asked
from app.problems import problem_responses
from app.routes.dependencies import Caller, ListQuery, Once, Page, reply
from app.routes.directory.roster_bodies import (
    ChangedRoster,
    DutyQuery,
    DutySpans,
    ListedRoster,
    NewOverride,
    NewRoster,
    NewShift,
    OnDuty,
    Roster,
    RosterQuery,
    RosterVersion,
)
from app.routes.v1 import v1_router

router = v1_router("rosters")
NUMBER_MAX = 2**31 - 1

IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", max_length=1000, description="The ETag of the version to replace."),
]
Number = Annotated[int, Path(ge=1, le=NUMBER_MAX)]


@router.post(
    "/rosters", status_code=201, response_model=Roster, responses=problem_responses(409, 415)
)
async def create_roster(call: Caller, once: Once, body: NewRoster) -> Response:
    """Give a desk its roster: from then on only who is in it is on duty."""
    answer = await rosters.create_roster(
        call.installation,
        call.principal,
        desk_id=body.desk_id,
        document=body.document,
        terms=body.terms,
        idempotency=once,
    )
    return reply(answer, {"ETag": _etag(answer.body)})


@router.get("/rosters", response_model=Page[ListedRoster])
async def list_rosters(call: Caller, query: Annotated[RosterQuery, Query()]) -> Response:
    """The rosters of desks that the caller sees, without their documents."""
    return JSONResponse(
        await rosters.read_rosters(
            call.installation, call.principal, query.paging, desk_id=query.desk_id
        )
    )


@router.get("/rosters/{roster_id}", response_model=Roster, responses=problem_responses(404))
async def get_roster(call: Caller, roster_id: str) -> Response:
    """A roster with its newest version."""
    body = await rosters.read_roster(call.installation, call.principal, roster_id)
    return JSONResponse(body, headers={"ETag": _etag(body)})


@router.put(
    "/rosters/{roster_id}",
    response_model=Roster,
    responses=problem_responses(404, 409, 412, 415),
)
async def replace_roster(
    call: Caller, roster_id: str, body: ChangedRoster, if_match: IfMatch = None
) -> Response:
    """Write the next version of a roster; the past stays as it was answered."""
    answer = await rosters.replace_roster(
        call.installation,
        call.principal,
        roster_id,
        document=body.document,
        terms=body.terms,
        if_match=if_match,
    )
    return reply(answer, {"ETag": _etag(answer.body)})


@router.get(
    "/rosters/{roster_id}/versions",
    response_model=Page[RosterVersion],
    responses=problem_responses(404),
)
async def list_roster_versions(
    call: Caller, roster_id: str, query: Annotated[ListQuery, Query()]
) -> Response:
    """All versions of a roster, without their documents."""
    return JSONResponse(
        await rosters.read_roster_versions(
            call.installation, call.principal, roster_id, query.paging
        )
    )


@router.get(
    "/rosters/{roster_id}/versions/{number}",
    response_model=Roster,
    responses=problem_responses(404),
)
async def get_roster_version(call: Caller, roster_id: str, number: Number) -> Response:
    """One version of a roster."""
    return JSONResponse(
        await rosters.read_roster(call.installation, call.principal, roster_id, number=number)
    )


@router.post(
    "/rosters/{roster_id}/shifts",
    status_code=201,
    response_model=Roster,
    responses=problem_responses(404, 409, 415),
)
async def add_shift(call: Caller, once: Once, roster_id: str, body: NewShift) -> Response:
    """One shift more, in a new version."""
    answer = await add_to_roster(
        call.installation, call.principal, roster_id, body.addition(), idempotency=once
    )
    return reply(answer, {"ETag": _etag(answer.body)})


@router.post(
    "/rosters/{roster_id}/overrides",
    status_code=201,
    response_model=Roster,
    responses=problem_responses(404, 409, 415),
)
async def add_override(call: Caller, once: Once, roster_id: str, body: NewOverride) -> Response:
    """One override more, in a new version; a swap is two of them."""
    answer = await add_to_roster(
        call.installation, call.principal, roster_id, body.addition(), idempotency=once
    )
    return reply(answer, {"ETag": _etag(answer.body)})


@router.get(
    "/rosters/{roster_id}/on-duty",
    response_model=OnDuty | DutySpans,
    responses=problem_responses(404),
)
async def get_on_duty(
    call: Caller, roster_id: str, query: Annotated[DutyQuery, Query()]
) -> Response:
    """Who is on duty at an instant, or when within an interval."""
    asked = Asked(at=query.at, begin=query.from_, end=query.to, as_of=query.as_of)
    return JSONResponse(await duty.read_duty(call.installation, call.principal, roster_id, asked))


def _etag(body: object) -> str:
    assert isinstance(body, dict)
    return f'"{body["version"]}"'
