"""A person's own duty, roster by roster, as it stands now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Self

from sqlmodel import Session

from app.channels.channel import rfc3339
from app.commands.rosters.writing import Writing, as_errors, as_version
from app.installation.answer import FieldsInvalid
from app.installation.installation import Installation
from app.models.directory import PartyRow
from app.models.roster import RosterRow
from app.rosters.changing.absence import (
    Change,
    Lack,
    Stretch,
    absences_of,
    lack_of,
    rewritten,
    stretches_of,
    taken_back,
)
from app.rosters.history import Version, appended
from app.rosters.roster import RosterInvalid
from app.store.directory.contact_point import contact_points_of
from app.store.directory.roster import newest_version, versions_within
from app.store.people.duty import active_persons, rosters_of

HORIZON: Final = timedelta(weeks=8)
"""How far ahead duty is shown to whom it belongs, and to whoever is about to retire somebody."""
Interval = tuple[datetime, datetime]
"""[begin, end)."""
_FAR: Final = timedelta(days=400 * 365)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskDuty:
    """A roster from now on, with its desk and a person's duty by it."""

    roster: RosterRow
    desk: PartyRow
    versions: tuple[Version, ...]
    stretches: tuple[Stretch, ...]
    now: datetime

    @classmethod
    def read(cls, session: Session, roster: RosterRow, desk: PartyRow, now: datetime) -> Self:
        """The roster; nobody's duty is looked for yet."""
        # Time does not go back, even if the clock does (H11).
        now = max(now, newest_version(session, roster_id=roster.id).recorded_at)
        rows = versions_within(session, roster_id=roster.id, begin=now, end=now + _FAR)
        versions = tuple(as_version(row) for row in rows)
        return cls(roster=roster, desk=desk, versions=versions, stretches=(), now=now)

    def of(self, person_id: str, begin: datetime, end: datetime) -> Self:
        """With the duty of a person within [begin, end), as far as it is still to come."""
        found = stretches_of(self.versions, person_id, max(begin, self.now), end)
        return replace(self, stretches=found)

    def free_for(self, person_id: str, colleague_id: str, away: Interval) -> Self:
        """The colleague's duty of the next weeks while the person has none and is not away."""
        own = self.of(person_id, self.now, self.now + HORIZON).stretches
        busy = [away, *((one.begins_at, one.ends_at) for one in own)]
        theirs = self.of(colleague_id, self.now, self.now + HORIZON).stretches
        return self.with_stretches(
            tuple(
                one
                for one in theirs
                if not any(one.begins_at < end and begin < one.ends_at for begin, end in busy)
            )
        )

    def changed(self, changes: Sequence[Change]) -> tuple[Version, ...]:
        """The versions to append so that the changes hold.

        Raises:
            FieldsInvalid: the roster would hold more than it may.
        """
        try:
            return rewritten(self.versions, changes, now=self.now, reason=None)
        except RosterInvalid as invalid:
            raise FieldsInvalid(errors=as_errors(invalid.problems)) from invalid

    def absences(self, person_id: str, begin: datetime, end: datetime) -> Sequence[Interval]:
        """Where within [begin, end) a person is absent, as far as it is still to come."""
        begin = max(begin, self.now)
        return absences_of(self.versions, person_id, begin, end) if begin < end else ()

    def present(self, person_id: str, begin: datetime, end: datetime) -> tuple[Version, ...]:
        """The versions to append so that a person is not absent within [begin, end).

        Raises:
            FieldsInvalid: the roster would hold more than it may.
        """
        try:
            return taken_back(self.versions, person_id, (begin, end), now=self.now)
        except RosterInvalid as invalid:
            raise FieldsInvalid(errors=as_errors(invalid.problems)) from invalid

    def lack(self, session: Session, added: Sequence[Version]) -> Lack:
        """What of the person's duty nobody would cover any more."""
        persons = {row.id for row in active_persons(session, self.desk.id)}
        return lack_of([*self.versions, *added], self.stretches, persons)

    def with_stretches(self, stretches: tuple[Stretch, ...]) -> Self:
        """With these in the place of its own."""
        return replace(self, stretches=stretches)

    def with_versions(self, added: Sequence[Version]) -> Self:
        """As it will be once they are written."""
        return replace(self, versions=(*self.versions, *added))

    def write(
        self,
        session: Session,
        installation: Installation,
        added: Sequence[Version],
        recorded_by: str | None,
    ) -> int:
        """Append the versions; the number of the one that holds now."""
        newest = as_version(newest_version(session, roster_id=self.roster.id))
        for version in added:
            appended([newest], version)
            writing = Writing(
                session=session,
                installation=installation,
                recorded_by=recorded_by,
                roster=self.roster,
                newest=newest,
                now=self.now,
            )
            writing.write(version)
            newest = version
        return added[0].number


def duties_of(
    session: Session, person_id: str, begin: datetime, end: datetime, *, now: datetime
) -> Sequence[DeskDuty]:
    """A person's duty within [begin, end), for each roster by which they have any."""
    found = (
        DeskDuty.read(session, roster, desk, now).of(person_id, begin, end)
        for roster, desk in rosters_of(session, person_id)
    )
    return [one for one in found if one.stretches]


class Colleagues(NamedTuple):
    """Who could do some duty in a person's place, by name, and who of them cannot be asked."""

    reachable: Sequence[PartyRow]
    # They have no contact point.
    unreachable: Sequence[PartyRow]


def colleagues_of(session: Session, person_id: str, duties: Sequence[DeskDuty]) -> Colleagues:
    """Who takes turns at all these desks, beside the person."""
    at_each = [active_persons(session, one.desk.id) for one in duties]
    common = set.intersection(*({row.id for row in rows} for rows in at_each)) if at_each else set()
    rows = [row for row in (at_each[0] if at_each else ()) if row.id in common - {person_id}]
    points = contact_points_of(session, [row.id for row in rows])
    return Colleagues(
        reachable=[row for row in rows if points[row.id]],
        unreachable=[row for row in rows if not points[row.id]],
    )


def stretch_view(one: Stretch) -> dict[str, object]:
    """A stretch of duty as it is shown, and kept."""
    return {"from": rfc3339(one.begins_at), "to": rfc3339(one.ends_at), "tier": one.tier}


def stretch_views(stretches: Iterable[Stretch]) -> list[dict[str, object]]:
    """Stretches as they are shown, and kept."""
    return [stretch_view(one) for one in stretches]


def read_stretches(kept: object) -> tuple[Stretch, ...]:
    """Stretches from what was kept of them."""
    assert isinstance(kept, list)
    return tuple(
        Stretch(
            begins_at=datetime.fromisoformat(one["from"]),
            ends_at=datetime.fromisoformat(one["to"]),
            tier=one["tier"],
        )
        for one in kept
    )
