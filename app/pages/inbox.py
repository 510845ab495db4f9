"""A person's inbox: what is asked of them now, with nothing personal on it."""

from itertools import groupby

from fastapi import APIRouter, Request, Response

from app.commands.inbox import look_at_inbox
from app.engine.engine import Engine
from app.pages.errors import PageRoute
from app.pages.rendering import html_response

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.api_route("/inbox/{token}", methods=["GET", "HEAD"])
async def show_inbox(request: Request, token: str) -> Response:
    """The inbox with this token; asks for itself anew every ten seconds."""
    engine: Engine = request.app.state.engine
    view = await look_at_inbox(engine.installation, token)
    places = [
        {"place": place.value, "drill": drill, "found": list(items)}
        for (place, drill), items in groupby(view.items, lambda one: (one.place, one.drill))
    ]
    return html_response(request, "inbox.html", view=view, places=places)
