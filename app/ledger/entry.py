"""One entry of the responsibility ledger: its members, its canonical bytes and its hash.

A leaf is a JSON object in RFC 8785 form whose bytes are stored and hashed verbatim, for ever:
a mistake in them cannot be corrected. So its members form a small closed language, in which
nothing fits that says who somebody is. `leaf_bytes` and `parse_leaf` hold it from both sides.

Source: LEDGER.md 2.7 and 4; RFC 8785; RFC 6962 §2.1.
"""

import base64
import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import rfc8785

from app.ledger.words import HOLDER_CHANGES, SYSTEM, Basis, Cause, EntryType

__all__ = [
    "HOLDER_CHANGES",
    "LEAF_BYTES_MAX",
    "LEAF_VERSION",
    "SYSTEM",
    "Basis",
    "Cause",
    "EntryType",
    "Leaf",
    "LeafInvalid",
    "leaf_bytes",
    "leaf_hash",
    "parse_leaf",
]

LEAF_VERSION = "responsibility/1"
# An entry travels behind a 16-bit length (c2sp.org/tlog-tiles).
LEAF_BYTES_MAX = 65_535


class LeafInvalid(ValueError):
    """No leaf; the message says why, by JSON pointer where one member is at fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One entry of one incident. Who is named, is named by a pseudonym of this incident.

    Attributes:
        v: the version of this format.
        incident: the incident's id, a UUID in lower case.
        seq: 0, 1, 2 … within the incident.
        prev: the leaf hash (32 bytes) of the entry before; None at 0.
        at: when it happened by our clock, in UTC, whole milliseconds.
        type: what happened.
        cause: why.
        basis: by what right `to` holds; None unless the entry is `opened` or `transferred`.
        from_: who held before this entry.
        to: who holds after it. Equal to `from_` unless the entry changes the holder.
        actor: the party that the entry is about. Who acted; for `paged`, `reminded`,
            `informed`, `sent`, `delivered`, `undeliverable`, `skipped` and `bound` who was
            asked or named; "system" when a timer or the service itself acted.
        step: the step of the variant that it belongs to, from 1.
        round: the round that it belongs to, from 1.
        due: the planned instant of this very entry, None when it was not planned. An entry is
            late by `at` − `due`.
        sd: digests of disclosures, ascending, without repetition. On `erased`: the digests of
            earlier entries that no longer open; it commits to nothing of its own.
        drill: whether the incident is an exercise.
    """

    v: str = LEAF_VERSION
    incident: str
    seq: int
    prev: bytes | None
    at: datetime
    type: EntryType
    cause: Cause | None
    basis: Basis | None
    from_: str | None
    to: str | None
    actor: str
    step: int | None
    round: int | None
    due: datetime | None
    sd: tuple[str, ...]
    drill: bool


def leaf_bytes(leaf: Leaf) -> bytes:
    """The canonical bytes of a leaf (RFC 8785), equal to `rfc8785.dumps` of its members.

    Raises:
        LeafInvalid: a member does not fit the language of leaves, for instance an `at` that is
            not UTC or finer than a millisecond, or a name where a pseudonym belongs.
    """
    text = _encode(_members(leaf))
    if _GRAMMAR.fullmatch(text) is None or not _is_ascending(leaf.sd):
        raise LeafInvalid(_fault(text))
    if len(text) > LEAF_BYTES_MAX:
        raise LeafInvalid(_too_long(len(text)))
    return text.encode("ascii")


def leaf_hash(data: bytes) -> bytes:
    """What the tree and the next entry's `prev` know of an entry: 32 bytes.

    Source: RFC 6962 §2.1.
    """
    return hashlib.sha256(b"\x00" + data).digest()


def parse_leaf(data: bytes) -> Leaf:
    """The leaf that these bytes are; `leaf_bytes` of it gives the same bytes again.

    Raises:
        LeafInvalid: not JSON, not in RFC 8785 form, a member repeated, missing, unknown, of the
            wrong type or outside its closed set, `sd` not ascending, or too long.
    """
    if len(data) > LEAF_BYTES_MAX:
        raise LeafInvalid(_too_long(len(data)))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise LeafInvalid(f"byte {error.start} is not UTF-8") from None
    # Whatever fits the grammar is canonical, which the tests prove against rfc8785; matching it
    # takes a tenth of the time of parsing and writing again, and a verifier reads millions.
    match = _GRAMMAR.fullmatch(text)
    if match is None:
        raise LeafInvalid(_fault(text))
    leaf = _built(match)
    if not _is_ascending(leaf.sd):
        raise LeafInvalid(_fault(text))
    return leaf


def _text(pattern: str) -> str:
    return f'"({pattern})"'


def _or_null(json_pattern: str) -> str:
    return f"(?:null|{json_pattern})"


def _one_of(values: Iterable[str]) -> str:
    return _text("|".join(values))


_INSTANT = _text(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z"
)
_PSEUDONYM = "h[1-9][0-9]{0,5}"
# At most 15 digits: exact in every reader of JSON, below the 2^53 of RFC 8785.
_FROM_ZERO = "(0|[1-9][0-9]{0,14})"
_FROM_ONE = "([1-9][0-9]{0,14})"
# The last character of 32 bytes in base64 carries four bits and two zeros.
_LAST = "[AEIMQUYcgkosw048]"
_DIGEST = f'"[0-9A-Za-z_-]{{42}}{_LAST}"'

# The JSON text of each member, in canonical order. No string has a character that JSON escapes,
# which is why the words of json.dumps and of RFC 8785 cannot differ.
_MEMBERS = (
    ("actor", _text(f"{_PSEUDONYM}|{SYSTEM}")),
    ("at", _INSTANT),
    ("basis", _or_null(_one_of(Basis))),
    ("cause", _or_null(_one_of(Cause))),
    ("drill", "(true|false)"),
    ("due", _or_null(_INSTANT)),
    ("from", _or_null(_text(_PSEUDONYM))),
    ("incident", _text("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")),
    ("prev", _or_null(_text(f"[0-9A-Za-z+/]{{42}}{_LAST}="))),
    ("round", _or_null(_FROM_ONE)),
    ("sd", rf"\[((?:{_DIGEST}(?:,{_DIGEST})*)?)\]"),
    ("seq", _FROM_ZERO),
    ("step", _or_null(_FROM_ONE)),
    ("to", _or_null(_text(_PSEUDONYM))),
    ("type", _one_of(EntryType)),
    ("v", _text(LEAF_VERSION)),
)
_GRAMMAR = re.compile(r"\{" + ",".join(f'"{name}":{pattern}' for name, pattern in _MEMBERS) + r"\}")
_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False).encode


def _members(leaf: Leaf) -> dict[str, object]:
    """The JSON members in canonical order, so that nobody needs to sort them."""
    return {
        "actor": leaf.actor,
        "at": _instant_text(leaf.at),
        "basis": leaf.basis,
        "cause": leaf.cause,
        "drill": leaf.drill,
        "due": None if leaf.due is None else _instant_text(leaf.due),
        "from": leaf.from_,
        "incident": leaf.incident,
        "prev": None if leaf.prev is None else base64.b64encode(leaf.prev).decode("ascii"),
        "round": leaf.round,
        "sd": leaf.sd,
        "seq": leaf.seq,
        "step": leaf.step,
        "to": leaf.to,
        "type": leaf.type,
        "v": leaf.v,
    }


def _built(match: re.Match[str]) -> Leaf:
    """The leaf of the grammar's groups, one for each member in canonical order."""
    actor, at, basis, cause, drill, due, from_, incident, *others = match.groups()
    prev, round_, sd, seq, step, to, type_, version = others
    return Leaf(
        v=version,
        incident=incident,
        seq=int(seq),
        prev=None if prev is None else base64.b64decode(prev),
        at=_instant(at, "at"),
        type=EntryType(type_),
        cause=None if cause is None else Cause(cause),
        basis=None if basis is None else Basis(basis),
        from_=from_,
        to=to,
        actor=actor,
        step=None if step is None else int(step),
        round=None if round_ is None else int(round_),
        due=None if due is None else _instant(due, "due"),
        sd=tuple(sd[1:-1].split('","')) if sd else (),
        drill=drill == "true",
    )


def _instant(text: str, member: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise LeafInvalid(f"/{member}: there is no such day") from None


def _instant_text(at: datetime) -> str:
    """What is not UTC or finer than a millisecond keeps a form that the grammar refuses."""
    text = at.isoformat(timespec="milliseconds" if at.microsecond % 1000 == 0 else "microseconds")
    return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text


def _is_ascending(digests: tuple[str, ...]) -> bool:
    return all(before < after for before, after in pairwise(digests))


def _fault(text: str) -> str:
    """Why a text is no leaf. Never shows a value: it may be the name of somebody."""
    try:
        return _fault_in(json.loads(text, object_pairs_hook=_unique), text)
    except LeafInvalid as error:
        return str(error)
    except RecursionError:
        return "nested too deeply"
    except ValueError as error:
        return f"not JSON: {error}"


def _fault_in(document: object, text: str) -> str:
    if not isinstance(document, dict):
        return "not a JSON object"
    names = {name for name, _ in _MEMBERS}
    for name in sorted(names ^ document.keys()):
        return f"/{ascii(name[:40])[1:-1]}: " + ("missing" if name in names else "no such member")
    for name, pattern in _MEMBERS:
        if re.fullmatch(pattern, _encode(document[name])) is None:
            return f"/{name}: of the wrong type, or outside what this member may hold"
    if not _is_ascending(tuple(document["sd"])):
        return "/sd: not in ascending order, or with a repetition"
    # The definition: only a text that rfc8785 would write differently is left.
    assert rfc8785.dumps(document) != text.encode()
    return "not in canonical form (RFC 8785)"


def _unique(members: list[tuple[str, object]]) -> dict[str, object]:
    document = dict(members)
    if len(document) < len(members):
        raise LeafInvalid("a member is repeated")
    return document


def _too_long(length: int) -> str:
    return f"{length:,} bytes, at most {LEAF_BYTES_MAX:,}"
