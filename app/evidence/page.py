"""Who was responsible, as a page to print on A4: it stands alone, and loads nothing."""

import base64
import hashlib
import io
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from segno import DataOverflowError

from app.evidence.wording import KINDS, words_of
from app.ledger.binding import party_of
from app.ledger.disclosure import Disclosure, DisclosureInvalid, decode
from app.ledger.entry import Leaf, leaf_hash, parse_leaf
from app.ledger.exports.disclosed import Disclosed
from app.ledger.interval import Interval, holder_changes, intervals
from app.ledger.notes.text import encode64

HERE: Final = Path(__file__).parent
TEMPLATE: Final = "page.html"
# Japan has had no daylight saving since 1951.
JAPAN: Final = timezone(timedelta(hours=9), "JST")
STYLE: Final = (HERE / "page.css").read_text("utf-8")
# By which a browser knows the page's own style, and lets no other in.
STYLE_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; frame-ancestors 'none';"
    " base-uri 'none'; form-action 'none'"
)


def page_html(
    *,
    incident_id: str,
    leaves: Sequence[bytes],
    places: Sequence[int],
    disclosed: Sequence[Disclosed],
    checkpoint: str,
    verifier_key: str,
    waiting: int,
) -> str:
    """The page, in Japanese with English beneath.

    Args:
        incident_id: of which incident.
        leaves: its sealed entries from the first on.
        places: theirs in the log.
        disclosed: what the reader may see of what they disclose.
        checkpoint: the signed note.
        verifier_key: the line of log.vkey.
        waiting: how many entries are younger than the checkpoint.

    Raises:
        LeafInvalid: an entry is no leaf.
        ValueError: the entries are no chain.
    """
    chain = [parse_leaf(leaf) for leaf in leaves]
    opened = list(_opened(disclosed))
    parties = {
        party.pseudonym: one.value
        for one in opened
        if (party := party_of(one)) is not None and isinstance(one.value, dict)
    }
    derived = intervals(holder_changes(chain))
    facts = {one.name: one.value for one in opened if one.name in {"incident", "client"}}
    return (
        _environment()
        .get_template(TEMPLATE)
        .render(
            style=STYLE,
            incident_id=incident_id,
            kind=_member(facts.get("incident"), "type"),
            client_code=_member(facts.get("client"), "code"),
            is_drill=chain[0].drill,
            opened_at=_japanese(chain[0].at),
            rows=[_row(one, parties) for one in derived],
            last=_last(chain, leaves, places),
            count=len(chain),
            checkpoint=checkpoint,
            verifier_key=verifier_key.strip(),
            code=checkpoint_code(checkpoint),
            waiting=waiting,
        )
    )


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def checkpoint_code(checkpoint: str) -> str | None:
    """The checkpoint as a QR code: an SVG of which every byte of the note can be read again.

    None if it does not fit: the signatures of some fifteen witnesses are too many.
    """
    stream = io.BytesIO()
    try:
        code = segno.make(checkpoint, error="m", encoding="utf-8", mode="byte", micro=False)
    except DataOverflowError:
        return None
    code.save(stream, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=4)
    return stream.getvalue().decode().strip()


def _opened(disclosed: Sequence[Disclosed]) -> list[Disclosure]:
    found = []
    for one in disclosed:
        try:
            if one.disclosure is not None:
                found.append(decode(one.disclosure))
        except DisclosureInvalid:
            continue  # what cannot be read is the verifier's matter
    return found


def _row(one: Interval[str], parties: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    party = parties.get(one.holder, {})
    until = one.until_at
    return {
        "pseudonym": one.holder,
        "name": party.get("name"),
        "organisation": party.get("organisation"),
        "kind": KINDS.get(str(party.get("kind"))),
        "from": _japanese(one.from_at),
        "to": None if until is None else _japanese(until),
        "length": None if until is None else _length(until - one.from_at),
        "cause": words_of(one.cause) if one.cause else None,
        "basis": words_of(one.basis) if one.basis else None,
        "step": one.step,
    }


def _last(chain: Sequence[Leaf], leaves: Sequence[bytes], places: Sequence[int]) -> dict[str, Any]:
    return {
        "seq": chain[-1].seq,
        "at": _japanese(chain[-1].at),
        "place": places[-1],
        "hash": encode64(leaf_hash(leaves[-1])),
        "is_closed": any(leaf.type == "closed" for leaf in chain),
        # Of whom nothing is left, nobody has to be told.
        "is_recorded": not any(leaf.type == "erased" for leaf in chain),
    }


def _member(value: object, name: str) -> str | None:
    found = value.get(name) if isinstance(value, dict) else None
    return None if found is None else str(found)


def _japanese(at: datetime) -> str:
    there = at.astimezone(JAPAN)
    return f"{there:%Y-%m-%d %H:%M:%S}.{there.microsecond // 1000:03}"


def _length(length: timedelta) -> str:
    if length < timedelta(seconds=1):
        return f"0:00:00.{length // timedelta(milliseconds=1):03}"
    total = int(length.total_seconds())
    hours, rest = divmod(total, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"
