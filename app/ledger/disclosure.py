"""Salted commitments: a leaf holds a digest, and what it stands for lies elsewhere, deletable.

When salt and value are gone, the digest in the leaf opens to nothing, and every hash above it
still verifies. The digest is over the disclosure as a string, so nobody needs a canonical form
of the value to check it.

Source: LEDGER.md 2.8; RFC 9901 §4.2 (SD-JWT disclosures).
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple, NoReturn

from app.ledger.entry import Leaf
from app.ledger.words import EntryType

SALT_BYTES = 16
NOTHING: Final[Mapping[int, Collection[str]]] = MappingProxyType({})
# Names that RFC 9901 §4.2.1 keeps for itself.
RESERVED_NAMES = frozenset({"_sd", "..."})


class DisclosureInvalid(ValueError):
    """No disclosure; the message says why, and shows nothing of what is disclosed."""


class Disclosure(NamedTuple):
    """What a digest stands for: a salt (16 bytes or more), a name and a JSON value."""

    salt: bytes
    name: str
    value: object


class Verdict(StrEnum):
    """What became of the value behind a digest."""

    # A disclosure is there whose digest it is.
    OPENED = "opened"
    # There is none, and a later `erased` entry says so.
    ERASED = "erased"
    # Whoever handed the ledger on says that it was kept back from this reader.
    WITHHELD = "withheld"
    # There is none, and nothing says why.
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestVerdict:
    """The verdict on one digest of the entry at place `seq` of a chain."""

    seq: int
    digest: str
    verdict: Verdict


def encode(salt: bytes, name: str, value: object) -> str:
    """The disclosure as the string that is stored, shown and hashed.

    Args:
        salt: 16 random bytes, never used before and never derived from anything.
        name: what kind of value it is: "party", "client", "protocol", "note" …
        value: anything that JSON can hold, without NaN and infinity.

    Raises:
        DisclosureInvalid: a salt of another length, a reserved or empty name, or a text that
            is not Unicode (a lone surrogate).
    """
    if len(salt) != SALT_BYTES:
        raise DisclosureInvalid(f"/0: a salt has {SALT_BYTES} bytes, not {len(salt)}")
    _check_name(name)
    try:
        return _base64url(_json([_base64url(salt), name, value]).encode())
    except UnicodeEncodeError:
        raise DisclosureInvalid("/2: a lone surrogate") from None


def digest(disclosure: str) -> str:
    """What goes into the `sd` of a leaf: base64url SHA-256 of the string, 43 characters.

    Raises:
        DisclosureInvalid: the string is not ASCII.
    """
    try:
        return _base64url(hashlib.sha256(disclosure.encode("ascii")).digest())
    except UnicodeEncodeError:
        raise DisclosureInvalid("not ASCII") from None


def decode(disclosure: str) -> Disclosure:
    """The salt, name and value of a disclosure, whoever wrote it.

    Raises:
        DisclosureInvalid: not base64url without padding, not a JSON array of salt, name and
            value, a salt of fewer than 16 bytes, a reserved name, a repeated member, a number
            that JSON does not have, or a lone surrogate.
    """
    parts = _parse(_bytes(disclosure, "base64url"))
    if not isinstance(parts, list) or len(parts) != len(Disclosure._fields):
        raise DisclosureInvalid("not an array of salt, name and value")
    salt_text, name, value = parts
    if not isinstance(salt_text, str):
        raise DisclosureInvalid("/0: not a string")
    salt = _bytes(salt_text, "/0")
    if len(salt) < SALT_BYTES:
        raise DisclosureInvalid(f"/0: a salt has at least {SALT_BYTES} bytes")
    if not isinstance(name, str):
        raise DisclosureInvalid("/1: not a string")
    _check_name(name)
    return Disclosure(salt, name, value)


def verdicts(
    leaves: Sequence[Leaf],
    disclosures: Mapping[int, Sequence[str]],
    withheld: Mapping[int, Collection[str]] | None = NOTHING,
) -> tuple[DigestVerdict, ...]:
    """What became of each digest of one incident's chain, in order.

    The digests of `erased` entries are not judged: they repeat those of earlier entries.

    Args:
        leaves: the chain, whole and in order.
        disclosures: by place in the chain the disclosures that still exist.
        withheld: by place in the chain the digests whose disclosures were kept back; None where
            none were handed on at all.
    """
    erased_by = {
        erased: seq
        for seq, leaf in enumerate(leaves)
        if leaf.type is EntryType.ERASED
        for erased in leaf.sd
    }
    found = []
    for seq, leaf in enumerate(leaves):
        if not leaf.sd or leaf.type is EntryType.ERASED:
            continue
        present = {digest(one) for one in disclosures.get(seq, ()) if one.isascii()}
        for committed in leaf.sd:
            verdict = Verdict.MISSING
            if committed in present:
                verdict = Verdict.OPENED
            elif erased_by.get(committed, seq) > seq:
                verdict = Verdict.ERASED
            elif withheld is None or committed in withheld.get(seq, ()):
                verdict = Verdict.WITHHELD
            found.append(DigestVerdict(seq=seq, digest=committed, verdict=verdict))
    return tuple(found)


def open_all(
    leaves: Sequence[Leaf], disclosures: Mapping[int, Sequence[str]]
) -> tuple[list[list[Disclosure]], list[tuple[int, str]]]:
    """What the entries of a chain commit to, as far as it opens, and what does not fit.

    Returns:
        For each leaf the disclosures whose digests it holds, and the faults, each by its place:
        a disclosure that no digest commits to, that cannot be read, or with a used salt.
    """
    opened: list[list[Disclosure]] = []
    faults = [
        (seq, "disclosed for no entry") for seq in disclosures if seq not in range(len(leaves))
    ]
    salts: set[bytes] = set()
    for seq, leaf in enumerate(leaves):
        opened.append([])
        committed = set() if leaf.type is EntryType.ERASED else set(leaf.sd)
        for disclosure in disclosures.get(seq, ()):
            try:
                committed.remove(digest(disclosure))
                read = decode(disclosure)
            except KeyError:
                faults.append((seq, "a disclosure that the entry does not commit to"))
            except DisclosureInvalid as error:
                faults.append((seq, f"a disclosure that cannot be read: {error}"))
            else:
                opened[seq].append(read)
                if read.salt in salts:
                    faults.append((seq, "a salt that was used before"))
                salts.add(read.salt)
    return opened, faults


def commitment_faults(
    leaves: Sequence[Leaf],
    judged: Sequence[DigestVerdict],
    withheld: Mapping[int, Collection[str]],
) -> Iterator[tuple[int, str]]:
    """Digests that neither open nor were erased on record, and records of what was not so."""
    committed: set[str] = set()
    for one in judged:
        if one.verdict is Verdict.MISSING:
            yield one.seq, f"{one.digest} does not open, and no entry says that it was erased"
    for seq, leaf in enumerate(leaves):
        if leaf.type is not EntryType.ERASED:
            committed.update(leaf.sd)
            continue
        for erased in leaf.sd:
            if erased not in committed:
                yield seq, f"{erased} is said to be erased, but no earlier entry holds it"
    rightly = {(one.seq, one.digest) for one in judged if one.verdict is Verdict.WITHHELD}
    for seq, digests in withheld.items():
        told: set[str] = set()
        for kept_back in digests:
            # What is no digest that waits for being opened, or is named twice.
            if (seq, kept_back) not in rightly or kept_back in told:
                yield seq, f"{kept_back} is said to be withheld, and is not"
            told.add(kept_back)


def _check_name(name: str) -> None:
    if not name or name in RESERVED_NAMES:
        raise DisclosureInvalid("/1: an empty or reserved name")


def _base64url(data: bytes) -> str:
    # What base64.urlsafe_b64encode does, in half its time: a verifier opens millions.
    text = binascii.b2a_base64(data, newline=False).decode("ascii")
    return text.rstrip("=").replace("+", "-").replace("/", "_")


def _bytes(text: str, pointer: str) -> bytes:
    """The bytes of unpadded base64url; of all texts for the same bytes only the usual one."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error):
        raise DisclosureInvalid(f"{pointer}: not base64url without padding") from None
    # Python skips characters that do not belong there; the way back shows it.
    if _base64url(data) != text:
        raise DisclosureInvalid(f"{pointer}: not base64url without padding")
    return data


def _parse(data: bytes) -> object:
    try:
        value = _decode(data.decode("utf-8"))
        if b"\\u" in data:
            # A lone surrogate can be written as an escape, but shown or stored by nobody.
            _json(value).encode()
    except DisclosureInvalid:
        raise
    except RecursionError:
        raise DisclosureInvalid("nested too deeply") from None
    except ValueError:
        raise DisclosureInvalid("not JSON in UTF-8") from None
    return value


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _unique(members: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(members)
    if len(value) < len(members):
        raise DisclosureInvalid("a member is repeated")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise DisclosureInvalid(f"{name} is not JSON")


# Made once: making it takes as long as decoding with it.
_decode: Final = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_constant).decode
