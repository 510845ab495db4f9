"""The real program in a process of its own, to be asked, stopped, frozen and killed."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from tests.engine.node import KEY

ROOT: Final = Path(__file__).parents[2]
READY_SECONDS: Final = 120.0
STOP_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.01
# $1 is the program's process id. A line on standard input means that it has ended; end of file
# without one, that the test process is gone, and the program must not outlive it.
WATCH_SCRIPT: Final = 'read -r line && exit 0; kill -KILL "$1" 2>/dev/null'


@dataclass
class Program:
    """`python -m app …` with its own settings; started, ended and started again."""

    database_url: str
    folder: Path
    port: int
    command: Sequence[str] = ("serve", "--no-migrate")
    process: asyncio.subprocess.Process | None = None
    watch: asyncio.subprocess.Process | None = None

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
        with self._log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "app", *self.command),
                cwd=ROOT,
                env=self._environment(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
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
        with suppress(ProcessLookupError):
            self.process.send_signal(number)

    async def ended(self) -> int:
        """Wait for its end; the exit code, negative for a signal."""
        assert self.process is not None, "not started"
        async with asyncio.timeout(STOP_SECONDS):
            code = await self.process.wait()
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
            "RENRAKUMO_DATA_KEY_FILE": str(self.folder / "data.key"),
            "RENRAKUMO_LEDGER_KEY_FILE": str(self.folder / "ledger.key"),
            "RENRAKUMO_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
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


async def _is_ready(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/readyz")).status_code == 200
    except httpx.TransportError:
        return False
