"""The installation's key in tests, whether they start a server of their own or a program."""

import base64
from pathlib import Path
from typing import Final

from app.vault import Vault

DATA_KEY: Final = bytes(32)
VAULT: Final = Vault(DATA_KEY)


def key_file(folder: Path) -> Path:
    """DATA_KEY_FILE in this folder, with that key unless there is one."""
    path = folder / "data.key"
    if not path.exists():
        path.write_bytes(base64.b64encode(DATA_KEY))
    return path
