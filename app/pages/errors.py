"""What a reader is told when something was refused or went wrong."""

from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

from fastapi import Request, Response
from fastapi.routing import APIRoute
from markupsafe import Markup
from starlette.requests import ClientDisconnect

from app.commands.contact.confirming import CheckExpired
from app.commands.people.returning import NotAbsent
from app.commands.people.substitutions import DutyChanged, SubstitutionEnded
from app.commands.respond import LinkExpired, LinkWithdrawn
from app.escalation.refusals import (
    IncidentClosed,
    NobodyToOffer,
    NotAllowed,
    NothingOffered,
    NotHolder,
)
from app.installation.answer import NotFound, Refusal
from app.installation.misses import Misses
from app.pages.language import Speech
from app.pages.rendering import html_response
from app.pages.sent import wants_json
from app.pages.wording import TEXTS
from app.problems import response_of
from app.problems.table import kind_of

_REFUSED: Final[Mapping[object, str]] = MappingProxyType(
    {
        IncidentClosed: "refused_closed",
        NobodyToOffer: "refused_nobody",
        NotHolder: "refused_not_holder",
        NothingOffered: "refused_no_offer",
        SubstitutionEnded: "refused_substitution_ended",
        DutyChanged: "refused_duty_changed",
        NotAbsent: "refused_not_absent",
    }
)
# Where the status alone would say the wrong thing.
_OWN: Final[Mapping[object, str]] = MappingProxyType({CheckExpired: "error_check_expired"})
_WRONG: Final = MappingProxyType(
    {
        "/party_id": "wrong_party_id",
        "/outcome": "wrong_outcome",
        "/to_party_id": "wrong_to_party_id",
        "/text": "wrong_text",
        "/note": "wrong_length",
        "/reason": "wrong_length",
        "/eta": "wrong_eta",
        "/eta_minutes": "wrong_eta",
        "/eta_time": "wrong_eta",
        "/from": "wrong_duty_times",
        "/to": "wrong_duty_times",
        "/substitute_id": "wrong_substitute",
        "/in_return": "wrong_in_return",
    }
)


class PageRoute(APIRoute):
    """A route for people: what goes wrong is a page, unless a program asked.

    A link or an inbox that is not there, or not any more, is a miss of whoever asked for it.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, and a page for whatever it throws."""
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await _counting_misses(handle, request)
            except ClientDisconnect:
                raise
            except Exception as error:
                if wants_json(request):
                    raise
                return _error_page(request, error)

        return answered


def sentences(speech: Speech, refusal: Refusal, *, gives_back: bool = False) -> list[Markup]:
    """What to tell the person whose act was refused; `gives_back` when the holder declined."""
    if refusal.errors:
        keys = [_WRONG.get(one.pointer, "wrong") for one in refusal.errors]
        return [speech(key) for key in dict.fromkeys(keys)]
    cause = type(refusal.__cause__ or refusal)
    if gives_back and cause is NotAllowed:
        return [speech("refused_decline_arrived")]
    return [speech(_REFUSED.get(cause, "refused"))]


async def _counting_misses(
    handle: Callable[[Request], Coroutine[Any, Any, Response]], request: Request
) -> Response:
    """The answer, unless the address has missed too often.

    Counted only once the token has proven to be of no use: a good link always opens, also from
    behind a proxy that somebody else is guessing from.
    """
    try:
        return await handle(request)
    except (NotFound, LinkExpired, LinkWithdrawn):
        misses: Misses = request.app.state.misses
        now = request.app.state.installation.clock()
        misses.count(request.client.host if request.client else "", now)
        raise


def _error_page(request: Request, error: Exception) -> Response:
    # Writes a line to the log where the fault is ours.
    status, _ = response_of(error)
    key = _OWN.get(type(error), f"error_{status}")
    if status > HTTPStatus.INTERNAL_SERVER_ERROR:
        key = "error_503"
    if isinstance(error, LinkWithdrawn):
        key = "link_withdrawn"
    title = key if key in TEXTS else "error"
    more = f"{title}_more"
    response = html_response(
        request,
        "error.html",
        status=status,
        title_key=title,
        more_key=more if more in TEXTS else None,
    )
    kind = kind_of(error)
    response.headers.update(kind.headers if kind else {})
    return response
