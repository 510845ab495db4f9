"""What handlers are given: the installation, the caller, the Idempotency-Key, a page's limits.

`app/main.py` puts `installation`, `authenticator` and `channels` into the application's state.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Generic, TypeVar

from fastapi import Depends, Header, Request, Response
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.auth import Authenticator, Principal
from app.channels.channel import Channel
from app.installation.answer import Answer, Idempotency
from app.installation.installation import Installation
from app.installation.paging import LIMIT_DEFAULT, LIMIT_MAX, Paging, read_cursor

REPLAYED: Final = "Idempotent-Replayed"

_VISIBLE: Final = re.compile("[!-~]+")

ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request's caller, and what it calls."""

    installation: Installation
    principal: Principal


class Page(BaseModel, Generic[ItemT]):
    """One page of a list, oldest first; `next_cursor` is null on the last one."""

    items: list[ItemT]
    next_cursor: str | None


def _visible(key: str) -> str:
    if not _VISIBLE.fullmatch(key):
        raise ValueError("Must be visible ASCII characters, without spaces.")
    return key


def _checked_cursor(cursor: str) -> str:
    read_cursor(cursor)
    return cursor


class ListQuery(BaseModel):
    """Which page of a list; a list's own filters are added by subclasses. No others are taken."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT
    cursor: Annotated[str, AfterValidator(_checked_cursor)] | None = None

    @property
    def paging(self) -> Paging:
        """The page that is asked for."""
        after = None if self.cursor is None else read_cursor(self.cursor)
        return Paging(limit=self.limit, after=after)


async def read_call(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))],
) -> Call:
    """The caller, whom `V1Route` has found already; `bearer` is for the OpenAPI document."""
    del bearer
    return Call(installation=request.app.state.installation, principal=request.state.principal)


async def read_channels(request: Request) -> Mapping[str, Channel]:
    """The ways to reach a contact, by name."""
    channels: Mapping[str, Channel] = request.app.state.channels
    return channels


async def read_authenticator(request: Request) -> Authenticator:
    """Who knows the keys that this process believes."""
    authenticator: Authenticator = request.app.state.authenticator
    return authenticator


async def read_idempotency(
    request: Request,
    key: Annotated[
        Annotated[str, AfterValidator(_visible)] | None,
        Header(
            alias="Idempotency-Key",
            min_length=1,
            max_length=255,
            json_schema_extra={"pattern": f"^{_VISIBLE.pattern}$"},
            description="Same key and body: the same answer again, for 24 hours.",
        ),
    ] = None,
) -> Idempotency | None:
    """The caller's Idempotency-Key, bound to this path and this very body."""
    if key is None:
        return None
    principal: Principal = request.state.principal
    return Idempotency(
        scope=f"{principal.key_id} {request.method} {request.url.path}",
        key=key,
        body_hash=hashlib.sha256(await request.body()).hexdigest(),
    )


Caller = Annotated[Call, Depends(read_call)]
Channels = Annotated[Mapping[str, Channel], Depends(read_channels)]
Keys = Annotated[Authenticator, Depends(read_authenticator)]
Once = Annotated[Idempotency | None, Depends(read_idempotency)]


def reply(answer: Answer, headers: Mapping[str, str] | None = None) -> Response:
    """A command's answer as a response."""
    response = JSONResponse(answer.body, answer.status, headers=headers)
    if answer.is_replayed:
        response.headers[REPLAYED] = "true"
    return response
