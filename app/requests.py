"""What concerns every HTTP request: a log line, an observation, a limit to guessing keys.

Nothing that is noted says whom a request was about.
"""

import time

import structlog
from fastapi import FastAPI, Request, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.auth import KeyUnknown
from app.installation.misses import Misses, TooManyMisses
from app.problems.document import problem_document, problem_response
from app.problems.table import PROBLEMS
from app.telemetry import REQUEST_SECONDS, REQUESTS

log = structlog.get_logger()


class RequestLog:
    """Counts and logs requests by their route's template: a path may hold a link's token."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and note how it was answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = time.perf_counter(), 500

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, note_status)
        finally:
            seconds = time.perf_counter() - begun
            route = getattr(scope.get("route"), "path", "unmatched")
            method = scope["method"] if scope["method"] in METHODS else "other"
            REQUESTS.labels(method, route, str(status)).inc()
            REQUEST_SECONDS.labels(method, route).observe(seconds)
            log.debug(
                "request", method=method, route=route, status=status, ms=round(seconds * 1000, 1)
            )


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def install_request_log(app: FastAPI) -> None:
    """Put the log around everything else."""
    app.add_middleware(RequestLog)


def install_miss_limit(app: FastAPI) -> None:
    """Answer unknown keys with 429 when one address comes with too many of them.

    After `install_problems`, whose answer to an unknown key this replaces. Links and inboxes are
    limited where their answer is a page (`app.pages.errors`).
    """
    app.add_exception_handler(KeyUnknown, _answer_unknown_key)


async def _answer_unknown_key(request: Request, refusal: Exception) -> Response:
    misses: Misses = request.app.state.misses
    now = request.app.state.installation.clock()
    try:
        misses.count(request.client.host if request.client else "", now)
    except TooManyMisses as too_many:
        refusal = too_many
    kind = PROBLEMS[type(refusal)]
    return problem_response(kind, problem_document(kind, str(refusal)))
