"""One leaf to the byte, and the members of any leaf by the words of the format."""

import base64
from datetime import UTC, datetime
from typing import Any

from app.ledger.entry import Basis, Cause, EntryType, Leaf

D1 = "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"
D2 = "jmRFYwDMcHx6I83y5O9VyHjNDnzawPacMySZR2X7zsY"

# The same second entry with all members. It must never change: old leaves stay readable.
GOLDEN = (
    b'{"actor":"h2","at":"2026-11-23T03:04:12.345Z","basis":"acceptance","cause":"acknowledged",'
    b'"drill":false,"due":"2026-11-23T03:03:00.000Z","from":"h1",'
    b'"incident":"0b9f6c1e-6c1f-4b6b-9c0f-3f1c2a7d5e11",'
    b'"prev":"85PMmaCU3jcPTt88oHFja47kLP5jPBZhS5Kx0lPFyWQ=","round":1,'
    b'"sd":["jmRFYwDMcHx6I83y5O9VyHjNDnzawPacMySZR2X7zsY"],"seq":1,"step":2,"to":"h2",'
    b'"type":"transferred","v":"responsibility/1"}'
)
GOLDEN_LEAF = Leaf(
    incident="0b9f6c1e-6c1f-4b6b-9c0f-3f1c2a7d5e11",
    seq=1,
    prev=base64.b64decode("85PMmaCU3jcPTt88oHFja47kLP5jPBZhS5Kx0lPFyWQ="),
    at=datetime(2026, 11, 23, 3, 4, 12, 345_000, tzinfo=UTC),
    type=EntryType.TRANSFERRED,
    cause=Cause.ACKNOWLEDGED,
    basis=Basis.ACCEPTANCE,
    from_="h1",
    to="h2",
    actor="h2",
    step=2,
    round=1,
    due=datetime(2026, 11, 23, 3, 3, tzinfo=UTC),
    sd=(D2,),
    drill=False,
)


def members_of(leaf: Leaf) -> dict[str, Any]:
    """The members by the words of LEDGER.md 2.7, written without looking at the code."""

    def text(at: datetime) -> str:
        return at.strftime(f"{at.year:04d}-%m-%dT%H:%M:%S.{at.microsecond // 1000:03d}Z")

    return {
        "v": "responsibility/1",
        "incident": leaf.incident,
        "seq": leaf.seq,
        "prev": base64.standard_b64encode(leaf.prev).decode() if leaf.prev is not None else None,
        "at": text(leaf.at),
        "type": leaf.type.value,
        "cause": leaf.cause and leaf.cause.value,
        "basis": leaf.basis and leaf.basis.value,
        "from": leaf.from_,
        "to": leaf.to,
        "actor": leaf.actor,
        "step": leaf.step,
        "round": leaf.round,
        "due": leaf.due and text(leaf.due),
        "sd": list(leaf.sd),
        "drill": leaf.drill,
    }
