"""Whether a contact point can be read: the link of a check, and a person's own contact points."""

import re
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from app.commands.contact.asking import ask_own
from app.commands.contact.confirming import confirm, look_at_check
from app.commands.contact.own import look_at_own_points
from app.installation.answer import Answer, NotFound
from app.installation.installation import Installation
from app.installation.secrets import digest
from app.pages.errors import PageRoute
from app.pages.rendering import HEADERS, html_response
from app.pages.sent import refuse_prefetch, wants_json

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.api_route("/c/{token}", methods=["GET", "HEAD"])
async def show_check(request: Request, token: str) -> Response:
    """The page of a check; nothing is noted before the button is pressed (H9)."""
    view = await look_at_check(_installation(request), _hash_of(token))
    return html_response(request, "confirm.html", view=view, link=f"/c/{token}")


@router.post("/c/{token}/confirm")
async def confirm_check(request: Request, token: str) -> Response:
    """A human has read it: a form is led back to the page, a program gets the answer."""
    refuse_prefetch(request)
    answer = await confirm(_installation(request), _hash_of(token))
    return _answered(request, answer, f"/c/{token}")


@router.api_route("/inbox/{token}/contacts", methods=["GET", "HEAD"])
async def show_own_points(request: Request, token: str) -> Response:
    """The ways to reach the owner of an inbox, and whether they were found to work."""
    view = await look_at_own_points(_installation(request), token)
    return html_response(request, "contacts.html", view=view, inbox=f"/inbox/{token}")


@router.post("/inbox/{token}/contact-points/{contact_point_id}/test")
async def test_own_point(request: Request, token: str, contact_point_id: str) -> Response:
    """Send a check to one of them."""
    refuse_prefetch(request)
    answer = await ask_own(_installation(request), token, contact_point_id)
    return _answered(request, answer, f"/inbox/{token}/contacts")


def _answered(request: Request, answer: Answer, location: str) -> Response:
    if wants_json(request):
        headers = {name: HEADERS[name] for name in ("Cache-Control", "Referrer-Policy", "Vary")}
        return JSONResponse(answer.body, answer.status, headers=headers)
    return Response(status_code=303, headers={**HEADERS, "Location": location})


def _installation(request: Request) -> Installation:
    installation: Installation = request.app.state.installation
    return installation


def _hash_of(token: str) -> str:
    # Nonsense never reaches the database.
    if not _TOKEN.fullmatch(token):
        raise NotFound
    return digest(token)
