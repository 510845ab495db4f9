"""What a document says of parties, even one that was refused: wherever it can be read.

So that somebody who publishes a protocol learns at once of a misspelt time and of an unknown desk.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Literal, Self
from zoneinfo import ZoneInfo

from app.protocols.fields import day_of, tidy, zone_name
from app.protocols.problems import Location, ProtocolInvalid, items, member, pointer
from app.protocols.protocol import Protocol

Kind = Literal["organisation", "desk", "person"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A place that names a party: where, whom, and what kinds of party may be meant."""

    where: Location
    party_id: str
    kinds: tuple[Kind, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A protocol, or plain data that should have become one.

    `wrong` holds the pointers of what is known to be wrong in it already: it is not looked at.
    """

    document: object
    wrong: frozenset[str] = frozenset()

    @classmethod
    def of(cls, written: Protocol | ProtocolInvalid) -> Self:
        """What came of reading a document."""
        if isinstance(written, Protocol):
            return cls(document=written)
        wrong = frozenset(one.pointer for one in written.problems)
        return cls(document=written.document, wrong=wrong)

    @property
    def zone(self) -> ZoneInfo:
        """The zone of its local times; that of a protocol without one while none can be read."""
        with suppress(ValueError):
            return ZoneInfo(zone_name(str(tidy(member(self.document, "timezone")))))
        return ZoneInfo(Protocol.model_fields["timezone"].default)

    def references(self) -> Iterator[Reference]:
        """Every place that names a party."""
        for where, value, kinds in _places(self.document):
            if isinstance(value, str) and pointer(where) not in self.wrong:
                yield Reference(where=where, party_id=value, kinds=kinds)

    def may_be_approved(self, organisation_id: str, on: date) -> bool:
        """Whether this organisation has agreed on or before that day, as far as can be told.

        What cannot be read may be its approval.
        """
        return "/approvals" in self.wrong or any(
            _may_approve(one, organisation_id, on) for one in items(self.document, "approvals")
        )


def _may_approve(approval: object, organisation_id: str, on: date) -> bool:
    if member(approval, "organisation") != organisation_id:
        return not isinstance(member(approval, "organisation"), str)
    with suppress(ValueError):
        return day_of(member(approval, "approved_on")) <= on
    return True


def _places(document: object) -> Iterator[tuple[Location, object, tuple[Kind, ...]]]:
    yield ("accountable",), member(document, "accountable"), ("desk",)
    for at, approval in enumerate(items(document, "approvals")):
        where = ("approvals", at, "organisation")
        yield where, member(approval, "organisation"), ("organisation",)
    for at, variant in enumerate(items(document, "variants")):
        for number, step in enumerate(items(variant, "steps")):
            yield from _places_of_step(("variants", at, "steps", number), step)


def _places_of_step(
    here: Location, step: object
) -> Iterator[tuple[Location, object, tuple[Kind, ...]]]:
    yield (*here, "desk"), member(step, "desk"), ("desk",)
    yield (*here, "person"), member(step, "person"), ("person",)
    for at, value in enumerate(items(step, "inform")):
        yield (*here, "inform", at), value, ("organisation", "desk", "person")
    for at, value in enumerate(items(step, "also_page")):
        yield (*here, "also_page", at), value, ("desk", "person")
