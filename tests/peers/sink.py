"""A real HTTP server for outgoing webhooks: records what arrives, answers as it is told.

It speaks just enough HTTP/1.1 (requests with a Content-Length, connections kept open) to be much
faster than what it measures. In an asynchronous test it runs on the test's own loop
(`running_sink`), for everything else in a thread of its own (`sink_in_thread`).
"""

import asyncio
import json
import socket
import ssl
import struct
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from http import HTTPStatus
from queue import SimpleQueue
from typing import Any

HUGE_CHUNK = b"x" * 16_384
START_TIMEOUT_SECONDS = 10.0


class Misbehaviour(Enum):
    """What a receiver does instead of answering."""

    HANG = auto()  # says nothing and keeps the connection
    HANG_IN_BODY = auto()  # says the status and half a body, then nothing
    RESET = auto()  # resets the connection
    CLOSE = auto()  # closes it in order, without an answer
    HUGE = auto()  # says the status and sends a body without end
    NONSENSE = auto()  # does not speak HTTP


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How the sink answers one request."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    delay_seconds: float = 0.0
    instead: Misbehaviour | None = None

    @classmethod
    def redirect(cls, to: str, status: int = 302) -> "Answer":
        """Send the caller elsewhere."""
        return cls(status=status, headers={"location": to})


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One request, complete. `at` is what the sink's clock said when its last byte was read."""

    at: int
    method: str
    path: str
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    connection: int

    @property
    def json(self) -> Any:  # noqa: ANN401  # whatever JSON says
        """The body, parsed."""
        return json.loads(self.body)


class Sink:
    """What arrived, and how to answer the next."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self.requests: list[Received] = []
        self.connections = 0
        self.open: set[asyncio.Transport] = set()
        # Set while nobody is connected.
        self.idle = asyncio.Event()
        self.bytes_sent = 0
        self.answer = Answer()
        self.url = ""
        self._clock = clock
        self._planned: dict[str, deque[Answer]] = {}
        self._watchers: list[tuple[int, Callable[[], object]]] = []
        self._lock = threading.Lock()

    def plan(self, path: str, *answers: Answer) -> None:
        """Answer requests to `path` in this order; the last one stays."""
        with self._lock:
            self._planned[path] = deque(answers)

    def to(self, path: str) -> list[Received]:
        """What arrived at `path`."""
        return [request for request in self.requests if request.path == path]

    async def received(self, count: int, *, timeout_seconds: float = 5.0) -> list[Received]:
        """Wait until `count` requests have arrived in all."""
        loop, done = asyncio.get_running_loop(), asyncio.Event()
        self._watch(count, lambda: loop.call_soon_threadsafe(done.set))
        async with asyncio.timeout(timeout_seconds):
            await done.wait()
        return self.requests

    def wait_for(self, count: int, *, timeout_seconds: float = 5.0) -> list[Received]:
        """Wait, from another thread, until `count` requests have arrived in all."""
        done = threading.Event()
        self._watch(count, done.set)
        if not done.wait(timeout_seconds):
            raise TimeoutError(f"{len(self.requests)} of {count} requests arrived")
        return self.requests

    def record(self, request: Received) -> Answer:
        """Remember a request; how to answer it."""
        with self._lock:
            self.requests.append(request)
            count = len(self.requests)
            due = [told for at_least, told in self._watchers if count >= at_least]
            self._watchers = [one for one in self._watchers if count < one[0]]
            planned = self._planned.get(request.path) or (self.answer,)
            answer = planned[0]
            if isinstance(planned, deque) and len(planned) > 1:
                planned.popleft()
        for told in due:
            told()
        return answer

    def now(self) -> int:
        """What the clock says."""
        return self._clock()

    def _watch(self, count: int, told: Callable[[], object]) -> None:
        with self._lock:
            if len(self.requests) < count:
                self._watchers.append((count, told))
                return
        told()


class SinkConnection(asyncio.Protocol):
    """One connection: requests in order, each answered before the next is read."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._read = b""
        self._writable = asyncio.Event()
        self._writable.set()
        self._turn: asyncio.Task[None] | None = None
        self._transport: asyncio.Transport | None = None
        sink.connections += 1
        self._number = sink.connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._sink.open.add(transport)
        self._sink.idle.clear()

    def connection_lost(self, _exc: Exception | None) -> None:
        if self._transport:
            self._sink.open.discard(self._transport)
        if not self._sink.open:
            self._sink.idle.set()
        self._writable.set()
        if self._turn:
            self._turn.cancel()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        self._read += data
        while (end := self._read.find(b"\r\n\r\n")) >= 0:
            first, *lines = self._read[:end].decode("latin-1").split("\r\n")
            headers = {
                name.lower(): value.strip()
                for name, _, value in (line.partition(":") for line in lines)
            }
            whole = end + 4 + int(headers.get("content-length", "0"))
            if len(self._read) < whole:
                return
            method, path, _ = first.split(" ", 2)
            request = Received(
                at=self._sink.now(),
                method=method,
                path=path,
                headers=headers,
                body=self._read[end + 4 : whole],
                connection=self._number,
            )
            self._read = self._read[whole:]
            self._answer(self._sink.record(request))

    def _answer(self, answer: Answer) -> None:
        transport = self._transport
        assert transport is not None
        if answer.delay_seconds or answer.instead is Misbehaviour.HUGE:
            self._turn = asyncio.get_running_loop().create_task(self._answer_later(answer))
            return
        match answer.instead:
            case None:
                transport.write(_head(answer, len(answer.body)) + answer.body)
            case Misbehaviour.HANG_IN_BODY:
                transport.write(_head(answer, 2 * len(answer.body)) + answer.body)
            case Misbehaviour.RESET:
                _reset(transport)
            case Misbehaviour.CLOSE:
                transport.close()
            case Misbehaviour.NONSENSE:
                transport.write(b"220 mail.example ESMTP\r\n\r\n")
            case _:
                pass

    async def _answer_later(self, answer: Answer) -> None:
        await asyncio.sleep(answer.delay_seconds)
        if answer.instead is not Misbehaviour.HUGE:
            self._answer(Answer(status=answer.status, headers=answer.headers, body=answer.body))
            return
        transport = self._transport
        assert transport is not None
        transport.write(_head(answer, 1 << 50))
        while not transport.is_closing():
            await self._writable.wait()
            transport.write(HUGE_CHUNK)
            self._sink.bytes_sent += len(HUGE_CHUNK)
            await asyncio.sleep(0)


@asynccontextmanager
async def running_sink(
    *, clock: Callable[[], int] = time.perf_counter_ns, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Sink]:
    """A sink on 127.0.0.1, on the running loop, for the time of the block."""
    sink = Sink(clock)
    server = await asyncio.get_running_loop().create_server(
        lambda: SinkConnection(sink), "127.0.0.1", 0, ssl=tls, backlog=1024
    )
    port = server.sockets[0].getsockname()[1]
    sink.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    try:
        yield sink
    finally:
        server.close()
        for transport in list(sink.open):
            transport.abort()
        await server.wait_closed()
        await asyncio.sleep(0)  # connection_lost is called in the loop's next turn


@contextmanager
def sink_in_thread(*, clock: Callable[[], int] = time.perf_counter_ns) -> Iterator[Sink]:
    """A sink on 127.0.0.1, in a thread of its own, for the time of the block."""
    started: SimpleQueue[tuple[Sink, Callable[[], object]]] = SimpleQueue()

    async def run() -> None:
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        async with running_sink(clock=clock) as sink:
            started.put((sink, lambda: loop.call_soon_threadsafe(over.set)))
            await over.wait()

    thread = threading.Thread(target=lambda: asyncio.run(run()), name="sink", daemon=True)
    thread.start()
    sink, stop = started.get(timeout=START_TIMEOUT_SECONDS)
    try:
        yield sink
    finally:
        stop()
        thread.join(START_TIMEOUT_SECONDS)


def _head(answer: Answer, length: int) -> bytes:
    phrase = HTTPStatus(answer.status).phrase if answer.status in set(HTTPStatus) else "Unknown"
    extra = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
    return (
        f"HTTP/1.1 {answer.status} {phrase}\r\ncontent-type: application/json\r\n"
        f"content-length: {length}\r\n{extra}\r\n"
    ).encode("latin-1")


def _reset(transport: asyncio.Transport) -> None:
    """Close with RST: whoever is connected sees a reset, not an end of file."""
    connected = transport.get_extra_info("socket")
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
