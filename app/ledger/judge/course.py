"""What the entries of an incident have told so far, as far as later transfers depend on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum, auto
from typing import Final

from app.ledger.binding import PERSON, Party
from app.ledger.entry import Leaf
from app.ledger.judge.plan import ARRIVE_WITHIN, NO_STEPS, Plan, Step, Variant
from app.ledger.words import Cause

LATE_AFTER: Final = timedelta(seconds=10)
REMIND_HOLDER_EVERY: Final = timedelta(hours=4)
SEVERITIES: Final = ("none", "low", "medium", "high", "critical")
QUIET_AT_NIGHT: Final = frozenset({"device_fault", "low_battery", "power_failure"})
TEST: Final = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An entry with what it discloses; `is_whole`: nothing of that is missing."""

    leaf: Leaf
    facts: Mapping[str, object]
    is_whole: bool

    def text(self, name: str) -> str | None:
        """A fact that is a text."""
        value = self.facts.get(name)
        return value if isinstance(value, str) else None


class Phase(Enum):
    """How far it is."""

    # Opened; its first step, its waiting or its end comes in the same instant.
    NEW = auto()
    # Until the morning.
    WAITING = auto()
    ASKING = auto()
    EXHAUSTED = auto()
    # A step has ended, the next has not begun: within one instant.
    BETWEEN = auto()
    TAKEN = auto()
    ARRIVED = auto()
    CLOSED = auto()


UNANSWERED: Final = frozenset({Phase.WAITING, Phase.ASKING, Phase.EXHAUSTED})
ACCEPTED: Final = frozenset({Phase.TAKEN, Phase.ARRIVED})


class Reason(Enum):
    """Why the next step begins, where an entry before it has said so."""

    RELEASED = auto()
    LAPSED = auto()
    RECLASSIFIED = auto()


@dataclass(slots=True, kw_only=True)
class Moment:
    """What was told so far of one instant; several things may have happened in it."""

    at: datetime
    is_stalled: bool = False
    # The steps that were passed over, and why, since the last thing that began one.
    skipped: dict[tuple[int, int], set[Cause]] = field(default_factory=dict)
    # The last entry by which a step may end before its time.
    trigger: Told | None = None
    reason: Reason | None = None
    # When the lapse was planned.
    lapse_due: datetime | None = None
    # A transfer to a desk, whose step has not begun yet.
    transfer: Leaf | None = None
    # The pseudonyms that were paged or left out since the last step began.
    asked: set[str] = field(default_factory=set)
    begun: Step | None = None
    begun_seq: int = 0


@dataclass(slots=True, kw_only=True)
class Course:
    """How an incident stands; instants are None before there was such a thing, or where unknown.

    Attributes:
        plan: the pinned document.
        parties: by pseudonym, None where it no longer opens.
        agreed_by: the day by which organisations must have agreed.
        variant: whose steps are walked; None when it is not known which.
        type: what it is; None where that is not disclosed.
        step: the step that began last, from 1; 0 before the first.
        asked: who was asked in the running step: whether they said no, or were not reached.
        heard: who was sent a page since, first when. Then the first rung of their ladder has come.
        ever_asked: who was asked, offered, or has joined or accepted, in any step.
        arrive: between which instants the arrival is due.
        reminded_at: when the reminders of what runs now were last counted from.
    """

    plan: Plan
    parties: Mapping[str, Party | None]
    agreed_by: date
    moment: Moment
    variant: Variant | None = NO_STEPS
    type: str | None = None
    severity: str | None = None
    phase: Phase = Phase.NEW
    holder: str | None = None
    step: int = 0
    round: int = 0
    was_exhausted: bool = False
    begin_at: datetime | None = None
    started_at: datetime | None = None
    reminded_at: datetime | None = None
    arrive: tuple[datetime, datetime] | None = None
    offer: Leaf | None = None
    asked: dict[str, bool] = field(default_factory=dict)
    heard: dict[str, datetime] = field(default_factory=dict)
    ever_asked: set[str] = field(default_factory=set)

    @property
    def steps(self) -> Sequence[Step]:
        """The steps of the variant."""
        return self.variant.steps if self.variant else ()

    @property
    def running(self) -> Step | None:
        """The step that began last; None before the first, or when it is not known."""
        return self.step_at(self.step)

    def step_at(self, number: int | None) -> Step | None:
        """A step by its number."""
        return self.steps[number - 1] if number and number <= len(self.steps) else None

    @property
    def arrive_within(self) -> timedelta | None:
        """How long who has accepted may take."""
        if self.variant is None:
            return None
        running = self.running
        return running.arrive_within if running else ARRIVE_WITHIN

    def id_of(self, pseudonym: str | None) -> str | None:
        """The party's id, if it is disclosed."""
        party = self.parties.get(pseudonym or "")
        return party.id if party else None

    def is_person(self, pseudonym: str | None) -> bool | None:
        """Whether it is a person; None where that is not disclosed."""
        party = self.parties.get(pseudonym or "")
        return None if party is None else party.kind == PERSON

    def fault_of_desk(self, pseudonym: str | None, step: Step | None) -> str | None:
        """Why a desk may not hold by agreement while `step` lasts (None: the last resort)."""
        party = self.parties.get(pseudonym or "")
        accountable = self.plan.accountable
        if party is None or accountable is None or party.id == accountable:
            return None
        if step is None:
            return f"{pseudonym} is not the accountable desk"
        if party.id != step.desk:
            return f"{pseudonym} is neither the desk of this step nor the accountable one"
        organisation_id = party.organisation_id
        if organisation_id and not self.plan.has_agreed(organisation_id, self.agreed_by):
            return f"{pseudonym} holds, and its organisation had not agreed"
        return None

    def was_asked(self, person: str) -> bool:
        """Whether a person may have been asked: themselves, or by the phone of a desk of theirs.

        Who answers for a desk is not in the ledger.
        """
        if self.phase is Phase.EXHAUSTED or person in self.ever_asked:
            return True
        return any(not self.is_person(one) for one in self.ever_asked)

    def leave(self, phase: Phase) -> None:
        """Nothing of what ran is due any more."""
        self.phase = phase
        self.begin_at = self.started_at = self.reminded_at = self.arrive = None
