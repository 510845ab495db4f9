"""Somebody cannot do a duty, or can again: looked at first, then recorded (no JavaScript)."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from pydantic import TypeAdapter, ValidationError

from app.commands.instants import ExactInstant
from app.commands.people import own_page
from app.commands.people.absences import Absence
from app.commands.people.returning import NotAbsent
from app.escalation.network import JAPAN
from app.installation.answer import FieldError, FieldsInvalid
from app.pages.errors import PageRoute
from app.pages.own.duty import TEXT_MAX, Given, Times, answered, installation, shown
from app.pages.rendering import html_response, speech_of
from app.pages.sent import read_sent, refuse_prefetch, wants_json

TAKEN_BACK: Final = frozenset({"from", "to", "desk_id"})
FIELDS: Final = TAKEN_BACK | {"substitute_id", "in_return"}
_INSTANT: Final[TypeAdapter[datetime]] = TypeAdapter(ExactInstant)

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.api_route("/inbox/{token}/duty/absence", methods=["GET", "HEAD"])
async def show_absence(
    request: Request,
    token: str,
    begin: Annotated[str, Query(alias="from", max_length=TEXT_MAX)] = "",
    to: Given = "",
    desk_id: Given = "",
    *,
    substitute_id: Given = "",
) -> Response:
    """What an absence would mean; nothing is recorded before it is pressed.

    With a colleague it offers their duty in return: a swap.
    """
    fields = {"from": begin, "to": to, "desk_id": desk_id, "substitute_id": substitute_id}
    try:
        return await _foreseen(request, token, fields)
    except FieldsInvalid as refusal:
        if wants_json(request):
            raise
        return await shown(request, token, refusal=refusal)


@router.post("/inbox/{token}/duty/absence/withdraw")
async def post_withdrawal(request: Request, token: str) -> Response:
    """The person can do the duty after all."""
    refuse_prefetch(request)
    sent = await read_sent(request)
    try:
        absence = _absence(sent.fields, TAKEN_BACK)
        answer = await own_page.be_back(installation(request), token, absence)
    except (FieldsInvalid, NotAbsent) as refusal:
        if wants_json(request):
            raise
        return await shown(request, token, refusal=refusal)
    return answered(request, token, answer, "back")


@router.post("/inbox/{token}/duty/absence")
async def post_absence(request: Request, token: str) -> Response:
    """Record an absence, or ask the colleague who is named."""
    refuse_prefetch(request)
    sent = await read_sent(request)
    try:
        absence = _absence(sent.fields)
        answer = await own_page.be_absent(installation(request), token, absence)
    except FieldsInvalid as refusal:
        if wants_json(request):
            raise
        return await shown(request, token, refusal=refusal)
    return answered(request, token, answer, "asked" if absence.substitute_id else "absent")


async def _foreseen(request: Request, token: str, fields: Mapping[str, str]) -> Response:
    absence = _absence({name: value for name, value in fields.items() if value})
    view = await own_page.foresee(installation(request), token, absence)
    if not view.touched:
        raise _wrong("/from", "There is no duty between these instants.")
    names = dict(view.colleagues)
    if absence.substitute_id and absence.substitute_id not in names:
        raise _wrong("/substitute_id", "Takes no turns there.")
    given = {name: value for name, value in fields.items() if value}
    return html_response(
        request,
        "swap.html" if view.in_return else "absence.html",
        view=view,
        link=f"/inbox/{token}",
        fields=given,
        colleague=names.get(absence.substitute_id or ""),
        swap_query=lambda colleague_id: urlencode({**given, "substitute_id": colleague_id}),
        interval=lambda one: f"{one.begins_at.isoformat()}/{one.ends_at.isoformat()}",
        span=Times(speech_of(request)).span,
    )


def _absence(fields: Mapping[str, object], known: Collection[str] = FIELDS) -> Absence:
    """What was sent, with times of a form as those of Japan.

    Raises:
        FieldsInvalid: names every wrong field.
    """
    errors = [
        FieldError(pointer=f"/{name}", detail="Is not known here.")
        for name, value in fields.items()
        if name not in known or not isinstance(value, str) or len(value) > TEXT_MAX
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
    in_return = _interval(fields.get("in_return"))
    if fields.get("in_return") and in_return is None:
        errors.append(FieldError(pointer="/in_return", detail="Must be two instants with a /."))
    if errors or begin is None or end is None:
        raise FieldsInvalid(errors=errors)
    return Absence(
        begins_at=begin,
        ends_at=end,
        desk_id=str(fields.get("desk_id") or "") or None,
        substitute_id=str(fields.get("substitute_id") or "") or None,
        in_return=in_return,
    )


def _interval(said: object) -> tuple[datetime, datetime] | None:
    """Two instants as ISO 8601 joins them: what a form can say in one field."""
    if not isinstance(said, str):
        return None
    begin, _, end = said.partition("/")
    first, last = _instant(begin), _instant(end)
    return (first, last) if first and last and first < last else None


def _instant(said: object) -> datetime | None:
    if not isinstance(said, str):
        return None
    try:
        at = datetime.fromisoformat(said)
        return _INSTANT.validate_python(at if at.tzinfo else at.replace(tzinfo=JAPAN))
    except (ValueError, OverflowError, ValidationError):
        return None


def _wrong(pointer: str, detail: str) -> FieldsInvalid:
    return FieldsInvalid(errors=[FieldError(pointer=pointer, detail=detail)])
