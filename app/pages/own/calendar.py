"""A calendar feed: the duty of a desk or a person, for programs that can send no key."""

import hashlib

from fastapi import APIRouter, Request, Response

from app.commands.exchange.feeds import read_feed
from app.installation.etag import is_known
from app.installation.installation import Installation
from app.pages.errors import PageRoute

router = APIRouter(route_class=PageRoute, include_in_schema=False)

_HEADERS = {
    # The address is the credential: no shared cache may keep what it shows.
    "Cache-Control": "private, max-age=300",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
    "Content-Disposition": 'inline; filename="duty.ics"',
}


@router.api_route("/calendars/{token}.ics", methods=["GET", "HEAD"])
async def show_calendar(request: Request, token: str) -> Response:
    """The feed with this token; 304 if the program has it already."""
    installation: Installation = request.app.state.installation
    content = await read_feed(installation, token)
    tag = hashlib.sha256(content).hexdigest()[:32]
    headers = {**_HEADERS, "ETag": f'"{tag}"'}
    if is_known(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type="text/calendar; charset=utf-8")
