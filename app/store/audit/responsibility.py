"""Who was responsible when: what the ledger's entries say of the holders, found by index.

Only changes of the holder are read here, through the partial indexes over them or through the
chain of one incident; the intervals are derived by `app/ledger/interval.py` and stored nowhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select, text
from sqlmodel import Session

from app.ledger.interval import HolderChange
from app.ledger.words import HOLDER_CHANGES, Basis, Cause, EntryType
from app.models.incident import IncidentRow
from app.models.ledger import CHANGES, LedgerEntryRow
from app.store.audit.entry import is_seen, table
from app.store.directory.directory import Sight

# Nearly every incident is over within a day: one that was open at an instant for longer is looked
# for among the few long ones, every other among the changes of the day before.
LONG: Final = timedelta(days=1)

# Literal, because a partial index serves only the very condition that it was made with.
_IS_CHANGE: Final = text(f"ledger_entry.{CHANGES}")
_IS_LONG: Final = text(
    "(incident.closed_at IS NULL OR incident.closed_at - incident.opened_at > 86400000)"
)


class Key(NamedTuple):
    """Where a change stands in the order of all: by instant, then as they were appended."""

    at: datetime
    entry_id: int


class Lane(NamedTuple):
    """A set of changes that an index gives in order of time."""

    by: Literal["log", "party", "client", "incident"]
    id: str

    @property
    def is_short(self) -> bool:
        """Whether all its changes are few enough to be looked through."""
        return self.by in {"client", "incident"}


class Window(NamedTuple):
    """The instants that an interval must overlap: `from_at` included, `to_at` not."""

    from_at: datetime | None
    to_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A change by which somebody began to hold."""

    key: Key
    incident_id: str
    seq: int
    holder_id: str
    cause: str | None
    client_id: str
    is_drill: bool
    # Whether the incident is the caller's matter.
    is_seen: bool


def find_starts(
    session: Session, lane: Lane, window: Window, *, sight: Sight, after: Key | None, limit: int
) -> list[Start]:
    """The next changes of a lane by which somebody began to hold, in order.

    In a lane that is not short: those of the day before the window and later; what began earlier
    and went on into the window is for `find_long_starts`.
    """
    entry, incident = table(LedgerEntryRow).c, table(IncidentRow).c
    query = _starts(sight).where(_is_in(lane))
    if window.from_at is not None:
        # The incident's end is known here, and spares most of what ended before the window.
        query = query.where(
            or_(
                entry.at >= window.from_at,
                incident.closed_at.is_(None),
                incident.closed_at > window.from_at,
            )
        )
        if not lane.is_short:
            query = query.where(entry.at >= window.from_at - LONG)
    if window.to_at is not None:
        query = query.where(entry.at < window.to_at)
    return _fetch_starts(session, query, after, limit)


def find_long_starts(
    session: Session,
    log_id: str,
    from_at: datetime,
    *,
    sight: Sight,
    after: Key | None,
    limit: int,
) -> list[Start]:
    """Who held in a log at `from_at` for longer than a day already, in order of beginning."""
    entry, incident = table(LedgerEntryRow).c, table(IncidentRow).c
    change = table(LedgerEntryRow).alias("change").c
    last = (
        select(func.max(change.seq))
        .where(
            change.incident_id == incident.id,
            change.type.in_(sorted(HOLDER_CHANGES)),
            change.at <= from_at,
        )
        .scalar_subquery()
    )
    query = _starts(sight).where(
        _IS_LONG,
        incident.municipality_id == log_id,
        incident.opened_at < from_at - LONG,
        or_(incident.closed_at.is_(None), incident.closed_at > from_at),
        entry.seq == last,
        entry.at < from_at - LONG,
    )
    return _fetch_starts(session, query, after, limit)


def changes_of(
    session: Session, incident_ids: Iterable[str]
) -> dict[str, list[tuple[int, HolderChange[str]]]]:
    """All changes of the holder of these incidents, each with its `seq`, in order."""
    entry = table(LedgerEntryRow).c
    found: dict[str, list[tuple[int, HolderChange[str]]]] = {one: [] for one in incident_ids}
    query = (
        select(entry.incident_id, entry.seq, entry.at, entry.type, entry.cause, entry.basis)
        .add_columns(entry.to_id, entry.step)
        .where(entry.incident_id.in_(list(found)), entry.type.in_(sorted(HOLDER_CHANGES)))
        .order_by(entry.incident_id, entry.seq)
    )
    for row in session.connection().execute(query):
        change = HolderChange(
            at=row.at,
            type=EntryType(row.type),
            cause=Cause(row.cause) if row.cause else None,
            basis=Basis(row.basis) if row.basis else None,
            holder=row.to_id,
            step=row.step,
        )
        found[row.incident_id].append((row.seq, change))
    return found


def _starts(sight: Sight) -> Select[Any]:
    entry, incident = table(LedgerEntryRow).c, table(IncidentRow).c
    return (
        select(entry.id, entry.at, entry.incident_id, entry.seq, entry.to_id, entry.cause)
        .add_columns(incident.client_id, incident.drill, is_seen(sight).label("is_seen"))
        .where(_IS_CHANGE, entry.to_id.is_not(None), incident.id == entry.incident_id)
        .order_by(entry.at, entry.id)
    )


def _fetch_starts(
    session: Session, query: Select[Any], after: Key | None, limit: int
) -> list[Start]:
    entry = table(LedgerEntryRow).c
    if after is not None:
        later = and_(entry.at == after.at, entry.id > after.entry_id)
        query = query.where(entry.at >= after.at, or_(entry.at > after.at, later))
    return [_start(row) for row in session.connection().execute(query.limit(limit))]


def _start(row: Row[*tuple[Any, ...]]) -> Start:
    return Start(
        key=Key(row.at, row.id),
        incident_id=row.incident_id,
        seq=row.seq,
        holder_id=row.to_id,
        cause=row.cause,
        client_id=row.client_id,
        is_drill=bool(row.drill),
        is_seen=bool(row.is_seen),
    )


def _is_in(lane: Lane) -> ColumnElement[bool]:
    entry, incident = table(LedgerEntryRow).c, table(IncidentRow).c
    column = {
        "log": entry.log_id,
        "party": entry.to_id,
        "client": incident.client_id,
        "incident": entry.incident_id,
    }[lane.by]
    return column == lane.id
