"""What can be wrong with an incident, as somebody sees it who was not there when it was decided."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from app.channels.channel import rfc3339
from app.commands.audit.finding import Check, Finding
from app.commands.audit.stored.documents import Documents
from app.commands.audit.verify_incident import verify_incident
from app.ledger.judge.course import Course
from app.ledger.judge.planned import planned
from app.ledger.verify import Rule
from app.models.columns import milliseconds
from app.store.audit.verification import StoredChain

# How long something may be late before people are told: a surge is no fault.
OVERDUE_AFTER: Final = timedelta(seconds=30)
UNSENT_AFTER: Final = timedelta(seconds=60)


class Fault(StrEnum):
    """The kinds of faults; each is told once for each incident."""

    # The entries are not in order, or what they disclose is not what they commit to.
    CHAIN = "chain"
    # Somebody was asked, held, or was passed over, otherwise than the protocol has it.
    TRANSFER = "transfer"
    # The row, the columns, pages or messages are not what the entries say.
    ROW = "row"
    # What the protocol asks for by now has not happened.
    OVERDUE = "overdue"
    # A message waits, or a page has none.
    UNSENT = "unsent"


# Faults of time alone: they may be over before anybody reads of them, so they are seen twice.
PASSING: Final = frozenset({Fault.OVERDUE, Fault.UNSENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was seen of one incident: its faults, each with what is known of it."""

    incident_id: str
    municipality_id: str
    faults: Mapping[Fault, str]


def look(
    chains: Sequence[StoredChain], unsent: Collection[str], now: datetime, documents: Documents
) -> Sequence[Seen]:
    """What is wrong with each of these incidents at `now`.

    Args:
        chains: as they were stored a moment ago.
        unsent: those of which a message waits too long, or a page has no message.
        now: the instant.
        documents: what was read of protocols.
    """
    return [_seen(one, one.incident_id in unsent, now, documents) for one in chains]


def _seen(stored: StoredChain, is_unsent: bool, now: datetime, documents: Documents) -> Seen:  # noqa: FBT001  # private
    examined = verify_incident(stored, documents)
    faults: dict[Fault, str] = {}
    for one in examined.findings:
        faults.setdefault(_kind(one), f"{one.rule} {one.seq}: {one.detail}")
    late = _overdue(stored, examined.course, now)
    if late is not None:
        faults[Fault.OVERDUE] = late
    if is_unsent:
        faults[Fault.UNSENT] = "a message waits, or a page has none"
    log_ids = [row["log_id"] for row in stored.entries[:1]]
    municipality_id = stored.incident["municipality_id"] if stored.incident else ""
    return Seen(
        incident_id=stored.incident_id,
        municipality_id=str(log_ids[0] if log_ids else municipality_id),
        faults=faults,
    )


def _kind(found: Finding) -> Fault:
    if found.rule is Rule.R7:
        return Fault.TRANSFER
    return Fault.ROW if isinstance(found.rule, Check) else Fault.CHAIN


def _overdue(stored: StoredChain, course: Course | None, now: datetime) -> str | None:
    """What should have happened by the entries and the protocol, or at least by the row's timer."""
    latest = now - OVERDUE_AFTER
    for one in planned(course) if course is not None else ():
        if one.due < latest:
            return f"{one.what} was due {rfc3339(one.due)}, and no entry tells of it"
    wake_at = stored.incident["wake_at"] if stored.incident else None
    if isinstance(wake_at, int) and wake_at < milliseconds(latest):
        return "its timer has run out, and nothing has happened"
    return None
