"""The last published head of each log, kept outside of the database.

A database that was restored from a backup is behind heads that others have seen already; whoever
went on sealing there would sign a second history (LEDGER.md 3.5).
"""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile


class KeptHeads:
    """A folder with the newest checkpoint of each log, one file each."""

    def __init__(self, folder: Path) -> None:
        """Nothing is read or made yet."""
        self._folder = folder

    def read(self, log_id: str) -> bytes | None:
        """The signed note that was published last; None if there never was one."""
        try:
            return self._path(log_id).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, log_id: str, note: bytes) -> None:
        """Keep a head, durably: after a crash there is the old one or the new one."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._path(log_id)
        # A name of its own: other processes may be keeping a head of the same log.
        with NamedTemporaryFile(dir=self._folder, prefix=f"{log_id}.", delete=False) as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(path)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def put_aside(self, log_id: str) -> None:
        """Keep the newest head under another name, for ever: its log has a successor."""
        path, number = self._path(log_id), 1
        while (aside := self._folder / f"{log_id}.{number}.former").exists():
            number += 1
        if path.exists():
            path.rename(aside)

    def _path(self, log_id: str) -> Path:
        return self._folder / f"{log_id}.checkpoint"
