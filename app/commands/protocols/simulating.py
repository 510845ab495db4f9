"""A dry run of a document by the production rules, told as a timeline."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.channels.channel import rfc3339
from app.commands.directory.protocols import Document, FindSubject
from app.commands.protocols.checking import Checked, read_for_check
from app.cover.rehearsal import Answer, Happening, Rehearsal, rehearse
from app.escalation.network import Network
from app.escalation.party import PartyId
from app.installation.answer import FieldError, FieldsInvalid, refuse
from app.installation.installation import Installation
from app.ledger import words as ledger_words
from app.ledger.interval import HolderChange, intervals
from app.protocols.kinds import IncidentType, Severity, default_severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What is reported when, and who answers how; without an instant: now."""

    incident_type: IncidentType
    severity: Severity | None
    at: datetime | None
    answers: Sequence[Answer]


async def simulate(
    installation: Installation,
    find_subject: FindSubject,
    document: Document | None,
    script: Script,
) -> dict[str, object]:
    """What would happen: entries in order, who would hold when, what everybody would receive.

    Raises:
        NotFound, RoleForbids: as `find_subject` does; or there is no document and none published.
        FieldsInvalid: the document is wrong, or somebody who answers is unknown.
    """
    read = await read_for_check(installation, find_subject, document)
    problems = read.report.errors if isinstance(read, Checked) else read
    refuse(FieldError(pointer=f"/document{one.pointer}", detail=one.detail) for one in problems)
    if not isinstance(read, Checked):
        raise FieldsInvalid
    refuse(_strangers(read.network, script))
    past = await asyncio.to_thread(
        rehearse,
        read.network,
        incident_type=script.incident_type,
        severity=script.severity or default_severity(script.incident_type),
        at=script.at or installation.clock(),
        answers=script.answers,
    )
    return told(past, read.network)


def _strangers(network: Network, script: Script) -> Iterator[FieldError]:
    for number, answer in enumerate(script.answers):
        if answer.party_id is not None and answer.party_id not in network.parties:
            yield FieldError(
                pointer=f"/answers/{number}/party_id",
                detail="Must be somebody whom the protocol names, or a person of its desks.",
            )


def told(past: Rehearsal, network: Network) -> dict[str, object]:
    """What programs read of a rehearsal."""
    opened_at = past.timeline[0].at
    protocol = network.protocol
    assert protocol is not None, "a protocol was rehearsed"
    return {
        "opened_at": rfc3339(opened_at),
        "ended_at": rfc3339(past.ended_at),
        "status": past.incident.status.value,
        "exhausted": past.incident.exhausted,
        "variant": protocol.variants[past.incident.variant].name,
        "timeline": [_line(one, opened_at, network) for one in past.timeline],
        "intervals": list(_intervals(past, network)),
        "messages": [
            {
                "at": rfc3339(one.at),
                "after_seconds": (one.at - opened_at).total_seconds(),
                "party": _party(one.party_id, network),
                "channel": _channel(one.party_id, one.contact_point_id, network),
                "type": f"incident.{one.kind.value}",
            }
            for one in past.messages
        ],
    }


def _line(one: Happening, opened_at: datetime, network: Network) -> dict[str, object]:
    when: dict[str, object] = {
        "at": rfc3339(one.at),
        "after_seconds": (one.at - opened_at).total_seconds(),
    }
    if one.entry is None:
        assert one.refused is not None, "a line is an entry or a refusal"
        answer, detail = one.refused
        party = _party(answer.party_id, network)
        return when | {"type": "refused", "act": answer.act.value, "party": party, "detail": detail}
    entry = one.entry
    return when | {
        "type": entry.type.value,
        "party": _party(PartyId(entry.actor_id), network),
        "from": _party(entry.from_id, network),
        "to": _party(entry.to_id, network),
        "cause": entry.cause.value if entry.cause else None,
        "basis": entry.basis.value if entry.basis else None,
        "step": entry.step,
        "round": entry.round,
    }


def _intervals(past: Rehearsal, network: Network) -> Iterator[dict[str, object]]:
    """Who would hold when; the last one may be open."""
    changes = [
        HolderChange(
            at=one.at,
            type=ledger_words.EntryType(one.entry.type),
            cause=ledger_words.Cause(one.entry.cause) if one.entry.cause else None,
            basis=ledger_words.Basis(one.entry.basis) if one.entry.basis else None,
            holder=one.entry.to_id,
            step=one.entry.step,
        )
        for one in past.timeline
        if one.entry and one.entry.type.value in ledger_words.HOLDER_CHANGES
    ]
    for one in intervals(changes):
        yield {
            "holder": _party(one.holder, network),
            "from": rfc3339(one.from_at),
            "to": rfc3339(one.until_at) if one.until_at else None,
            "cause": one.cause,
            "basis": one.basis,
            "step": one.step,
        }


def _party(party_id: PartyId | None, network: Network) -> Mapping[str, object] | None:
    party = network.parties.get(party_id) if party_id else None
    if party is None:
        return None
    return {"id": party.id, "kind": party.kind.value, "name": party.name}


def _channel(party_id: PartyId | None, point_id: str | None, network: Network) -> str | None:
    party = network.parties.get(party_id) if party_id else None
    points = party.contact_points if party else ()
    return next((point.channel for point in points if point.id == point_id), None)
