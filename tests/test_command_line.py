"""The command line, as real processes."""

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import httpx
import pytest

from app.clock import utc_now
from app.ledger.speaking.codes import BASES, CAUSES
from app.ledger.words import Cause
from tests.engine.process import run_program
from tests.ledger.test_attacks_export import honest

READY_SECONDS = 60
STOP_SECONDS = 10
WITH_BROKEN_TEMPLATE = """
from app import __main__
from app.routes import all as joined
from app.templates.reading import TemplateBroken

def broken():
    raise TemplateBroken("The protocol template x.yaml cannot be used: no.")

joined.read_templates = broken
__main__.main()
"""


@dataclass(frozen=True, kw_only=True)
class Installed:
    """A folder with an installation of its own."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        """Where the server answers."""
        return f"http://127.0.0.1:{self.port}"

    def environment(self, **settings: str) -> dict[str, str]:
        """The settings of this installation, and nobody else's."""
        mine = {k: v for k, v in os.environ.items() if not k.startswith("RENRAKUMO_")}
        named = {f"RENRAKUMO_{name}": value for name, value in settings.items()}
        return {
            **mine,
            "RENRAKUMO_DATABASE_URL": f"sqlite:///{self.folder}/renrakumo.db",
            "RENRAKUMO_DATA_KEY_FILE": str(self.folder / "data.key"),
            "RENRAKUMO_PORT": str(self.port),
            **named,
        }

    def run(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        with TemporaryDirectory() as folder:
            return run_program(arguments, self.environment(**settings), Path(folder))

    @contextmanager
    def serving(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """A server that is ready; what it prints goes to `printed`."""
        with (self.folder / "printed").open("w") as printed:
            process = subprocess.Popen(
                [sys.executable, "-m", "app", "serve", *arguments],
                env=self.environment(),
                stdout=printed,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        try:
            deadline = time.monotonic() + READY_SECONDS
            while not self.is_ready():
                assert process.poll() is None, "the server runs"
                assert time.monotonic() < deadline, "the server is ready in time"
                time.sleep(0.1)
            yield process
        finally:
            process.terminate()
            process.wait(STOP_SECONDS * 2)

    @property
    def printed(self) -> str:
        """What the last server printed."""
        return (self.folder / "printed").read_text()

    def is_ready(self) -> bool:
        """Whether the server says that it can work."""
        try:
            return httpx.get(f"{self.url}/readyz").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def status_of(self, key: str) -> int:
        """How the API answers a key."""
        headers = {"Authorization": f"Bearer {key}"}
        return httpx.get(f"{self.url}/v1/organisations", headers=headers).status_code


@pytest.fixture
def installed(tmp_path: Path) -> Installed:
    """An installation that has never run."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return Installed(folder=tmp_path, port=listener.getsockname()[1])


@pytest.fixture
def served(installed: Installed) -> Iterator[Installed]:
    """An installation whose server runs."""
    with installed.serving():
        yield installed


def test_key_made_before_the_server_starts_opens_the_api(installed: Installed) -> None:
    """The first operator key needs no server."""
    made = installed.run("key", "create", "--role", "operator")
    assert made.returncode == 0, made.stderr
    with installed.serving():
        assert installed.status_of(made.stdout.strip()) == httpx.codes.OK


def test_key_made_beside_a_running_server_opens_the_api(served: Installed) -> None:
    """The server takes in what the command line leaves for it."""
    made = served.run("key", "create", "--role", "operator")
    assert made.returncode == 0, made.stderr
    assert served.status_of(made.stdout.strip()) == httpx.codes.OK
    assert list((served.folder / "renrakumo.db.keys").iterdir()) == []


def test_key_of_an_organisation_beside_a_running_server_is_refused(served: Installed) -> None:
    """That is what the API is for."""
    refused = served.run("key", "create", "--role", "provider", "--organisation", "x")
    assert refused.returncode == 2
    assert "POST /v1/keys" in refused.stderr


def test_second_server_on_one_file_is_refused_with_a_sentence(served: Installed) -> None:
    """Two writers could corrupt the file."""
    refused = served.run("serve", PORT="0")
    assert refused.returncode == 2
    assert refused.stderr.strip() == (
        "Another process serves this SQLite file; use PostgreSQL for several processes."
    )


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "no", "RENRAKUMO_PORT is impossible"),  # not a number
        ("DATABASE_URL", "mysql://x", "RENRAKUMO_DATABASE_URL is impossible"),  # not ours
        ("BOOTSTRAP_KEY", "rk_short", "RENRAKUMO_BOOTSTRAP_KEY is impossible"),  # guessable
        ("PUBLIC_URL", "example.org", "RENRAKUMO_PUBLIC_URL is impossible"),  # no scheme
        ("WEBHOOK_ALLOWED_NETWORKS", "home", "RENRAKUMO_WEBHOOK_ALLOWED_NETWORKS is"),  # no CIDR
        ("PROT", "8000", "Unknown setting RENRAKUMO_PROT"),  # a slip of the pen
    ],
)
def test_impossible_setting_stops_the_start_and_is_named(
    installed: Installed, name: str, value: str, said: str
) -> None:
    """Nothing starts with a setting that nobody meant."""
    stopped = installed.run("serve", **{name: value})
    assert stopped.returncode == 2
    assert stopped.stderr.startswith(said)
    assert "Traceback" not in stopped.stderr


@pytest.mark.parametrize("command", [["serve", "--no-engine"], ["work"]])
def test_split_processes_need_postgresql(installed: Installed, command: list[str]) -> None:
    """SQLite is for one process."""
    refused = installed.run(*command)
    assert refused.returncode == 2
    assert "PostgreSQL" in refused.stderr


def test_sigterm_ends_the_server_in_time(installed: Installed) -> None:
    """Within ten seconds, and with exit code 0 or that of the signal."""
    with installed.serving() as process:
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_SECONDS) in {0, -signal.SIGTERM}
        assert time.monotonic() - begun < STOP_SECONDS


def test_demonstration_is_seeded_once(installed: Installed) -> None:
    """`make run` works again when called again, and prints the same keys."""
    with installed.serving("--demo"):
        first = installed.printed
    with installed.serving("--demo"):
        assert installed.printed == first
    assert f"{installed.url}/inbox/" in first, "links follow the port"
    assert "operator     rk_" in first


def test_demonstration_plays_in_japanese_and_japanese_time(installed: Installed) -> None:
    """From the report to who was responsible from when to when."""
    with installed.serving("--demo"):
        played = installed.run("demo")
    assert played.returncode == 0, played.stdout + played.stderr
    table = played.stdout[played.stdout.index("対応責任者") :]
    assert "日本時間" in table
    # The words of the printed page and of the CSV.
    causes = (Cause.REPORTED, Cause.ACKNOWLEDGED, Cause.HANDED_OVER)
    assert all(word in table for word in (*(CAUSES[one] for one in causes), *BASES.values()))
    assert not re.search(r"[a-z]{4}", played.stdout), "codes are for programs"
    ended = re.findall(r"\b(\d\d):\d\d:\d\d\.\d{3}", table)[-1]
    now = utc_now().astimezone(ZoneInfo("Asia/Tokyo"))
    assert int(ended) in {now.hour, (now - timedelta(minutes=5)).hour}


def test_demonstration_without_nurses_says_so_and_leaves_no_drill(installed: Installed) -> None:
    """Whoever plays with it must not be left with a traceback."""
    with installed.serving("--demo"):
        made = json.loads((installed.folder / "demo.json").read_text())
        headers = {"Authorization": f"Bearer {made['keys']['operator']}"}
        with httpx.Client(base_url=installed.url, headers=headers) as http:
            for nurse in ("佐藤 美咲", "高橋 由美"):
                path = f"/v1/parties/{made['ids'][nurse]}"
                left = http.patch(path, json={"desk_ids": []})
                assert left.is_success, left.text
            played = installed.run("demo")
            incidents = http.get("/v1/incidents").json()["items"]
    assert played.returncode == 1, played.stdout
    assert "Traceback" not in played.stderr
    last = played.stdout.strip().splitlines()[-1]
    assert last.startswith("演習を中止しました（佐藤 美咲 の受信箱に呼出がありません。")
    assert [one["status"] for one in incidents] == ["cancelled"]


def test_broken_template_stops_the_start_with_a_sentence(installed: Installed) -> None:
    """As everything else that does not let the server start."""
    stopped = subprocess.run(
        [sys.executable, "-c", WITH_BROKEN_TEMPLATE, "serve"],
        env=installed.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert stopped.returncode == 2
    assert stopped.stderr.splitlines()[-1] == "The protocol template x.yaml cannot be used: no."
    assert "Traceback" not in stopped.stderr


def test_folder_and_files_that_the_program_makes_are_its_owners_alone(installed: Installed) -> None:
    """They hold personal data and keys."""
    var = installed.folder / "var"
    named = {"DATABASE_URL": f"sqlite:///{var}/a.db", "DATA_KEY_FILE": str(var / "data.key")}
    made = installed.run("key", "create", "--role", "operator", **named)
    assert made.returncode == 0, made.stderr
    assert var.stat().st_mode & 0o777 == 0o700
    rights = {one.name: one.stat().st_mode & 0o777 for one in var.iterdir()}
    assert rights == dict.fromkeys(("a.db", "a.db.lock", "data.key"), 0o600)


def test_ledger_verifies_beside_the_server(served: Installed) -> None:
    """The check opens the database read-only."""
    verified = served.run("ledger", "verify", "--language", "en")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_exit_code_of_verify_says_what_was_found(installed: Installed, tmp_path: Path) -> None:
    """Of an export, and of the database: clean, findings, nothing to check."""
    clean, forged = honest(tmp_path / "clean"), honest(tmp_path / "forged")
    (forged / "checkpoint").write_bytes((forged / "checkpoint").read_bytes().replace(b"9", b"8"))
    for path, code, said in (
        (clean, 0, "Nothing wrong was found in what could be checked."),
        (forged, 1, "[signature]"),
        (tmp_path / "nothing", 2, "Could not be checked"),
    ):
        ended = installed.run("ledger", "verify", str(path), "--lang", "en")
        assert (ended.returncode, ended.stderr) == (code, ""), path
        assert said in ended.stdout, path
    # There is no database yet; then there is one; then somebody takes a guard away.
    assert installed.run("ledger", "verify", "--lang", "en").returncode == 2
    assert installed.run("key", "create", "--role", "operator").returncode == 0
    assert installed.run("ledger", "verify", "--lang", "en").returncode == 0
    with closing(sqlite3.connect(installed.folder / "renrakumo.db")) as connection:
        name = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'ledger_entry'"
        connection.execute(f"DROP TRIGGER {connection.execute(name).fetchone()[0]}")
        connection.commit()
    ended = installed.run("ledger", "verify", "--lang", "en")
    assert ended.returncode == 1, ended.stdout
    assert "[guard]" in ended.stdout
