"""The responder's link: GET shows, POST acts (DESIGN.md 6.2, H9)."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Final, cast

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from app.commands.act import ActNotPossible
from app.commands.acts import ACTS, HandOverBody
from app.commands.link import LinkView
from app.commands.respond import ActByLink, LookAtLink
from app.engine.engine import Engine
from app.escalation.decision import Result
from app.installation.answer import Answer, FieldsInvalid, NotFound, Refusal
from app.installation.secrets import digest
from app.pages.errors import PageRoute, sentences
from app.pages.rendering import HEADERS, html_response, speech_of
from app.pages.sent import Sent, parse_act, read_sent, refuse_prefetch, wants_json
from app.pages.view import Details, read_details, stage_of
from app.problems import response_of
from app.protocols.kinds import Outcome

# What is written down of a no; the same words in every language of the page.
REASONS: Final[Mapping[str, str]] = {
    "別の対応中": "reason_busy",
    "遠い": "reason_far",
    "飲酒・体調": "reason_unfit",
    "勤務外": "reason_off_duty",
    "その他": "reason_other",
}
ETA_MINUTES: Final = (10, 15, 20, 30, 45, 60)
# What the page itself does not show afterwards, so that it must be said.
TOLD: Final = frozenset({"note", "external_called", "escalate", "correct"})

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.api_route("/r/{token}", methods=["GET", "HEAD"])
async def show_page(request: Request, token: str, done: str = "") -> Response:
    """The page of a link; `done` names an act that has just been recorded."""
    return await _shown(request, token, done=done)


@router.api_route("/r/{token}/{act}", methods=["GET", "HEAD"])
async def show_act(request: Request, token: str, act: str) -> Response:
    """The page with this act first; nothing is done before it is pressed."""
    _require_act(act)
    return await _shown(request, token, focus=act)


@router.post("/r/{token}/{act}")
async def act_by_link(request: Request, token: str, act: str) -> Response:
    """An act: a form is led back to the page, a program gets the answer."""
    refuse_prefetch(request)
    _require_act(act)
    sent = Sent(fields={})
    try:
        sent = await read_sent(request)
        answer = await _act(request, token, act, sent)
    except (ActNotPossible, FieldsInvalid) as refusal:
        if wants_json(request):
            raise
        return await _shown(request, token, focus=act, filled=sent.fields, refusal=refusal)
    if wants_json(request):
        headers = {name: HEADERS[name] for name in ("Cache-Control", "Referrer-Policy", "Vary")}
        return JSONResponse(answer.body, answer.status, headers=headers)
    is_told = act in TOLD or (act == "decline" and answer.body["result"] == Result.RECORDED)
    location = f"/r/{token}?done={act}" if is_told else f"/r/{token}"
    return Response(status_code=303, headers={**HEADERS, "Location": location})


async def _act(request: Request, token: str, act: str, sent: Sent) -> Answer:
    engine = _engine(request)
    body = parse_act(act, sent, engine.installation.clock())
    command = ActByLink(
        token_hash=_hash_of(token),
        act=act,
        party_id=body.party_id,
        to_party_id=body.to_party_id if isinstance(body, HandOverBody) else None,
        make=body.event,
    )
    return cast("Answer", await engine.submit(command))


async def _shown(
    request: Request,
    token: str,
    *,
    focus: str = "",
    done: str = "",
    filled: Mapping[str, object] | None = None,
    refusal: Refusal | None = None,
) -> Response:
    engine, speech = _engine(request), speech_of(request)
    view = cast("LinkView", await engine.submit(LookAtLink(token_hash=_hash_of(token))))
    details = await engine.installation.database.read(partial(read_details, view=view))
    page_id = details.acting_page_id
    gives_back = focus == "decline" and view.is_holder
    acting = engine.installation.link_key.token(page_id) if page_id else token
    return html_response(
        request,
        "respond.html",
        status=response_of(refusal)[0] if refusal else 200,
        focus=focus,
        filled=filled or {},
        refused=sentences(speech, refusal, gives_back=gives_back) if refusal else (),
        done=done if done in TOLD | {"decline"} else "",
        **values_of(view, details, link=f"/r/{acting}"),
    )


def values_of(view: LinkView, details: Details, *, link: str) -> dict[str, object]:
    """What the template shows of a link's page; its forms post below `link`."""
    return {
        "view": view,
        "stage": stage_of(view).value,
        "details": details,
        "link": link,
        "reasons": REASONS,
        "eta_minutes": ETA_MINUTES,
        "outcomes": tuple(Outcome),
    }


def _engine(request: Request) -> Engine:
    engine: Engine = request.app.state.engine
    return engine


def _hash_of(token: str) -> str:
    # Nonsense never reaches the database.
    if not _TOKEN.fullmatch(token):
        raise NotFound
    return digest(token)


def _require_act(act: str) -> None:
    if act not in ACTS:
        # Not `NotFound`: nothing is said of the link, which may be good, so this is no miss.
        raise HTTPException(404)
