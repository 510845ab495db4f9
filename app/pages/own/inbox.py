"""A person's inbox: what is asked of them now, with nothing personal on it."""

from collections.abc import Mapping
from itertools import groupby
from typing import Final

from fastapi import APIRouter, Request, Response

from app.channels.channel import Message
from app.channels.wording.notice import cause_words, facts_of, subject_line
from app.commands.inbox import InboxNotice, look_at_inbox
from app.commands.protocols.problems import look_at_gaps
from app.engine.engine import Engine
from app.pages.errors import PageRoute
from app.pages.rendering import html_response, speech_of
from app.protocols.kinds import Language, NoticeKind

_DESKS: Final = frozenset({"desk_id", "desk_ids"})
_GAPS: Final = frozenset(
    {NoticeKind.COVER_LOST, NoticeKind.COVER_REGAINED, NoticeKind.ROSTER_ENDING}
)
_DUTY: Final = frozenset({NoticeKind.DUTY_REQUESTED, NoticeKind.DUTY_ANSWERED})

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
    link = f"/inbox/{token}"
    notices = [_shown(one, language, link) for one in view.notices]
    return html_response(
        request, "inbox.html", view=view, places=places, notices=notices, link=link
    )


@router.api_route("/inbox/{token}/gaps", methods=["GET", "HEAD"])
async def show_gaps(request: Request, token: str) -> Response:
    """To a municipality: when nobody could be asked in the next weeks, and why."""
    engine: Engine = request.app.state.engine
    view = await look_at_gaps(engine.installation, token)
    language = speech_of(request).language
    causes = {one.cause: cause_words(one.cause, language) for one in view.gaps}
    return html_response(request, "gaps.html", view=view, causes=causes, link=f"/inbox/{token}")


def _shown(notice: InboxNotice, language: Language, link: str) -> Mapping[str, object]:
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
        # Desks are named here; what is sent says their ids only.
        "facts": list(facts_of(told, without=_DESKS)),
        "desks": notice.desks,
        "link": f"/c/{notice.token}" if notice.token else _where(notice.kind, link),
        "at": notice.at,
    }


def _where(kind: NoticeKind, link: str) -> str | None:
    """The page that says more."""
    if kind in _GAPS:
        return f"{link}/gaps"
    return f"{link}/duty" if kind in _DUTY else None
