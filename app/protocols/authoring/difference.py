"""What two protocol documents differ in, change by change, and the way from one to the other."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.protocols.authoring.alignment import align, is_same
from app.protocols.problems import Location, pointer


class Op(StrEnum):
    """What has become of a place."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference of two documents; the order of several does not matter.

    `pointer` leads to the place in the later document, of what was removed in the earlier one
    (Source: RFC 6901). `before` and `after` are the values there, as far as there is one. Of what
    was moved within its list they are its pointers, in the earlier and in the later document; what
    is different inside of it is a change of its own.
    """

    op: Op
    pointer: str
    before: object = None
    after: object = None


def differences(before: object, after: object) -> tuple[Change, ...]:
    """What has to be changed so that the document `before` says what `after` says.

    Args:
        before: plain JSON data, as `Protocol.document()` gives it.
        after: the same of another protocol, or of another version.

    Returns:
        The changes, from the top of the documents to the end; `apply` brings them back.
    """
    return tuple(_compare((), before, (), after))


def apply(before: object, changes: Iterable[Change]) -> object:
    """The later document, from the earlier one and all that `differences` found."""
    return _Later(changes).build((), before, ())


def _compare(old: Location, before: object, new: Location, after: object) -> Iterator[Change]:
    if is_same(before, after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _compare_members(old, before, new, after)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _compare_items(old, before, new, after)
    else:
        yield Change(op=Op.CHANGED, pointer=pointer(new), before=before, after=after)


def _compare_members(
    old: Location, before: Mapping[str, object], new: Location, after: Mapping[str, object]
) -> Iterator[Change]:
    for name in before:
        if name not in after:
            yield Change(op=Op.REMOVED, pointer=pointer((*old, name)), before=before[name])
    for name in after:
        if name in before:
            yield from _compare((*old, name), before[name], (*new, name), after[name])
        else:
            yield Change(op=Op.ADDED, pointer=pointer((*new, name)), after=after[name])


def _compare_items(
    old: Location, before: list[object], new: Location, after: list[object]
) -> Iterator[Change]:
    pairs = {pair.now: pair for pair in align(before, after)}
    kept = {pair.was for pair in pairs.values()}
    for at, value in enumerate(before):
        if at not in kept:
            yield Change(op=Op.REMOVED, pointer=pointer((*old, at)), before=value)
    for at, value in enumerate(after):
        pair = pairs.get(at)
        if pair is None:
            yield Change(op=Op.ADDED, pointer=pointer((*new, at)), after=value)
            continue
        was, now = (*old, pair.was), (*new, at)
        if pair.is_moved:
            places = pointer(was), pointer(now)
            yield Change(op=Op.MOVED, pointer=places[1], before=places[0], after=places[1])
        yield from _compare(was, before[pair.was], now, value)


class _Later:
    """Builds the later document out of the earlier one."""

    def __init__(self, changes: Iterable[Change]) -> None:
        """Sort the changes by what they are and where."""
        self._removed: set[str] = set()
        self._changed: dict[str, object] = {}
        self._moved: dict[str, int] = {}
        # By the pointer of the object or list, the members or items that are new in it.
        self._added: dict[str, dict[str, object]] = {}
        for one in changes:
            parent, _, last = one.pointer.rpartition("/")
            match one.op:
                case Op.REMOVED:
                    self._removed.add(one.pointer)
                case Op.CHANGED:
                    self._changed[one.pointer] = one.after
                case Op.MOVED:
                    self._moved[str(one.before)] = int(last)
                case Op.ADDED:
                    self._added.setdefault(parent, {})[last] = one.after

    def build(self, old: Location, before: object, new: Location) -> object:
        """What has become of the value that was at `old` and is at `new`."""
        here = pointer(new)
        if here in self._changed:
            return self._changed[here]
        added = self._added.get(here, {})
        if isinstance(before, dict):
            kept = {
                name: self.build((*old, name), value, (*new, name))
                for name, value in before.items()
                if pointer((*old, name)) not in self._removed
            }
            return kept | {_unescaped(name): value for name, value in added.items()}
        if isinstance(before, list):
            places = self._places(old, before, {int(at) for at in added})
            items = {at: self.build((*old, was), before[was], (*new, at)) for was, at in places}
            items |= {int(at): value for at, value in added.items()}
            return [items[at] for at in sorted(items)]
        return before

    def _places(
        self, old: Location, before: list[object], taken: set[int]
    ) -> list[tuple[int, int]]:
        """Where each item that is still there was and is: what is not moved keeps its order."""
        were = [at for at in range(len(before)) if pointer((*old, at)) not in self._removed]
        moved = {
            at: self._moved[here] for at in were if (here := pointer((*old, at))) in self._moved
        }
        taken = taken.union(moved.values())
        free = iter(at for at in range(len(were) + len(taken)) if at not in taken)
        return [(at, moved[at] if at in moved else next(free)) for at in were]


def _unescaped(name: str) -> str:
    return name.replace("~1", "/").replace("~0", "~")
