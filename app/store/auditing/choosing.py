"""Which incidents the auditor looks at next. Reads alone, on indices, without a lock."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final, NamedTuple

from sqlalchemy import bindparam, text
from sqlmodel import Session

from app.models.columns import milliseconds

CLOSED: Final = "closed"
# Entries that are read in a round, in search of those that closed an incident.
_ENTRIES_MAX: Final = 2_000

_OVERDUE: Final = text("""
    SELECT id FROM incident WHERE wake_at IS NOT NULL AND wake_at < :before
    ORDER BY wake_at LIMIT :limit
""")
_UNSENT: Final = text("""
    SELECT DISTINCT incident_id FROM
      (SELECT incident_id FROM delivery WHERE status = 'pending' AND due_at < :before
       ORDER BY due_at LIMIT :limit) AS waiting
    WHERE incident_id IS NOT NULL
""")
_AT_FAULT: Final = text("""
    SELECT DISTINCT incident_id FROM audit_fault
    WHERE ended_at IS NULL AND incident_id > :after ORDER BY incident_id LIMIT :limit
""")
# By the client: for that there is an index over the open ones alone.
_OPEN: Final = text("""
    SELECT client_id, id FROM incident
    WHERE closed_at IS NULL AND client_id >= :client AND (client_id > :client OR id > :incident)
    ORDER BY client_id, id LIMIT :limit
""")
_ENTRIES: Final = text("""
    SELECT id, incident_id, type, appended_at FROM ledger_entry WHERE id > :after
    ORDER BY id LIMIT :limit
""")
_NEWEST: Final = text("SELECT max(id) FROM ledger_entry")
_PROGRESS: Final = text("SELECT entry_id FROM audit_progress WHERE name = :name")
_UNSENT_OF: Final = text("""
    SELECT incident_id FROM delivery
    WHERE incident_id IN :ids AND status = 'pending' AND due_at < :before
    UNION
    SELECT p.incident_id FROM page p LEFT JOIN delivery d ON d.page_id = p.id
    WHERE p.incident_id IN :ids AND d.id IS NULL
""").bindparams(bindparam("ids", expanding=True))


class Place(NamedTuple):
    """Where the tour of the open incidents stands: after this client's incident."""

    client_id: str = ""
    incident_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What to look at: incidents, where the tour goes on, and the last entry that was seen."""

    incident_ids: Sequence[str]
    place: Place
    fault_place: str
    entry_id: int


def choose(
    session: Session,
    *,
    place: Place,
    fault_place: str,
    overdue: datetime,
    unsent: datetime,
    settled: datetime,
    limit: int,
) -> Chosen:
    """At most five times `limit` incidents.

    Those whose timer ran out before `overdue`, or whose messages were due before `unsent`; those at
    fault, in turn; some of the open ones, in turn; and those that were closed before `settled`
    since the last look: a younger entry may still hide one that was begun before it.
    """
    run = session.connection().execute
    ids = dict.fromkeys(run(_OVERDUE, {"before": milliseconds(overdue), "limit": limit}).scalars())
    ids |= dict.fromkeys(run(_UNSENT, {"before": milliseconds(unsent), "limit": limit}).scalars())
    at_fault = run(_AT_FAULT, {"after": fault_place, "limit": limit}).scalars().all()
    tour = run(
        _OPEN, {"client": place.client_id, "incident": place.incident_id, "limit": limit}
    ).all()
    closed = list(islice(_closed(session, settled), limit))
    ids |= dict.fromkeys([*at_fault, *(row.id for row in tour)])
    ids |= dict.fromkeys(incident_id for _, incident_id in closed if incident_id is not None)
    is_round = len(tour) < limit
    return Chosen(
        incident_ids=list(ids),
        place=Place() if is_round else Place(tour[-1].client_id, tour[-1].id),
        fault_place="" if len(at_fault) < limit else at_fault[-1],
        entry_id=closed[-1][0] if closed else _seen_or_newest(session),
    )


def seen_entry(session: Session) -> int | None:
    """The last entry that was seen; None before the very first look."""
    found: int | None = session.connection().execute(_PROGRESS, {"name": CLOSED}).scalar()
    return found


def unsent_of(session: Session, ids: Collection[str], before: datetime) -> frozenset[str]:
    """Those incidents of which a message has waited since before, or a page has no message."""
    if not ids:
        return frozenset()
    found = session.connection().execute(
        _UNSENT_OF, {"ids": list(ids), "before": milliseconds(before)}
    )
    return frozenset(found.scalars())


def _seen_or_newest(session: Session) -> int:
    """What was closed before the very first look is for `ledger verify`."""
    seen = seen_entry(session)
    if seen is not None:
        return seen
    return session.connection().execute(_NEWEST).scalar() or 0


def _closed(session: Session, settled: datetime) -> Iterator[tuple[int, str | None]]:
    """What was closed since the last look, by its entry; and the last entry that was passed."""
    after = _seen_or_newest(session)
    passed = after
    for row in session.connection().execute(_ENTRIES, {"after": after, "limit": _ENTRIES_MAX}):
        if row.appended_at > milliseconds(settled):
            break
        passed = row.id
        if row.type == CLOSED:
            yield row.id, row.incident_id
    if passed != after:
        yield passed, None
