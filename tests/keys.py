"""The installation's key in tests, whether they start a server of their own or a program."""

import base64
from pathlib import Path
from typing import Final

from app.vault import Place, Vault
from tests.engine.databases import rows

DATA_KEY: Final = bytes(32)
VAULT: Final = Vault(DATA_KEY)


def key_file(folder: Path) -> Path:
    """DATA_KEY_FILE in this folder, with that key unless there is one."""
    path = folder / "data.key"
    if not path.exists():
        path.write_bytes(base64.b64encode(DATA_KEY))
    return path


async def reports(url: str) -> list[str]:
    """What reporters wrote of all incidents, opened, as the JSON that was sealed."""
    found = await rows(
        url,
        "SELECT i.id, i.client_id, i.report, k.wrapped FROM incident i"
        " JOIN data_key k ON k.subject_id = i.client_id ORDER BY i.id",
    )
    return [
        VAULT.unwrap(one["client_id"], bytes(one["wrapped"])).open_text(
            bytes(one["report"]), Place("incident", "report", one["id"])
        )
        for one in found
    ]
