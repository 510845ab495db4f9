"""The two servers that are compared, as processes, and a small town to report incidents in."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

KEY = "rk_" + "b" * 40
CLIENTS = 50
READY_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """A provider's key, and clients by what their protocols do."""

    key: str
    clients: Mapping[str, list[str]]

    def bodies(self, kind: str, count: int) -> list[bytes]:
        """Reports about the clients of a kind, in turn."""
        clients = self.clients[kind]
        return [
            json.dumps(
                {
                    "client_id": clients[number % len(clients)],
                    "type": "fall",
                    "severity": "high",
                    "occurred_at": "2026-11-23T03:00:00Z",
                    "summary": "転倒",
                }
            ).encode()
            for number in range(count)
        ]


@contextlib.contextmanager
def bare_server() -> Iterator[str]:
    """The yardstick."""
    port = _free_port()
    command = ["-m", "uvicorn", "benchmarks.bare:app", "--port", str(port), "--no-access-log"]
    with _running([*command, "--log-level", "warning"], port, "/openapi.json", {}) as url:
        yield url


@contextlib.contextmanager
def our_server(database_url: str, folder: Path) -> Iterator[str]:
    """Ours, as `serve` starts it."""
    port = _free_port()
    settings = {
        "RENRAKUMO_DATABASE_URL": database_url,
        "RENRAKUMO_DATA_KEY_FILE": str(folder / "data.key"),
        "RENRAKUMO_LEDGER_KEY_FILE": str(folder / "ledger.key"),
        "RENRAKUMO_BOOTSTRAP_KEY": KEY,
        "RENRAKUMO_PORT": str(port),
        "RENRAKUMO_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
        "RENRAKUMO_LOG_LEVEL": "error",
    }
    with _running(["-m", "app", "serve"], port, "/readyz", settings) as url:
        yield url


async def furnish(url: str, sink_url: str) -> Town:
    """Make a city, a provider, its desks, and clients whose pages go to an inbox or to the sink."""
    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30) as http:

        async def make(path: str, body: object, method: str = "POST") -> dict[str, Any]:
            answer = await http.request(method, path, json=body)
            answer.raise_for_status()
            made: dict[str, Any] = answer.json()
            return made

        city = (await make("/v1/organisations", {"name": "市", "kind": "municipality"}))["id"]
        provider = {"name": "P", "kind": "provider", "municipality_ids": [city]}
        provider_id = (await make("/v1/organisations", provider))["id"]
        desks = {}
        for name in ("inbox", "webhook", "late"):
            desk = {"organisation_id": provider_id, "kind": "desk", "name": name}
            desks[name] = (await make("/v1/parties", desk))["id"]
            person = {**desk, "kind": "person", "desk_ids": [desks[name]]}
            person_id = (await make("/v1/parties", person))["id"]
            point = (
                {"channel": "inbox"}
                if name == "inbox"
                else {
                    "channel": "webhook",
                    "address": f"{sink_url}/{name}",
                }
            )
            await make(f"/v1/parties/{person_id}/contact-points", point)
        clients: dict[str, list[str]] = {}
        for name in desks:
            document = _document(provider_id, desks, name)
            for number in range(CLIENTS):
                body = {
                    "municipality_id": city,
                    "served_by": [provider_id],
                    "name": f"{name} {number}",
                }
                client_id = (await make("/v1/clients", body))["id"]
                await make(f"/v1/clients/{client_id}/protocol", document, "PUT")
                clients.setdefault(name, []).append(client_id)
        key = {"organisation_id": provider_id, "role": "provider"}
        return Town(key=(await make("/v1/keys", key))["key"], clients=clients)


def _document(provider_id: str, desks: Mapping[str, str], name: str) -> dict[str, object]:
    long = {"ack_within_seconds": 3600, "remind_every_seconds": None}
    short = {"ack_within_seconds": 2, "remind_every_seconds": None}
    steps = (
        [{"desk": desks["webhook"], **short}, {"desk": desks["late"], **long}]
        if name == "late"
        else [{"desk": desks[name], **long}]
    )
    return {
        "title": name,
        "accountable": desks["inbox"],
        "approvals": [
            {"organisation": provider_id, "approved_by": "x", "approved_on": "2026-01-01"}
        ],
        "variants": [{"name": "v", "steps": steps}],
    }


@contextlib.contextmanager
def _running(
    command: list[str], port: int, path: str, settings: Mapping[str, str]
) -> Iterator[str]:
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen([sys.executable, *command], env={**os.environ, **settings})
    try:
        deadline = time.monotonic() + READY_SECONDS
        while not _answers(url + path):
            if process.poll() is not None or time.monotonic() > deadline:
                raise NotReady(command[1])
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(30)


class NotReady(Exception):
    """A server did not become ready."""


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).is_success
    except httpx.TransportError:
        return False


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
