"""A real PostgreSQL for tests: found or bundled, started in a folder of its own, gone afterwards.

The server listens on 127.0.0.1 only, trusts whoever reaches it there, and holds nothing worth
keeping. PostgreSQL refuses to run as root, so for root it runs as `nobody`. A small shell process
watches over each server: when the test process ends in any way, SIGKILL included, the server ends
and its folder is removed.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from tests.peers.postgres_programs import (
    Flavour,
    PostgresNotFoundError,
    find_binaries,
    is_open_to_all,
    is_root,
    reachable_binaries,
)

__all__ = [
    "Flavour",
    "PostgresFailedError",
    "PostgresNotFoundError",
    "PostgresServer",
    "running_postgres",
]

HOST = "127.0.0.1"
NOBODY = "nobody"
START_ATTEMPTS = 5
START_TIMEOUT_SECONDS = 30.0
STOP_TIMEOUT_SECONDS = 10.0
POLL_SECONDS = 0.01
STRATEGY_SINCE_VERSION = 15
# A folder in memory: to make and drop a database is to make and remove some 400 files, and disks
# take many times as long for that. Containers have 64 MB there by default, which is too little.
MEMORY = Path("/dev/shm")  # noqa: S108  # mkdtemp
MEMORY_BYTES_MIN = 4 << 30

# $1 is the server's process id, $2 its folder. A line on standard input means "all is tidied up";
# end of file without one means that the test process is gone.
WATCH_SCRIPT = """
read -r line && exit 0
kill -QUIT "$1" 2>/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$1" 2>/dev/null || break; sleep 0.2; done
kill -KILL "$1" 2>/dev/null
rm -rf "$2"
"""


class PostgresFailedError(Exception):
    """PostgreSQL did not start; the message ends with what it said."""


class Identity(TypedDict, total=False):
    """As whom a program runs, in the words of `subprocess`."""

    user: str
    group: int
    extra_groups: tuple[()]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    """A running server; databases on it belong to whoever made them."""

    port: int
    version: str  # as PostgreSQL says it, such as "18.4"
    binaries: Path
    directory: Path  # data, log and, where they had to be copied, programs

    def url(self, database: str) -> str:
        """The address of a database as `RENRAKUMO_DATABASE_URL` takes it."""
        return f"postgresql://postgres@{HOST}:{self.port}/{database}"

    def create_database(self, name: str, template: str | None = None) -> str:
        """Make a database, as a copy of `template` if one is given; answer its address.

        Nobody may be connected to the template meanwhile.
        """
        copied = f" TEMPLATE {_quoted(template)}" if template else ""
        if template and int(self.version.split(".")[0]) >= STRATEGY_SINCE_VERSION:
            copied += " STRATEGY FILE_COPY"  # twice as fast as the default without fsync
        self.execute(f"CREATE DATABASE {_quoted(name)}{copied}")
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Remove a database if it exists, whoever is still connected to it."""
        self.execute(f"DROP DATABASE IF EXISTS {_quoted(name)} WITH (FORCE)")

    def execute(self, statement: str, *, database: str = "postgres") -> str:
        """Run SQL and answer its rows as text, `|` between columns."""
        options = ("--no-psqlrc", "--quiet", "--tuples-only", "--no-align")
        where = f"--dbname={self.url(database)}"
        return _run(self.binaries / "psql", *options, where, f"--command={statement}").strip()


@contextmanager
def running_postgres(
    *, durable: bool = False, flavour: Flavour = Flavour.ANY
) -> Iterator[PostgresServer]:
    """Run a PostgreSQL of its own for the time of the block.

    Args:
        durable: keep the promises of a commit (fsync), as kill tests and measurements need.
        flavour: which PostgreSQL to take.

    Raises:
        PostgresNotFoundError: no programs were found; says where they were looked for.
        PostgresFailedError: the programs were found and did not start.
    """
    found = find_binaries(flavour)
    folder = _temporary_folder(durable=durable)
    directory = Path(tempfile.mkdtemp(prefix="renrakumo-postgres-", dir=folder))
    try:
        if is_root():
            shutil.chown(directory, NOBODY)
        binaries = reachable_binaries(found, directory)
        _initialise(binaries, directory)
        with _serving(binaries, directory, durable=durable) as port:
            yield PostgresServer(
                port=port, version=_version(binaries), binaries=binaries, directory=directory
            )
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _temporary_folder(*, durable: bool) -> Path:
    """Where the server's folder goes; for root, a place that `nobody` can reach too."""
    if not durable and _has_room_in_memory():
        return MEMORY
    usual = Path(tempfile.gettempdir())
    return usual if not is_root() or is_open_to_all(usual) else Path("/tmp")  # noqa: S108 - mkdtemp


def _has_room_in_memory() -> bool:
    """True if there is memory for data, and programs that were copied there may run."""
    if not os.access(MEMORY, os.W_OK):
        return False
    room = os.statvfs(MEMORY)
    return room.f_bavail * room.f_frsize >= MEMORY_BYTES_MIN and not room.f_flag & os.ST_NOEXEC


def _initialise(binaries: Path, directory: Path) -> None:
    data = directory / "data"
    settings = ("--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C")
    arguments = (f"--pgdata={data}", *settings, "--no-sync")
    _run(binaries / "initdb", *arguments, within=directory, identity=_identity())
    (data / "pg_hba.conf").write_text("host all all 127.0.0.1/32 trust\n")


@contextmanager
def _serving(binaries: Path, directory: Path, *, durable: bool) -> Iterator[int]:
    """Run the server on a free port; the port may be taken before it gets there, so try again."""
    for _ in range(START_ATTEMPTS):
        port = _free_port()
        server = _launch(binaries, directory, port=port, durable=durable)
        watch = _watch(server, directory)
        try:
            if _is_ready(server, directory):
                yield port
                return
        finally:
            _stop(server)
            watch.communicate(b"tidied up\n")
    raise PostgresFailedError(f"no free port in {START_ATTEMPTS} attempts")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _launch(
    binaries: Path, directory: Path, *, port: int, durable: bool
) -> subprocess.Popen[bytes]:
    settings = {
        "listen_addresses": HOST,
        "port": port,
        "unix_socket_directories": "",
        "max_connections": 100,
        "timezone": "UTC",
    }
    if not durable:
        settings |= {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}
        settings |= {"max_wal_size": "128MB"}  # it may lie in memory
    options = [f"--{name}={value}" for name, value in settings.items()]
    with (directory / "log").open("wb") as log:
        return subprocess.Popen(
            [binaries / "postgres", "-D", directory / "data", *options],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=directory,
            env=_environment(),
            start_new_session=True,  # an interrupt from the keyboard is for the tests
            **_identity(),
        )


def _watch(server: subprocess.Popen[bytes], directory: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        ["/bin/sh", "-c", WATCH_SCRIPT, "watch", str(server.pid), directory],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
    )


def _is_ready(server: subprocess.Popen[bytes], directory: Path) -> bool:
    """Wait until the server takes connections; False if its port was taken.

    Raises:
        PostgresFailedError: it ended for another reason, or is not ready in time.
    """
    status = directory / "data" / "postmaster.pid"
    give_up_at = time.monotonic() + START_TIMEOUT_SECONDS
    while server.poll() is None and time.monotonic() < give_up_at:
        # Line 1 is the process id, line 8 the state; the file grows while we look.
        lines = status.read_text().split("\n") if status.exists() else []
        if lines[7:] and lines[0] == str(server.pid) and lines[7].strip() == "ready":
            return True
        time.sleep(POLL_SECONDS)
    said = (directory / "log").read_text(errors="replace")
    if "Address already in use" in said:
        return False
    raise PostgresFailedError(f"PostgreSQL did not become ready:\n{said[-2000:]}")


def _stop(server: subprocess.Popen[bytes]) -> None:
    """End the server: politely, then at once, then by force."""
    for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if server.poll() is None:
            server.send_signal(how)
        try:
            server.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        return


def _version(binaries: Path) -> str:
    return _run(binaries / "postgres", "--version").split()[2]


def _run(
    program: Path, *arguments: str, within: Path | None = None, identity: Identity | None = None
) -> str:
    """Run a program; without an identity as whom we are, which is started much faster."""
    done = subprocess.run(
        [program, *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=within or "/",
        env=_environment(),
        **(identity or {}),
    )
    if done.returncode:
        raise PostgresFailedError(f"{program.name} failed:\n{done.stderr[-2000:]}")
    return done.stdout


def _identity() -> Identity:
    """As whom PostgreSQL's programs run: it refuses root."""
    if not is_root():
        return {}
    return {"user": NOBODY, "group": pwd.getpwnam(NOBODY).pw_gid, "extra_groups": ()}


def _environment() -> dict[str, str]:
    """Nothing of the machine's own PostgreSQL settings (PGPORT, PGOPTIONS, …) may reach ours."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
