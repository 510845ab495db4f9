"""A log laid out as c2sp.org/tlog-tiles says, with what the outside judge needs."""

from collections.abc import Sequence
from pathlib import Path

from app.ledger.entry import leaf_hash
from app.ledger.notes.checkpoint import Checkpoint, checkpoint_text
from app.ledger.notes.key import SignerKey, verifier_key_text
from app.ledger.notes.note import Note, note_bytes, signed
from app.ledger.notes.policy import Policy, policy_bytes
from app.ledger.tree.edge import Edge, frontier, grown
from app.ledger.tree.merkle import root
from app.ledger.tree.tile import Tile, bundle_bytes, tile_path


class Log:
    """A log in memory, appended to in batches as a sealer would."""

    def __init__(self, key: SignerKey) -> None:
        self.key = key
        self.entries: list[bytes] = []
        self.edge = Edge()
        self.tiles: dict[tuple[int | None, int], bytes] = {}

    def append(self, entries: Sequence[bytes]) -> Note:
        """Append, and sign the new head."""
        made = grown(self.edge, [leaf_hash(entry) for entry in entries])
        self.entries += entries
        self.edge = made.edge
        self.tiles.update({(tile.level, tile.index): data for tile, data in made.tiles})
        return self.checkpoint()

    def checkpoint(self) -> Note:
        head = Checkpoint(origin=self.key.name, size=self.edge.size, root=root(frontier(self.edge)))
        return signed(checkpoint_text(head), self.key)

    def read_tile(self, level: int, index: int, width: int) -> bytes:
        return self.tiles[level, index][: 32 * width]

    def export(self, folder: Path) -> Path:
        """Write everything that an auditor gets."""
        self._write(folder / "log.vkey", f"{verifier_key_text(self.key.verifier)}\n".encode())
        self._write(folder / "checkpoint", note_bytes(self.checkpoint()))
        self._write(folder / "policy", policy_bytes(Policy(logs=(self.key.verifier,))))
        for (level, index), data in self.tiles.items():
            tile = Tile(level=level, index=index, width=len(data) // 32)
            self._write(folder / tile_path(tile), data)
        for first in range(0, len(self.entries), 256):
            part = self.entries[first : first + 256]
            bundle = Tile(level=None, index=first // 256, width=len(part))
            self._write(folder / tile_path(bundle), bundle_bytes(part))
        return folder

    def _write(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
