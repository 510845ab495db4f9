"""One HTTP POST: nothing is followed, kept or taken from the environment; only the status counts.

Two ways to the same end. aiohttp by itself needs a third of the processor time that httpx needs
with aiohttp's connections, and a tenth of what httpx needs alone under load; httpx alone is what
tests can intercept.
"""

import asyncio
import ssl
from collections.abc import AsyncIterable, Iterator, Mapping
from contextlib import suppress
from socket import gaierror
from typing import Final, Protocol

import aiohttp
import httpx
import yarl

from app.channels.channel import Failed, Reason
from app.channels.network_guard import (
    AddressRefused,
    GuardedResolver,
    NetworkGuard,
    Resolve,
    host_of,
    literal_addresses,
)

BODY_BYTES_MAX = 65_536
# Part of the time-out that the rest of an answer may take when its status is known.
REST_SHARE = 4
# Shorter than the 5 s of common servers: a connection that they are closing is not taken.
KEEPALIVE_SECONDS = 4.0

OTHERS_FAILURES: Final = (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError, OSError)
"""What `post` raises when the other side, or the way there, fails: see `failure_of`."""


class Post(Protocol):
    """Posts to URLs that the guard has read."""

    async def post(self, url: httpx.URL, headers: Mapping[str, str], body: bytes) -> int:
        """The status of the answer; raises one of OTHERS_FAILURES when there is none."""

    async def close(self) -> None:
        """Close the connections."""


class FastPost:
    """By aiohttp: a name is looked up inside the connector, once, and only what passes is used."""

    def __init__(self, guard: NetworkGuard, resolve: Resolve, timeout_seconds: float) -> None:
        """The pools open with the first message; the time-out is for all of it up to the status."""
        self._guard = guard
        self._resolve = resolve
        self._timeout_seconds = timeout_seconds
        self._tls = httpx.create_ssl_context()
        # By scheme: what may be connected to depends on it.
        self._sessions: dict[str, aiohttp.ClientSession] = {}

    async def post(self, url: httpx.URL, headers: Mapping[str, str], body: bytes) -> int:
        """The status of the answer."""
        session = self._sessions.get(url.scheme) or self._open(url.scheme)
        target, is_whole = yarl.URL(str(url), encoded=True), False
        async with asyncio.timeout(self._timeout_seconds):
            response = await session.post(target, data=body, headers=headers, allow_redirects=False)
        try:
            rest = response.content.iter_any()
            is_whole = await _reads_to_end(rest, self._timeout_seconds / REST_SHARE)
        finally:
            if not is_whole:
                response.close()
        return response.status

    async def close(self) -> None:
        """Close the connections."""
        for session in self._sessions.values():
            await session.close()

    def _open(self, scheme: str) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            resolver=GuardedResolver(self._guard, self._resolve, encrypted=scheme == "https"),
            ssl=self._tls,
            limit=0,  # whoever posts limits it
            keepalive_timeout=KEEPALIVE_SECONDS,
        )
        session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None),  # ours covers the look-up too
            auto_decompress=False,
            trust_env=False,
        )
        return self._sessions.setdefault(scheme, session)


class PlainPost:
    """By httpx: names are looked up and judged first; in the gap until connecting they may move."""

    def __init__(self, guard: NetworkGuard, resolve: Resolve, timeout_seconds: float) -> None:
        """The pool opens with the first message; the time-out is for all of it up to the status."""
        self._guard = guard
        self._resolve = resolve
        self._timeout_seconds = timeout_seconds
        self._http = httpx.AsyncHTTPTransport(
            verify=httpx.create_ssl_context(),
            limits=httpx.Limits(max_connections=None, keepalive_expiry=KEEPALIVE_SECONDS),
            trust_env=False,
        )

    async def post(self, url: httpx.URL, headers: Mapping[str, str], body: bytes) -> int:
        """The status of the answer."""
        host = host_of(url)
        # The transport itself: there is nobody who could follow a redirect or keep a cookie.
        request = httpx.Request("POST", url, headers=headers, content=body)
        async with asyncio.timeout(self._timeout_seconds):
            if not literal_addresses(host):
                self._guard.pick(await self._resolve(host), encrypted=url.scheme == "https")
            response = await self._http.handle_async_request(request)
        try:
            await _reads_to_end(response.aiter_raw(), self._timeout_seconds / REST_SHARE)
        finally:
            with suppress(*OTHERS_FAILURES):
                await response.aclose()
        return response.status_code

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def failure_of(error: BaseException) -> Failed:
    """What one of OTHERS_FAILURES means for the message."""
    causes = tuple(_causes(error))
    for kinds, reason in _REASONS:
        if any(isinstance(cause, kinds) for cause in causes):
            return Failed(permanent=reason is Reason.REFUSED_ADDRESS, reason=reason)
    return Failed(permanent=False, reason=Reason.CONNECTION_FAILED)


# The first that matches the error or one of its causes; what is more special comes first.
_REASONS: Final = (
    (AddressRefused, Reason.REFUSED_ADDRESS),
    ((ssl.SSLError, ssl.CertificateError), Reason.TLS_FAILED),
    (gaierror, Reason.NAME_NOT_FOUND),
    (ConnectionRefusedError, Reason.CONNECTION_REFUSED),
    ((ConnectionError, aiohttp.ServerDisconnectedError), Reason.CONNECTION_RESET),
    (TimeoutError, Reason.TIMEOUT),
    ((aiohttp.ClientPayloadError, httpx.ReadError), Reason.CONNECTION_RESET),
    ((aiohttp.ClientResponseError, httpx.ProtocolError), Reason.PROTOCOL_ERROR),
)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error, what it came from, and the members of groups: one per address tried."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for member in error.exceptions:
                yield from _causes(member)
        error = error.__cause__ or error.__context__


async def _reads_to_end(chunks: AsyncIterable[bytes], within_seconds: float) -> bool:
    """Read a short answer, so that its connection serves again; False for a long or slow one.

    The status has been said: what becomes of the rest changes nothing.
    """
    size = 0
    try:
        async with asyncio.timeout(within_seconds):
            async for chunk in chunks:
                size += len(chunk)
                if size > BODY_BYTES_MAX:
                    return False
    except OTHERS_FAILURES:
        return False
    return True
