"""Who is, was or will be on duty for a desk."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from app.auth import Principal
from app.channels.channel import rfc3339
from app.commands.rosters.rosters import seen_roster
from app.commands.rosters.writing import as_version
from app.installation.installation import Installation
from app.rosters.duty import Duty, DutySpan, duty_intervals, on_duty
from app.rosters.history import Reign, in_force, reigns
from app.store.directory.directory import EVERYTHING, get_parties
from app.store.directory.roster import versions_within

AT_MOST: Final = timedelta(days=400)

_MOMENT: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An instant, or an interval [begin, end); `as_of`: by what was recorded until then."""

    at: datetime | None = None
    begin: datetime | None = None
    end: datetime | None = None
    as_of: datetime | None = None


async def read_duty(
    installation: Installation, principal: Principal, roster_id: str, asked: Asked
) -> dict[str, object]:
    """Who is on duty; without anything asked: now.

    Before the first version the desk had no roster: all its persons are on duty, and there are no
    items.

    Raises:
        RoleForbids: auditors see no rosters.
        NotFound: there is no such roster, or the caller does not see its desk.
    """

    def look(session: Session) -> dict[str, object]:
        roster = seen_roster(session, principal, roster_id)
        if asked.begin is not None and asked.end is not None:
            return _within(session, roster.id, asked.begin, asked.end, asked.as_of)
        at = asked.at or installation.clock()
        return _at(session, roster.id, at, asked.as_of)

    return await installation.database.read(look)


def _at(
    session: Session, roster_id: str, at: datetime, as_of: datetime | None
) -> dict[str, object]:
    rows = versions_within(session, roster_id=roster_id, begin=at, end=at + _MOMENT, as_of=as_of)
    version = in_force([as_version(row) for row in rows], at)
    duties = on_duty(version.document, at) if version else ()
    names = _names(session, duties)
    return {
        "at": rfc3339(at),
        "has_roster": version is not None,
        "version": version.number if version else None,
        "items": [_duty_view(duty, names) for duty in duties],
    }


def _within(
    session: Session, roster_id: str, begin: datetime, end: datetime, as_of: datetime | None
) -> dict[str, object]:
    rows = versions_within(session, roster_id=roster_id, begin=begin, end=end, as_of=as_of)
    found = reigns([as_version(row) for row in rows], begin, end)
    spans = list(_spans(found))
    names = _names(session, [span for _, span in spans])
    has_roster = [reign.begins_at for reign in found if reign.version]
    return {
        "roster_from": rfc3339(has_roster[0]) if has_roster else None,
        "items": [
            {
                **_duty_view(span, names),
                "from": rfc3339(span.begins_at),
                "to": rfc3339(span.ends_at),
                "version": version,
            }
            for version, span in spans
        ],
    }


def _spans(found: Sequence[Reign]) -> Iterator[tuple[int, DutySpan]]:
    for reign in found:
        if reign.version is not None:
            document = reign.version.document
            for span in duty_intervals(document, reign.begins_at, reign.ends_at):
                yield reign.version.number, span


def _duty_view(duty: Duty | DutySpan, names: Mapping[str, str]) -> dict[str, object]:
    return {
        "person_id": duty.person,
        "name": names.get(duty.person),
        "tier": duty.tier,
        "source": duty.source,
    }


def _names(session: Session, duties: Iterable[Duty | DutySpan]) -> Mapping[str, str]:
    person_ids = {duty.person for duty in duties}
    rows = get_parties(session, party_ids=person_ids, sight=EVERYTHING)
    return {row.id: row.name for row in rows.values()}
