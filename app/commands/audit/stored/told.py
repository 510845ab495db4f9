"""What the entries of an incident disclose of its row."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from app.ledger.entry import Leaf
from app.ledger.words import Cause, EntryType
from app.models.columns import milliseconds


def told_by(chain: Sequence[Leaf], opened: Sequence[Iterable[Any]]) -> dict[str, object]:
    """The row's columns that entries disclose; what came later counts."""
    told: dict[str, object] = {}
    for leaf, disclosures in zip(chain, opened, strict=True):
        facts = {one.name: one.value for one in disclosures}
        match leaf.type:
            case EntryType.OPENED:
                told |= _told_at_opening(facts)
            case EntryType.RECLASSIFIED:
                told |= {name: facts[name] for name in ("type", "severity") if name in facts}
            case EntryType.CLOSED if leaf.cause is Cause.CANCELLED:
                told["outcome"] = "false_alarm"
            case EntryType.CLOSED if "outcome" in facts:
                told["outcome"] = facts["outcome"]
            case _:
                pass
    return told


def _told_at_opening(facts: Mapping[str, Any]) -> dict[str, object]:
    told: dict[str, object] = {}
    client, incident, protocol = (facts.get(one) for one in ("client", "incident", "protocol"))
    if isinstance(client, dict):
        told["client_id"] = client.get("id")
    if isinstance(incident, dict):
        told |= {name: incident.get(name) for name in ("type", "severity")}
        told["occurred_at"] = milliseconds(datetime.fromisoformat(incident["occurred_at"]))
    if isinstance(protocol, dict):
        told["protocol_version_id"] = protocol.get("id")
        told["protocol_version"] = protocol.get("number")
    return told
