"""Who is, was or will be on duty for a desk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session

from app.auth import Principal
from app.channels.channel import rfc3339
from app.commands.rosters.rosters import seen_roster
from app.commands.rosters.writing import as_version
from app.installation.installation import Installation
from app.rosters.duty import DutySpan
from app.rosters.history import Version, duty_intervals_in, in_force, on_duty_in
from app.store.directory.directory import EVERYTHING, get_parties
from app.store.directory.roster import roster_versions

DAYS_MAX: Final = 400


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

    Before the first version the desk had no roster: all its persons are on duty, and
    `has_roster` is false.

    Raises:
        NotFound: there is no such roster, or the caller does not see its desk.
    """

    def look(session: Session) -> dict[str, object]:
        roster = seen_roster(session, principal, roster_id)
        rows = roster_versions(session, roster_id=roster.id, as_of=asked.as_of)
        versions = [as_version(row) for row in rows]
        if asked.begin is not None and asked.end is not None:
            spans = duty_intervals_in(versions, asked.begin, asked.end)
            names = _names(session, [span.person for span in spans])
            return {"items": [_span_view(span, names) for span in spans]}
        at = asked.at or installation.clock()
        return _at(session, versions, at)

    return await installation.database.read(look)


def _at(session: Session, versions: Sequence[Version], at: datetime) -> dict[str, object]:
    version = in_force(versions, at)
    duties = on_duty_in(versions, at) or ()
    names = _names(session, [duty.person for duty in duties])
    return {
        "at": rfc3339(at),
        "has_roster": version is not None,
        "version": version.number if version else None,
        "items": [
            {
                "person_id": duty.person,
                "name": names.get(duty.person),
                "tier": duty.tier,
                "source": duty.source,
            }
            for duty in duties
        ],
    }


def _span_view(span: DutySpan, names: Mapping[str, str]) -> dict[str, object]:
    return {
        "person_id": span.person,
        "name": names.get(span.person),
        "tier": span.tier,
        "from": rfc3339(span.begins_at),
        "to": rfc3339(span.ends_at),
        "source": span.source,
    }


def _names(session: Session, person_ids: Sequence[str]) -> Mapping[str, str]:
    rows = get_parties(session, party_ids=set(person_ids), sight=EVERYTHING)
    return {row.id: row.name for row in rows.values()}
