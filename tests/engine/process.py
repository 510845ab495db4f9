"""The real program in a process of its own, to be asked, stopped, frozen and killed."""

import asyncio
import atexit
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

import httpx

from tests.engine.node import KEY
from tests.keys import key_file

ROOT: Final = Path(__file__).parents[2]
READY_SECONDS: Final = 120.0
STOP_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.01
# $1 is the program's process id. A line on standard input means that it has ended; end of file
# without one, that the test process is gone, and the program must not outlive it.
WATCH_SCRIPT: Final = 'read -r line && exit 0; kill -KILL "$1" 2>/dev/null'


@dataclass
class Process:
    """A process that the cradle has started."""

    pid: int
    end: asyncio.Task[int]

    @property
    def returncode(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self.end.result() if self.end.done() else None


@dataclass
class Program:
    """`python -m app …` with its own settings; started, ended and started again."""

    database_url: str
    folder: Path
    port: int
    command: Sequence[str] = ("serve", "--no-migrate")
    process: Process | None = None
    watch: asyncio.subprocess.Process | None = None
    # Further settings, by the names of their variables.
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def said(self) -> str:
        """All that it has written so far, over all its lives."""
        return self._log.read_text() if self._log.exists() else ""

    @property
    def pid(self) -> int:
        """Its process id, while it runs."""
        assert self.process is not None, "not started"
        return self.process.pid

    async def start(self) -> None:
        """Start it; does not wait until it serves."""
        self.process = await _forked(self.command, self._environment(), self._log)
        self.watch = await asyncio.create_subprocess_exec(
            *("/bin/sh", "-c", WATCH_SCRIPT, "watch", str(self.process.pid)),
            stdin=asyncio.subprocess.PIPE,
            start_new_session=True,
        )

    async def ready(self) -> None:
        """Wait until it says that it is ready.

        Raises:
            AssertionError: it ended, or is not ready in time.
        """
        async with httpx.AsyncClient(base_url=self.url) as http:
            try:
                async with asyncio.timeout(READY_SECONDS):
                    while not await _is_ready(http):
                        assert self.process is not None, "not started"
                        assert self.process.returncode is None, self.said[-3000:]
                        await asyncio.sleep(POLL_SECONDS)
            except TimeoutError:
                raise AssertionError(f"not ready:\n{self.said[-3000:]}") from None

    def send(self, number: signal.Signals) -> None:
        """A signal, unless it has ended."""
        assert self.process is not None, "not started"
        if self.process.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.process.pid, number)

    async def ended(self) -> int:
        """Wait for its end; the exit code, negative for a signal."""
        assert self.process is not None, "not started"
        async with asyncio.timeout(STOP_SECONDS):
            code = await asyncio.shield(self.process.end)
        if self.watch is not None:
            await self.watch.communicate(b"ended\n")
            self.watch = None
        return code

    async def kill(self) -> None:
        """SIGKILL: it gets to do nothing more."""
        self.send(signal.SIGKILL)
        await self.ended()

    @property
    def _log(self) -> Path:
        return self.folder / f"program-{self.port}.log"

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LC_ALL": "C.UTF-8",
            "RENRAKUMO_DATABASE_URL": self.database_url,
            "RENRAKUMO_PUBLIC_URL": self.url,
            "RENRAKUMO_PORT": str(self.port),
            "RENRAKUMO_BOOTSTRAP_KEY": KEY,
            "RENRAKUMO_DATA_KEY_FILE": str(key_file(self.folder)),
            "RENRAKUMO_LEDGER_KEY_FILE": str(self.folder / "ledger.key"),
            "RENRAKUMO_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
            **self.settings,
        }


@asynccontextmanager
async def running_program(
    database_url: str, folder: Path, *command: str, is_awaited: bool = True
) -> AsyncIterator[Program]:
    """The program for the time of the block; killed at its end if it still runs."""
    program = Program(database_url, folder, free_port())
    if command:
        program.command = command
    await program.start()
    try:
        if is_awaited:
            await program.ready()
        yield program
    finally:
        program.send(signal.SIGCONT)
        await program.kill()


@asynccontextmanager
async def calling(program: Program) -> AsyncIterator[httpx.AsyncClient]:
    """An operator who calls the program."""
    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(base_url=program.url, headers=headers, timeout=30) as http:
        yield http


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@cache
def _cradle() -> socket.socket:
    """The way to a cradle, made for the first program; it ends when this process ends."""
    ours, theirs = socket.socketpair()
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
    command = (sys.executable, "-m", "tests.engine.cradle")
    cradle = subprocess.Popen(command, cwd=ROOT, env=environment, stdin=theirs.fileno())
    theirs.close()

    def end() -> None:
        ours.close()
        with suppress(subprocess.TimeoutExpired):
            cradle.wait(STOP_SECONDS)

    atexit.register(end)
    return ours


def _asked(
    command: Sequence[str], environment: Mapping[str, str], output: Path, errors: Path
) -> socket.socket:
    """Where the answers of the cradle arrive: a line with a process id, one with its end."""
    asked = {
        "command": command,
        "environment": environment,
        "output": str(output),
        "errors": str(errors),
    }
    ours, theirs = socket.socketpair()
    with theirs:
        socket.send_fds(_cradle(), [b"+"], [theirs.fileno()])
    ours.sendall(json.dumps(asked).encode() + b"\n")
    return ours


async def _forked(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Process:
    ours = _asked(command, environment, log, log)
    reader, writer = await asyncio.open_unix_connection(sock=ours)
    pid = int(await reader.readline())

    async def end() -> int:
        code = int(await reader.readline())
        writer.close()
        return code

    return Process(pid, asyncio.create_task(end()))


def run_program(
    command: Sequence[str], environment: Mapping[str, str], folder: Path
) -> subprocess.CompletedProcess[str]:
    """Run a command of the program to its end; what it writes goes through files in a folder."""
    output, errors = folder / "output", folder / "errors"
    for path in (output, errors):
        path.write_text("")
    with _asked(command, environment, output, errors) as ours, ours.makefile() as lines:
        ours.settimeout(STOP_SECONDS)
        _, code = int(lines.readline()), int(lines.readline())
    return subprocess.CompletedProcess(command, code, output.read_text(), errors.read_text())


async def _is_ready(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/readyz")).status_code == 200
    except httpx.TransportError:
        return False
