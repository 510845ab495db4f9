"""A person's inbox: what is asked of them now, with nothing personal on it."""

from collections.abc import Mapping
from itertools import groupby

from fastapi import APIRouter, Request, Response

from app.channels.channel import Message
from app.channels.wording.notice import facts_of, subject_line
from app.commands.inbox import InboxNotice, look_at_inbox
from app.engine.engine import Engine
from app.pages.errors import PageRoute
from app.pages.rendering import html_response, speech_of
from app.protocols.kinds import Language

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
    language = speech_of(request).language
    notices = [_shown(one, language) for one in view.notices]
    link = f"/inbox/{token}"
    return html_response(
        request, "inbox.html", view=view, places=places, notices=notices, link=link
    )


def _shown(notice: InboxNotice, language: Language) -> Mapping[str, object]:
    """A notice in the words of the message that told it."""
    told = Message(
        id="",
        type=notice.kind.value,
        created_at=notice.at,
        address="",
        data=notice.data,
        language=language,
    )
    return {
        "line": subject_line(told),
        "facts": list(facts_of(told)),
        "at": notice.at,
        "token": notice.token,
    }
