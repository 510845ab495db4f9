"""Whose place a log took: its first entry names the last checkpoint that was known of that log."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from app.ledger.disclosure import DisclosureInvalid, decode
from app.ledger.entry import Leaf, LeafInvalid, parse_leaf
from app.ledger.notes.checkpoint import Checkpoint, opened, parse_checkpoint
from app.ledger.notes.key import VerifierKey, parse_verifier_key
from app.ledger.notes.note import Note, SignatureInvalid, parse_note
from app.ledger.notes.text import FormatInvalid
from app.ledger.words import EntryType
from app.offline.outside.brackets import stated_time
from app.offline.report import Check, Compared, Report, Took

PREDECESSOR = "predecessor"
ENTRY = "entry 0"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    checkpoint: Checkpoint
    keys: tuple[VerifierKey, ...]


@dataclass(slots=True, kw_only=True)
class Succession:
    """What the first entry of a log says of the log before it, and who kept what of that."""

    # Checkpoints of other logs than the one that is judged.
    former: Sequence[Note] = ()
    # The logs that its policy names.
    origins: Collection[str] = ()
    # The checkpoint of an export of the log before, which is held against what is said of that.
    exported: Note | None = None
    _first: Leaf | None = field(default=None, init=False)
    _begun_at: bytes = field(default=b"", init=False)

    def is_begun_by(self, place: int, data: bytes) -> bool:
        """Take an entry of the log; True for the one with which a successor begins.

        It is younger than the entries behind it, which it found there already.
        """
        if place:
            return False
        try:
            leaf = parse_leaf(data)
        except LeafInvalid:
            return False  # its form is a finding already
        self._first = leaf if leaf.type is EntryType.SUCCEEDED else None
        self._begun_at = stated_time(data) if self._first else b""
        return self._first is not None

    def is_begun_after(self, at: bytes) -> bool:
        """Whether what happened at this instant had its place in another log before."""
        return at < self._begun_at

    def judge(self, chains: Mapping[str, Sequence[str]], report: Report) -> None:
        """Put on record whose place the log took, and what does not fit.

        Args:
            chains: by own chain of the log what its first entry discloses.
            report: is added to.
        """
        told = chains.get(self._first.incident, ()) if self._first else ()
        if not told:
            report.took = Took() if self._first else None
            compare_foreign(self.former, self.origins, report)
            return
        try:
            named = _named(told)
        except (FormatInvalid, SignatureInvalid, DisclosureInvalid) as error:
            report.find(Check.SUCCESSION, ENTRY, error)
            return
        before = named.checkpoint
        report.took = Took(origin=before.origin, size=before.size, root=before.root)
        for note in self.former:
            if parse_checkpoint(note.text).origin != before.origin:
                compare_foreign([note], self.origins, report)
            elif kept := _fitting(note, named, report):
                _compare(kept, before, report)
        if self.exported and parse_checkpoint(self.exported.text).origin == before.origin:
            _fitting(self.exported, named, report)


def compare_foreign(notes: Iterable[Note], origins: Collection[str], report: Report) -> None:
    """Checkpoints of other logs: of one whose place this took, or of one that is none of its."""
    for note in notes:
        stated = parse_checkpoint(note.text)
        if stated.origin in origins:
            report.uncompared.append(Compared(stated.origin, stated.size))
        else:
            _refuse(note, "the checkpoint of another log", report)


def _named(told: Sequence[str]) -> _Named:
    """What is said of the predecessor, if it really signed that checkpoint."""
    for text in told:
        opened_ = decode(text)
        value = opened_.value
        if opened_.name != PREDECESSOR or not isinstance(value, dict):
            continue
        note, keys = value.get("checkpoint"), value.get("verifier_keys")
        if not isinstance(note, str) or not isinstance(keys, list):
            break
        read = tuple(parse_verifier_key(str(one)) for one in keys)
        signed = opened(parse_note(note.encode()), origin=str(value.get("origin")), log_keys=read)
        return _Named(checkpoint=signed.checkpoint, keys=read)
    raise FormatInvalid("does not name the log whose place this one took")


def _fitting(note: Note, named: _Named, report: Report) -> Checkpoint | None:
    """A checkpoint of the predecessor, unless its successor hides or contradicts it."""
    last = named.checkpoint
    try:
        kept = opened(note, origin=last.origin, log_keys=named.keys).checkpoint
    except (FormatInvalid, SignatureInvalid) as error:
        _refuse(note, str(error), report)
        return None
    if kept.size > last.size:
        detail = f"its log had {kept.size} entries, its successor names {last.size}"
        _refuse(note, detail, report)
        return None
    if kept.size == last.size and kept.root != last.root:
        _refuse(note, "its successor names another root for the same size", report)
        return None
    return kept


def _compare(kept: Checkpoint, last: Checkpoint, report: Report) -> None:
    if kept.size == last.size:
        report.named.append(kept.size)
    else:
        report.uncompared.append(Compared(kept.origin, kept.size))


def _refuse(note: Note, detail: str, report: Report) -> None:
    stated = parse_checkpoint(note.text)
    where = f"the checkpoint of {stated.origin} with {stated.size} entries"
    report.find(Check.KEPT, where, detail)
