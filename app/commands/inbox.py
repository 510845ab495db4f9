"""A person's inbox: what they are asked now, what they hold, what is offered to them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from sqlmodel import Session

from app.commands.respond import LinkWithdrawn
from app.escalation.incident import Incident, Reply, Status
from app.escalation.party import PartyId
from app.installation.answer import NotFound
from app.installation.installation import Installation
from app.models.notice import NoticeRow
from app.protocols.kinds import IncidentType, NoticeKind, OrganisationKind, Severity
from app.store.directory.directory import EVERYTHING, get_parties
from app.store.notice import notices_to
from app.store.pages import InboxOwner, OpenPage, alarms_of, find_inbox, open_pages_of
from app.store.people.duty import count_open_requests, has_been_inbox

# How long a notice stays in an inbox.
NOTICES_FOR: Final = timedelta(days=14)


class Place(StrEnum):
    """What an incident is to whoever looks; most pressing first."""

    OFFERED = "offered"
    ASKED = "asked"
    HELD = "held"
    # An earlier step asked them: they may still accept.
    ASKED_BEFORE = "asked_before"
    # Somebody else holds it, or they have said no.
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxItem:
    """One open incident in an inbox; nothing personal."""

    token: str
    place: Place
    type: IncidentType
    severity: Severity
    status: Status
    drill: bool
    client_code: str
    town: str | None
    occurred_at: datetime
    # When the step, the offer or the holder's time to arrive ends.
    due_at: datetime | None
    holder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxAlarm:
    """An incident that nobody takes: ids and codes, and no link to act by."""

    incident_id: str
    type: IncidentType
    severity: Severity
    drill: bool
    client_code: str
    town: str | None
    opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxNotice:
    """What the owner was told outside of incidents; with a token if it asks something."""

    kind: NoticeKind
    data: Mapping[str, object]
    at: datetime
    token: str | None
    # The names of the desks that it is about.
    desks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxView:
    """What an inbox lists: real ones before drills, and what is over last.

    Of these by place, in each place the worst first, of equally bad ones the newest request.
    """

    name: str
    organisation: str
    # Whether it is a person's, who has duty of their own.
    is_person: bool
    # How many colleagues wait for an answer about their duty.
    requests: int
    now: datetime
    items: tuple[InboxItem, ...]
    # For a municipality and an operator; in the same order.
    alarms: tuple[InboxAlarm, ...]
    # The newest first.
    notices: tuple[InboxNotice, ...]


class _Seen(NamedTuple):
    owner: InboxOwner
    pages: list[OpenPage]
    alarms: list[InboxAlarm]
    notices: tuple[InboxNotice, ...]
    requests: int


async def look_at_inbox(installation: Installation, token: str) -> InboxView:
    """What the inbox with this token lists; changes nothing.

    Raises:
        NotFound: no such inbox.
        LinkWithdrawn: it has been retired, or whoever it belongs to.
    """
    now = installation.clock()

    def look(session: Session) -> _Seen:
        owner = inbox_owner(session, installation, token)
        told = notices_to(
            session,
            party_id=owner.party_id,
            contact_point_id=installation.link_key.read_inbox_token(token) or "",
            since=now - NOTICES_FOR,
        )
        return _Seen(
            owner=owner,
            pages=list(open_pages_of(session, owner)),
            alarms=[_alarm(*one) for one in alarms_of(session, owner)],
            notices=_notices(session, installation, told),
            requests=count_open_requests(session, owner.party_id, now),
        )

    seen = await installation.database.read(look)
    owner = seen.owner
    items = sorted(_items(installation, owner, seen.pages), key=_urgency)
    return InboxView(
        name=owner.name,
        organisation=owner.organisation,
        is_person=owner.party_id in owner.person_ids,
        requests=seen.requests,
        now=now,
        items=tuple(items),
        alarms=tuple(sorted(seen.alarms, key=lambda one: (one.drill, -one.severity.rank))),
        notices=seen.notices,
    )


def inbox_owner(session: Session, installation: Installation, token: str) -> InboxOwner:
    """Whose inbox has this token.

    Raises:
        NotFound: nobody's.
        LinkWithdrawn: it has been retired, or whoever it belonged to.
    """
    contact_point_id = installation.link_key.read_inbox_token(token)
    if contact_point_id is None:
        raise NotFound
    owner = find_inbox(session, contact_point_id=contact_point_id)
    if owner is None:
        # Only who was given the link can know its token: it may be told what became of it.
        raise LinkWithdrawn if has_been_inbox(session, contact_point_id) else NotFound
    return owner


def _urgency(item: InboxItem) -> tuple[bool, bool, int, int]:
    """The least is the most urgent."""
    place = list(Place).index(item.place)
    return item.place is Place.DONE, item.drill, place, -item.severity.rank


def _alarm(incident: Incident, client_code: str, town: str | None) -> InboxAlarm:
    return InboxAlarm(
        incident_id=incident.id,
        type=incident.type,
        severity=incident.severity,
        drill=incident.drill,
        client_code=client_code,
        town=town,
        opened_at=incident.opened_at,
    )


def _notices(
    session: Session, installation: Installation, rows: Sequence[NoticeRow]
) -> tuple[InboxNotice, ...]:
    ids = {one for row in rows for one in _desk_ids(row)}
    desks = get_parties(session, party_ids=sorted(ids), sight=EVERYTHING)
    return tuple(
        _notice(installation, row, [desks[one].name for one in _desk_ids(row) if one in desks])
        for row in rows
    )


def _desk_ids(row: NoticeRow) -> list[str]:
    one = row.data.get("desk_id")
    return [*([one] if one else []), *row.data.get("desk_ids", ())]


def _notice(installation: Installation, row: NoticeRow, desks: Iterable[str]) -> InboxNotice:
    asks = row.token_hash is not None
    return InboxNotice(
        desks=tuple(desks),
        kind=NoticeKind(row.kind),
        data=row.data,
        at=row.created_at,
        token=installation.link_key.notice_token(row.id) if asks else None,
    )


def _items(
    installation: Installation, owner: InboxOwner, pages: list[OpenPage]
) -> Iterator[InboxItem]:
    is_family = owner.organisation_kind == OrganisationKind.FAMILY
    for page in pages:
        incident = page.incident
        if is_family and incident.is_restricted:
            continue
        place = _place(incident, owner)
        yield InboxItem(
            token=installation.link_key.token(page.page_id),
            place=place,
            type=incident.type,
            severity=incident.severity,
            status=incident.status,
            drill=incident.drill,
            client_code=page.client_code,
            town=page.town,
            # A device's clock may be ahead of ours.
            occurred_at=min(page.occurred_at, incident.opened_at),
            due_at=_due_at(incident, place),
            holder=page.holder,
        )


def _place(incident: Incident, owner: InboxOwner) -> Place:
    offered = incident.offer.person_ids if incident.offer else ()
    if owner.person_ids.intersection(offered):
        return Place.OFFERED
    if incident.holder_id in owner.person_ids:
        return Place.HELD
    if incident.status is not Status.TRIGGERED:
        return Place.DONE
    asked = incident.find_asked(PartyId(owner.party_id))
    if asked is not None:
        return Place.DONE if asked.reply is Reply.DECLINED else Place.ASKED
    return Place.DONE if owner.party_id in incident.declined else Place.ASKED_BEFORE


def _due_at(incident: Incident, place: Place) -> datetime | None:
    match place:
        case Place.OFFERED:
            return incident.offer.due_at if incident.offer else None
        case Place.ASKED:
            return incident.step_due_at
        case Place.HELD:
            return incident.arrive_due_at
        case _:
            return None
