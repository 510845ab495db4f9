"""Every act × every status × every actor, and what follows (DESIGN.md 4.1.6–4.1.9).

Data only, so that the pure machine and the HTTP interface are held to the same rows.

The story behind the rows, which each test plays for itself: a protocol of one round with the desks
`night` (before, first), `day` (now, other) and `late` (last); accountable is `city-desk` (now,
other). In step 1 `first` acknowledged, offered to `offered`, and gave it back; step 2 runs. From
there the statuses are reached: `other` is the holder who takes it, and has an open offer to
`offered`. `exhausted` is reached by letting all steps run out; `waiting` is a low battery at night.
What is handed over goes to `before`; what is reclassified becomes a critical `sudden_change`.

The actors: `holder` is whoever holds (unanswered: the desk, which is no person and can do
nothing), `now` is asked in the running step, `before` in an earlier one, `never` in none, `offered`
has the open offer (unanswered: had one before), `coordinator` acts for itself in its own name,
`reporter` too. While `waiting` nobody was asked.
"""

from collections.abc import Iterator
from dataclasses import dataclass

ACTORS = ("holder", "now", "before", "never", "offered", "coordinator", "reporter")
STATUSES = (
    "triggered",
    "exhausted",
    "waiting",
    "acknowledged",
    "en_route",
    "arrived",
    "resolved",
    "cancelled",
)
ACTS = (
    "acknowledge",
    "decline",
    "escalate",
    "en_route",
    "arrive",
    "hand_over",
    "accept",
    "resolve",
    "cancel",
    "note",
    "external_called",
    "reclassify",
    "correct",
)

REFUSALS = {
    "!asked": "NotAsked",
    "!state": "NotAllowed",
    "!holder": "NotHolder",
    "!offer": "NothingOffered",
    "!closed": "IncidentClosed",
}

# What a cell means: result, status afterwards, holder afterwards. "=" is as before, "self" the
# actor. `next` is the step after the running one, `anew` step 1 of the variant.
CELLS = {
    "same": ("applied", "=", "="),
    "joined": ("joined", "=", "="),
    "recorded": ("recorded", "=", "="),
    "repeated": ("repeated", "=", "="),
    "holds": ("applied", "acknowledged", "self"),
    "relieves": ("applied", "arrived", "self"),
    "next": ("applied", "triggered", "late"),
    "anew": ("applied", "triggered", "night"),
    "en_route": ("applied", "en_route", "="),
    "arrived": ("applied", "arrived", "="),
    "resolved": ("applied", "resolved", None),
    "cancelled": ("applied", "cancelled", None),
}

TABLE = """
acknowledge  | holder    now       before    never     offered   coordinator reporter
# the first of those asked so far holds; desks and offices accept nothing
triggered    | !asked    holds     holds     !asked    holds     !asked      !asked
exhausted    | !asked    holds     holds     !asked    holds     !asked      !asked
# nobody was asked yet
waiting      | !asked    !asked    !asked    !asked    !asked    !asked      !asked
# whoever comes along joins; it is no acceptance of the offer
acknowledged | repeated  joined    joined    joined    joined    !asked      !asked
en_route     | repeated  joined    joined    joined    joined    !asked      !asked
arrived      | repeated  joined    joined    joined    joined    !asked      !asked
resolved     | !closed   !closed   !closed   !closed   !closed   !closed     !closed
cancelled    | !closed   !closed   !closed   !closed   !closed   !closed     !closed

decline      | holder    now       before    never     offered   coordinator reporter
# counts if asked now (another is still asked, so the step goes on), else it is recorded
triggered    | !asked    same      recorded  recorded  recorded  !asked      !asked
# the accountable desk is paged on in spite of it
exhausted    | !asked    same      recorded  recorded  recorded  !asked      !asked
waiting      | !asked    recorded  recorded  recorded  recorded  !asked      !asked
# the holder gives back, the one offered refuses the offer
acknowledged | next      recorded  recorded  recorded  same      !asked      !asked
en_route     | next      recorded  recorded  recorded  same      !asked      !asked
# on the spot nobody gives back
arrived      | !state    !state    !state    !state    same      !asked      !asked
resolved     | !closed   !closed   !closed   !closed   !closed   !closed     !closed
cancelled    | !closed   !closed   !closed   !closed   !closed   !closed     !closed

escalate     | holder    now       before    never     offered   coordinator reporter
# who is asked now, or a coordinator; of an earlier step it is recorded
triggered    | !asked    next      recorded  !asked    recorded  next        !asked
# the accountable desk is paged at once
exhausted    | !asked    same      recorded  !asked    recorded  same        !asked
# the first step begins now
waiting      | !asked    !asked    !asked    !asked    !asked    same        !asked
acknowledged | !state    !state    !state    !state    !state    !state      !state
en_route     | !state    !state    !state    !state    !state    !state      !state
arrived      | !state    !state    !state    !state    !state    !state      !state
resolved     | !closed   !closed   !closed   !closed   !closed   !closed     !closed
cancelled    | !closed   !closed   !closed   !closed   !closed   !closed     !closed

en_route     | holder    now       before    never     offered   coordinator reporter
triggered    | !state    !state    !state    !state    !state    !state      !state
exhausted    | !state    !state    !state    !state    !state    !state      !state
waiting      | !state    !state    !state    !state    !state    !state      !state
# the holder, or a coordinator on their behalf; again too
acknowledged | en_route  !holder   !holder   !holder   !holder   en_route    !holder
en_route     | en_route  !holder   !holder   !holder   !holder   en_route    !holder
arrived      | !state    !state    !state    !state    !state    !state      !state
resolved     | !closed   !closed   !closed   !closed   !closed   !closed     !closed
cancelled    | !closed   !closed   !closed   !closed   !closed   !closed     !closed

arrive       | holder    now       before    never     offered   coordinator reporter
# without an acknowledgement nobody arrives
triggered    | !state    !state    !state    !state    !state    !state      !state
exhausted    | !state    !state    !state    !state    !state    !state      !state
waiting      | !state    !state    !state    !state    !state    !state      !state
acknowledged | arrived   !holder   !holder   !holder   !holder   arrived     !holder
en_route     | arrived   !holder   !holder   !holder   !holder   arrived     !holder
arrived      | repeated  !holder   !holder   !holder   !holder   repeated    !holder
resolved     | !closed   !closed   !closed   !closed   !closed   !closed     !closed
cancelled    | !closed   !closed   !closed   !closed   !closed   !closed     !closed

hand_over    | holder    now       before    never     offered   coordinator reporter
triggered    | !state    !state    !state    !state    !state    !state      !state
exhausted    | !state    !state    !state    !state    !state    !state      !state
waiting      | !state    !state    !state    !state    !state    !state      !state
# the holder stays until the other accepts
acknowledged | same      !holder   !holder   !holder   !holder   same        !holder
en_route     | same      !holder   !holder   !holder   !holder   same        !holder
arrived      | same      !holder   !holder   !holder   !holder   same        !holder
resolved     | !closed   !closed   !closed   !closed   !closed   !closed     !closed
cancelled    | !closed   !closed   !closed   !closed   !closed   !closed     !closed

accept       | holder    now       before    never     offered   coordinator reporter
triggered    | !state    !state    !state    !state    !state    !state      !state
exhausted    | !state    !state    !state    !state    !state    !state      !state
waiting      | !state    !state    !state    !state    !state    !state      !state
# only the one offered; on the spot it stays `arrived`
acknowledged | repeated  !offer    !offer    !offer    holds     !offer      !offer
en_route     | repeated  !offer    !offer    !offer    holds     !offer      !offer
arrived      | repeated  !offer    !offer    !offer    relieves  !offer      !offer
resolved     | !closed   !closed   !closed   !closed   !closed   !closed     !closed
cancelled    | !closed   !closed   !closed   !closed   !closed   !closed     !closed

resolve      | holder    now       before    never     offered   coordinator reporter
triggered    | !state    !state    !state    !state    !state    !state      !state
exhausted    | !state    !state    !state    !state    !state    !state      !state
waiting      | !state    !state    !state    !state    !state    !state      !state
acknowledged | resolved  !holder   !holder   !holder   !holder   resolved    !holder
en_route     | resolved  !holder   !holder   !holder   !holder   resolved    !holder
arrived      | resolved  !holder   !holder   !holder   !holder   resolved    !holder
resolved     | !closed   !closed   !closed   !closed   !closed   !closed     !closed
cancelled    | !closed   !closed   !closed   !closed   !closed   !closed     !closed

cancel       | holder    now       before    never     offered   coordinator reporter
# a false alarm is the reporter's or a coordinator's to say while nobody has taken it
triggered    | !holder   !holder   !holder   !holder   !holder   cancelled   cancelled
exhausted    | !holder   !holder   !holder   !holder   !holder   cancelled   cancelled
waiting      | !holder   !holder   !holder   !holder   !holder   cancelled   cancelled
# afterwards the holder decides, and the reporter's word is noted
acknowledged | cancelled !holder   !holder   !holder   !holder   cancelled   recorded
en_route     | cancelled !holder   !holder   !holder   !holder   cancelled   recorded
arrived      | cancelled !holder   !holder   !holder   !holder   cancelled   recorded
resolved     | !closed   !closed   !closed   !closed   !closed   !closed     !closed
cancelled    | !closed   !closed   !closed   !closed   !closed   !closed     !closed

note         | holder    now       before    never     offered   coordinator reporter
# always, for ever
triggered    | recorded  recorded  recorded  recorded  recorded  recorded    recorded
exhausted    | recorded  recorded  recorded  recorded  recorded  recorded    recorded
waiting      | recorded  recorded  recorded  recorded  recorded  recorded    recorded
acknowledged | recorded  recorded  recorded  recorded  recorded  recorded    recorded
en_route     | recorded  recorded  recorded  recorded  recorded  recorded    recorded
arrived      | recorded  recorded  recorded  recorded  recorded  recorded    recorded
resolved     | recorded  recorded  recorded  recorded  recorded  recorded    recorded
cancelled    | recorded  recorded  recorded  recorded  recorded  recorded    recorded

external_called | holder now       before    never     offered   coordinator reporter
# 119 called is not closed
triggered    | recorded  recorded  recorded  recorded  recorded  recorded    recorded
exhausted    | recorded  recorded  recorded  recorded  recorded  recorded    recorded
waiting      | recorded  recorded  recorded  recorded  recorded  recorded    recorded
acknowledged | recorded  recorded  recorded  recorded  recorded  recorded    recorded
en_route     | recorded  recorded  recorded  recorded  recorded  recorded    recorded
arrived      | recorded  recorded  recorded  recorded  recorded  recorded    recorded
resolved     | !closed   !closed   !closed   !closed   !closed   !closed     !closed
cancelled    | !closed   !closed   !closed   !closed   !closed   !closed     !closed

reclassify   | holder    now       before    never     offered   coordinator reporter
# whoever was asked so far, a coordinator, the reporter; the variant starts anew
triggered    | !asked    anew      anew      !asked    anew      anew        anew
exhausted    | !asked    anew      anew      !asked    anew      anew        anew
waiting      | !asked    !asked    !asked    !asked    !asked    anew        anew
acknowledged | !state    !state    !state    !state    !state    !state      !state
en_route     | !state    !state    !state    !state    !state    !state      !state
arrived      | !state    !state    !state    !state    !state    !state      !state
resolved     | !closed   !closed   !closed   !closed   !closed   !closed     !closed
cancelled    | !closed   !closed   !closed   !closed   !closed   !closed     !closed

correct      | holder    now       before    never     offered   coordinator reporter
triggered    | !state    !state    !state    !state    !state    !state      !state
exhausted    | !state    !state    !state    !state    !state    !state      !state
waiting      | !state    !state    !state    !state    !state    !state      !state
# from the acknowledgement on, for ever
acknowledged | recorded  recorded  recorded  recorded  recorded  recorded    recorded
en_route     | recorded  recorded  recorded  recorded  recorded  recorded    recorded
arrived      | recorded  recorded  recorded  recorded  recorded  recorded    recorded
resolved     | recorded  recorded  recorded  recorded  recorded  recorded    recorded
cancelled    | recorded  recorded  recorded  recorded  recorded  recorded    recorded
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActRow:
    """One act, and what follows: either a result with status and holder, or a refusal.

    `status_after` is a status of the API, or "=" for that before; `holder_after` a party's name
    in the story, "=" for the holder before, "self" for the actor, None once closed. `refusal`
    is the name of the refusal's class; a refused act has changed nothing.
    """

    act: str
    status: str
    actor: str
    result: str | None = None
    status_after: str | None = "="
    holder_after: str | None = "="
    refusal: str | None = None

    def __str__(self) -> str:
        return f"{self.act}-{self.status}-{self.actor}"


def act_rows() -> tuple[ActRow, ...]:
    """All rows of the table, act by act, status by status, actor by actor."""
    return tuple(_read_table())


def _read_table() -> Iterator[ActRow]:
    for block in TABLE.strip().split("\n\n"):
        heading, *lines = (line for line in block.split("\n") if not line.startswith("#"))
        act, actors = heading.split("|")
        assert tuple(actors.split()) == ACTORS
        for line in lines:
            status, cells = line.split("|")
            for actor, cell in zip(ACTORS, cells.split(), strict=True):
                yield _row(act.strip(), status.strip(), actor, cell)


def _row(act: str, status: str, actor: str, cell: str) -> ActRow:
    if cell in REFUSALS:
        return ActRow(act=act, status=status, actor=actor, refusal=REFUSALS[cell])
    result, after, holder = CELLS[cell]
    return ActRow(
        act=act, status=status, actor=actor, result=result, status_after=after, holder_after=holder
    )
