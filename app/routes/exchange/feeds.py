"""Calendar feeds: addresses that calendar programs subscribe to."""

from typing import Annotated

from fastapi import Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from app.commands.exchange import feeds
from app.problems import problem_responses
from app.routes.bodies import Body, Id, Name
from app.routes.dependencies import Caller, ListQuery, Once, Page, reply
from app.routes.v1 import v1_router

router = v1_router("calendars")


class Feed(BaseModel):
    """A feed, without its address."""

    id: str
    party_id: str
    label: str | None
    created_at: str
    revoked_at: str | None


class CreatedFeed(Feed):
    """The address is shown here and never again; null in a repeated answer."""

    url: str | None


class NewFeed(Body):
    """A feed of a desk's duty, or of all duty of a person; `label` says who has its address."""

    party_id: Id
    label: Name | None = None


class FeedQuery(ListQuery):
    """Filters of the list of feeds."""

    party_id: Id | None = None


@router.post(
    "/calendar-feeds",
    status_code=201,
    response_model=CreatedFeed,
    responses=problem_responses(409, 415),
)
async def create_feed(call: Caller, once: Once, body: NewFeed) -> Response:
    """Make a secret address at which calendar programs read who is on duty."""
    return reply(
        await feeds.make_feed(
            call.installation,
            call.principal,
            party_id=body.party_id,
            label=body.label,
            idempotency=once,
        )
    )


@router.get("/calendar-feeds", response_model=Page[Feed])
async def list_feeds(call: Caller, query: Annotated[FeedQuery, Query()]) -> Response:
    """The feeds that the key may see, revoked ones too, without their addresses."""
    return JSONResponse(
        await feeds.read_feeds(
            call.installation, call.principal, query.paging, party_id=query.party_id
        )
    )


@router.delete("/calendar-feeds/{feed_id}", status_code=204, responses=problem_responses(404))
async def revoke_feed(call: Caller, feed_id: str) -> Response:
    """Close the address for good; again changes nothing."""
    await feeds.revoke_feed(call.installation, call.principal, feed_id)
    return Response(status_code=204)
