"""A person's own duty: the next eight weeks, absences, and what colleagues ask (no JavaScript)."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from app.commands.people import own_page
from app.commands.people.own_page import DeskStretches
from app.commands.people.substitutions import DutyChanged, Reply, SubstitutionEnded
from app.engine.engine import Engine
from app.installation.answer import Answer, NotFound, Refusal
from app.installation.installation import Installation
from app.pages.errors import PageRoute, sentences
from app.pages.language import Speech
from app.pages.rendering import HEADERS, html_response, speech_of
from app.pages.sent import refuse_prefetch, wants_json
from app.problems import response_of
from app.rosters.changing.absence import Stretch

DONE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "absent": "duty_done_absent",
        "asked": "duty_done_asked",
        "back": "duty_done_back",
        Reply.ACCEPT: "duty_done_accept",
        Reply.DECLINE: "duty_done_decline",
        Reply.WITHDRAW: "duty_done_withdraw",
    }
)
ENDED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "accepted": "duty_accepted",
        "declined": "duty_declined",
        "withdrawn": "duty_withdrawn",
        "lapsed": "duty_lapsed",
    }
)
WEEKDAYS: Final = MappingProxyType(
    {"ja": "月火水木金土日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
)
TEXT_MAX: Final = 100

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Given = Annotated[str, Query(max_length=TEXT_MAX)]


@router.api_route("/inbox/{token}/duty", methods=["GET", "HEAD"])
async def show_duty(request: Request, token: str, done: Given = "") -> Response:
    """A person's own duty; `done` names what has just been recorded."""
    return await shown(request, token, done=done)


@router.post("/inbox/{token}/duty/{substitution_id}/{answer}")
async def post_reply(request: Request, token: str, substitution_id: str, answer: str) -> Response:
    """Accept, decline, or withdraw."""
    refuse_prefetch(request)
    if answer not in tuple(Reply):
        raise NotFound
    reply = Reply(answer)
    try:
        done = await own_page.reply_on_page(installation(request), token, substitution_id, reply)
    except (SubstitutionEnded, DutyChanged) as refusal:
        if wants_json(request):
            raise
        return await shown(request, token, refusal=refusal)
    return answered(request, token, done, reply)


async def shown(
    request: Request, token: str, *, done: str = "", refusal: Refusal | None = None
) -> Response:
    """The page, with what has been done or refused."""
    view, speech = await own_page.look_at_duty(installation(request), token), speech_of(request)
    return html_response(
        request,
        "duty.html",
        status=response_of(refusal)[0] if refusal else 200,
        view=view,
        link=f"/inbox/{token}",
        done=DONE.get(done),
        ended=ENDED,
        refused=sentences(speech, refusal) if refusal else (),
        span=Times(speech).span,
        absence_query=_absence_query,
    )


def answered(request: Request, token: str, answer: Answer, done: str) -> Response:
    """To a program what was done; a form is led back to the page."""
    if wants_json(request):
        headers = {name: HEADERS[name] for name in ("Cache-Control", "Referrer-Policy", "Vary")}
        return JSONResponse(answer.body, answer.status, headers=headers)
    location = f"/inbox/{token}/duty?done={done}"
    return Response(status_code=303, headers={**HEADERS, "Location": location})


def _absence_query(desk: DeskStretches, one: Stretch) -> str:
    """The query by which the page of an absence knows which duty is meant."""
    times = {"from": one.begins_at.isoformat(), "to": one.ends_at.isoformat()}
    return urlencode({**times, "desk_id": desk.desk_id})


class Times:
    """Says from when to when, in a zone's time and the reader's language."""

    def __init__(self, speech: Speech) -> None:
        self._language = speech.language

    def span(self, begin: datetime, end: datetime, zone: ZoneInfo) -> str:
        """Both instants; the second without its date if that is the same."""
        first, last = begin.astimezone(zone), end.astimezone(zone)
        until = f"{last:%H:%M}" if first.date() == last.date() else self._at(last)
        return f"{self._at(first)} – {until}"

    def _at(self, at: datetime) -> str:
        day = WEEKDAYS[self._language][at.weekday()]
        if self._language == "ja":
            return f"{at.month}月{at.day}日({day}) {at:%H:%M}"
        return f"{day} {at:%Y-%m-%d %H:%M}"


def installation(request: Request) -> Installation:
    """The one that serves this request."""
    engine: Engine = request.app.state.engine
    return engine.installation
