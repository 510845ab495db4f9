"""Some watched protocols looked at again: proved where anything changed, compared, written."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from app.cover.timetable import Timetable
from app.database import Transaction
from app.installation.installation import Installation
from app.models.columns import instant, milliseconds
from app.rosters.interval import Spans
from app.store.watch.lease import keep_lease
from app.store.watch.problems import (
    Missed,
    ProblemKind,
    Stored,
    load_problems,
    replace_problems,
)
from app.store.watch.subjects import (
    Lost,
    Watched,
    WatchState,
    load_watched,
    mark_checked,
    save_states,
    set_watched_parties,
)
from app.telemetry import LOOP_FAILURES, RECHECK_SECONDS, timed
from app.watch.comparison import Look, Outcome, compare
from app.watch.foresight import LISTED_FOR, Foreseen, foresee
from app.watch.reading import Parties, Readable, read_watched

log = structlog.get_logger()
_SPREAD_HOURS: Final = 20 * 24
_DAY: Final = timedelta(days=1)


class LeaseLost(Exception):
    """Another process watches now; what was found here is not written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proved:
    readable: Readable
    foreseen: Foreseen


async def recheck(
    installation: Installation, holder: str, watch_ids: Sequence[str], parties: Parties, rules: str
) -> int:
    """Look at these again, in one go; returns how many had to be proved.

    What was lost or regained is left in the database as untold, in the transaction that forgets
    what was known before: a crash at any instant loses no news.

    Raises:
        LeaseLost: another process has taken over.
    """
    with timed(RECHECK_SECONDS):
        async with installation.database.transaction() as tx:
            watched = await load_watched(tx, watch_ids)
        now = installation.clock()
        readable = await read_watched(installation.database, parties, watched, rules=rules)
        stale = [one for one in readable if not _stands(one, now)]
        timetable = parties.timetable(now)
        proved = [one for each in stale if (one := await _proved(each, now, timetable))]
        async with installation.database.transaction() as tx:
            if not await keep_lease(tx, holder, now):
                raise LeaseLost(LeaseLost.__doc__)
            await mark_checked(tx, watch_ids, now)
            await _write(tx, proved, now)
    return len(proved)


def _stands(readable: Readable, now: datetime) -> bool:
    watched = readable.watched
    return readable.digest == watched.digest and now < watched.valid_to


async def _proved(readable: Readable, now: datetime, timetable: Timetable) -> _Proved | None:
    """In a thread: the event loop has emergencies to take. One that fails holds up no other."""
    try:
        foreseen = await asyncio.to_thread(foresee, readable.network, now, timetable)
    except Exception as error:  # noqa: BLE001  # tried again by night, or when something changes
        LOOP_FAILURES.labels("watch_proof").inc()
        log.warning("proof_failed", watch_id=readable.watched.id, error=type(error).__name__)
        return None
    return _Proved(readable=readable, foreseen=foreseen)


async def _write(tx: Transaction, proved: Sequence[_Proved], now: datetime) -> None:
    if not proved:
        return
    before = await load_problems(tx, [one.readable.watched.id for one in proved])
    states = await asyncio.to_thread(
        lambda: [_state(one, before.get(one.readable.watched.id, ()), now) for one in proved]
    )
    await save_states(tx, states)
    await set_watched_parties(
        tx,
        {
            one.readable.watched.id: one.readable.named
            for one in proved
            if one.readable.watched.proved_version_id != one.readable.watched.version_id
            or one.readable.watched.digest is None
            or one.readable.watched.version_id is None
        },
    )
    await replace_problems(
        tx,
        {
            one.readable.watched.id: list(
                _kept(one.foreseen.missed, before.get(one.readable.watched.id, ()), now)
            )
            for one in proved
        },
    )


def _state(proved: _Proved, before: Iterable[Stored], now: datetime) -> WatchState:
    watched, foreseen = proved.readable.watched, proved.foreseen
    after = Look(missed=foreseen.missed, end=milliseconds(foreseen.end))
    outcome = compare(
        _last_look(watched, before), after, lost=_spans(watched.lost), now=milliseconds(now)
    )
    begins_at = None if outcome.begins_at is None else instant(outcome.begins_at)
    return WatchState(
        watch_id=watched.id,
        version_id=watched.version_id,
        digest=proved.readable.digest,
        valid_to=max(foreseen.valid_to - _sooner(proved.readable.digest), now + _DAY),
        lost={place: list(map(list, spans)) for place, spans in outcome.lost.items()},
        untold=outcome.untold,
        untold_from=begins_at,
        untold_lost=_newly_lost(watched, outcome) if outcome.untold == "lost" else None,
    )


def _newly_lost(watched: Watched, outcome: Outcome) -> Mapping[str, Sequence[str]]:
    """What is to be told of this loss, and of one before that nobody was told of yet."""
    found = {"causes": outcome.causes, "party_ids": outcome.party_ids}
    before = watched.untold_lost or {}
    return {name: sorted({*new, *before.get(name, ())}) for name, new in found.items()}


def _sooner(digest: str) -> timedelta:
    """Not all that was proved in one night falls due in one night."""
    return timedelta(hours=int(digest[:4], 16) % _SPREAD_HOURS)


def _last_look(watched: Watched, before: Iterable[Stored]) -> Look | None:
    """What was known, unless it was of another version."""
    if watched.digest is None or watched.proved_version_id != watched.version_id:
        return None
    end = watched.valid_to + LISTED_FOR
    return Look(missed=[one.missed for one in before], end=milliseconds(end))


def _spans(lost: Lost) -> Mapping[str, Spans]:
    return {place: tuple((one[0], one[1]) for one in spans) for place, spans in lost.items()}


def _kept(missed: Iterable[Missed], before: Iterable[Stored], now: datetime) -> Iterator[Stored]:
    """What is stored; of the end of a plan that was told and is the same, that it was told."""
    told = {one.missed.place: one.told_from for one in before}
    for one in missed:
        told_from = told.get(one.place) if one.kind is ProblemKind.UNPLANNED else None
        begin = one.spans[0].begin
        is_same = told_from is not None and (begin == told_from or begin <= milliseconds(now))
        yield Stored(missed=one, told_from=told_from if is_same else None)
