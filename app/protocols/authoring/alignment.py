"""Which item of a list has become which, so that an insertion is one change and not ten.

Items with a name are the same item when their names are. The others are laid side by side in their
order, as cheaply as possible: an equal item costs nothing, one that asks the same party little,
any other more, but less than taking one away and adding another.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Self

# The costs of a pair that is not equal, and of an item without one. Two akin pairs cost more than
# an equal pair and two items without: what has only been moved is not explained as changes.
_AKIN: Final = 10_010
_OTHER: Final = 11_000
_ALONE: Final = 10_000
_NEVER: Final = 3 * _ALONE
_DISTANCE_MAX: Final = 8_000

Places = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """An item that is in both lists: where it was, where it is, whether that is out of order."""

    was: int
    now: int
    is_moved: bool


def align(before: Sequence[object], after: Sequence[object]) -> tuple[Pair, ...]:
    """The items that are in both lists, in the order of `after`.

    Those that are not moved are in the same order in both. Items of no pair are removed or added.
    """
    old, new = ([_Item.of(value) for value in items] for items in (before, after))
    names = _names(old) & _names(new)
    pairs = _side_by_side(old, new, names)
    for matches in (partial(_has_name, names=names), _is_equal, _is_akin):
        pairs += _strays(old, new, pairs, matches)
    pairs.sort(key=lambda pair: pair[1])
    in_order = _longest_rise([was for was, _ in pairs])
    return tuple(Pair(was=was, now=now, is_moved=was not in in_order) for was, now in pairs)


def is_same(one: object, other: object) -> bool:
    """Whether two JSON values are the same; the order of an object's members does not matter."""
    return _text(one) == _text(other)


def _text(value: object) -> str:
    # Python's == would take 1 for true.
    return json.dumps(value, sort_keys=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """An item as it is compared: again and again, so that everything is looked up once.

    `members` are an object's, as texts; of a list the texts of its items. `marks` are the name,
    whoever is asked, and the organisation.
    """

    text: str
    members: Mapping[str, str | Counter[str]]
    marks: tuple[object, object, object]

    @classmethod
    def of(cls, value: object) -> Self:
        """The item with this value."""
        said = value if isinstance(value, dict) else {}
        return cls(
            text=_text(value),
            members={
                name: Counter(map(_text, child)) if isinstance(child, list) else _text(child)
                for name, child in said.items()
            },
            marks=(
                said.get("name"),
                said.get("person") or said.get("desk"),
                said.get("organisation"),
            ),
        )

    @property
    def name(self) -> str | None:
        """What it is called."""
        name = self.marks[0]
        return name if isinstance(name, str) else None


def _names(items: Sequence[_Item]) -> set[str]:
    """The names that one item has, and no other."""
    count = Counter(item.name for item in items if item.name is not None)
    return {name for name, times in count.items() if times == 1}


def _side_by_side(before: Sequence[_Item], after: Sequence[_Item], names: set[str]) -> list[Places]:
    """The cheapest pairs that keep the order."""
    costs = [[_cost(one, other, names) for other in after] for one in before]
    # rest[i][j]: what the items from i and from j on cost at least.
    rest = [
        [_ALONE * (len(before) - i + len(after) - j) for j in range(len(after) + 1)]
        for i in range(len(before) + 1)
    ]
    for i in reversed(range(len(before))):
        for j in reversed(range(len(after))):
            alone = _ALONE + min(rest[i + 1][j], rest[i][j + 1])
            rest[i][j] = min(costs[i][j] + rest[i + 1][j + 1], alone)
    found, i, j = [], 0, 0
    while i < len(before) and j < len(after):
        if rest[i][j] == costs[i][j] + rest[i + 1][j + 1]:
            found.append((i, j))
            i, j = i + 1, j + 1
        elif rest[i][j] == _ALONE + rest[i + 1][j]:
            i += 1
        else:
            j += 1
    return found


def _strays(
    before: Sequence[_Item],
    after: Sequence[_Item],
    pairs: Sequence[Places],
    matches: Callable[[_Item, _Item], bool],
) -> list[Places]:
    """What was taken away in one place and, as far as it matches, added in another."""
    paired_before, paired_after = {was for was, _ in pairs}, {now for _, now in pairs}
    free = [at for at in range(len(after)) if at not in paired_after]
    found = []
    for was in range(len(before)):
        if was not in paired_before:
            now = next((at for at in free if matches(before[was], after[at])), None)
            if now is not None:
                found.append((was, now))
                free.remove(now)
    return found


def _cost(one: _Item, other: _Item, names: set[str]) -> int:
    """What it costs to say that one item has become the other; those with `names` are sure."""
    if _has_name(one, other, names=names):
        return min(_distance(one, other), _DISTANCE_MAX)
    if one.name in names or other.name in names:
        return _NEVER
    if _is_equal(one, other):
        return 0
    distance = min(_distance(one, other), _DISTANCE_MAX)
    return (_AKIN if _is_akin(one, other) else _OTHER) + distance


def _has_name(one: _Item, other: _Item, *, names: set[str]) -> bool:
    """Whether they have the same one of these names."""
    return one.name in names and one.name == other.name


def _is_equal(one: _Item, other: _Item) -> bool:
    return one.text == other.text


def _is_akin(one: _Item, other: _Item) -> bool:
    """Whether they have the same name, ask the same party, or are of the same organisation."""
    return any(
        mine is not None and mine == theirs
        for mine, theirs in zip(one.marks, other.marks, strict=True)
    )


def _distance(one: _Item, other: _Item) -> int:
    """In how many members two objects differ, and their lists in how many items."""
    names = one.members.keys() | other.members.keys()
    return sum(_distance_of(one.members.get(name), other.members.get(name)) for name in names) or 1


def _distance_of(one: str | Counter[str] | None, other: str | Counter[str] | None) -> int:
    if isinstance(one, Counter) and isinstance(other, Counter):
        return max((one - other).total(), (other - one).total())
    return int(one != other)


def _longest_rise(numbers: Sequence[int]) -> frozenset[int]:
    """The numbers of a longest rising subsequence; each number is there once."""
    best: list[tuple[int, ...]] = [()]
    for at, number in enumerate(numbers):
        # best[0] is the empty one, best[at + 1] the longest that ends with the number there.
        lower = [best[0], *(best[one + 1] for one in range(at) if numbers[one] < number)]
        longest = max(lower, key=len)
        best.append((*longest, number))
    whole = max(best, key=len)
    return frozenset(whole)
