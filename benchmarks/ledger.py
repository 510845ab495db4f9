"""`python -m benchmarks.ledger`: what the tree costs, up to 10,000,000 entries.

Everything is made here, in memory and in a folder that is gone afterwards: no database takes part.
All times are those of one core, whatever else the machine does meanwhile. Absolute figures belong
to this machine; the ratios between the rows say something.
"""

import argparse
import base64
import hashlib
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from app.ledger.entry import leaf_hash, parse_leaf
from app.ledger.notes.checkpoint import Checkpoint, checkpoint_text, opened
from app.ledger.notes.key import SignerKey
from app.ledger.notes.note import note_bytes, parse_note, signed
from app.ledger.seal import LogState, Unsealed, plan_seal
from app.ledger.tree.edge import Edge, frontier, grown
from app.ledger.tree.merkle import Frontier, check_inclusion, extended, root
from app.ledger.tree.proof import ReadTile, consistency_proof, inclusion_proof
from app.ledger.tree.tile import Tile, bundle_bytes, bundle_entries, tile_path

SIZE = 10_000_000
# What one seal takes at most.
BATCH = 1_024
# How many entries an incident has here.
CHAIN = 12
PROOFS = 1_000
VERIFIED = 100_000
KEY = SignerKey(name="ledger.example/bench", seed=bytes(32))

Tiles = dict[tuple[int | None, int], bytes]


def main() -> None:
    """Measure, and print a table."""
    arguments = argparse.ArgumentParser(prog="benchmarks.ledger")
    arguments.add_argument("--entries", type=int, default=SIZE, help="size of the large tree")
    size = arguments.parse_args().entries
    _row("entries", f"{size:,}")
    tiles, edge = _grow(size)
    _proofs("memory", edge.size, lambda *tile: tiles[tile[:2]], root(frontier(edge)))
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder), tiles)
        _proofs("files", edge.size, _reader(Path(folder)), root(frontier(edge)))
    _seals(size)
    _verification()
    _signatures()


def leaves() -> Iterator[bytes]:
    """Leaves as long as ours, in chains of a dozen, without end."""
    incident = 0
    while True:
        incident += 1
        prev = "null"
        for seq in range(CHAIN):
            leaf = (
                f'{{"actor":"h2","at":"2026-11-23T03:04:12.345Z","basis":null,"cause":null,'
                f'"drill":false,"due":null,"from":"h1",'
                f'"incident":"0193570e-6b1e-7c1a-8f10-{incident:012x}","prev":{prev},"round":1,'
                f'"sd":["jmRFYwDMcHx6I83y5O9VyHjNDnzawPacMySZR2X7zsY"],"seq":{seq},"step":2,'
                f'"to":"h1","type":"paged","v":"responsibility/1"}}'
            ).encode()
            yield leaf
            prev = f'"{base64.b64encode(leaf_hash(leaf)).decode()}"'


def _grow(size: int) -> tuple[Tiles, Edge]:
    begun = time.process_time()
    tiles, edge = _grown_to(size)
    seconds = time.process_time() - begun
    _row(f"tree and tiles, batches of {BATCH}", f"{size / seconds:,.0f} entries/s")
    return tiles, edge


def _grown_to(size: int) -> tuple[Tiles, Edge]:
    """A tree over hashed numbers instead of leaves; hashing them is part of the time."""
    tiles: Tiles = {}
    edge = Edge()
    for first in range(0, size, BATCH):
        numbers = range(first, min(first + BATCH, size))
        made = grown(edge, [_numbered(number) for number in numbers])
        edge = made.edge
        tiles.update({(tile.level, tile.index): data for tile, data in made.tiles})
    return tiles, edge


def _numbered(number: int) -> bytes:
    return hashlib.sha256(number.to_bytes(8, "big")).digest()


def _write(folder: Path, tiles: Tiles) -> None:
    for (level, index), data in tiles.items():
        path = folder / tile_path(Tile(level=level, index=index, width=len(data) // 32))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _reader(folder: Path) -> ReadTile:
    def read(level: int, index: int, width: int) -> bytes:
        return (folder / tile_path(Tile(level=level, index=index, width=width))).read_bytes()

    return read


def _proofs(where: str, size: int, read_tile: ReadTile, root_: bytes) -> None:
    inclusion, consistency = [], []
    for number in range(PROOFS):
        # Spread over the tree, the same in every run.
        index = int.from_bytes(hashlib.sha256(b"%d" % number).digest()[:8], "big") % size
        begun = time.process_time()
        proof = inclusion_proof(index, size, read_tile)
        inclusion.append(time.process_time() - begun)
        begun = time.process_time()
        consistency_proof(index + 1, size, read_tile)
        consistency.append(time.process_time() - begun)
        check_inclusion(proof, size=size, index=index, root=root_, leaf_hash=_numbered(index))
    _row(f"inclusion proof from {where}", _quantiles(inclusion))
    _row(f"consistency proof from {where}", _quantiles(consistency))


def _seals(size: int) -> None:
    """Sealing one batch onto a small and onto a large tree, all checks included."""
    entries = [
        Unsealed(id=number, leaf=leaf, leaf_hash=leaf_hash(leaf))
        for number, leaf in enumerate(islice(leaves(), BATCH))
    ]
    for at in (1_000, 1_000_000, size):
        if at <= size:
            tiles, edge = _grown_to(at)
            head = Checkpoint(origin=KEY.name, size=at, root=root(frontier(edge)))
            note = note_bytes(signed(checkpoint_text(head), KEY))
            state = LogState(origin=KEY.name, size=at, root=head.root, checkpoint=note)
            times = _seal_times(state, head, entries, tiles)
            _row(f"seal of {BATCH} onto {at:,}", _quantiles(times))


def _seal_times(
    state: LogState, head: Checkpoint, entries: Sequence[Unsealed], tiles: Tiles
) -> list[float]:
    def once() -> None:
        plan = plan_seal(
            state,
            entries,
            last_sealed={},
            keys=[KEY.verifier],
            read_tile=lambda *tile: tiles[tile[:2]],
            published=head,
        )
        signed(plan.text, KEY)

    return _times(once, 50)


def _verification() -> None:
    """What an offline verifier does for each entry, on one core."""
    made = list(islice(leaves(), VERIFIED))
    bundles = [bundle_bytes(made[at : at + 256]) for at in range(0, len(made), 256)]
    counts = [min(256, len(made) - at) for at in range(0, len(made), 256)]

    def hashed() -> None:
        growing = Frontier()
        for bundle, count in zip(bundles, counts, strict=True):
            growing = extended(growing, map(leaf_hash, bundle_entries(bundle, count)))

    def parsed() -> None:
        growing, head = Frontier(), None
        for bundle, count in zip(bundles, counts, strict=True):
            hashes = []
            for data in bundle_entries(bundle, count):
                leaf = parse_leaf(data)
                assert leaf.prev == (head if leaf.seq else None)
                head = leaf_hash(data)
                hashes.append(head)
            growing = extended(growing, hashes)

    for what, act in (("hashes and tree", hashed), ("and form and chains", parsed)):
        rate = VERIFIED / min(_times(act, 3))
        _row(f"verify: {what}", f"{rate:,.0f} entries/s")


def _signatures() -> None:
    head = Checkpoint(origin=KEY.name, size=2, root=bytes(32))
    text = checkpoint_text(head)
    data = note_bytes(signed(text, KEY))
    keys = [KEY.verifier]
    _row("sign a checkpoint", _quantiles(_times(lambda: signed(text, KEY), 500)))
    opening = _times(lambda: opened(parse_note(data), origin=KEY.name, log_keys=keys), 500)
    _row("open a checkpoint", _quantiles(opening))


def _times(act: Callable[[], object], count: int) -> list[float]:
    times = []
    for _ in range(count):
        begun = time.process_time()
        act()
        times.append(time.process_time() - begun)
    return times


def _quantiles(times: Sequence[float]) -> str:
    ordered = sorted(times)
    p50, p99 = ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]
    return f"p50 {p50 * 1e3:.2f} ms, p99 {p99 * 1e3:.2f} ms"


def _row(what: str, found: str) -> None:
    print(f"  {what:<34} {found}")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
