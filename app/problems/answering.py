"""Turns refusals and failures into answers, and refuses bodies that are too large."""

import re
import traceback
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import PurePath
from types import MappingProxyType
from typing import Final

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.installation.answer import FieldsInvalid, Refusal
from app.problems.document import problem_document, problem_response
from app.problems.fields import ERRORS_MAX, request_errors
from app.problems.openapi import describe
from app.problems.table import PROBLEMS, ProblemKind, kind_of, kind_of_status

BODY_BYTES_MAX: Final = 256 * 1024
# Paths that take larger bodies, as patterns.
LARGE_BODIES: Final[Mapping[str, int]] = MappingProxyType(
    {
        "/v1/incidents/batch": 4 * 1024 * 1024,
        "/v1/imports/[a-z-]{1,20}": 4 * 1024 * 1024,
        "/v1/rosters/[!-~]{1,100}/calendar": 1024 * 1024,
    }
)
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
FRAMES_MAX: Final = 12

_log = structlog.get_logger("renrakumo")


class BodyTooLarge(HTTPException):
    """The body has more bytes than this path takes."""

    def __init__(self, bytes_max: int) -> None:
        super().__init__(413, f"This path takes bodies of at most {bytes_max} bytes.")


def install_problems(app: FastAPI) -> None:
    """Let every error of `app` leave in the one shape, and refuse bodies that are too large.

    Call it after any other middleware was added: what those raise is answered too.
    """
    for refusal in (*PROBLEMS, HTTPException, RequestValidationError):
        app.add_exception_handler(refusal, _answer)
    app.add_middleware(BodyLimit)
    app.add_middleware(LastResort)
    describe(app)


class BodyLimit:
    """Refuses bodies over the limit: by what they say, and while they stream in."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the bytes of an HTTP request's body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        bytes_max = body_bytes_max(scope["path"])
        stated = dict(scope["headers"]).get(b"content-length", b"")
        if stated.isdigit() and int(stated[:20]) > bytes_max:
            response = problem_response(*_described(BodyTooLarge(bytes_max)))
            await response(scope, receive, send)
            return
        await self._limited(bytes_max, scope, receive, send)

    async def _limited(self, bytes_max: int, scope: Scope, receive: Receive, send: Send) -> None:
        received, has_begun = 0, False

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > bytes_max:
                raise BodyTooLarge(bytes_max)
            return message

        async def noted(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, counted, noted)
        except Exception:
            # Whatever became of our own exception on its way, such as a group of one.
            if received <= bytes_max or has_begun:
                raise
            response = problem_response(*_described(BodyTooLarge(bytes_max)))
            await response(scope, receive, send)


def body_bytes_max(path: str) -> int:
    """How many bytes the body of a request to this path may have."""
    sizes = (size for pattern, size in LARGE_BODIES.items() if re.fullmatch(pattern, path))
    return next(sizes, BODY_BYTES_MAX)


class LastResort:
    """Answers whatever nobody else did with a 500 that says nothing, and logs where it was.

    The text of an error may quote personal data, so neither the answer nor the log repeats it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let an HTTP request pass, and catch what it throws."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def noted(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except ClientDisconnect:
            return
        except Exception as error:  # noqa: BLE001  # the last resort of a request
            kind, document = _described(error)
            if has_begun or kind.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                _log_failure(scope, error)
            if has_begun:
                # The connection must break off: half an answer is not an answer.
                raise AnswerInterrupted from None
            await problem_response(kind, document)(scope, receive, send)


class AnswerInterrupted(Exception):
    """The answer had begun when something went wrong; the log says where."""


def response_of(error: Exception) -> tuple[int, dict[str, object]]:
    """Status and problem document of an error that is answered within another answer.

    What is nobody's refusal becomes a 500 that says nothing, and is logged.
    """
    kind, document = _described(error)
    if kind.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log_failure(None, error)
    return kind.status, document


async def _answer(request: Request, error: Exception) -> Response:
    """The answer to whatever a route, or what it called, refused."""
    kind, document = _described(error)
    response = problem_response(kind, document)
    if isinstance(error, HTTPException):
        response.headers.update(error.headers or {})
    if kind.status == HTTPStatus.METHOD_NOT_ALLOWED:
        response.headers["Allow"] = _allowed(request)
    if kind.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log_failure(request.scope, error)
    return response


def _described(error: Exception) -> tuple[ProblemKind, dict[str, object]]:
    if isinstance(error, RequestValidationError):
        errors = request_errors(error.errors()[:ERRORS_MAX], error.body)
        error = FieldsInvalid(errors=errors)
    kind = kind_of(error)
    if kind is not None and isinstance(error, Refusal):
        return kind, problem_document(kind, str(error), errors=error.errors, members=error.members)
    if kind is not None:
        return kind, problem_document(kind, str(error))
    if isinstance(error, HTTPException):
        kind = kind_of_status(error.status_code)
        return kind, problem_document(kind, error.detail)
    kind = kind_of_status(HTTPStatus.INTERNAL_SERVER_ERROR)
    return kind, problem_document(kind, "")


def _allowed(request: Request) -> str:
    """All methods that the path takes: the router knows only those of the first route it met."""
    scope = {name: request.scope[name] for name in ("type", "path", "root_path", "headers")}
    return ", ".join(
        method
        for method in METHODS
        if any(
            route.matches({**scope, "method": method})[0] is Match.FULL
            for route in request.app.routes
        )
    )


def _log_failure(scope: Scope | None, error: Exception) -> None:
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES_MAX:]
    _log.error(
        "request_failed",
        method=scope and scope["method"],
        # The template, because a path may hold a token.
        route=getattr(scope and scope.get("route"), "path", None),
        error=type(error).__name__,
        cause=type(error.__cause__).__name__ if error.__cause__ else None,
        where=[f"{PurePath(one.filename).name}:{one.lineno} {one.name}" for one in frames],
    )
