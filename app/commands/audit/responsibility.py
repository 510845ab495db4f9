"""Reading who was responsible: for one incident, at an instant, or across all that one may see."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from app.auth import Principal
from app.commands.audit.interval_search import FoundInterval, Search, Wanted
from app.commands.audit.naming import Naming, naming_for
from app.installation.answer import NotFound
from app.installation.installation import Installation
from app.ledger.interval import Interval, intervals
from app.store.audit.entry import IncidentFacts, client_facts_at, facts_of
from app.store.audit.responsibility import Key, changes_of
from app.store.directory.client import get_client
from app.writer.message import rfc3339

OPEN_MAX: Final = 500
STREAMED_AT_ONCE: Final = 500
TICK: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalPage:
    """Some intervals as they are shown, and where the next page begins; None on the last one.

    A page may hold fewer than asked for, even none, and still not be the last.
    """

    items: Sequence[dict[str, object]]
    next: Key | None


async def read_responsibility(
    installation: Installation, principal: Principal, incident_id: str
) -> dict[str, object]:
    """The intervals of one incident, contiguous, in order.

    Raises:
        NotFound: there is no such incident, or it is not the caller's.
    """

    def look(session: Session) -> dict[str, object]:
        facts = _seen(session, principal, incident_id)
        derived = _derived(session, incident_id)
        naming = naming_for(session, principal, {one.holder for one in derived})
        return {
            "incident_id": facts.id,
            "status": facts.status,
            "drill": facts.drill,
            "intervals": [_shown(one, facts, naming) for one in derived],
        }

    return await installation.database.read(look)


async def read_holder_at(
    installation: Installation, principal: Principal, incident_id: str, at: datetime
) -> dict[str, object]:
    """Who held an incident at an instant; the holder is null outside [opened, closed).

    Raises:
        NotFound: there is no such incident, or it is not the caller's.
    """

    def look(session: Session) -> dict[str, object]:
        facts = _seen(session, principal, incident_id)
        return {"time": rfc3339(at), **_holding(session, principal, [facts], at)[0]}

    return await installation.database.read(look)


async def read_holders_at(
    installation: Installation, principal: Principal, client_id: str, at: datetime
) -> dict[str, object]:
    """Who held the incidents of a client that were open at an instant.

    Raises:
        NotFound: there is no such client, or neither they nor their incidents are the caller's.
    """

    def look(session: Session) -> dict[str, object]:
        sight = principal.sight
        found = client_facts_at(session, client_id, at, sight=sight, limit=OPEN_MAX)
        if not found and get_client(session, client_id=client_id, sight=sight) is None:
            raise NotFound
        items = _holding(session, principal, found, at)
        return {"time": rfc3339(at), "client_id": client_id, "items": items}

    return await installation.database.read(look)


async def read_intervals(
    installation: Installation,
    principal: Principal,
    wanted: Wanted,
    *,
    after: Key | None = None,
    limit: int,
) -> IntervalPage:
    """The next intervals across incidents, in the order in which they began.

    Raises:
        RoleForbids: an auditor asks for somebody whom it knows by pseudonyms only.
    """

    def look(session: Session) -> IntervalPage:
        search = Search(session, principal, wanted)
        found, following = search.page(after, limit)
        naming = naming_for(session, principal, {one.interval.holder for one in found})
        facts = facts_of(session, {one.incident_id for one in found}, sight=principal.sight)
        items = [_listed(one, facts[one.incident_id], naming) for one in found]
        return IntervalPage(items=items, next=following)

    return await installation.database.read(look)


async def stream_intervals(
    installation: Installation, principal: Principal, wanted: Wanted, *, after: Key | None
) -> AsyncIterator[IntervalPage]:
    """All intervals that have begun by now, page by page, each from a snapshot of its own."""
    now = installation.clock() + TICK
    wanted = replace(wanted, to_at=min(wanted.to_at or now, now))
    while True:
        page = await read_intervals(
            installation, principal, wanted, after=after, limit=STREAMED_AT_ONCE
        )
        yield page
        if page.next is None:
            return
        after = page.next


def _seen(session: Session, principal: Principal, incident_id: str) -> IncidentFacts:
    facts = facts_of(session, [incident_id], sight=principal.sight).get(incident_id)
    if facts is None:
        raise NotFound
    return facts


def _derived(session: Session, incident_id: str) -> tuple[Interval[str], ...]:
    changes = changes_of(session, [incident_id])[incident_id]
    return intervals([change for _, change in changes])


def _holding(
    session: Session, principal: Principal, incidents: Sequence[IncidentFacts], at: datetime
) -> list[dict[str, object]]:
    changes = changes_of(session, [one.id for one in incidents])
    held = {
        incident_id: _running(intervals([change for _, change in its]), at)
        for incident_id, its in changes.items()
    }
    holders = {one.holder for one in held.values() if one}
    naming = naming_for(session, principal, holders)
    return [_held(one, held[one.id], naming) for one in incidents]


def _running(derived: Sequence[Interval[str]], at: datetime) -> Interval[str] | None:
    return next(
        (
            one
            for one in derived
            if one.from_at <= at and (one.until_at is None or at < one.until_at)
        ),
        None,
    )


def _held(
    facts: IncidentFacts, interval: Interval[str] | None, naming: Naming
) -> dict[str, object]:
    if interval is None:
        nobody = dict.fromkeys(("holder", "cause", "basis", "since", "step"))
        return {"incident_id": facts.id, **nobody}
    return {
        "incident_id": facts.id,
        "holder": naming.view(interval.holder, facts.pseudonyms),
        "cause": interval.cause,
        "basis": interval.basis,
        "since": rfc3339(interval.from_at),
        "step": interval.step,
    }


def _shown(interval: Interval[str], facts: IncidentFacts, naming: Naming) -> dict[str, object]:
    return {
        "holder": naming.view(interval.holder, facts.pseudonyms),
        "from": rfc3339(interval.from_at),
        "to": rfc3339(interval.until_at),
        "cause": interval.cause,
        "basis": interval.basis,
        "step": interval.step,
        "protocol_version": facts.protocol_version,
    }


def _listed(found: FoundInterval, facts: IncidentFacts, naming: Naming) -> dict[str, object]:
    return {
        "incident_id": facts.id,
        "client_id": facts.client_id,
        "drill": facts.drill,
        **_shown(found.interval, facts, naming),
    }
