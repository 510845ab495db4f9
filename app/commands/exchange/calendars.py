"""A calendar of another program becomes the shifts of a desk's roster."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from app.auth import Principal
from app.channels.channel import rfc3339
from app.commands.directory.protocols import VersionStale
from app.commands.exchange.desk import (
    Desk,
    Plan,
    find_desk,
    plan_errors,
    plan_shifts,
    warnings_of,
    write_plan,
)
from app.commands.rosters.duty import AT_MOST
from app.commands.rosters.writing import STALE
from app.installation.answer import Answer, FieldError, FieldsInvalid, Idempotency, once, refuse
from app.installation.etag import names_one_of
from app.installation.installation import Installation
from app.protocols.problems import pointer
from app.rosters.changing.replacing import Window
from app.rosters.icalendars.matching import Directory, Matched
from app.rosters.icalendars.reading import Occurrence, read_occurrences
from app.rosters.icalendars.source import CalendarInvalid
from app.rosters.roster import Shift
from app.store.directory.directory import touch_directory

TEXT_SHOWN_MAX: Final = 200
_STRANGER: Final = "No such person takes turns at this desk."
_ERRORS_MAX: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """A file, and how it is meant.

    `names` says which person (by id) a text of the file means. What it holds goes into `tier`, from
    `begin` (by default now) to `end` (by default as far as rosters are asked).
    """

    content: bytes
    names: Mapping[str, str]
    tier: int = 1
    begin: datetime | None = None
    end: datetime | None = None

    def window(self, now: datetime) -> Window:
        """Where its events take the place of shifts.

        Raises:
            FieldsInvalid: it would reach into the past, or too far.
        """
        begin = self.begin or now
        end = self.end or begin + AT_MOST
        if begin < now:
            raise _wrong("/from", "Duty of the past is not changed: this must not lie before now.")
        if not timedelta(0) < end - begin <= AT_MOST:
            raise _wrong("/to", f"Must lie at most {AT_MOST.days} days after `from`.")
        return Window(
            begin=begin,
            end=end,
            cuts_begin=self.begin is not None,
            cuts_end=self.end is not None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """What a calendar says of a desk as it was found."""

    window: Window
    matched: Sequence[tuple[Occurrence, Matched]]
    plan: Plan
    warnings: Sequence[dict[str, object]]

    @property
    def unmatched(self) -> list[dict[str, object]]:
        """Each event that means nobody of the desk, by its first time, with how often it is."""
        found: dict[int, dict[str, object]] = {}
        times: dict[int, int] = {}
        for one, matched in self.matched:
            if not matched.persons:
                times[one.line] = times.get(one.line, 0) + 1
                found.setdefault(one.line, _shown_event(one) | {"why": matched.why})
        return [event | {"count": times[line]} for line, event in found.items()]


async def import_calendar(
    installation: Installation,
    principal: Principal,
    place_id: str,
    calendar: Calendar,
    *,
    dry_run: bool,
    if_match: str | None = None,
    idempotency: Idempotency | None = None,
) -> Answer:
    """Let a calendar's events take the place of the shifts of a desk, in a new version.

    Rotations, overrides, other tiers and what lies outside of the calendar's time stay. The same
    calendar again writes nothing. A dry run says what would be written, and writes nothing.

    Raises:
        RoleForbids, NotFound, Retired: as for any writing of the roster.
        FieldsInvalid: the file cannot be followed, or an event means nobody of the desk.
        VersionStale: `if_match` names another version than the newest.
        LaterVersionWaits: the newest version does not hold yet.
    """
    now = installation.clock()
    window = calendar.window(now)
    desk = await installation.database.read(lambda session: find_desk(session, principal, place_id))
    refuse(_strange_names(desk, calendar.names))
    # A large one takes long enough to hold up everything else on the event loop.
    reading = await asyncio.to_thread(_read, desk, calendar, window, now)
    if dry_run:
        return await installation.database.read(
            lambda session: _tried(session, installation, principal, reading, if_match)
        )

    def work(session: Session) -> Answer:
        touch_directory(session)
        _require_fresh(reading.plan.desk, if_match)
        _refuse_unmatched(reading.unmatched)
        found = find_desk(session, principal, place_id)
        plan = reading.plan
        if _number(found) != _number(plan.desk):
            # Somebody was faster; what they planned stays, as far as this says nothing of it.
            _require_fresh(found, if_match)
            plan = _planned(found, calendar, reading.matched, window, installation.clock())
        if not plan.is_new:
            return Answer(status=200, body=_report(reading, changed=False, version=_number(found)))
        row = write_plan(session, installation, principal, plan, if_match=if_match)
        body = _report(reading, changed=True, version=row.number)
        return Answer(status=201, body=body | {"roster_id": row.roster_id})

    return await once(installation, idempotency, work)


def _read(desk: Desk, calendar: Calendar, window: Window, now: datetime) -> _Reading:
    try:
        occurrences = read_occurrences(
            calendar.content, window.begin, window.end, desk.document.zone
        )
    except CalendarInvalid as invalid:
        raise _invalid(invalid) from invalid
    directory = Directory(desk.names, desk.addresses, calendar.names)
    matched = [(one, directory.match(one)) for one in occurrences]
    plan = _planned(desk, calendar, matched, window, now)
    return _Reading(window=window, matched=matched, plan=plan, warnings=warnings_of(plan, window))


def _planned(
    desk: Desk,
    calendar: Calendar,
    matched: Sequence[tuple[Occurrence, Matched]],
    window: Window,
    now: datetime,
) -> Plan:
    shifts = [
        Shift.model_validate(
            {"from": one.begins_at, "to": one.ends_at, "tier": calendar.tier, "person": person}
        )
        for one, who in matched
        for person in who.persons
    ]
    return plan_shifts(desk, shifts, tiers=[calendar.tier], window=window, now=now)


def _tried(
    session: Session,
    installation: Installation,
    principal: Principal,
    reading: _Reading,
    if_match: str | None,
) -> Answer:
    """What a dry run answers; what stands against the plan as a whole is refused all the same."""
    plan, unmatched = reading.plan, reading.unmatched
    _require_fresh(plan.desk, if_match)
    if plan.is_new and not unmatched:
        refuse(plan_errors(session, installation, principal, plan))
    changed = plan.is_new and not unmatched
    body = _report(reading, changed=changed, version=_number(plan.desk))
    return Answer(status=200, body=body | {"dry_run": True, "unmatched": unmatched})


def _report(reading: _Reading, *, changed: bool, version: int | None) -> dict[str, object]:
    desk = reading.plan.desk
    return {
        "dry_run": False,
        "roster_id": desk.roster.id if desk.roster else None,
        "desk_id": desk.id,
        "version": version,
        "changed": changed,
        "shifts": list(_shown_shifts(reading)),
        "unmatched": [],
        "warnings": list(reading.warnings),
    }


def _shown_shifts(reading: _Reading) -> Iterator[dict[str, object]]:
    names = reading.plan.desk.names
    for one, who in reading.matched:
        for person in who.persons:
            yield {
                "person_id": person,
                "name": names.get(person),
                "from": rfc3339(one.begins_at),
                "to": rfc3339(one.ends_at),
                "uid": _short(one.uid),
                "line": one.line,
            }


def _shown_event(one: Occurrence) -> dict[str, object]:
    return {
        "uid": _short(one.uid),
        "line": one.line,
        "name": _short(one.summary),
        "attendees": [_short(each) for each in one.attendees[:20]],
        "from": rfc3339(one.begins_at),
        "to": rfc3339(one.ends_at),
    }


def _short(text: str | None) -> str | None:
    return None if text is None else text[:TEXT_SHOWN_MAX]


def _number(desk: Desk) -> int | None:
    return desk.newest.number if desk.newest else None


def _require_fresh(desk: Desk, if_match: str | None) -> None:
    if if_match is not None and not names_one_of(if_match, {str(_number(desk) or "")}):
        raise VersionStale(STALE)


def _refuse_unmatched(unmatched: Sequence[dict[str, object]]) -> None:
    if not unmatched:
        return
    errors = [
        FieldError(
            pointer=f"/lines/{one['line']}",
            detail=f"Names nobody who takes turns at this desk ({one['why']}).",
        )
        for one in unmatched[:_ERRORS_MAX]
    ]
    detail = "Some events name nobody who takes turns at this desk; nothing was changed."
    raise FieldsInvalid(detail, errors=errors, members={"unmatched": list(unmatched)})


def _strange_names(desk: Desk, names: Mapping[str, str]) -> Iterator[FieldError]:
    for text, person in names.items():
        if person not in desk.names:
            yield FieldError(pointer=pointer(("names", text)), detail=_STRANGER)


def _invalid(invalid: CalendarInvalid) -> FieldsInvalid:
    problems = [
        {"line": one.line, "uid": _short(one.uid), "detail": one.detail[: TEXT_SHOWN_MAX * 5]}
        for one in invalid.problems
    ]
    errors = [
        FieldError(
            pointer="" if one["line"] is None else f"/lines/{one['line']}",
            detail=str(one["detail"]),
        )
        for one in problems
    ]
    return FieldsInvalid(errors=errors, members={"problems": problems})


def _wrong(where: str, detail: str) -> FieldsInvalid:
    return FieldsInvalid(errors=[FieldError(pointer=where, detail=detail, place="query")])
