"""What the command line has to write while a server has the SQLite file.

Only one process may write a SQLite file, so `key create` leaves the hash of its key in a folder
beside the database, and `ledger export` leaves who gets it; the server takes them in. Whoever may
write there may write the database too, so this opens no new door.
"""

import asyncio
import json
import time
from collections.abc import Mapping
from pathlib import Path

import structlog
from sqlmodel import Session

from app.auth import Role
from app.database.opening import sqlite_path
from app.installation.installation import Installation
from app.installation.secrets import new_id
from app.models.access import AccessKeyRow
from app.sealing.life.exporting import record_export
from app.settings import Settings
from app.store.directory.access import has_key

LOOK_EVERY_SECONDS = 0.3
PATIENCE_SECONDS = 10.0

log = structlog.get_logger()


class NobodyTookIt(Exception):
    """The server that has the database took nothing in; stop it, or use its API."""


def deposit_folder(settings: Settings) -> Path | None:
    """Where things are left; None for a database that any process may write."""
    path = sqlite_path(settings.database_url)
    return path.with_name(path.name + ".keys") if path else None


def deposit_key(folder: Path, *, key_id: str, key_hash: str, role: Role, label: str | None) -> None:
    """Leave a key of the installation for the running server, and wait until it is taken.

    Raises:
        NobodyTookIt: no server took it in time; it is withdrawn.
    """
    left = {"id": key_id, "hash": key_hash, "role": role, "label": label}
    _leave(folder, f"{key_id}.json", left)


def deposit_export(folder: Path, *, log_id: str, recipient: str) -> None:
    """Leave it to the running server to record whom a log is handed to.

    Raises:
        NobodyTookIt: as `deposit_key` does.
    """
    _leave(folder, f"{new_id()}.export", {"log_id": log_id, "recipient": recipient})


def _leave(folder: Path, name: str, left: Mapping[str, object]) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / name
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(left))
    draft.rename(path)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while path.exists():
        if time.monotonic() > deadline:
            path.unlink(missing_ok=True)
            raise NobodyTookIt(NobodyTookIt.__doc__)
        time.sleep(LOOK_EVERY_SECONDS)


async def take_deposits(installation: Installation) -> int:
    """Take in what lies in the folder; returns how many things."""
    folder = deposit_folder(installation.settings)
    taken = 0
    for path in sorted(folder.glob("*.json")) if folder else ():
        left = json.loads(path.read_text())

        def store(session: Session, left: dict[str, str] = left) -> None:
            if not has_key(session, key_hash=left["hash"]):
                session.add(
                    AccessKeyRow(
                        id=left["id"],
                        role=Role(left["role"]),
                        label=left["label"],
                        key_hash=left["hash"],
                        created_at=installation.clock(),
                    )
                )

        await installation.database.write(store)
        path.unlink(missing_ok=True)
        taken += 1
    for path in sorted(folder.glob("*.export")) if folder else ():
        left = json.loads(path.read_text())
        recipient = {"name": left["recipient"]}
        await record_export(installation.database, left["log_id"], recipient, installation.clock())
        path.unlink(missing_ok=True)
        taken += 1
    return taken


async def watch_deposits(installation: Installation) -> None:
    """Take in what is left for as long as the server runs."""
    while True:
        try:
            await take_deposits(installation)
        except Exception as error:  # noqa: BLE001  # a broken file must not end the watch
            log.warning("deposit_failed", error=type(error).__name__)
        await asyncio.sleep(LOOK_EVERY_SECONDS)
