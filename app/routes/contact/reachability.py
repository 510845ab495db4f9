"""Whom a message really reached: per contact point, and in sum."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationInfo, field_validator

from app.commands.contact.reachability import Item, Wanted, read_reachability
from app.escalation.delivery import DeliveryStatus
from app.installation.paging import page
from app.routes.audit.ledger_query import Instant
from app.routes.bodies import Id
from app.routes.contact.reachability_table import table
from app.routes.dependencies import Caller, ListQuery, Page
from app.routes.directory.contact_points import ChannelName
from app.routes.tables import CSV, MEDIA_TYPE, wants_csv
from app.routes.v1 import v1_router
from app.store.contact.check import CheckState

router: APIRouter = v1_router("directory")


class NamedOrganisation(BaseModel):
    """Whose party it is."""

    id: str
    name: str


class NamedParty(NamedOrganisation):
    """Whom it reaches."""

    kind: Literal["organisation", "desk", "person"]


class ReachedPoint(BaseModel):
    """A contact point in use, and what became of the last check of it; null: it had none."""

    contact_point_id: str
    channel: ChannelName
    party: NamedParty
    organisation: NamedOrganisation
    state: CheckState
    scheduled: bool | None
    asked_at: str | None
    delivery: DeliveryStatus | None
    reason: str | None
    read_at: str | None
    seconds_until_read: float | None


class UnreadDesk(BaseModel):
    """A desk at which somebody was asked, and nobody has read it or is still expected to."""

    id: str
    name: str
    contact_points_asked: int


class Summary(BaseModel):
    """All contact points of the report by what is known of them.

    `asked` = `read` + `waiting` + `failed` + `unanswered`; `share_read` is the part of `asked`.
    """

    contact_points: int
    asked: int
    delivered: int
    failed: int
    read: int
    waiting: int
    unanswered: int
    never_asked: int
    share_read: float | None
    unread_desks: list[UnreadDesk]


class Reachability(Page[ReachedPoint]):
    """One page of the contact points; the summary is of all of them."""

    summary: Summary


class ReachabilityQuery(ListQuery):
    """Whose contact points, and checks that were asked in [from, to)."""

    municipality_id: Id | None = None
    organisation_id: Id | None = None
    from_: Instant | None = Field(default=None, alias="from")
    to: Instant | None = None

    @field_validator("to")
    @classmethod
    def _is_later(cls, to: datetime | None, info: ValidationInfo) -> datetime | None:
        from_at = info.data.get("from_")
        if to and from_at and to <= from_at:
            raise ValueError("Must be later than `from`.")
        return to


@router.get(
    "/reachability",
    response_model=Reachability,
    responses={200: {"content": {CSV: {"schema": {"type": "string"}}}}},
)
async def get_reachability(
    request: Request, query: Annotated[ReachabilityQuery, Query()], call: Caller
) -> Response:
    """Whom the checks of contact points really reached; `Accept: text/csv` for CSV.

    CSV holds all contact points, whatever `limit` and `cursor` say.
    """
    wanted = Wanted(
        municipality_id=query.municipality_id,
        organisation_id=query.organisation_id,
        from_at=query.from_,
        to_at=query.to,
    )
    report = await read_reachability(call.installation, call.principal, wanted)
    headers = {"Vary": "Accept", "Cache-Control": "no-store"}
    if wants_csv(request.headers.get("accept", "")):
        headers["Content-Disposition"] = 'attachment; filename="reachability.csv"'
        return Response(table(report.items), media_type=MEDIA_TYPE, headers=headers)
    after = query.paging.after or ""
    rest = [one for one in report.items if one.id > after]
    shown = page(rest[: query.paging.wanted], query.paging, _shown)
    return JSONResponse({**shown, "summary": report.summary}, headers=headers)


def _shown(item: Item) -> dict[str, object]:
    return dict(item.shown())
