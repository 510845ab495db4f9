"""The last published head of each log, kept outside of the database.

A database that was restored from a backup is behind heads that others have seen already; whoever
went on sealing there would sign a second history (LEDGER.md 3.5).
"""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from app.ledger.notes.checkpoint import Checkpoint, parse_checkpoint
from app.ledger.notes.note import parse_note
from app.ledger.notes.text import FormatInvalid


class KeptHeads:
    """A folder with the newest checkpoint of each log, one file each."""

    def __init__(self, folder: Path) -> None:
        """Nothing is read or made yet."""
        self._folder = folder

    def path(self, log_id: str) -> Path:
        """Where the newest of a log lies."""
        return self._folder / f"{log_id}.checkpoint"

    def read(self, log_id: str) -> bytes | None:
        """The signed note that was published last; None if none is there."""
        try:
            return self.path(log_id).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, log_id: str, note: bytes) -> None:
        """Keep a head, durably: after a crash there is the old one or the new one.

        A larger head of the same log stays: another process was faster. A head of another log, of
        which this one is the successor, is kept for ever under another name.
        """
        old = self.read(log_id)
        if old == note:
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if old is not None:
            before, after = _said(old), _said(note)
            if before is None or after is None or before.origin != after.origin:
                self._place(self._free(log_id), old)
            elif before.size > after.size:
                return
        self._place(self.path(log_id), note)

    def _place(self, path: Path, data: bytes) -> None:
        # A name of its own: other processes may be keeping a head of the same log.
        with NamedTemporaryFile(dir=self._folder, prefix=f"{path.name}.", delete=False) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(path)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _free(self, log_id: str) -> Path:
        number = 1
        while (aside := self._folder / f"{log_id}.{number}.former").exists():
            number += 1
        return aside


def _said(note: bytes) -> Checkpoint | None:
    """What a kept note says, whoever signed it: the sealer verifies it before it signs."""
    try:
        return parse_checkpoint(parse_note(note).text)
    except FormatInvalid:
        return None
