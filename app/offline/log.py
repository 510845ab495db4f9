"""A whole log: its head, its files, its tree, its incidents."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from app.ledger.disclosure import DisclosureInvalid, digest
from app.ledger.entry import leaf_hash
from app.ledger.exports import layout
from app.ledger.exports.disclosed import parse_disclosed
from app.ledger.notes.checkpoint import Checkpoint
from app.ledger.notes.text import FormatInvalid
from app.ledger.tree.tile import Tile, TileInvalid, bundle_entries, tile_path
from app.ledger.verify import Rule
from app.offline.files import FileBroken, Files
from app.offline.incidents.chains import Chains
from app.offline.incidents.documents import Documents
from app.offline.lineage.predecessor import Succession
from app.offline.outside.brackets import SEAL_DEADLINE, Brackets, stated_time
from app.offline.outside.known import Known
from app.offline.report import Check, Report
from app.offline.tree import Regrown

# No export is larger; a forged size must not keep us busy for ever.
_SIZE_MAX: Final = 10**10

# Is told leaf hashes, in the order of the log.
Passing = Callable[[Sequence[bytes]], None]


def check_log(
    files: Files,
    stated: Checkpoint,
    known: Known,
    report: Report,
    *,
    passing: Passing | None = None,
) -> None:
    """Put on record what is wrong with a log beyond its head.

    Args:
        files: the export.
        stated: what its checkpoint says.
        known: what the auditor has beside it.
        report: is added to.
        passing: is told the leaf hashes, in the order of the log.
    """
    _check_names(files, stated.size, report)
    succession = Succession(former=known.former, origins=known.origins, exported=known.exported)
    comparable = _comparable(known.kept, stated, report)
    with Chains(stated.size) as chains, Documents(report) as documents:
        sizes = [one.size for one in (*comparable, *known.heads)]
        tree = Regrown(sizes, _Tiles(files, report))
        times = _Times(Brackets(known.seen), succession, report)
        told = [passing] if passing else []
        whole = _check_entries(files, stated.size, [tree.append, *told], chains, times)
        if whole and tree.end() != stated.root:
            report.find(Check.TREE, layout.CHECKPOINT, "the entries make another root")
        for one in comparable:
            _compare(one, tree, report)
        for one in known.heads:
            if tree.roots.get(one.size, one.root) != one.root:
                where = layout.head_file(one.size)
                report.find(Check.TREE, where, "the log signed a head of other entries")
        report.has_disclosures = layout.DISCLOSURES in files.names
        if report.has_disclosures:
            read_disclosures(files, chains, report)
        documents.take(files)
        chains.judge(report, plans=documents.plan, is_whole=report.has_disclosures)
        documents.find_unnamed()
    succession.judge(report.own_chains, report)


def _compare(kept: Checkpoint, tree: Regrown, report: Report) -> None:
    found = tree.roots.get(kept.size)
    if found == kept.root:
        report.continued.append(kept.size)
        return
    detail = f"the first {kept.size} entries are not those of the kept checkpoint"
    if found is None:
        detail = f"cannot be compared: the first {kept.size} entries are not all here"
    report.find(Check.KEPT, kept_place(kept), detail)


def kept_place(kept: Checkpoint) -> str:
    """How a checkpoint that somebody kept is called in a finding."""
    return f"the kept checkpoint of {kept.size} entries"


def read_disclosures(files: Files, chains: Chains, report: Report) -> None:
    """Hand the lines of disclosures.jsonl on to the incidents that they are of."""
    try:
        for number, line in enumerate(files.lines(layout.DISCLOSURES), 1):
            _read_line(line, f"{layout.DISCLOSURES}, line {number}", chains, report)
    except FileBroken as error:
        report.find(Check.FILES, layout.DISCLOSURES, error)


def _read_line(line: bytes, where: str, chains: Chains, report: Report) -> None:
    try:
        one = parse_disclosed(line)
        is_its_own = one.disclosure is None or digest(one.disclosure) == one.digest
    except (FormatInvalid, DisclosureInvalid) as error:
        report.find(Check.FORMAT, where, error)
        return
    if not is_its_own:
        report.find(Check.FORMAT, where, "the digest is another's")
    chains.disclose(one)


def _check_names(files: Files, size: int, report: Report) -> None:
    """Each file belongs there, once. A missing one is found when it is read."""
    found = set(files.names)
    if len(found) != len(files.names):
        report.find(Check.FILES, "the export", "a name stands there twice")
    found -= {*layout.HEAD_FILES, layout.DISCLOSURES, layout.PROTOCOLS, layout.HEAD_SUMS}
    found.difference_update(list(_head_names(found, size)))
    found.difference_update(layout.tile_files(size) if size <= _SIZE_MAX else ())
    found = {name for name in found if layout.key_number(name) is None}
    for name in sorted(found):
        report.find(Check.FILES, ascii(name)[1:-1], "belongs to no log of this size")


def _head_names(names: Iterable[str], size: int) -> Iterator[str]:
    """Of these names those of heads up to a size, and of what may stand beside them."""
    for name in names:
        stated = layout.head_size(name)
        if stated is not None and stated <= size:
            yield from (name, name + layout.COSIGNED_SUFFIX, name + layout.STAMP_SUFFIX)


def _comparable(
    kept: Sequence[Checkpoint], stated: Checkpoint, report: Report
) -> Sequence[Checkpoint]:
    for one in kept:
        if one.size > stated.size:
            detail = (
                f"this export has {stated.size} entries: it is older than your checkpoint, or was"
                " cut; fetch a new one"
            )
            report.find(Check.KEPT, kept_place(one), detail)
    return [one for one in kept if one.size <= stated.size]


class _Tiles:
    """Holds each tile that the entries make against the file."""

    def __init__(self, files: Files, report: Report) -> None:
        self._files = files
        self._report = report

    def __call__(self, tile: Tile, hashes: bytes) -> None:
        name = tile_path(tile)
        try:
            if self._files.read(name) != hashes:
                self._report.find(Check.TREE, name, "not what the entries make")
        except FileBroken as error:
            self._report.find(Check.FILES, name, error)


def _check_entries(
    files: Files, size: int, told: Sequence[Passing], chains: Chains, times: "_Times"
) -> bool:
    """Read all entries; False as soon as a bundle cannot be read, so that no more is known."""
    report = times.report
    for bundle in layout.bundles_of(size):
        name = tile_path(bundle)
        try:
            leaves = bundle_entries(files.read(name), bundle.width)
        except (FileBroken, TileInvalid) as error:
            report.find(Check.FILES, name, error)
            return False
        hashes = [leaf_hash(leaf) for leaf in leaves]
        for tell in told:
            tell(hashes)
        report.entries += len(leaves)
        for place, leaf in enumerate(leaves, bundle.index * 256):
            times.add(place, leaf)
            if not chains.add(leaf):
                report.find(Rule.FORM, f"entry {place}", "does not say of which incident it is")
    return True


class _Times:
    """L2: when an entry gets its place, those before it had happened.

    So an entry that is older than one before it waited at least for the difference. And none says
    another time than others have seen.
    """

    def __init__(self, brackets: Brackets, succession: Succession, report: Report) -> None:
        self.report = report
        # None where nobody looked: of ten million entries that is worth a check.
        self._brackets = None if brackets.is_empty else brackets
        self._succession = succession
        self._latest = b""
        self._place = 0

    def add(self, place: int, leaf: bytes) -> None:
        """The next entry; the one with which a successor begins is younger than those behind."""
        at = stated_time(leaf)
        if self._brackets:
            was_elsewhere = self._succession.is_begun_after(at)
            if fault := self._brackets.fault(place, at, was_elsewhere=was_elsewhere):
                self.report.find(Check.TIME, f"entry {place}", fault)
        if self._succession.is_begun_by(place, leaf):
            return
        if at >= self._latest:
            self._latest, self._place = at, place
        elif at[:17] != self._latest[:17] and self._is_late(at):
            seconds = int(SEAL_DEADLINE.total_seconds())
            detail = (
                f"says {at.decode('ascii', 'replace')}, more than {seconds} seconds before entry"
                f" {self._place}, which the log has before it"
            )
            self.report.find(Check.L2, f"entry {place}", detail)

    def _is_late(self, at: bytes) -> bool:
        try:
            then, latest = (datetime.fromisoformat(one.decode()) for one in (at, self._latest))
            return latest - then > SEAL_DEADLINE
        except (ValueError, TypeError):
            return False  # its form is a finding already
