"""A dry run of a protocol: the production rules, a virtual clock, and scripted answers."""

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from app.escalation import event as happened
from app.escalation.decide import decide
from app.escalation.decision import Alarm, Decision, Entry, EntryType, MessageKind, Send
from app.escalation.delivery import is_wanted
from app.escalation.event import By, Capacity, Event
from app.escalation.incident import Incident
from app.escalation.moves.opening import Report, open_incident
from app.escalation.network import Network
from app.escalation.party import PartyId
from app.escalation.refusals import ActRefused
from app.protocols.kinds import IncidentType, Outcome, Severity

# A rehearsal ends when the accountable desk has been paged so often, or after so long.
LAST_RESORT_PAGES: Final = 2
ENDS_AFTER: Final = timedelta(hours=24)
# Reminders each second, for days: nobody reads on.
LINES_MAX: Final = 100_000
ANSWERS_MAX: Final = 200
# No incident is on its way for longer: 10 rounds of 20 steps of a day, and the night before.
ANSWER_WITHIN: Final = timedelta(days=201)
_INCIDENT_ID: Final = "rehearsal"


class Act(StrEnum):
    """What somebody does in a rehearsal; `fail`: none of their contact points works."""

    ACKNOWLEDGE = "acknowledge"
    DECLINE = "decline"
    ESCALATE = "escalate"
    EN_ROUTE = "en_route"
    ARRIVE = "arrive"
    RESOLVE = "resolve"
    CANCEL = "cancel"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One scripted answer, `after` the opening; without a party it is a coordinator's."""

    party_id: PartyId | None
    after: timedelta
    act: Act


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One line of the timeline: an entry as the ledger would have it, or an act refused."""

    at: datetime
    entry: Entry | None
    refused: tuple[Answer, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A message that a party would have received; the alarm goes to no contact point in it."""

    at: datetime
    party_id: PartyId | None
    contact_point_id: str | None
    kind: MessageKind


@dataclass(slots=True, kw_only=True)
class Rehearsal:
    """What would have happened."""

    incident: Incident
    timeline: list[Happening] = field(default_factory=list)
    messages: list[Received] = field(default_factory=list)
    ended_at: datetime


def rehearse(
    network: Network,
    *,
    incident_type: IncidentType,
    severity: Severity,
    at: datetime,
    answers: Sequence[Answer] = (),
) -> Rehearsal:
    """Open an incident at `at` and let nobody answer but those of the script.

    Messages arrive at once, timers are never late. It ends when the incident is closed, when the
    accountable desk has been paged twice, or after 24 hours; with the last answer if that comes
    later; at the latest after `LINES_MAX` lines.
    """
    return _Run(network, answers).through(_report(network, incident_type, severity), at)


def _report(network: Network, incident_type: IncidentType, severity: Severity) -> Report:
    return Report(
        incident_id=_INCIDENT_ID,
        client_id=_INCIDENT_ID,
        municipality_id=network.accountable,
        reporter_id=None,
        type=incident_type,
        severity=severity,
        drill=True,
        facts={},
    )


class _Run:
    def __init__(self, network: Network, answers: Sequence[Answer]) -> None:
        self._network = network
        self._answers = sorted(answers, key=lambda one: one.after)
        self._sends: list[tuple[datetime, int, Send]] = []
        self._last_resort_pages = 0

    def through(self, report: Report, at: datetime) -> Rehearsal:
        opened = open_incident(report, self._network, at)
        self._past = Rehearsal(incident=opened.incident, ended_at=at)
        self._take(opened)
        script = [(at + one.after, one) for one in self._answers]
        ends_at = max([at + ENDS_AFTER, *(when for when, _ in script)])
        while (now := self._next(script)) is not None and now <= ends_at:
            self._past.ended_at = now
            self._deliver(now)
            if script and script[0][0] <= now:
                self._answer(script.pop(0)[1], now)
            elif self._is_due(now):
                self._happen(happened.Woke(), now)
            if self._last_resort_pages >= LAST_RESORT_PAGES:
                break
            if len(self._past.timeline) >= LINES_MAX:
                break
        self._deliver(self._past.ended_at)
        return self._past

    def _next(self, script: Sequence[tuple[datetime, Answer]]) -> datetime | None:
        incident = self._past.incident
        due = [at for at in (incident.wake_at, script[0][0] if script else None) if at]
        waiting = [self._sends[0][0]] if self._sends else []
        if not incident.is_open and not waiting:
            return None
        return max(min([*due, *waiting]), self._past.ended_at) if due or waiting else None

    def _is_due(self, now: datetime) -> bool:
        due = self._past.incident.wake_at
        return due is not None and due <= now

    def _happen(self, event: Event, now: datetime) -> None:
        self._take(decide(self._past.incident, event, now, self._network))

    def _take(self, decision: Decision) -> None:
        self._past.incident = decision.incident
        self._past.timeline += [
            Happening(at=decision.at, entry=entry) for entry in decision.entries
        ]
        was_paged = any(
            entry.type in {EntryType.PAGED, EntryType.REMINDED, EntryType.SKIPPED}
            for entry in decision.entries
        )
        self._last_resort_pages += decision.incident.exhausted and was_paged
        for effect in decision.effects:
            if isinstance(effect, Send):
                order = len(self._sends) + len(self._past.messages)
                heapq.heappush(self._sends, (decision.at + effect.delay, order, effect))
            elif isinstance(effect, Alarm):
                self._receive(decision.at, None, None, MessageKind.ALARM)

    def _deliver(self, now: datetime) -> None:
        while self._sends and self._sends[0][0] <= now:
            at, _, send = heapq.heappop(self._sends)
            if is_wanted(self._past.incident, send.kind, send.party_id):
                self._receive(at, send.party_id, send.contact_point_id, send.kind)

    def _receive(
        self, at: datetime, party: PartyId | None, point: str | None, kind: MessageKind
    ) -> None:
        self._past.messages.append(
            Received(at=at, party_id=party, contact_point_id=point, kind=kind)
        )

    def _answer(self, answer: Answer, now: datetime) -> None:
        try:
            for event in self._events(answer):
                self._happen(event, now)
        except ActRefused as refusal:
            self._past.timeline.append(
                Happening(at=now, entry=None, refused=(answer, str(refusal)))
            )

    def _events(self, answer: Answer) -> Iterator[Event]:
        if answer.act is not Act.FAIL:
            yield _EVENTS[answer.act](_by(answer))
            return
        asked = self._past.incident.find_asked(answer.party_id or PartyId(""))
        if asked is None:
            return
        for point_id in asked.contact_point_ids:
            yield happened.ContactFailed(
                party_id=asked.party_id,
                page_id=asked.page_id,
                contact_point_id=point_id,
                permanent=True,
            )


def _by(answer: Answer) -> By:
    if answer.party_id is None:
        return By(capacity=Capacity.COORDINATOR)
    return By(capacity=Capacity.RESPONDER, party_id=answer.party_id)


_EVENTS: Final[Mapping[Act, Callable[[By], Event]]] = MappingProxyType(
    {
        Act.ACKNOWLEDGE: lambda by: happened.Acknowledged(by=by),
        Act.DECLINE: lambda by: happened.Declined(by=by),
        Act.ESCALATE: lambda by: happened.Escalated(by=by),
        Act.EN_ROUTE: lambda by: happened.SetOut(by=by),
        Act.ARRIVE: lambda by: happened.Arrived(by=by),
        Act.RESOLVE: lambda by: happened.Resolved(by=by, outcome=Outcome.OTHER),
        Act.CANCEL: lambda by: happened.Cancelled(by=by),
    }
)
