"""The lines of `disclosures.jsonl`: what digests stand for, as far as it is handed on.

A line belongs to one digest of one entry. With a disclosure it opens the digest; without one
(null) whoever wrote the file says that it does not hand it on, because the reader may not see it,
or because it was erased after the checkpoint. A digest without a line must be erased on record.

Source: LEDGER.md 2.8 and 5.
"""

import json
import re
from dataclasses import dataclass
from typing import Final

import rfc8785

from app.ledger.notes.text import FormatInvalid

_MEMBERS: Final = ("digest", "disclosure", "incident", "seq")
_DIGEST: Final = re.compile(r"[0-9A-Za-z_-]{43}", re.ASCII)
_INCIDENT: Final = re.compile(r"[0-9a-f-]{36}", re.ASCII)
_SEQ_MAX: Final = 10**15 - 1
# What our own lines look like; whatever fits is canonical.
_LINE: Final = re.compile(
    rb'\{"digest":"([0-9A-Za-z_-]{43})","disclosure":(?:null|"([!#-\[\]-~]+)"),'
    rb'"incident":"([0-9a-f-]{36})","seq":(0|[1-9][0-9]{0,14})\}\n'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosed:
    """One line.

    Attributes:
        incident: the incident's id.
        seq: the entry's number in it.
        digest: which of the entry's digests, 43 characters.
        disclosure: the string that was hashed; None where it is withheld.
    """

    incident: str
    seq: int
    digest: str
    disclosure: str | None


def disclosed_line(one: Disclosed) -> bytes:
    """The line in its one form (RFC 8785), ended by LF."""
    document = {
        "digest": one.digest,
        "disclosure": one.disclosure,
        "incident": one.incident,
        "seq": one.seq,
    }
    return rfc8785.dumps(document) + b"\n"


def parse_disclosed(line: bytes) -> Disclosed:
    """What a line says; `disclosed_line` of it gives the same bytes.

    Raises:
        FormatInvalid: another form, a member missing or unknown, or of the wrong type.
    """
    match = _LINE.fullmatch(line)
    if match is not None:
        digest, disclosure, incident, seq = match.groups()
        return Disclosed(
            incident=incident.decode(),
            seq=int(seq),
            digest=digest.decode(),
            disclosure=None if disclosure is None else disclosure.decode(),
        )
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        raise FormatInvalid("not JSON") from None
    if not isinstance(document, dict) or tuple(sorted(document)) != _MEMBERS:
        raise FormatInvalid("not an object with digest, disclosure, incident and seq")
    _check(document)
    one = Disclosed(**document)
    if disclosed_line(one) != line:
        raise FormatInvalid("not in canonical form (RFC 8785)")
    return one


def _check(document: dict[str, object]) -> None:
    for name, pattern in (("digest", _DIGEST), ("incident", _INCIDENT)):
        value = document[name]
        if not isinstance(value, str) or pattern.fullmatch(value) is None:
            raise FormatInvalid(f"/{name}: of another form")
    seq, disclosure = document["seq"], document["disclosure"]
    if type(seq) is not int or not 0 <= seq <= _SEQ_MAX:
        raise FormatInvalid("/seq: of another form")
    if disclosure is not None and not isinstance(disclosure, str):
        raise FormatInvalid("/disclosure: of another form")
