"""What a protocol must fulfil before it is published, and what its author should look at again.

It is about the parties that the document names: whether they exist, may be named, have agreed and
can be reached. Whether the document makes sense by itself is `protocol`'s matter; who is on duty
when, the roster's. Source: DESIGN.md 6.3 ("Publishing") and H3.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final

from app.protocols.calendar import Hours, union_covers_day
from app.protocols.draft import Draft, Kind
from app.protocols.problems import Location, Problem, ProtocolInvalid, pointer
from app.protocols.protocol import Approval, Condition, Protocol, Step, Variant

Finding = tuple[Location, str]

_A: Final[Mapping[Kind, str]] = MappingProxyType(
    {"organisation": "an organisation", "desk": "a desk", "person": "a person"}
)
_ORDER: Final = tuple(
    name for part in (Protocol, Approval, Variant, Condition, Step) for name in part.model_fields
)
_INDEX: Final = re.compile(r"[0-9]{1,4}")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownParty:
    """A party that the coordinator may name, as far as publishing needs it.

    `hours` are a desk's (for the others: always), `desk_ids` the desks whose person it is,
    `contact_hours` one entry for each of its contact points. An organisation's `organisation_id`
    is its own id.
    """

    id: str
    kind: Kind
    organisation_id: str
    hours: Hours
    retired: bool
    desk_ids: frozenset[str]
    contact_hours: tuple[Hours, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What stands against publishing (`errors`) and what is worth a look (`warnings`)."""

    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...]

    @property
    def is_ok(self) -> bool:
        """Whether it may be published."""
        return not self.errors


def check_publication(
    protocol: Protocol, network_view: Mapping[str, KnownParty], *, published_on: date
) -> Report:
    """All that is to be said about publishing this protocol on that day, in document order.

    Args:
        protocol: The parsed document.
        network_view: By id, every party that the coordinator may name; foreign ones are absent.
        published_on: The local day on which it would be published.
    """
    view = _View(network_view)
    return Report(
        errors=_in_order(_problems(_errors(Draft.of(protocol), view, published_on))),
        warnings=_in_order(_problems(_warnings(protocol, view, published_on))),
    )


def check_refused(
    refused: ProtocolInvalid, network_view: Mapping[str, KnownParty], *, published_on: date
) -> tuple[Problem, ...]:
    """All that is wrong with a refused document, in document order.

    Beside its own problems these are what would stand against publishing it, as far as it can be
    read. The arguments are those of `check_publication`.
    """
    further = _errors(Draft.of(refused), _View(network_view), published_on)
    return _in_order([*refused.problems, *_problems(further)])


def _problems(findings: Iterator[Finding]) -> Iterator[Problem]:
    for where, detail in findings:
        yield Problem(pointer=pointer(where), detail=detail)


def _in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda one: _position(one.pointer)))


def _position(where: str) -> list[int]:
    parts = where.split("/")[1:]
    return [int(part) if _INDEX.fullmatch(part) else _rank(part) for part in parts]


def _rank(name: str) -> int:
    # What a protocol does not know comes last.
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)


class _View:
    """The parties by id, and the persons of each desk."""

    def __init__(self, parties: Mapping[str, KnownParty]) -> None:
        self._parties = parties
        self._persons: dict[str, list[KnownParty]] = {}
        for party in parties.values():
            if party.kind == "person" and not party.retired:
                for desk_id in party.desk_ids:
                    self._persons.setdefault(desk_id, []).append(party)

    def find(self, party_id: str | None) -> KnownParty | None:
        """The party, unless it is unknown or retired."""
        party = self._parties.get(party_id) if party_id is not None else None
        return None if party is None or party.retired else party

    def is_retired(self, party_id: str) -> bool:
        """Whether the party is known and retired."""
        party = self._parties.get(party_id)
        return party is not None and party.retired

    def persons(self, desk_id: str) -> list[KnownParty]:
        """The persons of a desk who are not retired."""
        return self._persons.get(desk_id, [])

    def reached(self, *party_ids: str) -> set[str]:
        """The ids of these parties, and of the persons who may be asked through them."""
        persons = {person.id for desk_id in party_ids for person in self.persons(desk_id)}
        return persons.union(party_ids)

    def contact_hours(self, party_id: str) -> tuple[Hours, ...]:
        """When the contact points may be used by which a page to this party reaches somebody."""
        itself = self.find(party_id)
        parties = [*([itself] if itself else []), *self.persons(party_id)]
        return tuple(hours for party in parties for hours in party.contact_hours)


# --- errors ----------------------------------------------------------------------------------


def _errors(draft: Draft, view: _View, published_on: date) -> Iterator[Finding]:
    for one in draft.references():
        sentence = _reference_problem(view, one.party_id, one.kinds)
        if sentence:
            yield one.where, sentence
        elif one.where == ("accountable",):
            yield from _accountable_problems(draft, view, one.party_id, published_on)


def _reference_problem(view: _View, party_id: str, kinds: tuple[Kind, ...]) -> str | None:
    if view.is_retired(party_id):
        return "This party is retired."
    party = view.find(party_id)
    if party is None:
        return "No such party is known here."
    if party.kind not in kinds:
        return f"Must be {' or '.join(_A[kind] for kind in kinds)}; this is {_A[party.kind]}."
    return None


def _accountable_problems(
    draft: Draft, view: _View, desk_id: str, published_on: date
) -> Iterator[Finding]:
    where: Location = ("accountable",)
    desk = view.find(desk_id)
    assert desk is not None, "the reference is sound"
    if not draft.may_be_approved(desk.organisation_id, published_on):
        yield where, "Its organisation has not approved this protocol on or before this day."
    if not desk.hours.covers_whole_day():
        yield where, "The accountable desk must be open 24 hours."
    contact_hours = view.contact_hours(desk.id)
    if not contact_hours:
        yield where, "The accountable desk and its persons have no contact point."
    elif not union_covers_day(contact_hours):
        yield where, "At some hours no contact point of the accountable desk may be used."


# --- warnings --------------------------------------------------------------------------------


def _warnings(protocol: Protocol, view: _View, published_on: date) -> Iterator[Finding]:
    yield from _desk_without_persons(view, ("accountable",), protocol.accountable)
    for at, approval in enumerate(protocol.approvals):
        if approval in protocol.approvals[:at]:
            yield ("approvals", at), "This approval is in the list twice."
        if approval.approved_on > published_on:
            yield ("approvals", at, "approved_on"), "This day has not come yet."
    for at, variant in enumerate(protocol.variants):
        earlier: set[str] = set()
        for number, step in enumerate(variant.steps):
            here: Location = ("variants", at, "steps", number)
            yield from _step_warnings(protocol, view, here, step, published_on)
            yield from _asked_again(view, here, step, earlier)
            earlier |= view.reached(*step.asked)


def _step_warnings(
    protocol: Protocol, view: _View, here: Location, step: Step, published_on: date
) -> Iterator[Finding]:
    desk = view.find(step.desk)
    if desk and not protocol.is_approved(desk.organisation_id, published_on):
        yield (*here, "desk"), "Its organisation has not approved: it is asked, but never holds."
    for where, party_id in _asked(here, step):
        yield from _desk_without_persons(view, where, party_id)
    if step.remind_every_seconds and step.remind_every_seconds >= step.ack_within_seconds:
        yield (*here, "remind_every_seconds"), "The step ends before its first reminder."
    yield from _named_twice((*here, "inform"), step.inform)
    known = [party_id for party_id in step.asked if view.find(party_id)]
    if known and not any(view.contact_hours(party_id) for party_id in known):
        yield here, "Nobody whom this step asks has a contact point."


def _asked(here: Location, step: Step) -> Iterator[tuple[Location, str]]:
    """Where the step names the parties that it asks, in the order of `step.asked`."""
    own, *others = step.asked
    yield (*here, "desk" if step.person is None else "person"), own
    for at, party_id in enumerate(others):
        yield (*here, "also_page", at), party_id


def _desk_without_persons(view: _View, where: Location, party_id: str) -> Iterator[Finding]:
    party = view.find(party_id)
    if party and party.kind == "desk" and not view.persons(party_id):
        yield where, "This desk has no persons: nobody can accept for it."


def _named_twice(where: Location, party_ids: tuple[str, ...]) -> Iterator[Finding]:
    for at, party_id in enumerate(party_ids):
        if party_id in party_ids[:at]:
            yield (*where, at), "This party is in the list twice."


def _asked_again(view: _View, here: Location, step: Step, earlier: set[str]) -> Iterator[Finding]:
    so_far: set[str] = set()
    for where, party_id in _asked(here, step):
        reached = view.reached(party_id)
        if reached & so_far:
            yield where, "This step may ask the same person twice."
        if reached & earlier:
            yield where, "An earlier step may have asked the same person already."
        so_far |= reached
