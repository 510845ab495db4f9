"""The test server itself: it must be real, apart from others, and gone afterwards."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from tests.peers.postgres import (
    Flavour,
    PostgresFailedError,
    PostgresNotFoundError,
    PostgresServer,
    running_postgres,
)
from tests.peers.postgres_programs import BINARIES_VARIABLE, find_binaries, is_root

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module", params=[Flavour.WHEEL, Flavour.SYSTEM])
def server(request: pytest.FixtureRequest) -> Iterator[PostgresServer]:
    with running_postgres(flavour=request.param) as running:
        yield running


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def comes_true(condition: Callable[[], bool], *, within_seconds: float) -> bool:
    """Look again and again; only for what another process does in its own time."""
    waiting = threading.Event()
    for _ in range(int(within_seconds / 0.05)):
        if condition():
            return True
        waiting.wait(0.05)
    return False


async def test_started_answers_with_its_version(server: PostgresServer) -> None:
    connection = await asyncpg.connect(server.create_database("answering"))
    version = await connection.fetchval("SHOW server_version")
    await connection.close()
    assert version.split()[0] == server.version


def test_two_databases_are_apart(server: PostgresServer) -> None:
    server.create_database("first")
    server.create_database("second")
    server.execute("CREATE TABLE only_here ()", database="first")
    with pytest.raises(PostgresFailedError, match="only_here"):
        server.execute("SELECT FROM only_here", database="second")


def test_template_is_cloned_with_its_rows(server: PostgresServer) -> None:
    server.create_database("model")
    server.execute("CREATE TABLE kept AS SELECT 'しおり' AS word", database="model")
    server.create_database("clone", "model")
    server.execute("DELETE FROM kept", database="clone")
    assert server.execute("SELECT word FROM kept", database="model") == "しおり"
    assert server.execute("SELECT count(*) FROM kept", database="clone") == "0"


async def test_database_in_use_is_dropped_all_the_same(server: PostgresServer) -> None:
    connection = await asyncpg.connect(server.create_database("busy"))
    server.drop_database("busy")
    server.drop_database("busy")  # and once more: nothing left is fine
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError)):
        await connection.fetchval("SELECT 1")
    connection.terminate()
    assert server.execute("SELECT count(*) FROM pg_database WHERE datname = 'busy'") == "0"


def test_only_loopback_is_listened_to(server: PostgresServer) -> None:
    assert server.execute("SHOW listen_addresses") == "127.0.0.1"
    assert server.execute("SHOW unix_socket_directories") == ""
    assert server.execute("SELECT DISTINCT address FROM pg_hba_file_rules") == "127.0.0.1"


# A commit that must survive a kill needs fsync; a test's data need not.
@pytest.mark.parametrize("fsync", ["on", "off"])
def test_durable_decides_about_fsync(fsync: str) -> None:
    with running_postgres(durable=fsync == "on") as server:
        assert server.execute("SHOW fsync") == fsync
        assert server.execute("SHOW full_page_writes") == fsync
        assert server.execute("SHOW synchronous_commit") == "on"


def test_after_the_block_nothing_is_left() -> None:
    with running_postgres() as server:
        process_id = int((server.directory / "data/postmaster.pid").read_text().split()[0])
        assert is_listening(server.port)
    assert not is_listening(server.port)
    assert not server.directory.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(process_id, 0)


def test_killed_test_process_takes_its_server_along() -> None:
    script = (
        "from tests.peers.postgres import running_postgres\n"
        "with running_postgres() as server:\n"
        "    print(server.port, server.directory, flush=True)\n"
        "    input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as victim:
        assert victim.stdout
        port, directory = victim.stdout.readline().split(maxsplit=1)
        assert is_listening(int(port))
        victim.send_signal(signal.SIGKILL)
    assert comes_true(lambda: not is_listening(int(port)), within_seconds=10)
    assert comes_true(lambda: not Path(directory.strip()).exists(), within_seconds=10)


def test_port_taken_meanwhile_another_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        ports = [taken.getsockname()[1], probe.getsockname()[1]]
        probe.close()
        offered = iter(ports)
        monkeypatch.setattr("tests.peers.postgres._free_port", lambda: next(offered))
        with running_postgres() as server:
            assert server.port == ports[1]


def test_programs_out_of_reach_are_copied_for_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = find_binaries(Flavour.WHEEL).parents[1]
    closed = tmp_path / "with a space"
    shutil.copytree(wheel / "pginstall18", closed / wheel.name / "pginstall18", symlinks=True)
    if (libraries := wheel.with_name(f"{wheel.name}.libs")).exists():
        shutil.copytree(libraries, closed / libraries.name)
    closed.chmod(0o700)
    monkeypatch.setenv(BINARIES_VARIABLE, str(closed / wheel.name / "pginstall18/bin"))
    with running_postgres() as server:
        assert server.execute("SELECT 1") == "1"
        assert server.binaries.is_relative_to(server.directory if is_root() else closed)


def test_no_programs_is_an_error_that_says_what_was_searched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("tests.peers.postgres_programs.SYSTEM_FOLDERS", ((str(tmp_path), "*/bin"),))
    with pytest.raises(PostgresNotFoundError) as refusal, running_postgres(flavour=Flavour.SYSTEM):
        pass
    assert "PATH: none" in str(refusal.value)
    assert f"{tmp_path}/*/bin: none" in str(refusal.value)


def test_chosen_folder_without_programs_is_an_error_and_not_a_hint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(BINARIES_VARIABLE, str(tmp_path))
    with pytest.raises(PostgresNotFoundError, match=BINARIES_VARIABLE):
        find_binaries()


def test_newest_of_several_installed_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for release in ("9", "15", "13"):
        folder = tmp_path / release / "bin"
        folder.mkdir(parents=True)
        for program in ("initdb", "postgres", "psql"):
            (folder / program).write_text("#!/bin/sh\n")
            (folder / program).chmod(0o755)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("tests.peers.postgres_programs.SYSTEM_FOLDERS", ((str(tmp_path), "*/bin"),))
    assert find_binaries(Flavour.SYSTEM) == tmp_path / "15" / "bin"
