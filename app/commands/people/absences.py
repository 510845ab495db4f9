"""Somebody cannot do their duty from one instant to another: recorded, or a colleague is asked.

An absence without a substitute is never refused for want of cover: who is ill does not come, and a
roster that said otherwise would page somebody who does not answer. It is said, desk by desk, which
hours nobody covers. An accountable desk stays reachable, because its last resort pages all of its
persons whatever the roster says (DESIGN.md 4.1.12).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.auth import Principal, Role
from app.channels.channel import rfc3339
from app.commands.directory.parties import Retired, seen_party
from app.commands.people.duties import DeskDuty, duties_of, stretch_views
from app.commands.people.substitutions import offer_substitution, substitution_view
from app.commands.people.telling import tell_of_absence
from app.escalation.party import PartyKind
from app.installation.answer import Answer, FieldError, Idempotency, once, refuse, tried
from app.installation.installation import Installation
from app.models.directory import PartyRow
from app.rosters.changing.absence import Change, Lack
from app.store.directory.directory import get_parties, touch_directory
from app.store.directory.protocol import accountable_desk_ids
from app.store.people.duty import active_persons, desks_without_roster


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """When somebody is away, and who is to do their duty; of one desk, or of all their desks.

    In return the person takes over the colleague's duty within `in_return` (a swap).
    """

    begins_at: datetime
    ends_at: datetime
    desk_id: str | None = None
    substitute_id: str | None = None
    in_return: tuple[datetime, datetime] | None = None


async def record_absence(
    installation: Installation,
    principal: Principal,
    party_id: str,
    absence: Absence,
    *,
    is_trial: bool = False,
    idempotency: Idempotency | None = None,
) -> Answer:
    """Record an absence for somebody, or ask the colleague whom it names; as a trial neither.

    Raises:
        RoleForbids: the caller plans no duty.
        NotFound: there is no such person, or the caller does not see them.
        Retired: they are.
        FieldsInvalid: they have no duty then, or the substitute takes no turns there.
    """
    principal.require(Role.COORDINATOR, Role.PROVIDER)

    def work(session: Session) -> Answer:
        touch_directory(session)
        person = seen_party(session, principal, party_id, kinds=[PartyKind.PERSON])
        if person.retired_at is not None:
            raise Retired
        recording = Recording(session, installation, person, principal.organisation_id)
        duties = recording.duties(absence)
        ids = [one.desk.id for one in duties]
        seen = get_parties(session, party_ids=ids, sight=principal.sight)
        body = recording.done(absence, [one for one in duties if one.desk.id in seen])
        return Answer(status=200 if is_trial else 201, body=body | {"dry_run": is_trial})

    if is_trial:
        return await tried(installation, work)
    return await once(installation, idempotency, work)


@dataclass(frozen=True, slots=True)
class Recording:
    """One transaction in which somebody's absence is recorded, and who records it."""

    session: Session
    installation: Installation
    person: PartyRow
    recorded_by: str | None

    def duties(self, absence: Absence) -> list[DeskDuty]:
        """The duty that the absence touches, roster by roster."""
        found = duties_of(
            self.session,
            self.person.id,
            absence.begins_at,
            absence.ends_at,
            now=self.installation.clock(),
        )
        return [one for one in found if absence.desk_id in {None, one.desk.id}]

    def done(self, absence: Absence, duties: Sequence[DeskDuty]) -> dict[str, object]:
        """Record it for these duties, or ask the substitute; what came of it.

        Raises:
            FieldsInvalid: there is no duty, or the substitute takes no turns there.
        """
        refuse(self._errors(absence, duties))
        shown = [self._desk(absence, one) for one in duties]
        everybody = desks_without_roster(self.session, self.person.id)
        return {
            "person_id": self.person.id,
            "from": rfc3339(absence.begins_at),
            "to": rfc3339(absence.ends_at),
            "desks": shown,
            "desk_ids_without_roster": [one.id for one in everybody],
        }

    def lack(self, duty: DeskDuty) -> Lack:
        """What of a duty nobody would cover if the person did not."""
        return duty.lack(self.session, duty.changed([self._gone(duty)]))

    def _desk(self, absence: Absence, duty: DeskDuty) -> dict[str, object]:
        substitution, number, lack = None, None, Lack(tiers=(), everybody=())
        if absence.substitute_id is not None:
            row = offer_substitution(
                self.session,
                self.installation,
                duty,
                person_id=self.person.id,
                substitute_id=absence.substitute_id,
                in_return=absence.in_return,
                offered_by=self.recorded_by,
            )
            substitution = substitution_view(row, duty.desk.id, duty.now)
        else:
            added = duty.changed([self._gone(duty)])
            lack = duty.lack(self.session, added)
            number = duty.write(self.session, self.installation, added, self.recorded_by)
            tell_of_absence(self.session, self.installation, duty.desk, self.person.id, lack)
        return {
            "desk_id": duty.desk.id,
            "roster_id": duty.roster.id,
            "is_accountable": bool(accountable_desk_ids(self.session, [duty.desk.id])),
            "duties": stretch_views(duty.stretches),
            "version": number,
            "uncovered": stretch_views(lack.tiers),
            "without_anybody": [
                {"from": rfc3339(begin), "to": rfc3339(end)} for begin, end in lack.everybody
            ],
            "substitution": substitution,
        }

    def _gone(self, duty: DeskDuty) -> Change:
        return Change(person=self.person.id, substitute=None, stretches=duty.stretches)

    def _errors(self, absence: Absence, duties: Sequence[DeskDuty]) -> Iterator[FieldError]:
        if not duties:
            detail = "There is no duty by a roster, now or later, between these instants."
            yield FieldError(pointer="/from", detail=detail)
        if absence.substitute_id is None:
            if absence.in_return is not None:
                yield FieldError(pointer="/in_return", detail="Names nobody who could give it.")
            return
        for one in duties:
            active = {row.id for row in active_persons(self.session, one.desk.id)}
            if absence.substitute_id not in active - {self.person.id}:
                detail = f"No such colleague takes turns at desk {one.desk.id}."
                yield FieldError(pointer="/substitute_id", detail=detail)
        if absence.in_return is not None:
            yield from self._return_errors(absence, duties)

    def _return_errors(self, absence: Absence, duties: Sequence[DeskDuty]) -> Iterator[FieldError]:
        assert absence.in_return is not None, "a swap"
        if len(duties) > 1:
            yield FieldError(pointer="/desk_id", detail="Say at which desk duties are swapped.")
        elif duties and not duties[0].of(absence.substitute_id or "", *absence.in_return).stretches:
            detail = "The colleague has no duty at this desk between these instants."
            yield FieldError(pointer="/in_return", detail=detail)
