"""The commands that the documents show work when they are pasted, one after another."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from app.commands.audit.verify import verify_url
from app.database.migration import migrate
from app.main import create_app
from app.settings import Settings
from tests.documents import blocks, json_examples, section
from tests.keys import VAULT, key_file
from tests.peers import MissingToolError

READY_SECONDS = 30
STOP_SECONDS = 15
WALK_SECONDS = 100
OPERATOR_KEY = "rk_" + "o" * 40
MAKE_KEY = "$(.venv/bin/python -m app key create --role operator)"
PYTHON = ".venv/bin/python"
SINK_PORT = "9000"


# The walk is long: one worker walks it for all tests.
pytestmark = pytest.mark.xdist_group("walk")


@dataclass(frozen=True, kw_only=True)
class Walked:
    """What came of the walk: what it printed, and the folder that it was in."""

    printed: str
    folder: Path
    database_url: str

    @property
    def answers(self) -> list[dict[str, Any]]:
        """The lines that are JSON objects, in order."""
        return [json.loads(line) for line in self.printed.splitlines() if line.startswith("{")]


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walked]:
    """The walk of docs/api.md with what follows it, and docs/ledger.md's checks by hand."""
    for tool in ("bash", "curl", "openssl", "sha256sum", "base64"):
        if shutil.which(tool) is None:
            raise MissingToolError(f"{tool} is not here: apt-get install {tool}")
    folder = tmp_path_factory.mktemp("walk")
    settings = Settings(
        database_url=f"sqlite:///{folder}/renrakumo.db",
        data_key_file=key_file(folder),
        port=free_port(),
        bootstrap_key=OPERATOR_KEY,
        webhook_allowed_networks=(ip_network("127.0.0.0/8"),),
    )
    settings = settings.model_copy(update={"public_url": f"http://127.0.0.1:{settings.port}"})
    server, thread = start(settings)
    parts = (
        ("api", "A walk"),
        ("api", "Contact checks"),
        ("api", "People and their duty"),
        ("ledger", "Checking by hand"),
    )
    script = "\n".join(block for part in parts for block in shown(*part))
    assert all(one in script for one in (PYTHON, MAKE_KEY, SINK_PORT))
    printed = run(f"BASE={settings.public_url}\n{elsewhere(script)}", folder)
    yield Walked(printed=printed, folder=folder, database_url=settings.database_url)
    server.should_exit = True
    thread.join(STOP_SECONDS)


def shown(document: str, title: str) -> list[str]:
    return blocks(section(document, title), "bash")


def elsewhere(script: str) -> str:
    """The script in another place: what differs there is said here and nowhere else."""
    # tests/test_command_line.py makes a key beside a server.
    script = script.replace(MAKE_KEY, OPERATOR_KEY)
    script = script.replace(PYTHON, f'"{sys.executable}"')
    return script.replace(SINK_PORT, str(free_port()))


def run(script: str, folder: Path) -> str:
    """What a script prints; it fails at its first command that does, and leaves nothing running."""
    shell = subprocess.Popen(  # what our own documents show
        [shutil.which("bash") or "bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        printed, complaints = shell.communicate(timeout=WALK_SECONDS)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(shell.pid, signal.SIGKILL)
    assert shell.returncode == 0, complaints.decode()
    return printed.decode()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def start(settings: Settings) -> tuple[uvicorn.Server, threading.Thread]:
    """The server, in a thread of its own; ready when this returns."""
    migrate(settings.database_url)
    config = uvicorn.Config(
        create_app(settings), port=settings.port, log_level="warning", access_log=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + READY_SECONDS
    while not is_ready(settings.public_url):
        assert time.monotonic() < deadline, "the server is ready in time"
        time.sleep(0.05)
    return server, thread


def is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz").is_success
    except httpx.TransportError:
        return False


def test_incident_of_the_walk_goes_from_the_desk_to_the_nurse(walked: Walked) -> None:
    answers = [one for one in walked.answers if "result" in one]
    statuses = ["acknowledged", "en_route", "arrived", "resolved"]
    assert [one["status"] for one in answers] == statuses
    [intervals] = [one["intervals"] for one in walked.answers if "intervals" in one]
    held = [(one["holder"]["name"], one["cause"], one["basis"]) for one in intervals]
    assert held == [
        ("夜間当番", "reported", "agreement"),
        ("看護師 佐藤", "acknowledged", "acceptance"),
    ]
    assert intervals[0]["to"] == intervals[1]["from"]
    [at] = [one for one in walked.answers if "time" in one]
    assert at["holder"] == intervals[0]["holder"]


def test_page_of_the_walk_is_like_the_example(walked: Walked) -> None:
    """The listener has verified its signature by the code that the document shows."""
    pages = [one for one in walked.answers if one.get("type") == "incident.paged"]
    [example] = [one for one in json_examples("api") if one.get("type") == "incident.paged"]
    assert [list(one) for one in pages] == [list(example)]
    assert list(pages[0]["data"]) == list(example["data"])
    assert "204" in (walked.folder / "var/walk/sink.log").read_text()


def test_colleague_takes_over_as_the_document_shows(walked: Walked) -> None:
    [accepted] = [one for one in walked.answers if "substitute_id" in one]
    assert (accepted["status"], accepted["version"]) == ("accepted", 4)
    [trial] = [one for one in walked.answers if "is_possible" in one]
    assert trial["refusal"]["needed_by"]["protocols"]


def test_csv_of_the_walk_opens_in_a_spreadsheet(walked: Walked) -> None:
    assert '\ufeff"事案ID"' in walked.printed
    assert '"通報を受けた","reported","事前合意","agreement"' in walked.printed


def test_contact_point_of_the_walk_is_asked_and_reported(walked: Walked) -> None:
    [check] = [one for one in walked.answers if one.get("kind") == "contact.check"]
    [report] = [one for one in walked.answers if "summary" in one]
    [point] = report["items"]
    assert point["contact_point_id"] == check["contact_point_id"]
    assert report["summary"]["asked"] == 1
    assert '"看護師 佐藤"' in walked.printed.partition('\ufeff"機関ID"')[2]


def test_hashes_made_by_hand_are_those_of_the_ledger(walked: Walked) -> None:
    entries = json.loads((walked.folder / "var/walk/entries.json").read_text())["items"]
    first, second = entries[:2]
    assert f"{first['leaf_hash']}  -\n{first['leaf_hash']}\n" in walked.printed
    assert second["prev"] == first["leaf_hash"]
    assert f"chain of {len(entries)} entries holds" in walked.printed
    assert "broken" not in walked.printed
    disclosed = first["disclosures"][0]
    opened = walked.printed.partition(f"\n{disclosed['digest']}\n")[2]
    assert json.loads(opened)[1:] == [disclosed["name"], disclosed["value"]]


def test_chain_that_was_changed_breaks_by_hand(walked: Walked, tmp_path: Path) -> None:
    """The loop of docs/ledger.md is no decoration."""
    said = json.loads((walked.folder / "var/walk/entries.json").read_text())
    said["items"][1]["leaf"] = said["items"][2]["leaf"]
    (tmp_path / "var/walk").mkdir(parents=True)
    (tmp_path / "var/walk/entries.json").write_text(json.dumps(said))
    functions = shown("api", "A walk")[0].partition("KEY=")[0]
    first, *_, loop, _ = shown("ledger", "Checking by hand")
    entry = first.splitlines()[1]
    printed = run(elsewhere(f"{functions}\n{entry}\n{loop}"), tmp_path)
    assert printed.splitlines() == ["broken at 1"]


async def test_ledger_of_the_walk_is_clean(walked: Walked) -> None:
    report = await verify_url(walked.database_url, VAULT)
    assert report.incidents == 1
    assert report.findings == ()
