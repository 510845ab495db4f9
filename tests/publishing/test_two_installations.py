"""Two installations, each a process of its own, witness each other over HTTP."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from app.installation.secrets import read_key
from app.ledger.notes.checkpoint import SignedCheckpoint, opened
from app.ledger.notes.key import VerifierKey, parse_verifier_key, verifier_key_text
from app.ledger.notes.note import note_bytes, parse_note
from app.sealing.keys import LedgerKey
from tests.engine.node import running_node
from tests.engine.process import ROOT, Program, calling, free_port
from tests.engine.town import build_town
from tests.ledger.exports import Log

PATIENCE_SECONDS = 90


@dataclass
class Installation:
    """A program with a town in its database, its keys, and who calls it."""

    program: Program
    log_id: str
    client: str
    logs: LedgerKey
    witness: VerifierKey

    @property
    def origin(self) -> str:
        return f"127.0.0.1:{self.program.port}/ledger/{self.log_id}"

    @property
    def log(self) -> VerifierKey:
        return self.logs.signer(self.origin).verifier

    def witnesses(self, other: "Installation") -> None:
        """Each is told of the other."""
        key = verifier_key_text(other.witness)
        self.program.settings = {
            "RENRAKUMO_WITNESSES": f"{other.program.url}/witness {key}",
            "RENRAKUMO_WITNESSED_LOGS": verifier_key_text(other.log),
        }


async def prepared(empty: Path, folder: Path) -> Installation:
    """A database with a town; the program is not started yet."""
    url = f"sqlite:///{shutil.copy(empty, folder)}"
    program = Program(url, folder, free_port())
    async with running_node(url) as node:
        town = await build_town(node.http, "http://127.0.0.1:9")
    ledger_key = folder / "ledger.key"
    logs = LedgerKey(read_key(ledger_key))
    environment = {
        "PATH": os.environ["PATH"],
        "RENRAKUMO_PUBLIC_URL": program.url,
        "RENRAKUMO_LEDGER_KEY_FILE": str(ledger_key),
    }
    said = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "app", "ledger", "witness-key"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    witness = parse_verifier_key(said.stdout.strip())
    return Installation(program, town["municipality"], town["client"], logs, witness)


@pytest.fixture
async def pair(empty: Path, tmp_path: Path) -> AsyncIterator[tuple[Installation, Installation]]:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    one, two = [await prepared(empty, folder) for folder in folders]
    one.witnesses(two)
    two.witnesses(one)
    async with AsyncExitStack() as stack:
        for each in (one, two):
            await each.program.start()
            stack.push_async_callback(each.program.kill)
        for each in (one, two):
            await each.program.ready()
        yield one, two


async def cosigned(
    http: httpx.AsyncClient, one: Installation, by: Installation
) -> SignedCheckpoint:
    """The newest head, once it has entries and the other's signature."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            answer = await http.get(f"/v1/ledgers/{one.log_id}/checkpoint")
            if answer.status_code == 200:
                found = opened(
                    parse_note(answer.content),
                    origin=one.origin,
                    log_keys=[one.log],
                    witness_keys=[by.witness],
                )
                if found.checkpoint.size and len(found.by) == 2:
                    return found
            await asyncio.sleep(0.2)


async def sealed(http: httpx.AsyncClient, one: Installation) -> None:
    """Wait until nothing waits for its place."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            if not (await http.get(f"/v1/ledgers/{one.log_id}")).json()["waiting"]:
                return
            await asyncio.sleep(0.2)


@pytest.mark.timeout(300)
async def test_two_installations_witness_each_other_and_refuse_each_others_forks(
    pair: tuple[Installation, Installation],
) -> None:
    one, two = pair
    for each, other in ((one, two), (two, one)):
        async with calling(each.program) as http:
            body = {"client_id": each.client, "type": "fall"}
            answer = await http.post("/v1/incidents", json=body)
            assert answer.status_code == 201, answer.text
            found = await cosigned(http, each, other)
            assert found.by[1].key == other.witness
            assert (await http.get("/witness/key")).text.strip() == verifier_key_text(each.witness)
        # Whoever has the key of the one cannot show another history to the other.
        forged = Log(each.logs.signer(each.origin))
        forged.append([b"other"] * found.checkpoint.size)
        request = b"old %d\n\n" % found.checkpoint.size + note_bytes(forged.checkpoint())
        async with httpx.AsyncClient(base_url=other.program.url) as stranger:
            answer = await stranger.post("/witness/add-checkpoint", content=request)
            assert answer.status_code == 409
            assert answer.headers["content-type"] == "text/x.tlog.size"
    # One of them dies: the other seals and answers as before.
    await two.program.kill()
    async with calling(one.program) as http:
        body = {"client_id": one.client, "type": "pendant_press"}
        assert (await http.post("/v1/incidents", json=body)).status_code == 201
        await sealed(http, one)
    assert "witness_refused" in two.program.said + one.program.said
