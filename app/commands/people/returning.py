"""Somebody can do their duty after all: an absence is taken back, or ended early.

A roster is never edited, so the absence stays in the versions before: one more version is written
without it, from now on.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, NamedTuple

from sqlmodel import Session

from app.auth import Principal, Role
from app.channels.channel import rfc3339
from app.commands.directory.parties import Retired, seen_party
from app.commands.people.absences import Absence
from app.commands.people.duties import DeskDuty, Interval, stretch_views
from app.commands.people.telling import tell_of_return
from app.escalation.party import PartyKind
from app.installation.answer import Answer, Idempotency, Refusal, once
from app.installation.installation import Installation
from app.models.roster import RosterVersionRow
from app.rosters.interval import Span, difference, intersection, milliseconds, moment, normal
from app.store.directory.directory import get_parties, touch_directory
from app.store.directory.roster import roster_versions
from app.store.people.duty import rosters_of


class NotAbsent(Refusal):
    """There is no absence then, now or later, or none that is the caller's to take back."""


async def take_back_absence(
    installation: Installation,
    principal: Principal,
    party_id: str,
    absence: Absence,
    *,
    idempotency: Idempotency | None = None,
) -> Answer:
    """Let a person do their duty again from one instant to another, as if nothing had been said.

    Raises:
        RoleForbids: the caller plans no duty.
        NotFound: there is no such person, or the caller does not see them.
        Retired: they are.
        NotAbsent: no roster that the caller sees says that they are absent then.
    """
    principal.require(Role.COORDINATOR, Role.PROVIDER)

    def work(session: Session) -> Answer:
        touch_directory(session)
        person = seen_party(session, principal, party_id, kinds=[PartyKind.PERSON])
        if person.retired_at is not None:
            raise Retired
        found = absent_at(session, installation, party_id, absence)
        seen = get_parties(session, party_ids=[one.desk.id for one in found], sight=principal.sight)
        mine = [one for one in found if one.desk.id in seen]
        body = returned(
            session, installation, party_id, absence, mine, recorded_by=principal.organisation_id
        )
        return Answer(status=200, body=body)

    return await once(installation, idempotency, work)


def absent_at(
    session: Session, installation: Installation, person_id: str, absence: Absence
) -> Sequence[DeskDuty]:
    """The rosters that say that a person is absent then, of one desk or of all."""
    now = installation.clock()
    duties = (
        DeskDuty.read(session, roster, desk, now)
        for roster, desk in rosters_of(session, person_id)
        if absence.desk_id in {None, desk.id}
    )
    begin, end = absence.begins_at, absence.ends_at
    return [one for one in duties if one.absences(person_id, begin, end)]


def own_absences(session: Session, duty: DeskDuty, person_id: str) -> Sequence[Interval]:
    """What a person has reported of themself by their own page, and is not over.

    What was reported for them is for whoever did: a person who was taken off duty does not put
    themself back.
    """
    far = datetime.max.replace(tzinfo=UTC)
    found = duty.absences(person_id, duty.now, far)
    if not found:
        return ()
    there = normal((milliseconds(begin), milliseconds(end)) for begin, end in found)
    whose = _reported_by(roster_versions(session, roster_id=duty.roster.id), person_id)
    own = normal(one.span for one, by in whose.items() if by == person_id)
    foreign = normal(one.span for one, by in whose.items() if by != person_id)
    return [
        (moment(begin), moment(end)) for begin, end in intersection(there, difference(own, foreign))
    ]


def require_own(
    session: Session, person_id: str, absence: Absence, duties: Sequence[DeskDuty]
) -> None:
    """Only what a person has reported of themself, as a whole, is theirs to take back.

    Raises:
        NotAbsent: it is not.
    """
    for one in duties:
        begin, end = max(absence.begins_at, one.now), absence.ends_at
        own = own_absences(session, one, person_id)
        if not any(first <= begin and end <= last for first, last in own):
            raise NotAbsent


class _Reported(NamedTuple):
    span: Span
    tier: int | None

    def holds(self, other: "_Reported") -> bool:
        """Whether the other is this one, or what is left of it."""
        begin, end = self.span
        return self.tier == other.tier and begin <= other.span[0] and other.span[1] <= end


def _reported_by(
    rows: Iterable[RosterVersionRow], person_id: str
) -> Mapping[_Reported, str | None]:
    """The overrides that take a person off duty, by who wrote them first.

    What is written at once, a version for now and those that wait, is repeated by whoever changes
    anything: so it is asked who wrote what was not there just before.
    """
    whose: dict[_Reported, str | None] = {}
    for (_, recorded_by), at_once in groupby(rows, lambda row: (row.recorded_at, row.recorded_by)):
        written, before = list(at_once), whose
        holds_from = milliseconds(min(row.effective_from for row in written))
        # What begins before these versions hold is as it was.
        whose = {one: by for one, by in before.items() if one.span[0] < holds_from}
        for one in (one for row in written for one in _reported(row.document, person_id)):
            known = [by for other, by in before.items() if other.holds(one)]
            whose[one] = known[0] if known else recorded_by
    return whose


def _reported(document: Mapping[str, Any], person_id: str) -> Iterator[_Reported]:
    for said in document["overrides"]:
        if said.get("replaces") == person_id and said.get("person") is None:
            begin, end = (datetime.fromisoformat(said[name]) for name in ("from", "to"))
            yield _Reported((milliseconds(begin), milliseconds(end)), said.get("tier"))


def returned(
    session: Session,
    installation: Installation,
    person_id: str,
    absence: Absence,
    duties: Sequence[DeskDuty],
    *,
    recorded_by: str | None,
) -> dict[str, object]:
    """Write these rosters without the absence; the duty that the person has again.

    Raises:
        NotAbsent: there is none.
    """
    if not duties:
        raise NotAbsent
    begin, end = absence.begins_at, absence.ends_at
    desks: list[dict[str, object]] = []
    for duty in duties:
        added = duty.present(person_id, begin, end)
        again = duty.with_versions(added).of(person_id, begin, end).stretches
        # What nobody covered until now.
        lack = duty.with_stretches(again).lack(session, ())
        number = duty.write(session, installation, added, recorded_by)
        tell_of_return(session, installation, duty.desk, person_id, lack)
        desks.append(
            {
                "desk_id": duty.desk.id,
                "roster_id": duty.roster.id,
                "duties": stretch_views(again),
                "version": number,
            }
        )
    return {
        "person_id": person_id,
        "from": rfc3339(begin),
        "to": rfc3339(end),
        "desks": desks,
    }
