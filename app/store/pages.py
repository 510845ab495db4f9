"""What the responders' pages read beside the state machine: personal fields, records, inboxes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter
from sqlmodel import Session, col, select

from app.escalation.decision import EntryType
from app.escalation.incident import Incident
from app.ledger.disclosure import decode
from app.models.directory import ClientRow, ContactPointRow, DeskPersonRow, PartyRow
from app.models.incident import IncidentRow, PageRow
from app.models.ledger import LedgerEntryRow
from app.protocols.kinds import OrganisationKind
from app.store.directory.client import details_of
from app.store.vault.disclosures import stored_disclosures
from app.store.vault.keys import find_key
from app.store.vault.loading import names_of
from app.store.vault.places import report_at

RECORDS_MAX = 50
PAGES_MAX = 200

_STATE = TypeAdapter(Incident)
_COURSE = (EntryType.EN_ROUTE, EntryType.ARRIVED)
_RECORDS = (
    EntryType.NOTED,
    EntryType.EXTERNAL_CALLED,
    EntryType.SIGNALLED,
    EntryType.CORRECTED,
    EntryType.CLOSED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Something that was written down beside the course of an incident.

    `facts` are what was said then: a note, the service called, a summary; empty once erased.
    `who` is the name of the party that did it, None for the service itself.
    """

    at: datetime
    type: EntryType
    who: str | None
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxOwner:
    """Whose inbox: a party, and the persons who answer for it (itself, when it is a person)."""

    party_id: str
    is_organisation: bool
    name: str
    organisation: str
    organisation_kind: str
    person_ids: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPage:
    """A page of an open incident: of several, the last one."""

    page_id: str
    incident: Incident
    client_code: str
    town: str | None
    occurred_at: datetime
    # The holder's name.
    holder: str


def is_page(session: Session, *, page_id: str) -> bool:
    """Whether there is a page with this id."""
    return session.exec(select(PageRow.id).where(PageRow.id == page_id)).one_or_none() is not None


def last_holder_of(session: Session, *, incident_id: str) -> str | None:
    """Who held a closed incident to its end."""
    row = LedgerEntryRow
    return session.exec(
        select(row.from_id).where(row.incident_id == incident_id, row.type == EntryType.CLOSED)
    ).one_or_none()


def summary_of(session: Session, *, incident_id: str) -> str | None:
    """What the reporter of an incident wrote."""
    row = session.exec(select(IncidentRow).where(IncidentRow.id == incident_id)).one()
    key = find_key(session, row.client_id)
    if key is None or row.report is None:
        return None
    summary = key.open_object(row.report, report_at(incident_id)).get("summary")
    return str(summary) if summary else None


def last_course_of(session: Session, *, incident_id: str) -> Recorded | None:
    """The last setting out or arrival of an incident."""
    found = records_of(session, incident_id=incident_id, types=_COURSE, limit=1)
    return found[0] if found else None


def records_of(
    session: Session,
    *,
    incident_id: str,
    types: Collection[EntryType] = _RECORDS,
    limit: int = RECORDS_MAX,
) -> Sequence[Recorded]:
    """The last notes, calls, signals, corrections of an incident, its closing; oldest first."""
    row = LedgerEntryRow
    found = session.exec(
        select(row)
        .where(row.incident_id == incident_id, col(row.type).in_(types))
        .order_by(col(row.seq).desc())
        .limit(limit)
    ).all()
    said = _disclosed(session, incident_id, [entry.seq for entry in found])
    names = names_of(session, [entry.actor_id for entry in found])
    return [
        Recorded(
            at=entry.at,
            type=EntryType(entry.type),
            who=names.get(entry.actor_id or ""),
            facts=said.get(entry.seq, {}),
        )
        for entry in reversed(found)
    ]


def find_inbox(session: Session, *, contact_point_id: str) -> InboxOwner | None:
    """Whose inbox a contact point is, unless it or its party has been retired."""
    point = ContactPointRow
    party = session.exec(
        select(PartyRow)
        .join(point, col(point.party_id) == PartyRow.id)
        .where(
            point.id == contact_point_id,
            point.channel == "inbox",
            col(point.retired_at).is_(None),
            col(PartyRow.retired_at).is_(None),
        )
    ).one_or_none()
    if party is None:
        return None
    organisation = session.exec(select(PartyRow).where(PartyRow.id == party.organisation_id)).one()
    return InboxOwner(
        party_id=party.id,
        is_organisation=party.kind == "organisation",
        name=party.name,
        organisation=organisation.name,
        organisation_kind=organisation.organisation_kind or "",
        person_ids=_persons_of(session, party),
    )


def alarms_of(session: Session, owner: InboxOwner) -> Sequence[tuple[Incident, str, str | None]]:
    """The open exhausted incidents of a municipality, for an operator all; the newest first.

    Each with its client's code and town.
    """
    kinds = {OrganisationKind.MUNICIPALITY, OrganisationKind.OPERATOR}
    if not owner.is_organisation or owner.organisation_kind not in kinds:
        return ()
    row = IncidentRow
    query = (
        select(row, ClientRow)
        .join(ClientRow, col(ClientRow.id) == row.client_id)
        .where(col(row.closed_at).is_(None), col(row.exhausted).is_(True))
        .order_by(col(row.id).desc())
        .limit(PAGES_MAX)
    )
    if owner.organisation_kind != OrganisationKind.OPERATOR:
        query = query.where(row.municipality_id == owner.party_id)
    found = session.exec(query).all()
    details = details_of(session, [client for _, client in found])
    return [
        (_STATE.validate_python(one.state), client.code, details[client.id].town)
        for one, client in found
    ]


def open_pages_of(session: Session, owner: InboxOwner) -> Sequence[OpenPage]:
    """The open incidents that a party was asked in or holds, the newest request first."""
    page, incident = PageRow, IncidentRow
    query = (
        select(page.id, incident, ClientRow)
        .join(incident, col(incident.id) == page.incident_id)
        .join(ClientRow, col(ClientRow.id) == incident.client_id)
        .where(col(incident.closed_at).is_(None))
        .order_by(col(page.asked_at).desc(), col(page.round).desc(), col(page.step).desc())
        .limit(PAGES_MAX)
    )
    own = session.exec(query.where(page.party_id == owner.party_id)).all()
    # Who answered on a desk's phone holds without having been asked themselves.
    desks = select(DeskPersonRow.desk_id).where(DeskPersonRow.person_id == owner.party_id)
    others = session.exec(
        query.where(incident.holder_id == owner.party_id, col(page.party_id).in_(desks))
    ).all()
    newest: dict[str, OpenPage] = {}
    names = names_of(session, {row.holder_id for _, row, _ in own})
    details = details_of(session, [client for _, _, client in (*own, *others)])
    for page_id, row, client in (*own, *others):
        found = OpenPage(
            page_id=page_id,
            incident=_STATE.validate_python(row.state),
            client_code=client.code,
            town=details[client.id].town,
            occurred_at=row.occurred_at,
            holder=names.get(row.holder_id or "", owner.name),
        )
        newest.setdefault(row.id, found)
    return list(newest.values())


def _persons_of(session: Session, party: PartyRow) -> frozenset[str]:
    if party.kind == "person":
        return frozenset({party.id})
    persons = select(PartyRow.id).where(PartyRow.kind == "person")
    if party.kind == "desk":
        of_desk = select(DeskPersonRow.person_id).where(DeskPersonRow.desk_id == party.id)
        persons = persons.where(col(PartyRow.id).in_(of_desk))
    else:
        persons = persons.where(PartyRow.organisation_id == party.id)
    return frozenset(session.exec(persons).all())


def _disclosed(
    session: Session, incident_id: str, seqs: Sequence[int]
) -> Mapping[int, Mapping[str, object]]:
    found: dict[int, dict[str, object]] = {}
    for one in stored_disclosures(session, [incident_id], seqs):
        disclosed = decode(one.disclosure)
        found.setdefault(one.seq, {})[disclosed.name] = disclosed.value
    return found
