"""What a sealer does next, decided: nothing is read, written or signed here.

A sealer signs only what continues all that it has signed. So before it appends anything it derives
the log anew from its tiles, holds it against the last checkpoint in the database and against the
last one that was published, and holds every new entry against the entry before it. Whatever does
not fit is refused, and the entries wait: an unsealed entry harms nobody, a wrong signature is for
ever.

Source: LEDGER.md 3.4 and 3.5; docs/decisions/0017.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.ledger.entry import Leaf, LeafInvalid, leaf_hash, parse_leaf
from app.ledger.notes.checkpoint import Checkpoint, checkpoint_text, opened
from app.ledger.notes.key import VerifierKey
from app.ledger.notes.note import SignatureInvalid, parse_note
from app.ledger.notes.text import FormatInvalid
from app.ledger.tree.edge import Edge, frontier, grown, read_edge
from app.ledger.tree.merkle import EMPTY_ROOT, SIZE_MAX, HashInvalid, root
from app.ledger.tree.proof import ReadTile, root_at
from app.ledger.tree.tile import TILE_WIDTH, Tile, TileInvalid, tile_hashes, width_of


class SealFault(StrEnum):
    """Why nothing may be signed."""

    # The tiles do not make the root that the log's row states.
    TREE = "tree"
    # The stored checkpoint is not signed by this log, or states another size or root.
    CHECKPOINT = "checkpoint"
    # A larger tree was published than the database holds: an older copy was restored.
    BEHIND = "behind"
    # The tree that was published is not the one that the database holds.
    FORKED = "forked"
    # An entry does not continue its incident's chain, or is not what its hash says.
    ENTRY = "entry"
    # A sealed entry is not the one that was sealed.
    SEALED = "sealed"
    # The key file does not make the keys that sign for this log.
    KEY = "key"
    # The checkpoint that was kept outside of the database is missing, or not of this log.
    PUBLISHED = "published"
    # It could not be sealed at all: the kept head cannot be written, or a row is malformed.
    FAILED = "failed"


class SealRefused(Exception):
    """The log is not what it was when it was last signed. Names ids and numbers, no contents."""

    def __init__(self, fault: SealFault, detail: str) -> None:
        super().__init__(f"{fault}: {detail}")
        self.fault = fault
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class LogState:
    """A log as its row in the database states it.

    Attributes:
        origin: the log's name.
        size: how many entries are sealed.
        root: the root over them, 32 bytes.
        checkpoint: the signed note that was last stored; None as long as nothing is sealed.
    """

    origin: str
    size: int = 0
    root: bytes = EMPTY_ROOT
    checkpoint: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsealed:
    """An entry that has no place in the tree yet.

    Attributes:
        id: of the row. Rising within an incident, otherwise without meaning: rows become
            visible in another order than their ids.
        leaf: its bytes.
        leaf_hash: what the row says that their hash is.
    """

    id: int
    leaf: bytes
    leaf_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SealPlan:
    """What one transaction writes, if the log is still at the size and root it was planned for.

    Attributes:
        head: the checkpoint after it.
        text: the head's lines, to be signed.
        places: row id and leaf index of each entry, in order.
        tiles: tiles to be inserted, or replaced by wider ones, with their bytes.
    """

    head: Checkpoint
    text: str
    places: tuple[tuple[int, int], ...]
    tiles: tuple[tuple[Tile, bytes], ...]


def plan_seal(
    state: LogState,
    entries: Sequence[Unsealed],
    *,
    last_sealed: Mapping[str, bytes],
    keys: Sequence[VerifierKey],
    read_tile: ReadTile,
    published: Checkpoint | None = None,
) -> SealPlan:
    """Decide what sealing these entries writes; without entries, what is signed anew.

    Args:
        state: the log's row, locked.
        entries: unsealed entries of this log, ascending by id, as many as the caller likes.
        last_sealed: by incident the leaf of its last sealed entry, for the incidents among
            `entries` that have one.
        keys: the log's keys, of which one signed `state.checkpoint`.
        read_tile: reads the log's tiles.
        published: the last checkpoint that left the house, kept outside of the database; None
            only before the first.

    Raises:
        SealRefused: the log must not be signed as it is. Nothing may be written.
    """
    edge = _verified_edge(state, keys, read_tile)
    if published is not None:
        _check_published(state, published, read_tile)
    _check_entries(entries, last_sealed)
    made = grown(edge, [entry.leaf_hash for entry in entries])
    head = Checkpoint(origin=state.origin, size=made.edge.size, root=root(frontier(made.edge)))
    places = tuple((entry.id, state.size + at) for at, entry in enumerate(entries))
    return SealPlan(head=head, text=checkpoint_text(head), places=places, tiles=made.tiles)


def check_sealed(index: int, leaves: Sequence[bytes], *, size: int, read_tile: ReadTile) -> None:
    """Check that stored leaves are those that were sealed as one tile of level 0.

    The sealer asks this of the last tile before each seal and of all others in turn, so that a
    changed row stops it.

    Args:
        index: the tile's, so the first leaf's place is 256 times that.
        leaves: all leaves that the database holds for this tile, in their order.
        size: of the tree.
        read_tile: reads the log's tiles.

    Raises:
        SealRefused: one of them is another, is missing, or is too many.
    """
    width = width_of(0, index, size)
    if len(leaves) != width:
        raise SealRefused(SealFault.SEALED, f"tile {index} has {width} entries, not {len(leaves)}")
    try:
        hashes = tile_hashes(read_tile(0, index, width), width) if width else []
    except TileInvalid as error:
        raise SealRefused(SealFault.TREE, f"tile {index}: {error}") from None
    for at, (leaf, sealed) in enumerate(zip(leaves, hashes, strict=True)):
        if leaf_hash(leaf) != sealed:
            place = index * TILE_WIDTH + at
            raise SealRefused(SealFault.SEALED, f"entry {place} is not the one that was sealed")


def _verified_edge(state: LogState, keys: Sequence[VerifierKey], read_tile: ReadTile) -> Edge:
    """The right edge of the tree, if its root is the stated and the signed one."""
    if not 0 <= state.size <= SIZE_MAX:
        raise SealRefused(SealFault.TREE, f"a size of {state.size}")
    try:
        edge = read_edge(state.size, read_tile)
        found = root(frontier(edge))
    except (TileInvalid, HashInvalid) as error:
        raise SealRefused(SealFault.TREE, str(error)) from None
    if found != state.root:
        raise SealRefused(SealFault.TREE, f"the tiles of {state.size} make another root")
    if state.checkpoint is None:
        if state.size:
            raise SealRefused(SealFault.CHECKPOINT, f"none is stored for {state.size} entries")
        return edge
    try:
        signed = opened(parse_note(state.checkpoint), origin=state.origin, log_keys=keys)
    except (FormatInvalid, SignatureInvalid) as error:
        raise SealRefused(SealFault.CHECKPOINT, str(error)) from None
    if (signed.checkpoint.size, signed.checkpoint.root) != (state.size, state.root):
        detail = f"signed for {signed.checkpoint.size} entries, stored for {state.size}"
        raise SealRefused(SealFault.CHECKPOINT, detail)
    return edge


def _check_published(state: LogState, published: Checkpoint, read_tile: ReadTile) -> None:
    """A database that is behind, or beside, what others have seen must not sign on."""
    if published.origin != state.origin:
        raise SealRefused(SealFault.FORKED, "the published checkpoint is another log's")
    if published.size > state.size:
        detail = f"{published.size} entries were published, the database holds {state.size}"
        raise SealRefused(SealFault.BEHIND, detail)
    try:
        found = root_at(published.size, state.size, read_tile)
    except TileInvalid as error:
        raise SealRefused(SealFault.TREE, str(error)) from None
    if found != published.root:
        raise SealRefused(SealFault.FORKED, f"the first {published.size} entries are others")


def _check_entries(entries: Sequence[Unsealed], last_sealed: Mapping[str, bytes]) -> None:
    """Each entry is what its hash says, and continues the chain of its incident."""
    heads: dict[str, tuple[int, bytes]] = {}
    for entry in entries:
        leaf = _parsed(entry.leaf, f"row {entry.id}")
        if leaf_hash(entry.leaf) != entry.leaf_hash:
            raise SealRefused(SealFault.ENTRY, f"row {entry.id}: its hash is that of others")
        head = heads.get(leaf.incident) or _head_of(leaf.incident, last_sealed)
        if (leaf.seq, leaf.prev) != ((0, None) if head is None else (head[0] + 1, head[1])):
            detail = f"row {entry.id}: entry {leaf.seq} does not continue incident {leaf.incident}"
            raise SealRefused(SealFault.ENTRY, detail)
        heads[leaf.incident] = (leaf.seq, entry.leaf_hash)


def _head_of(incident: str, last_sealed: Mapping[str, bytes]) -> tuple[int, bytes] | None:
    if incident not in last_sealed:
        return None
    data = last_sealed[incident]
    leaf = _parsed(data, f"the last sealed entry of {incident}")
    if leaf.incident != incident:
        raise SealRefused(SealFault.SEALED, f"the last sealed entry of {incident} is another's")
    return leaf.seq, leaf_hash(data)


def _parsed(data: bytes, what: str) -> Leaf:
    try:
        return parse_leaf(data)
    except LeafInvalid as error:
        raise SealRefused(SealFault.ENTRY, f"{what}: {error}") from None
