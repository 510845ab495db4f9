"""The pinned protocol document, read for what it binds people to.

Source: DESIGN.md 6.3; the document is the normal form, whose RFC 8785 bytes the ledger commits to.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.ledger.judge.when import Condition, read_condition

JAPAN: Final = ZoneInfo("Asia/Tokyo")
NEXT: Final = "next"
# What holds without a protocol.
ARRIVE_WITHIN: Final = timedelta(seconds=1800)
_OFFER_WITHIN: Final = timedelta(seconds=300)
_FIRST_PAUSE: Final = timedelta(seconds=60)
_PAUSE_MAX: Final = timedelta(seconds=600)


class PlanInvalid(ValueError):
    """The document cannot be read; the message shows nothing of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One stage. `desk` holds while it lasts; `named` are asked: the person, else the desk."""

    name: str | None
    desk: str | None
    person: str | None
    also: tuple[str, ...]
    inform: tuple[str, ...]
    ack_within: timedelta
    arrive_within: timedelta
    remind_every: timedelta | None
    on_decline: str

    @property
    def named(self) -> tuple[str, ...]:
        """The ids of all who are asked by name."""
        own = self.person or self.desk
        return (own, *self.also) if own else self.also


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """The steps for some incidents; without `when` for all that are left."""

    when: tuple[Condition, ...] | None
    rounds: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What was agreed beforehand. `accountable` is None where there is no protocol."""

    accountable: str | None = None
    zone: ZoneInfo = JAPAN
    # By organisation the first day from which it has agreed.
    agreed_on: Mapping[str, date]
    offer_within: timedelta = _OFFER_WITHIN
    first_pause: timedelta = _FIRST_PAUSE
    variants: tuple[Variant, ...] = ()

    def variant(self, type_: str, severity: str, at: datetime) -> Variant:
        """The variant for an incident of this kind, at this instant."""
        local = at.astimezone(self.zone)
        for one in self.variants:
            if one.when is None or any(c.matches(type_, severity, local) for c in one.when):
                return one
        return NO_STEPS

    def has_agreed(self, organisation_id: str, on: date) -> bool:
        """Whether its desks hold when a step says so."""
        agreed_on = self.agreed_on.get(organisation_id)
        return agreed_on is not None and agreed_on <= on

    def pauses(self) -> Iterator[timedelta]:
        """How long the accountable desk may be left alone between two pages."""
        pause = self.first_pause
        while pause < _PAUSE_MAX:
            yield pause
            pause = min(2 * pause, _PAUSE_MAX)
        yield pause


NO_STEPS: Final = Variant(when=None, rounds=1, steps=())
NO_PROTOCOL: Final = Plan(agreed_on={})


def read_plan(document: bytes) -> tuple[str, Plan]:
    """A document's digest (SHA-256, hexadecimal), and what it says.

    Args:
        document: its RFC 8785 bytes.

    Raises:
        PlanInvalid: it is no protocol document.
    """
    try:
        return sha256(document).hexdigest(), _plan(json.loads(document))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        raise PlanInvalid("no protocol document") from None


def _plan(data: Any) -> Plan:  # noqa: ANN401  # whatever the file holds
    agreed_on: dict[str, date] = {}
    for one in data["approvals"]:
        on = date.fromisoformat(one["approved_on"])
        agreed_on[one["organisation"]] = min(on, agreed_on.get(one["organisation"], on))
    return Plan(
        accountable=_text(data["accountable"]),
        zone=ZoneInfo(data["timezone"]),
        agreed_on=agreed_on,
        offer_within=_seconds(data["offer_within_seconds"]),
        first_pause=_seconds(data["accountable_remind_every_seconds"]),
        variants=tuple(_variant(one) for one in data["variants"]),
    )


def _variant(data: Mapping[str, Any]) -> Variant:
    when = data.get("when")
    conditions = [when] if isinstance(when, Mapping) else when
    return Variant(
        when=None if conditions is None else tuple(read_condition(one) for one in conditions),
        rounds=int(data["rounds"]),
        steps=tuple(_step(one) for one in data["steps"]),
    )


def _step(data: Mapping[str, Any]) -> Step:
    every = data.get("remind_every_seconds")
    return Step(
        name=data.get("name"),
        desk=data.get("desk"),
        person=data.get("person"),
        also=_texts(data["also_page"]),
        inform=_texts(data["inform"]),
        ack_within=_seconds(data["ack_within_seconds"]),
        arrive_within=_seconds(data["arrive_within_seconds"]),
        remind_every=None if every is None else _seconds(every),
        on_decline=_text(data["on_decline"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a text expected")
    return value


def _texts(value: Sequence[object]) -> tuple[str, ...]:
    return tuple(_text(one) for one in value)


def _seconds(value: object) -> timedelta:
    if type(value) is not int or value < 1:
        raise TypeError("a number of seconds expected")
    return timedelta(seconds=value)
