"""What a responder's browser or program sends: how it wants its answer, and the act's fields."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl

from fastapi import Request
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from app.commands.acts import ACTS, ActBody
from app.escalation.network import JAPAN
from app.installation.answer import FieldError, FieldsInvalid, refuse
from app.protocols.document import TWICE, NotJson, read_json
from app.protocols.problems import pointer
from app.protocols.wording import sentence

FIELDS_MAX: Final = 50
ETA_MINUTES_MAX: Final = 24 * 60
# A time of day further ahead is more likely a slip than a plan.
ETA_TIME_AHEAD_MAX: Final = timedelta(hours=12)

_JSON_TYPES: Final = frozenset({"application/json", "application/problem+json"})
_HTML_TYPES: Final = frozenset({"text/html", "application/xhtml+xml"})
_FORM: Final = "application/x-www-form-urlencoded"
# No database or encoding takes these: U+0000 and halves of pairs.
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_MINUTES: Final = re.compile(r"[1-9][0-9]{0,3}")


def wants_json(request: Request) -> bool:
    """Whether a program asks: by its Accept header, else by what it sends."""
    json_weight = html_weight = 0.0
    for part in request.headers.get("accept", "").split(",")[:FIELDS_MAX]:
        media_type, _, parameter = part.partition(";")
        quality = re.search(r"\bq\s*=\s*([01](?:\.[0-9]*)?)", parameter)
        weight = float(quality[1]) if quality else 1.0
        name = media_type.strip().lower()
        if name in _JSON_TYPES:
            json_weight = max(json_weight, weight)
        elif name in _HTML_TYPES:
            html_weight = max(html_weight, weight)
    if json_weight or html_weight:
        return json_weight >= html_weight
    return _media_type(request) == "application/json"


def refuse_prefetch(request: Request) -> None:
    """Go on only if somebody meant it: a browser that reads ahead has pressed nothing.

    Raises:
        HTTPException: 403.
    """
    names = ("sec-purpose", "purpose", "x-purpose", "x-moz")
    purposes = " ".join(request.headers.get(name, "") for name in names).lower()
    if "prefetch" in purposes or "prerender" in purposes or "preview" in purposes:
        raise HTTPException(403, "Reading ahead does not act.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The fields that were sent, by a form or as JSON."""

    fields: Mapping[str, object]
    is_form: bool = False


async def read_sent(request: Request) -> Sent:
    """The fields of a form or of a JSON object; none where there is no body.

    Raises:
        HTTPException: 415, it is something else.
        FieldsInvalid: it cannot be read.
    """
    body = await request.body()
    if not body:
        return Sent(fields={})
    media_type = _media_type(request)
    if media_type == _FORM:
        return Sent(fields=_read_form(body), is_form=True)
    if media_type == "application/json":
        return Sent(fields=_read_json(body))
    raise HTTPException(415, f"Send `{_FORM}` or `application/json`.")


def parse_act(act: str, sent: Sent, now: datetime) -> ActBody:
    """The fields of an act; times of a form become an instant.

    Raises:
        FieldsInvalid: names every wrong field.
    """
    refuse(
        FieldError(pointer=pointer((name,)), detail="Holds a character that cannot be stored.")
        for name, value in sent.fields.items()
        if isinstance(value, str) and _UNSTORABLE.search(name + value)
    )
    data = dict(sent.fields)
    if act == "en_route" and sent.is_form and "eta" not in data:
        data |= _eta(data, now)
    if act == "note" and "note" in data and "text" not in data:
        data["text"] = data.pop("note")
    if "on_behalf_of" in data:
        # A link speaks for its own person alone.
        refuse([FieldError(pointer="/on_behalf_of", detail="Is not known here.")])
    try:
        return ACTS[act].model_validate(data)
    except ValidationError as error:
        raise FieldsInvalid(errors=_field_errors(error)) from None


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _read_form(body: bytes) -> Mapping[str, object]:
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX
        )
    except ValueError:
        raise _unreadable("The form cannot be read.") from None
    fields: dict[str, object] = {}
    for name, value in pairs:
        if name in fields:
            raise FieldsInvalid(errors=[FieldError(pointer=pointer((name,)), detail=TWICE)])
        # Browsers end lines as mail does, and send what was left empty.
        fields[name] = value.replace("\r\n", "\n").strip()
    return {name: value for name, value in fields.items() if value}


def _read_json(body: bytes) -> Mapping[str, object]:
    try:
        written = read_json(body.decode("utf-8-sig"))
    except (UnicodeDecodeError, NotJson):
        raise _unreadable("The body is not JSON.") from None
    refuse(FieldError(pointer=pointer(one), detail=TWICE) for one in written.repeated)
    data = written.data
    if not isinstance(data, dict):
        raise _unreadable("The body must be a JSON object.")
    return {
        name: value.strip() if isinstance(value, str) else value for name, value in data.items()
    }


def _eta(data: dict[str, object], now: datetime) -> dict[str, object]:
    """The instant that a form's minutes or time of day stand for; takes them out of `data`."""
    minutes, time = data.pop("eta_minutes", None), data.pop("eta_time", None)
    if minutes is not None:
        if not _MINUTES.fullmatch(str(minutes)) or int(str(minutes)) > ETA_MINUTES_MAX:
            raise FieldsInvalid(errors=[FieldError(pointer="/eta_minutes", detail="1 to 1440.")])
        return {"eta": (now + timedelta(minutes=int(str(minutes)))).isoformat()}
    if time is None:
        return {}
    matched = _TIME.fullmatch(str(time))
    if matched:
        there = now.astimezone(JAPAN)
        at = there.replace(hour=int(matched[1]), minute=int(matched[2]), second=0, microsecond=0)
        at += timedelta(days=1) if at < there else timedelta()
        if at - there <= ETA_TIME_AHEAD_MAX:
            return {"eta": at.isoformat()}
    detail = "A time of day in Japan within the next 12 hours, such as 03:40."
    raise FieldsInvalid(errors=[FieldError(pointer="/eta_time", detail=detail)])


def _field_errors(error: ValidationError) -> Iterator[FieldError]:
    for one in error.errors(include_url=False):
        yield FieldError(pointer=pointer(one["loc"]), detail=sentence(one))


def _unreadable(detail: str) -> FieldsInvalid:
    return FieldsInvalid(errors=[FieldError(pointer="", detail=detail)])
