"""What a responder's page consists of: its stage, and what is personal on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlmodel import Session

from app.commands.audit.disclosure import fields_for_holder, is_professional
from app.commands.link import LinkView, Named
from app.commands.respond import USABLE_AFTER_CLOSE
from app.escalation.decision import EntryType
from app.escalation.incident import Status
from app.escalation.party import PartyId
from app.protocols.kinds import OrganisationKind
from app.store.directory.client import fire_headquarters_of, personal_of
from app.store.pages import (
    Recorded,
    is_page,
    last_course_of,
    last_holder_of,
    records_of,
    summary_of,
)
from app.store.people.colleagues import Colleague, colleagues_of

# A list that is longer is read by nobody at night.
TARGETS_MAX: Final = 30
NEAREST_MAX: Final = 12
COLLEAGUES_MAX: Final = 60


class Stage(StrEnum):
    """What the page is about, for whoever has the link."""

    ASKED = "asked"
    # The step that asked them is over, and nobody has accepted: they still may.
    ASKED_BEFORE = "asked_before"
    # They said no, and may change their mind.
    DECLINED = "declined"
    OFFERED = "offered"
    HOLDER = "holder"
    TAKEN = "taken"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What is shown beside the view; empty where the reader may not see it.

    `personal` holds the fields of the client that the holder may see at this stage.
    """

    personal: Mapping[str, object] = field(default_factory=dict)
    records: Sequence[Recorded] = ()
    # What the reporter wrote.
    summary: str | None = None
    # When the holder expects to arrive, and when they did; None where another act came after.
    eta: datetime | None = None
    arrived_at: datetime | None = None
    # When the reporter asked to cancel; the holder decides (DESIGN.md 4.1.9).
    cancel_asked_at: datetime | None = None
    fire_number: str | None = None
    # By which page to act: the current one of the party, where there is one.
    acting_page_id: str | None = None
    # Until when the last holder of a closed incident still sees the client's data.
    readable_until: datetime | None = None
    # The reader, if they held a closed incident to its end.
    last_holder: Named | None = None
    # To whom the holder may hand over, most fit first.
    hand_over_targets: Sequence[Named] = ()


def stage_of(view: LinkView) -> Stage:
    """What the page is about."""
    if view.closed_at is not None:
        return Stage.CLOSED
    if view.is_holder:
        return Stage.HOLDER
    if view.offer_due_at is not None:
        return Stage.OFFERED
    if view.status is not Status.TRIGGERED:
        return Stage.TAKEN
    if view.has_declined:
        return Stage.DECLINED
    return Stage.ASKED if view.is_asked_now else Stage.ASKED_BEFORE


def read_details(session: Session, view: LinkView) -> Details:
    """What the reader of a link may see of the client and of the course so far."""
    is_current = view.closed_at is None and is_page(session, page_id=view.current_page_id)
    details = Details(acting_page_id=view.current_page_id if is_current else None)
    reader = _holding_reader(session, view)
    if reader is not None:
        return replace(details, **_of_holder(session, view, reader))
    if _shows_fire_number(view):
        number = fire_headquarters_of(session, client_id=view.client_id)
        return replace(details, fire_number=number)
    return details


def is_cancel_request(record: Recorded) -> bool:
    """Whether the reporter asked for a cancellation that only the holder may decide on."""
    return record.type is EntryType.NOTED and record.facts.get("act") == "cancel"


def _of_holder(session: Session, view: LinkView, reader: Named) -> dict[str, Any]:
    """What only the holder sees, as members of `Details`."""
    kind = reader.organisation_kind
    fields = fields_for_holder(
        kind, has_arrived=view.arrived_at is not None, is_restricted=view.is_restricted
    )
    personal = personal_of(session, client_id=view.client_id, fields=fields)
    incident_id = view.incident_id
    records = records_of(session, incident_id=incident_id)
    asked_at = (one.at for one in records if is_cancel_request(one))
    return {
        "personal": personal,
        # Free text may tell of health.
        "records": records if is_professional(kind) else (),
        "summary": summary_of(session, incident_id=incident_id) if is_professional(kind) else None,
        "cancel_asked_at": max(asked_at, default=None) if view.is_holder else None,
        "fire_number": personal.get("fire_headquarters_number"),
        "readable_until": view.closed_at + USABLE_AFTER_CLOSE if view.closed_at else None,
        "last_holder": reader if view.closed_at else None,
        **_course(session, view),
        "hand_over_targets": _targets(session, view, reader) if view.is_holder else (),
    }


def _course(session: Session, view: LinkView) -> dict[str, datetime | None]:
    """The arrival, expected or done, as members of `Details`."""
    last = last_course_of(session, incident_id=view.incident_id)
    if last is None or not view.is_holder:
        return {}
    if view.status is Status.ARRIVED:
        return {"arrived_at": last.at}
    eta = last.facts.get("eta") if view.status is Status.EN_ROUTE else None
    return {"eta": datetime.fromisoformat(str(eta)) if eta else None}


def _targets(session: Session, view: LinkView, holder: Named) -> Sequence[Named]:
    """Who could take over: who said yes too, the desk's colleagues, the protocol, other colleagues.

    A person may be several of these; each is there once.
    """
    colleagues = colleagues_of(session, person_id=holder.id, limit=COLLEAGUES_MAX)
    joined = [one for one in view.hand_over_targets if one in view.joined]
    # Of a large desk only some: the protocol's parties must find room.
    nearest = [_named(one) for one in colleagues if one.shares_desk][:NEAREST_MAX]
    others = [_named(one) for one in colleagues if not one.shares_desk]
    everyone = {one.id: one for one in (*joined, *nearest, *view.hand_over_targets, *others)}
    return [
        one
        for one in everyone.values()
        if not (view.is_restricted and one.organisation_kind is OrganisationKind.FAMILY)
    ][:TARGETS_MAX]


def _named(colleague: Colleague) -> Named:
    kind = colleague.organisation_kind
    return Named(
        id=PartyId(colleague.id),
        name=colleague.name,
        organisation=colleague.organisation,
        organisation_kind=OrganisationKind(kind) if kind else None,
        is_person=True,
    )


def _holding_reader(session: Session, view: LinkView) -> Named | None:
    """The person of this link who holds, or who held to the end."""
    if view.is_holder:
        return view.holder
    if view.closed_at is None:
        return None
    last = last_holder_of(session, incident_id=view.incident_id)
    return next((one for one in view.persons if one.id == last), None)


def _shows_fire_number(view: LinkView) -> bool:
    return view.shows_119 and stage_of(view) not in {Stage.TAKEN, Stage.CLOSED}
