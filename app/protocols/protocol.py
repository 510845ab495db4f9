"""The protocol document: who is asked, in which order, for how long, and who holds meanwhile.

A coordinator writes it as JSON or YAML; everybody reads it with `parse_protocol`. What is parsed is
immutable and complete, its defaults filled in. Source: DESIGN.md 6.3 and 4.1.
"""

from collections.abc import Iterator
from datetime import date, datetime
from hashlib import sha256
from typing import Annotated, Any, Final, Literal, Self
from zoneinfo import ZoneInfo

import rfc8785
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PlainSerializer,
    ValidationError,
    model_validator,
)

from app.protocols.calendar import Day, days_of
from app.protocols.document import Written, read_text
from app.protocols.fields import (
    Codes,
    DayDate,
    Few,
    HoursField,
    Id,
    Line,
    Maybe,
    Seconds,
    SecondsOrZero,
    Some,
    ZoneName,
    tidy,
)
from app.protocols.kinds import IncidentType, Severity
from app.protocols.problems import (
    Location,
    Problem,
    ProtocolInvalid,
    gathered,
    items,
    member,
    problems_of,
    within_json,
)

__all__ = [
    "Approval",
    "Condition",
    "Problem",
    "Protocol",
    "ProtocolInvalid",
    "Step",
    "Variant",
    "parse_protocol",
    "parse_protocol_text",
]

NEXT: Final = "next"
"""`on_decline`: the step after this one."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Approval(_Part):
    """A standing agreement (事前合意): this organisation's desks hold when the protocol says so."""

    organisation: Id
    approved_by: Line
    approved_on: DayDate
    reference: Maybe[Line] = None


class Condition(_Part):
    """When a variant applies: every member that is given must match."""

    types: Maybe[Codes[IncidentType]] = None
    severities: Maybe[Codes[Severity]] = None
    days: Maybe[Codes[Day]] = None
    hours: Maybe[HoursField] = None

    @model_validator(mode="wrap")
    @classmethod
    def _says_something(cls, data: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        names = ("types", "severities", "days", "hours")
        is_empty = isinstance(data, dict) and all(data.get(name) is None for name in names)
        sentence = "Must say at least one of types, severities, days, hours."
        return gathered(data, handler, [((), sentence)] if is_empty else [])

    def matches(self, incident_type: IncidentType, severity: Severity, local: datetime) -> bool:
        """Whether an incident at this local time is meant.

        An interval across midnight belongs to the day on which it begins: Saturday 02:00 is within
        `days: [fri], hours: ["18:00-08:30"]`.
        """
        if self.types is not None and incident_type not in self.types:
            return False
        if self.severities is not None and severity not in self.severities:
            return False
        dates = (local.date(),) if self.hours is None else self.hours.begin_dates(local)
        return any(self.days is None or not days_of(day).isdisjoint(self.days) for day in dates)


WhenBusy = Literal["ask", "pass"]


class Step(_Part):
    """One stage: a desk (its persons on duty) or a person is asked, others are told."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": ["desk"]}, {"required": ["person"]}]}
    )

    name: Maybe[Line] = None
    desk: Maybe[Id] = None
    """Who holds while the step lasts; beside a `person` it is not asked."""
    person: Maybe[Id] = None
    ack_within_seconds: Seconds = 180
    remind_every_seconds: Seconds | None = 60
    """None: the step asks once."""
    arrive_within_seconds: Seconds = 1800
    inform: Few[Id] = ()
    also_page: Few[Id] = ()
    on_decline: Line = NEXT
    """`next`, or the name of a later step of the variant."""
    # Left out of the normal form at their defaults: documents from before them keep their digests.
    tier: Annotated[int, Field(strict=True, ge=1, le=5, exclude_if=lambda tier: tier == 1)] = 1
    """Who of the desk's roster is asked: those first on duty, or those behind them."""
    when_busy: Annotated[WhenBusy, Field(exclude_if=lambda when: when == "ask")] = "ask"
    """`pass`: who holds another incident is not asked; of a desk, whoever is next behind them."""

    @property
    def asked(self) -> tuple[str, ...]:
        """The ids of the parties that this step asks, its own first."""
        own = self.person if self.person is not None else self.desk
        assert own is not None, "a step names a desk or a person"
        return (own, *self.also_page)

    @model_validator(mode="wrap")
    @classmethod
    def _asks_somebody(cls, data: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        found: list[tuple[Location, str]] = []
        if isinstance(data, dict) and data.get("desk") is None and data.get("person") is None:
            found.append(((), "Must name a desk or a person."))
        if tidy(member(data, "name")) == NEXT:
            found.append((("name",), f'"{NEXT}" is what on_decline calls the step that follows.'))
        return gathered(data, handler, found)


def _listed(value: object) -> object:
    return (value,) if isinstance(value, dict | Condition) else value


def _single_if_one(conditions: tuple[Condition, ...]) -> Condition | tuple[Condition, ...]:
    return conditions[0] if len(conditions) == 1 else conditions


_Conditions = Annotated[
    Some[Condition],
    BeforeValidator(_listed, json_schema_input_type=Condition | Some[Condition]),
    PlainSerializer(_single_if_one),
]


class Variant(_Part):
    """The part of a protocol for some incidents: its steps, and how often they are gone through."""

    name: Line
    when: Maybe[_Conditions] = None
    """Any of the conditions suffices; only the last variant has none."""
    rounds: Annotated[int, Field(strict=True, ge=1, le=10)] = 1
    steps: Some[Step]

    @model_validator(mode="wrap")
    @classmethod
    def _steps_agree(cls, data: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        return gathered(data, handler, _between_steps(items(data, "steps")))


class Protocol(_Part):
    """A whole protocol document. Make one with `parse_protocol`."""

    title: Line
    timezone: ZoneName = "Asia/Tokyo"
    accountable: Id
    """The desk that holds when nobody else does; it is paged without end."""
    accountable_remind_every_seconds: Annotated[int, Field(strict=True, ge=1, le=600)] = 60
    approvals: Few[Approval] = ()
    variants: Some[Variant]
    repeat_window_seconds: SecondsOrZero = 0
    """A signal without a key within this time is a repeat of the same emergency; 0: never."""
    offer_within_seconds: Seconds = 300

    @model_validator(mode="wrap")
    @classmethod
    def _variants_close(cls, data: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        return gathered(data, handler, _between_variants(items(data, "variants")))

    @property
    def zone(self) -> ZoneInfo:
        """The zone of all its local times."""
        return ZoneInfo(self.timezone)

    def variant_for(self, incident_type: IncidentType, severity: Severity, at: datetime) -> int:
        """The index of the first variant that applies at this instant; there always is one."""
        local = at.astimezone(self.zone)
        return next(
            index
            for index, variant in enumerate(self.variants)
            if variant.when is None
            or any(one.matches(incident_type, severity, local) for one in variant.when)
        )

    def is_approved(self, organisation_id: str, on: date) -> bool:
        """Whether this organisation has agreed on or before that day."""
        return any(
            approval.organisation == organisation_id and approval.approved_on <= on
            for approval in self.approvals
        )

    def party_ids(self) -> frozenset[str]:
        """The ids of all desks and persons (and whoever is informed) that it names."""
        steps = [step for variant in self.variants for step in variant.steps]
        own = {one for step in steps for one in (step.desk, step.person) if one is not None}
        others = {one for step in steps for one in (*step.inform, *step.also_page)}
        return frozenset({self.accountable} | own | others)

    def document(self) -> dict[str, Any]:
        """The normal form, ready for JSON: defaults filled in, what is absent left out."""
        return self.model_dump(mode="json")

    def digest(self) -> str:
        """SHA-256 in hex over the normal form's canonical bytes. Source: RFC 8785."""
        return sha256(rfc8785.dumps(self.document())).hexdigest()


# --- reading ---------------------------------------------------------------------------------


def parse_protocol(data: object) -> Protocol:
    """Read a protocol from plain data, as a JSON or YAML reader gives it.

    Raises:
        ProtocolInvalid: All that is wrong with it, each problem with its pointer.
    """
    return _parsed(Written(data=data))


def parse_protocol_text(text: bytes | str, *, yaml: bool) -> Protocol:
    """Read a protocol from JSON text, or from YAML text.

    Raises:
        ProtocolInvalid: The text cannot be read, or all that is wrong with the document.
    """
    return _parsed(read_text(text, is_yaml=yaml))


def _parsed(written: Written) -> Protocol:
    data, beyond = within_json(written.data)
    problems, protocol = [*beyond, *written.problems()], None
    try:
        protocol = Protocol.model_validate(data)
    except ValidationError as error:
        known = {one.pointer for one in beyond}
        problems += [one for one in problems_of(error, data) if one.pointer not in known]
    if problems or protocol is None:
        raise ProtocolInvalid(problems, document=data)
    return protocol


def _between_steps(steps: list[object]) -> Iterator[tuple[Location, str]]:
    names = [tidy(member(step, "name")) for step in steps]
    for at, step in enumerate(steps):
        if isinstance(names[at], str) and names[at] in names[:at]:
            yield ("steps", at, "name"), "Another step of this variant has this name."
        target = tidy(member(step, "on_decline"))
        if isinstance(target, str) and target != NEXT and target not in names[at + 1 :]:
            sentence = f'Must be "{NEXT}" or the name of a later step of this variant.'
            yield ("steps", at, "on_decline"), sentence


def _between_variants(variants: list[object]) -> Iterator[tuple[Location, str]]:
    for at, variant in enumerate(variants):
        if not isinstance(variant, dict | Variant):
            continue  # whatever it was meant to be
        is_open = member(variant, "when") is None
        is_last = at == len(variants) - 1
        if is_last and not is_open:
            yield ("variants",), "The last variant must apply to everything: leave out its `when`."
        if is_open and not is_last:
            yield ("variants", at, "when"), "Only the last variant may apply to everything."
