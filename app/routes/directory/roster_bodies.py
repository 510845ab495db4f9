"""What is said of rosters, in requests and in answers."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    Field,
    ValidationInfo,
    field_validator,
)

from app.commands.rosters import duty
from app.commands.rosters.additions import Addition
from app.commands.rosters.writing import Terms
from app.routes.bodies import Body, Flag, Id, Name, RosterInstant
from app.routes.dependencies import ListQuery

TIER_MAX: Final = 5

Tier = Annotated[int, Field(strict=True, ge=1, le=TIER_MAX)]
Document = Annotated[
    dict[str, Any],
    Field(description="The roster as `docs/api.md` describes it: rotations, shifts, overrides."),
]


class RosterVersion(BaseModel):
    """One version; `effective_from` on, until a later one is effective.

    `recorded_by` is the organisation whose key wrote it, or the person whose own page did; null for
    the operator.
    """

    version: int
    effective_from: AwareDatetime
    recorded_at: AwareDatetime
    correction: bool
    reason: str | None
    recorded_by: str | None


class ListedRoster(RosterVersion):
    """A roster with its newest version, without the document."""

    id: str
    desk_id: str
    created_at: AwareDatetime


class Roster(ListedRoster):
    """A roster with one of its versions."""

    document: dict[str, Any]


class _Corrected(Body):
    correction: Flag = False
    reason: Name | None = None


class Termed(_Corrected):
    """From when it holds, and whether it says something else about the past, and why."""

    effective_from: RosterInstant | None = None

    @property
    def terms(self) -> Terms:
        """What the command needs of it."""
        return Terms(
            effective_from=self.effective_from, is_correction=self.correction, reason=self.reason
        )


class NewRoster(Termed):
    """The roster of a desk that has none yet."""

    desk_id: Id
    document: Document


class ChangedRoster(Termed):
    """The next version, as a whole."""

    document: Document


class Timed(_Corrected):
    """Something from an instant (by default now) to another; a correction if that is past."""

    from_: RosterInstant | None = Field(default=None, alias="from")
    to: RosterInstant

    def _addition(self, to: Literal["shifts", "overrides"], data: dict[str, object]) -> Addition:
        return Addition(
            to=to,
            begins_at=self.from_,
            ends_at=self.to,
            data={name: value for name, value in data.items() if value is not None},
            is_correction=self.correction,
            reason=self.reason,
        )


class NewShift(Timed):
    """One person on duty once."""

    person_id: Id
    tier: Tier = 1

    def addition(self) -> Addition:
        """The shift as the document has it."""
        return self._addition("shifts", {"person": self.person_id, "tier": self.tier})


class NewOverride(Timed):
    """`replaces_id` (null: everybody) is off duty, and `person_id` (null: nobody) is on."""

    person_id: Id | None = None
    replaces_id: Id | None = None
    tier: Tier | None = None

    def addition(self) -> Addition:
        """The override as the document has it."""
        data = {"person": self.person_id, "replaces": self.replaces_id, "tier": self.tier}
        return self._addition("overrides", {**data, "reason": self.reason})


class RosterQuery(ListQuery):
    """Filters of the list."""

    desk_id: Id | None = None


class DutyQuery(BaseModel):
    """An instant, or an interval; neither: now. `as_of`: by what was recorded until then."""

    model_config = ListQuery.model_config

    from_: RosterInstant | None = Field(default=None, alias="from")
    to: RosterInstant | None = Field(default=None, validate_default=True)
    at: RosterInstant | None = None
    as_of: RosterInstant | None = None

    @field_validator("to")
    @classmethod
    def _ends(cls, to: datetime | None, others: ValidationInfo) -> datetime | None:
        if "from_" not in others.data:
            return to  # it is refused itself
        begin = others.data["from_"]
        if (begin is None) != (to is None):
            raise ValueError("Give both `from` and `to`, or `at`, or neither.")
        if begin is not None and to is not None:
            if to <= begin:
                raise ValueError("Must be later than `from`.")
            if to - begin > duty.AT_MOST:
                raise ValueError(f"Must lie at most {duty.AT_MOST.days} days after `from`.")
        return to

    @field_validator("at")
    @classmethod
    def _alone(cls, at: datetime | None, others: ValidationInfo) -> datetime | None:
        if at is not None and (others.data.get("from_") or others.data.get("to")):
            raise ValueError("Give `at`, or `from` and `to`, not both.")
        return at


class DutyItem(BaseModel):
    """One person on duty; `source` points into the document of the version."""

    person_id: str
    name: str | None
    tier: int
    source: str


class OnDuty(BaseModel):
    """Who is on duty at an instant; without a roster then, all persons of the desk are."""

    at: AwareDatetime
    has_roster: bool
    version: int | None
    items: list[DutyItem]


class DutySpan(DutyItem):
    """One person on duty for a while, by one version."""

    from_: AwareDatetime = Field(alias="from")
    to: AwareDatetime
    version: int


class DutySpans(BaseModel):
    """Who is on duty when, in order; before `roster_from` the desk has no roster."""

    roster_from: AwareDatetime | None
    items: list[DutySpan]
