"""Values of a link's page, made by hand: one view per situation."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

from app.commands.link import LinkView, Named
from app.escalation.decision import EntryType
from app.escalation.incident import Status
from app.escalation.party import PartyId
from app.pages.language import Speech
from app.pages.rendering import Pages
from app.pages.respond import values_of
from app.pages.view import Details
from app.protocols.kinds import IncidentType, Language, OrganisationKind, Outcome, Severity
from app.store.pages import Recorded
from tests.pages.world import PERSONAL, SUMMARY, without_names_marked

NOW = datetime(2026, 11, 20, 18, 19, tzinfo=UTC)  # 03:19 in Japan
BEGIN = NOW - timedelta(minutes=7)


def person(name: str, organisation: str, kind: OrganisationKind) -> Named:
    """A person of an organisation."""
    return Named(
        id=PartyId(f"id-{name}"),
        name=name,
        organisation=organisation,
        organisation_kind=kind,
        is_person=True,
    )


SUZUKI = person("鈴木", "みどり訪問看護", OrganisationKind.PROVIDER)
TAKAHASHI = person("高橋", "みどり訪問看護", OrganisationKind.PROVIDER)
ITO = person("伊藤", "包括支援センター", OrganisationKind.SUPPORT_CENTRE)
NIGHT = replace(SUZUKI, id=PartyId("id-night"), name="夜間当番", is_person=False)

ASKED = LinkView(
    incident_id="i",
    client_id="c",
    client_code="K7QX2",
    town="緑が丘",
    type=IncidentType.FALL,
    severity=Severity.HIGH,
    status=Status.TRIGGERED,
    exhausted=False,
    is_exhausted_at_once=False,
    drill=False,
    is_restricted=False,
    signal_count=1,
    occurred_at=BEGIN,
    arrived_at=None,
    closed_at=None,
    outcome=None,
    now=NOW,
    due_at=NOW + timedelta(seconds=150),
    next_asked=(ITO,),
    is_next=False,
    also_asked=(TAKAHASHI,),
    holder=NIGHT,
    holder_since=BEGIN,
    arrive_due_at=None,
    joined=(),
    page_party=SUZUKI,
    persons=(SUZUKI,),
    current_page_id="p",
    is_holder=False,
    has_joined=False,
    has_declined=False,
    is_asked_now=True,
    offer_persons=(),
    offer_due_at=None,
    offered_to=None,
    shows_119=False,
    last_seq=4,
    last_hash="0f" * 32,
    hand_over_targets=(),
)
DANGER = replace(ASKED, type=IncidentType.SUDDEN_CHANGE, severity=Severity.CRITICAL, shows_119=True)
ASKED_BEFORE = replace(ASKED, is_asked_now=False)
DECLINED = replace(ASKED, has_declined=True)
EXHAUSTED = replace(ASKED, exhausted=True, due_at=None, next_asked=())
DESK = replace(ASKED, page_party=NIGHT, persons=(SUZUKI, TAKAHASHI))
_ACCEPTED = replace(
    ASKED,
    status=Status.ACKNOWLEDGED,
    due_at=None,
    next_asked=(),
    also_asked=(),
    holder_since=NOW - timedelta(minutes=5),
    arrive_due_at=NOW + timedelta(minutes=25),
)
TAKEN = replace(_ACCEPTED, holder=TAKAHASHI)
JOINED = replace(TAKEN, has_joined=True)
OFFERED = replace(TAKEN, offer_persons=(SUZUKI,), offer_due_at=NOW + timedelta(minutes=5))
HOLDER = replace(_ACCEPTED, holder=SUZUKI, is_holder=True)
EN_ROUTE = replace(HOLDER, status=Status.EN_ROUTE)
ARRIVED = replace(
    HOLDER, status=Status.ARRIVED, arrived_at=NOW, arrive_due_at=None, joined=(TAKAHASHI,)
)
CLOSED = replace(
    _ACCEPTED,
    status=Status.RESOLVED,
    holder=None,
    holder_since=None,
    arrive_due_at=None,
    closed_at=NOW,
    outcome=Outcome.CLIENT_SAFE,
)
STAGES = {
    "asked": ASKED,
    "danger": DANGER,
    "asked_before": ASKED_BEFORE,
    "declined": DECLINED,
    "exhausted": EXHAUSTED,
    "desk": DESK,
    "taken": TAKEN,
    "joined": JOINED,
    "offered": OFFERED,
    "holder": HOLDER,
    "en_route": EN_ROUTE,
    "arrived": ARRIVED,
    "closed": CLOSED,
}
FULL = Details(
    personal=PERSONAL,
    records=(
        Recorded(at=NOW, type=EntryType.NOTED, who="センター", facts={"note": "折り返し済み"}),
        Recorded(at=NOW, type=EntryType.EXTERNAL_CALLED, who="鈴木", facts={"service": "119"}),
        Recorded(at=NOW, type=EntryType.SIGNALLED, who=None, facts={}),
    ),
    summary=SUMMARY,
    fire_number="042-555-0119",
    hand_over_targets=(TAKAHASHI, NIGHT),
)


@cache
def pages() -> Pages:
    """The templates, compiled once."""
    return Pages()


def render(
    view: LinkView, details: Details | None = None, language: Language = "ja", focus: str = ""
) -> str:
    """The page's HTML, with names as plain text."""
    return without_names_marked(rendered(view, details, language, focus))


def rendered(
    view: LinkView, details: Details | None = None, language: Language = "ja", focus: str = ""
) -> str:
    """The page's HTML."""
    return pages().render(
        "respond.html",
        Speech(language),
        focus=focus,
        filled={},
        refused=(),
        done="",
        **values_of(view, details or Details(), link="/r/TOKEN"),
    )
