"""What is said of rosters, in requests and in answers."""

from typing import Annotated, Any, Self

from pydantic import AwareDatetime, BaseModel, Field, model_validator

from app.commands.instants import ExactInstant
from app.commands.rosters import duty
from app.commands.rosters.writing import Terms
from app.routes.bodies import Body, Flag, Id, Name
from app.routes.dependencies import ListQuery

TIER_MAX = 5

Tier = Annotated[int, Field(strict=True, ge=1, le=TIER_MAX)]
Document = Annotated[
    dict[str, Any],
    Field(description="The roster as `docs/api.md` describes it: rotations, shifts, overrides."),
]


class RosterVersion(BaseModel):
    """One version; `effective_from` on, until a later one is effective."""

    version: int
    effective_from: AwareDatetime
    recorded_at: AwareDatetime
    correction: bool
    reason: str | None


class Roster(RosterVersion):
    """A roster with one of its versions."""

    id: str
    desk_id: str
    created_at: AwareDatetime
    document: dict[str, Any]


class Termed(Body):
    """From when it holds, and whether it says something else about the past, and why."""

    effective_from: ExactInstant | None = None
    correction: Flag = False
    reason: Name | None = None

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


class Timed(Body):
    """Something from an instant to another; a correction when it begins in the past."""

    from_: ExactInstant = Field(alias="from")
    to: ExactInstant
    correction: Flag = False
    reason: Name | None = None

    def addition_terms(self) -> Terms:
        """An ordinary one holds from now; a correction from its own begin."""
        return Terms(
            effective_from=self.from_ if self.correction else None,
            is_correction=self.correction,
            reason=self.reason,
        )

    def times(self) -> dict[str, object]:
        """Its begin and its end, as a document writes them."""
        return {"from": self.from_, "to": self.to}


class NewShift(Timed):
    """One person on duty once."""

    person_id: Id
    tier: Tier = 1


class NewOverride(Timed):
    """`replaces_id` (null: everybody) is off duty, and `person_id` (null: nobody) is on."""

    person_id: Id | None = None
    replaces_id: Id | None = None
    tier: Tier | None = None


class RosterQuery(ListQuery):
    """Filters of the list."""

    desk_id: Id | None = None


class DutyQuery(BaseModel):
    """An instant, or an interval; neither: now. `as_of`: by what was recorded until then."""

    model_config = ListQuery.model_config

    at: ExactInstant | None = None
    from_: ExactInstant | None = Field(default=None, alias="from")
    to: ExactInstant | None = None
    as_of: ExactInstant | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.from_ is None) != (self.to is None):
            raise ValueError("Give both `from` and `to`, or `at`, or neither.")
        if self.from_ is not None and self.to is not None:
            if self.at is not None:
                raise ValueError("Give `at`, or `from` and `to`, not both.")
            if not self.from_ < self.to or (self.to - self.from_).days > duty.DAYS_MAX:
                raise ValueError(
                    f"`to` must be later than `from`, by {duty.DAYS_MAX} days at most."
                )
        return self


class OnDuty(BaseModel):
    """Who is on duty at an instant; without a roster then, all persons of the desk are."""

    at: AwareDatetime
    has_roster: bool
    version: int | None
    items: list["DutyItem"]


class DutyItem(BaseModel):
    """One person on duty; `source` points into the version's document."""

    person_id: str
    name: str | None
    tier: int
    source: str


class DutySpan(DutyItem):
    """One person on duty for a while."""

    from_: AwareDatetime = Field(alias="from")
    to: AwareDatetime


class DutySpans(BaseModel):
    """Who is on duty when, in order."""

    items: list[DutySpan]
