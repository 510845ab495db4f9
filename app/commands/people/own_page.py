"""A person's own duty by the link of their inbox: look, be away, answer colleagues."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from app.commands.inbox import inbox_owner
from app.commands.people.absences import Absence, Recording
from app.commands.people.duties import (
    HORIZON,
    DeskDuty,
    colleagues_of,
    duties_of,
    read_stretches,
)
from app.commands.people.returning import absent_at, own_absences, require_own, returned
from app.commands.people.substitutions import (
    Reply,
    find,
    replied,
    status_of,
    still_fits,
)
from app.escalation.network import JAPAN
from app.installation.answer import Answer, FieldError, FieldsInvalid, NotFound, once
from app.installation.installation import Installation
from app.models.roster import SubstitutionRow
from app.rosters.changing.absence import Lack, Stretch
from app.store.directory.directory import EVERYTHING, get_parties, touch_directory
from app.store.directory.protocol import accountable_desk_ids
from app.store.pages import InboxOwner
from app.store.people.duty import (
    desks_without_roster,
    list_substitutions,
    rosters_of,
)

REQUESTS_MAX = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskStretches:
    """Somebody's duty at a desk, in the zone of its roster."""

    desk_id: str
    desk: str
    zone: ZoneInfo
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request to take over a duty, as one of the two sees it."""

    id: str
    # The other one.
    colleague: str
    is_own: bool
    status: str
    # Whether the duty is still as it was asked for.
    fits: bool
    lapses_at: datetime
    given: DeskStretches
    in_return: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDuty:
    """What a person's duty page shows."""

    name: str
    organisation: str
    now: datetime
    duties: tuple[DeskStretches, ...]
    # What the person reported and can take back; the tiers are of no account.
    absences: tuple[DeskStretches, ...]
    # The desks of theirs at which everybody is always on duty.
    always: tuple[str, ...]
    requests: tuple[Request, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """A desk's duty that an absence touches, and what of it nobody would cover."""

    duty: DeskStretches
    lack: Lack
    is_accountable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What an absence would mean, before anything is recorded; whom the person may ask."""

    now: datetime
    absence: Absence
    touched: tuple[Touched, ...]
    # Id and name of those who take turns at all the desks touched, and can be reached.
    colleagues: tuple[tuple[str, str], ...]
    # The names of the others.
    unreachable: tuple[str, ...]
    # With the colleague whom the absence names: which of their duty the person could take.
    in_return: DeskStretches | None


async def look_at_duty(installation: Installation, token: str) -> OwnDuty:
    """What the duty page of an inbox shows: the next eight weeks, and what is asked; no change.

    Raises:
        NotFound: no such inbox, or it is not a person's.
        LinkWithdrawn: it has been retired.
    """
    now = installation.clock()

    def look(session: Session) -> OwnDuty:
        owner = _person(session, installation, token)
        duties = duties_of(session, owner.party_id, now, now + HORIZON, now=now)
        rows = list_substitutions(
            session, person_id=owner.party_id, limit=REQUESTS_MAX, newest=True
        )
        always = desks_without_roster(session, owner.party_id)
        return OwnDuty(
            name=owner.name,
            organisation=owner.organisation,
            now=now,
            duties=tuple(_shown(one) for one in duties),
            absences=_absences(session, owner.party_id, now),
            always=tuple(one.name for one in always),
            requests=tuple(_request(session, row, owner.party_id, now) for row in rows),
        )

    return await installation.database.read(look)


async def foresee(installation: Installation, token: str, absence: Absence) -> Foreseen:
    """What an absence would mean; changes nothing.

    Raises:
        NotFound, LinkWithdrawn: as `look_at_duty` does.
    """

    def look(session: Session) -> Foreseen:
        recording = _recording(session, installation, token)
        duties = recording.duties(absence)
        colleagues = colleagues_of(session, recording.person.id, duties)
        return Foreseen(
            now=installation.clock(),
            absence=absence,
            touched=tuple(
                Touched(
                    duty=_shown(one),
                    lack=recording.lack(one),
                    is_accountable=bool(accountable_desk_ids(session, [one.desk.id])),
                )
                for one in duties
            ),
            colleagues=tuple((one.id, one.name) for one in colleagues.reachable),
            unreachable=tuple(one.name for one in colleagues.unreachable),
            in_return=_in_return(recording, absence, duties),
        )

    return await installation.database.read(look)


async def be_absent(installation: Installation, token: str, absence: Absence) -> Answer:
    """Record the person's absence, or ask the colleague whom they name.

    Raises:
        NotFound, LinkWithdrawn: as `look_at_duty` does.
        FieldsInvalid: there is no duty then, or the substitute takes no turns there, or cannot be
            reached.
    """

    def work(session: Session) -> Answer:
        touch_directory(session)
        recording = _recording(session, installation, token)
        duties = recording.duties(absence)
        lost = colleagues_of(session, recording.person.id, duties).unreachable
        if absence.substitute_id in {one.id for one in lost}:
            detail = "Has no contact point: nobody would hear of it."
            raise FieldsInvalid(errors=[FieldError(pointer="/substitute_id", detail=detail)])
        body = recording.done(absence, duties)
        return Answer(status=200, body=body | {"dry_run": False})

    return await once(installation, None, work)


async def be_back(installation: Installation, token: str, absence: Absence) -> Answer:
    """Take back what the person has reported of themself by this page.

    Raises:
        NotFound, LinkWithdrawn: as `look_at_duty` does.
        NotAbsent: they have not, or it is over.
    """

    def work(session: Session) -> Answer:
        touch_directory(session)
        person_id = _person(session, installation, token).party_id
        duties = absent_at(session, installation, person_id, absence)
        require_own(session, person_id, absence, duties)
        body = returned(session, installation, person_id, absence, duties, recorded_by=person_id)
        return Answer(status=200, body=body)

    return await once(installation, None, work)


async def reply_on_page(
    installation: Installation, token: str, substitution_id: str, reply: Reply
) -> Answer:
    """Accept or decline what a colleague asks, or withdraw what one asked oneself.

    Raises:
        NotFound: no such request, or it is not the person's to answer so.
        LinkWithdrawn: the inbox has been retired.
        SubstitutionEnded: it is no longer open.
        DutyChanged: the roster says something else by now.
    """

    def work(session: Session) -> Answer:
        touch_directory(session)
        person_id = _person(session, installation, token).party_id
        found = find(session, substitution_id, EVERYTHING)
        return replied(session, installation, found, person_id, reply, recorded_by=person_id)

    return await once(installation, None, work)


def _person(session: Session, installation: Installation, token: str) -> InboxOwner:
    owner = inbox_owner(session, installation, token)
    if owner.party_id not in owner.person_ids:
        raise NotFound
    return owner


def _recording(session: Session, installation: Installation, token: str) -> Recording:
    person_id = _person(session, installation, token).party_id
    row = get_parties(session, party_ids=[person_id], sight=EVERYTHING)[person_id]
    return Recording(session, installation, row, person_id)


def _shown(duty: DeskDuty) -> DeskStretches:
    return DeskStretches(
        desk_id=duty.desk.id,
        desk=duty.desk.name,
        zone=duty.versions[-1].document.zone if duty.versions else JAPAN,
        stretches=duty.stretches,
    )


def _absences(session: Session, person_id: str, now: datetime) -> tuple[DeskStretches, ...]:
    found: list[DeskStretches] = []
    for roster, desk in rosters_of(session, person_id):
        duty = DeskDuty.read(session, roster, desk, now)
        spans = own_absences(session, duty, person_id)
        stretches = tuple(Stretch(begins_at=a, ends_at=b, tier=1) for a, b in spans)
        if stretches:
            found.append(_shown(duty.with_stretches(stretches)))
    return tuple(found)


def _request(session: Session, row: SubstitutionRow, person_id: str, now: datetime) -> Request:
    found, is_own = find(session, row.id, EVERYTHING), row.person_id == person_id
    duty = DeskDuty.read(session, found.roster, found.desk, now)
    other_id = row.substitute_id if is_own else row.person_id
    names = get_parties(session, party_ids=[other_id], sight=EVERYTHING)
    status = status_of(row, now)
    return Request(
        id=row.id,
        colleague=names[other_id].name,
        is_own=is_own,
        status=status,
        fits=status == "offered" and still_fits(session, found, now),
        lapses_at=row.lapses_at,
        given=DeskStretches(
            desk_id=found.desk.id,
            desk=found.desk.name,
            zone=_shown(duty).zone,
            stretches=read_stretches(row.duties),
        ),
        in_return=read_stretches(row.duties_in_return),
    )


def _in_return(
    recording: Recording, absence: Absence, duties: Sequence[DeskDuty]
) -> DeskStretches | None:
    """A swap is of duty at one desk."""
    if absence.substitute_id is None or len(duties) != 1:
        return None
    away = absence.begins_at, absence.ends_at
    return _shown(duties[0].free_for(recording.person.id, absence.substitute_id, away))
