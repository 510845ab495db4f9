"""What two documents differ in, in a line for each change that a coordinator can read.

「夜間」の2段目: 応答期限 180秒 → 300秒
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from app.protocols.authoring.alignment import align
from app.protocols.authoring.difference import Change, Op
from app.protocols.authoring.labels import PARTIES, Said, member_label, value_label
from app.protocols.kinds import Language

_CHANGED: Final = Said("{what} {old} → {new}", "{what} {old} → {new}")
_ADDED: Final = Said("{what}を追加: {value}", "{what} added: {value}")
_REMOVED: Final = Said("{what}を削除: {value}", "{what} removed: {value}")
_PUT_IN: Final = Said("{what}に追加: {value}", "{what}: added {value}")
_TAKEN_OUT: Final = Said("{what}から削除: {value}", "{what}: removed {value}")
_MOVED: Final = Said(
    "{what}の順番を変更: {value}（{old}番目 → {new}番目）",
    "{what}: moved {value} from place {old} to place {new}",
)
_VARIANT: Final = Said("「{name}」", '"{name}"')
_STEP: Final = Said("{where}の{number}段目", "{where}, step {number}")
_NAMED: Final = Said("{step}（{name}）", "{step} ({name})")
_APPROVAL: Final = Said("事前合意（{name}）", "approval of {name}")
_NTH_STEP: Final = Said("{number}段目", "step {number}")
_STEPS: Final = Said("（{count}段）", " ({count} steps)")
_OF: Final = Said("の", " ")
_ITEM: Final = Said("／", " / ")
_MEMBER: Final = Said("、", "; ")
_OR: Final = Said(" または ", " or ")
_NOTHING: Final = Said("なし", "none")

# What is spoken of by itself: "2段目を追加", not "段階に追加".
_WHOLE: Final = frozenset({"variants", "steps", "approvals"})
_STEP_SAYS: Final = ("name", "person", "desk", "ack_within_seconds")
_APPROVAL_SAYS: Final = ("organisation", "approved_by", "approved_on", "reference")


def say(
    changes: Iterable[Change],
    language: Language,
    *,
    before: object,
    after: object,
    names: Mapping[str, str],
) -> tuple[str, ...]:
    """A line for each change, in their order.

    Args:
        changes: What `differences(before, after)` found.
        language: Japanese or English.
        before: The earlier document.
        after: The later document.
        names: What the parties are called, by id; one without a name is called by its id.
    """
    speech = _Speech(language=language, names=names)
    found = []
    for one in changes:
        path = _parts(one.pointer)
        if one.op is Op.REMOVED:
            path = _translated(path, before, after)
        found.append(speech.line(one, path, after))
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Speech:
    """Says things in one language, and parties by their names."""

    language: Language
    names: Mapping[str, str]

    def line(self, change: Change, path: list[str], document: object) -> str:
        """One change at a path of the later document."""
        where, inner = self._where(path, document)
        said = self._what_happened(change, inner, document)
        return f"{where}: {said}" if where else said

    def _where(self, path: list[str], document: object) -> tuple[str, list[str]]:
        """The part of the document that a path leads into, and the path within it."""
        match path:
            case ["variants", at, "steps", number, *inner] if inner:
                step = self._text(_STEP, where=self._variant(document, at), number=_count(number))
                name = _member(_look(document, path[:4]), "name")
                return self._text(_NAMED, step=step, name=name) if name else step, inner
            case ["variants", at, *inner] if inner:
                return self._variant(document, at), inner
            case ["approvals", _, *inner] if inner:
                name = self._value("organisation", _look(document, [*path[:2], "organisation"]))
                return self._text(_APPROVAL, name=name), inner
        return "", path

    def _variant(self, document: object, at: str) -> str:
        name = _member(_look(document, ["variants", at]), "name")
        return self._text(_VARIANT, name=name)

    def _what_happened(self, change: Change, path: list[str], document: object) -> str:
        words = [part for part in path if not part.isdecimal()]
        name, is_item = (words or [""])[-1], bool(path) and path[-1].isdecimal()
        what = _OF.of(self.language).join(member_label(word, self.language) for word in words)
        if change.op is Op.CHANGED:
            old, new = self._value(name, change.before), self._value(name, change.after)
            return self._text(_CHANGED, what=what, old=old, new=new)
        if change.op is Op.MOVED:
            value = self._value(name, _look(document, _parts(change.pointer)))
            was, now = (_count(_parts(str(one))[-1]) for one in (change.before, change.after))
            return self._text(_MOVED, what=what, value=value, old=was, new=now)
        if name == "steps" and is_item:
            what = self._text(_NTH_STEP, number=_count(path[-1]))
        is_whole = name in _WHOLE or not is_item
        if change.op is Op.ADDED:
            value = self._value(name, change.after)
            return self._text(_ADDED if is_whole else _PUT_IN, what=what, value=value)
        value = self._value(name, change.before)
        return self._text(_REMOVED if is_whole else _TAKEN_OUT, what=what, value=value)

    def _value(self, name: str, value: object) -> str:
        """A value of the member `name`, or of its list."""
        if isinstance(value, list):
            between = _OR if any(isinstance(one, dict) for one in value) else _ITEM
            said = between.of(self.language).join(self._value(name, one) for one in value)
            return said or _NOTHING.of(self.language)
        if isinstance(value, dict):
            return self._object(value)
        if name in PARTIES and isinstance(value, str):
            return self.names.get(value, value)
        return value_label(name, value, self.language)

    def _object(self, value: Mapping[str, object]) -> str:
        if "steps" in value:
            count = self._text(_STEPS, count=len(_items(value["steps"])))
            return self._text(_VARIANT, name=value.get("name")) + count
        if "desk" in value or "person" in value:
            return self._members(value, _STEP_SAYS)
        return self._members(value, _APPROVAL_SAYS if "organisation" in value else tuple(value))

    def _members(self, value: Mapping[str, object], names: Iterable[str]) -> str:
        return _MEMBER.of(self.language).join(
            f"{member_label(name, self.language)} {self._value(name, value[name])}"
            for name in names
            if name in value
        )

    def _text(self, said: Said, **values: object) -> str:
        return said.of(self.language).format(**values)


def _parts(where: str) -> list[str]:
    """The parts of a pointer."""
    return [part.replace("~1", "/").replace("~0", "~") for part in where.split("/")[1:]]


def _translated(path: list[str], before: object, after: object) -> list[str]:
    """The path of what was removed, where the part that it was removed from is now."""
    found = []
    for part in path[:-1]:
        now = part
        if isinstance(before, list) and isinstance(after, list):
            now = next(str(pair.now) for pair in align(before, after) if str(pair.was) == part)
        before, after = _look(before, [part]), _look(after, [now])
        found.append(now)
    return [*found, path[-1]]


def _look(document: object, path: Iterable[str]) -> object:
    """What is at a path of a document."""
    here = document
    for part in path:
        here = here[int(part)] if isinstance(here, list) else _member(here, part)
    return here


def _member(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _count(place: str) -> int:
    return int(place) + 1
