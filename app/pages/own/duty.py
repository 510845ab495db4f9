"""A person's own duty: the next eight weeks, absences, and what colleagues ask (no JavaScript)."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import TypeAdapter, ValidationError

from app.commands.instants import ExactInstant
from app.commands.people import own_page
from app.commands.people.absences import Absence
from app.commands.people.own_page import DeskStretches
from app.commands.people.substitutions import DutyChanged, Reply, SubstitutionEnded
from app.engine.engine import Engine
from app.escalation.network import JAPAN
from app.installation.answer import Answer, FieldError, FieldsInvalid, NotFound, Refusal
from app.installation.installation import Installation
from app.pages.errors import PageRoute, sentences
from app.pages.language import Speech
from app.pages.rendering import HEADERS, html_response, speech_of
from app.pages.sent import read_sent, refuse_prefetch, wants_json
from app.problems import response_of
from app.rosters.changing.absence import Stretch

DONE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "absent": "duty_done_absent",
        "asked": "duty_done_asked",
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
FIELDS: Final = frozenset({"from", "to", "desk_id", "substitute_id"})
_INSTANT: Final[TypeAdapter[datetime]] = TypeAdapter(ExactInstant)
_TEXT_MAX: Final = 100

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Given = Annotated[str, Query(max_length=_TEXT_MAX)]


@router.api_route("/inbox/{token}/duty", methods=["GET", "HEAD"])
async def show_duty(request: Request, token: str, done: Given = "") -> Response:
    """A person's own duty; `done` names what has just been recorded."""
    return await _shown(request, token, done=done)


@router.api_route("/inbox/{token}/duty/absence", methods=["GET", "HEAD"])
async def show_absence(
    request: Request,
    token: str,
    begin: Annotated[str, Query(alias="from", max_length=_TEXT_MAX)] = "",
    to: Given = "",
    desk_id: Given = "",
) -> Response:
    """What an absence would mean; nothing is recorded before it is pressed."""
    fields = {"from": begin, "to": to, "desk_id": desk_id}
    try:
        return await _foreseen(request, token, fields)
    except FieldsInvalid as refusal:
        if wants_json(request):
            raise
        return await _shown(request, token, refusal=refusal)


@router.post("/inbox/{token}/duty/absence")
async def post_absence(request: Request, token: str) -> Response:
    """Record an absence, or ask the colleague who is named."""
    refuse_prefetch(request)
    sent = await read_sent(request)
    try:
        absence = _absence(sent.fields)
        answer = await own_page.be_absent(_installation(request), token, absence)
    except FieldsInvalid as refusal:
        if wants_json(request):
            raise
        return await _shown(request, token, refusal=refusal)
    return _answered(request, token, answer, "asked" if absence.substitute_id else "absent")


@router.post("/inbox/{token}/duty/{substitution_id}/{answer}")
async def post_reply(request: Request, token: str, substitution_id: str, answer: str) -> Response:
    """Accept, decline, or withdraw."""
    refuse_prefetch(request)
    if answer not in tuple(Reply):
        raise NotFound
    reply = Reply(answer)
    try:
        done = await own_page.reply_on_page(_installation(request), token, substitution_id, reply)
    except (SubstitutionEnded, DutyChanged) as refusal:
        if wants_json(request):
            raise
        return await _shown(request, token, refusal=refusal)
    return _answered(request, token, done, reply)


async def _shown(
    request: Request, token: str, *, done: str = "", refusal: Refusal | None = None
) -> Response:
    view, speech = await own_page.look_at_duty(_installation(request), token), speech_of(request)
    return html_response(
        request,
        "duty.html",
        status=response_of(refusal)[0] if refusal else 200,
        view=view,
        link=f"/inbox/{token}",
        done=DONE.get(done),
        ended=ENDED,
        refused=sentences(speech, refusal) if refusal else (),
        span=_Times(speech).span,
        absence_query=_absence_query,
    )


async def _foreseen(request: Request, token: str, fields: Mapping[str, str]) -> Response:
    absence = _absence({name: value for name, value in fields.items() if value})
    view = await own_page.foresee(_installation(request), token, absence)
    if not view.touched:
        raise _wrong("/from", "There is no duty between these instants.")
    return html_response(
        request,
        "absence.html",
        view=view,
        link=f"/inbox/{token}",
        fields={name: value for name, value in fields.items() if value},
        span=_Times(speech_of(request)).span,
    )


def _answered(request: Request, token: str, answer: Answer, done: str) -> Response:
    if wants_json(request):
        headers = {name: HEADERS[name] for name in ("Cache-Control", "Referrer-Policy", "Vary")}
        return JSONResponse(answer.body, answer.status, headers=headers)
    location = f"/inbox/{token}/duty?done={done}"
    return Response(status_code=303, headers={**HEADERS, "Location": location})


def _absence(fields: Mapping[str, object]) -> Absence:
    """What was sent, with times of a form as those of Japan.

    Raises:
        FieldsInvalid: names every wrong field.
    """
    errors = [
        FieldError(pointer=f"/{name}", detail="Is not known here.")
        for name, value in fields.items()
        if name not in FIELDS or not isinstance(value, str) or len(value) > _TEXT_MAX
    ]
    times = {name: _instant(fields.get(name)) for name in ("from", "to")}
    errors += [
        FieldError(pointer=f"/{name}", detail="Must be an instant.")
        for name, at in times.items()
        if at is None
    ]
    begin, end = times["from"], times["to"]
    if begin and end and begin >= end:
        errors.append(FieldError(pointer="/to", detail="Must be later than `from`."))
    if errors or begin is None or end is None:
        raise FieldsInvalid(errors=errors)
    return Absence(
        begins_at=begin,
        ends_at=end,
        desk_id=str(fields.get("desk_id") or "") or None,
        substitute_id=str(fields.get("substitute_id") or "") or None,
    )


def _instant(said: object) -> datetime | None:
    if not isinstance(said, str):
        return None
    try:
        at = datetime.fromisoformat(said)
        return _INSTANT.validate_python(at if at.tzinfo else at.replace(tzinfo=JAPAN))
    except (ValueError, OverflowError, ValidationError):
        return None


def _absence_query(desk: DeskStretches, one: Stretch) -> str:
    """The query by which the page of an absence knows which duty is meant."""
    times = {"from": one.begins_at.isoformat(), "to": one.ends_at.isoformat()}
    return urlencode({**times, "desk_id": desk.desk_id})


class _Times:
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


def _installation(request: Request) -> Installation:
    engine: Engine = request.app.state.engine
    return engine.installation


def _wrong(pointer: str, detail: str) -> FieldsInvalid:
    return FieldsInvalid(errors=[FieldError(pointer=pointer, detail=detail)])
