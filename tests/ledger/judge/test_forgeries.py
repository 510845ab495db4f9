"""What each rule of R7 finds: true stories, one thing about them forged, all hashes made anew."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from app.escalation.event import (
    Accepted,
    Arrived,
    Cancelled,
    Escalated,
    HandedOver,
    Noted,
    Reclassified,
    Resolved,
    SetOut,
)
from app.escalation.party import PartyId
from app.ledger.disclosure import decode
from app.ledger.judge.judge import Unjudged
from app.ledger.verify import verify_chain
from app.ledger.words import Cause, EntryType
from app.protocols.kinds import IncidentType, Outcome, Severity
from tests.escalation.network_samples import by, coordinator, reporter
from tests.ledger.judge.forged import Forger, Recorded

Tell = Callable[[], Recorded]
Forgery = tuple[str, Tell, Callable[[Forger], object], str]


# --- true stories ------------------------------------------------------------------------------


def opened() -> Recorded:
    return Recorded()


def escalated() -> Recorded:
    story = Recorded()
    story.run_out()
    return story


def twice() -> Recorded:
    story = escalated()
    story.run_out()
    return story


def told_aoi() -> Recorded:
    """A desk that has not agreed is offered the incident, and so named."""
    story = accepted()
    story.offer("sato", "aoi-desk")
    story.decline("sato", after=5)
    story.run_out()
    return story


def fallen_at_night() -> Recorded:
    return Recorded(at_night=True)


def declined() -> Recorded:
    story = Recorded()
    for one in ("sato", "tanaka", "kato"):
        story.decline(one, after=5)
    return story


def unreached() -> Recorded:
    story = Recorded()
    for one in ("sato", "tanaka", "kato"):
        story.fail(one)
    return story


def pressed() -> Recorded:
    story = Recorded()
    story.happen(Escalated(by=coordinator(), reason="急ぐ"), after=5)
    return story


def skipped() -> Recorded:
    story = Recorded()
    story.retire("ono")
    story.run_out()
    return story


def exhausted() -> Recorded:
    story = Recorded()
    for _ in range(6):
        story.run_out()
    story.wake()
    return story


def accepted() -> Recorded:
    story = Recorded()
    story.acknowledge("sato", after=5)
    return story


def resolved() -> Recorded:
    story = accepted()
    story.happen(SetOut(by=by("sato")), after=5)
    story.happen(Arrived(by=by("sato")), after=60)
    story.happen(Resolved(by=by("sato"), outcome=Outcome.CLIENT_SAFE), after=60)
    return story


def reminded_there() -> Recorded:
    story = accepted()
    story.happen(Arrived(by=by("sato")), after=60)
    story.wake()
    return story


def lapsed() -> Recorded:
    story = accepted()
    story.run_out()
    return story


def promised() -> Recorded:
    story = accepted()
    story.happen(SetOut(by=by("sato"), eta=story.now + timedelta(hours=2)), after=5)
    story.run_out()
    return story


def released() -> Recorded:
    story = accepted()
    story.decline("sato", after=5)
    return story


def handed() -> Recorded:
    story = accepted()
    story.happen(HandedOver(by=by("sato"), to_id=PartyId("suzuki")), after=5)
    story.happen(Accepted(by=by("suzuki")), after=5)
    return story


def offer_timed_out() -> Recorded:
    story = accepted()
    story.offer("sato", "suzuki")
    story.wake()
    return story


def cancelled() -> Recorded:
    story = Recorded()
    story.happen(Cancelled(by=reporter()), after=5)
    return story


def late() -> Recorded:
    story = Recorded()
    story.wake()
    story.wake(late=30)
    return story


def at_night() -> Recorded:
    story = Recorded(type_=IncidentType.LOW_BATTERY, severity=Severity.LOW, at_night=True)
    story.wake()
    return story


def worse() -> Recorded:
    story = Recorded()
    story.happen(Noted(by=by("ono"), text="x"))
    event = Reclassified(by=by("sato"), type=IncidentType.SUDDEN_CHANGE, severity=Severity.CRITICAL)
    story.happen(event, after=5)
    return story


def called_for_test() -> Recorded:
    return Recorded(type_=IncidentType.TEST, severity=Severity.NONE)


TRUE = (
    *(opened, escalated, declined, unreached, pressed, skipped, exhausted, accepted, resolved),
    *(reminded_there, lapsed, promised, released, handed, offer_timed_out, cancelled, late),
    *(at_night, worse, called_for_test, twice, told_aoi, fallen_at_night),
)
T = EntryType

FORGERIES: list[Forgery] = [
    # --- desks: to one that no step names, to one that has not agreed, to that of another step
    (
        "a desk of another step",
        twice,
        lambda f: f.change(T.TRANSFERRED, 1, to=f.pseudonym("night")),
        "neither the desk of this step",
    ),
    (
        "a desk whose organisation has not agreed",
        told_aoi,
        lambda f: f.change(T.TRANSFERRED, -1, to=f.pseudonym("aoi-desk")),
        "had not agreed",
    ),
    ("no step follows", escalated, lambda f: f.drop(T.STEP_STARTED, 1), "no step began"),
    (
        "a transfer for another instant",
        escalated,
        lambda f: f.change(T.TRANSFERRED, due=None),
        "planned for another instant",
    ),
    (
        "a transfer for another cause",
        escalated,
        lambda f: f.change(T.TRANSFERRED, cause=Cause.NOBODY_ON_DUTY),
        "passed on as",
    ),
    # --- which step comes next
    ("a step is jumped over", escalated, lambda f: f.restart(3, 1), "nothing says why"),
    ("back to the same step", escalated, lambda f: f.restart(1, 1), "may come next"),
    ("a round too early", escalated, lambda f: f.restart(1, 2), "nothing says why"),
    ("a step that is not there", escalated, lambda f: f.restart(4, 1), "may come next"),
    ("a no leads to the next step", declined, lambda f: f.restart(2, 1), "may come next"),
    ("a skip is hidden", skipped, lambda f: f.drop(T.SKIPPED), "nothing says why"),
    (
        "a skip for another reason",
        skipped,
        lambda f: f.change(T.SKIPPED, cause=Cause.BUSY),
        "by what happened it is",
    ),
    (
        "exhausted while a step remains",
        escalated,
        lambda f: f.change(T.STEP_STARTED, 1, cause=Cause.EXHAUSTED),
        "nothing says why",
    ),
    (
        "a step after all were spent",
        exhausted,
        lambda f: f.change(T.STEP_STARTED, -1, cause=Cause.ESCALATED),
        "may come next",
    ),
    # --- when a step ends
    (
        "before its time",
        escalated,
        lambda f: f.delay(T.TRANSFERRED, seconds=-1),
        "before the instant",
    ),
    (
        "planned for another instant",
        escalated,
        lambda f: f.move(T.TRANSFERRED, seconds=-60),
        "the protocol gives",
    ),
    ("early, and nothing says why", pressed, lambda f: f.drop(T.NOTED), "nothing says why"),
    ("early by time", escalated, lambda f: f.unplan(T.TRANSFERRED), "nothing says why"),
    (
        "one who declined had not",
        declined,
        lambda f: f.drop(T.DECLINED, 1),
        "can still answer",
    ),
    (
        "one who was not reached was",
        unreached,
        lambda f: f.drop(T.UNDELIVERABLE, 1),
        "can still answer",
    ),
    (
        "nobody declined",
        declined,
        lambda f: f.drop_all(T.DECLINED),
        "nothing says why",
    ),
    (
        "a no is passed off as a timer",
        declined,
        lambda f: f.change(T.STEP_STARTED, 1, cause=Cause.ESCALATED),
        "by what happened it is",
    ),
    ("an outage is hidden", late, lambda f: f.drop(T.STALLED), "no entry tells of an outage"),
    (
        "an outage is made up",
        escalated,
        lambda f: f.insert(T.TRANSFERRED, 0, T.STALLED, due=f.entries[-1][0].at),
        "not late",
    ),
    # --- who is asked
    ("nobody is paged", escalated, lambda f: f.drop(T.PAGED, 3), "nobody was paged"),
    (
        "a person whom the step names is left out",
        opened,
        lambda f: f.drop(T.PAGED, 2),
        "neither paged nor left out",
    ),
    (
        "somebody else's desk is paged",
        escalated,
        lambda f: f.change(T.PAGED, 3, actor=f.pseudonym("night")),
        "does not say so",
    ),
    (
        "paged between steps",
        accepted,
        lambda f: f.insert(T.TRANSFERRED, 0, T.PAGED, actor=f.pseudonym("sato")),
        "no step begins",
    ),
    (
        "reminded too soon",
        late,
        lambda f: f.move(T.REMINDED, seconds=-30),
        "another time than the protocol gives",
    ),
    (
        "the last resort is left alone for longer",
        exhausted,
        lambda f: f.move(T.REMINDED, -1, hours=1),
        "at another time than the protocol gives",
    ),
    (
        "who is there is reminded at another time",
        reminded_there,
        lambda f: f.move(T.REMINDED, -1, seconds=-60),
        "every four hours",
    ),
    # --- acceptance
    (
        "accepted by one who was never asked",
        accepted,
        lambda f: f.change(
            T.TRANSFERRED, to=f.pseudonym("alarm-centre"), actor=f.pseudonym("alarm-centre")
        ),
        "never asked",
    ),
    (
        "accepted while somebody holds",
        handed,
        lambda f: f.change(T.TRANSFERRED, 1, cause=Cause.ACKNOWLEDGED),
        "somebody had accepted",
    ),
    ("handed over without offer", handed, lambda f: f.drop(T.OFFERED), "no offer was open"),
    (
        "taken over by another",
        handed,
        lambda f: f.change(T.OFFERED, actor=f.pseudonym("tanaka")),
        "what was offered to",
    ),
    (
        "an offer ends too soon",
        offer_timed_out,
        lambda f: f.move(T.OFFER_ENDED, seconds=-60),
        "an offer ends at another time",
    ),
    ("an offer ends that was none", offer_timed_out, lambda f: f.drop(T.OFFERED), "none was open"),
    ("offered by nobody", handed, lambda f: f.drop(T.TRANSFERRED), "nobody had accepted"),
    # --- lapse and release
    (
        "lapsed before the arrival was due",
        lapsed,
        lambda f: f.move(T.TRANSFERRED, 1, seconds=-60),
        "what was promised gives",
    ),
    (
        "lapsed before the promised arrival",
        promised,
        lambda f: f.move(T.TRANSFERRED, 1, seconds=-60),
        "what was promised gives",
    ),
    (
        "lapsed after the arrival",
        lapsed,
        lambda f: f.insert(T.TRANSFERRED, 1, T.ARRIVED, actor=f.pseudonym("sato")),
        "somebody had accepted",
    ),
    ("given back by nobody", released, lambda f: f.drop(T.DECLINED), "has not declined"),
    (
        "taken away for no reason",
        released,
        lambda f: f.change(T.TRANSFERRED, 1, cause=Cause.ESCALATED),
        "somebody had accepted",
    ),
    # --- the course
    (
        "there by another",
        resolved,
        lambda f: f.change(T.ARRIVED, actor=f.pseudonym("tanaka")),
        "does not hold",
    ),
    (
        "on the way by another",
        resolved,
        lambda f: f.change(T.EN_ROUTE, actor=f.pseudonym("tanaka")),
        "does not hold",
    ),
    ("there before anybody accepted", resolved, lambda f: f.drop(T.TRANSFERRED), "nobody had"),
    (
        "resolved by who does not hold",
        resolved,
        lambda f: f.change(T.CLOSED, actor=f.pseudonym("tanaka")),
        "who does not hold",
    ),
    (
        "resolved while nobody had accepted",
        cancelled,
        lambda f: f.change(T.CLOSED, cause=Cause.RESOLVED),
        "nobody had accepted",
    ),
    (
        "cancelled by a person who had not accepted",
        cancelled,
        lambda f: f.change(T.CLOSED, actor=f.pseudonym("sato")).forget(T.CLOSED),
        "had not accepted",
    ),
    (
        "joined before anybody accepted",
        opened,
        lambda f: f.insert(T.PAGED, -1, T.JOINED, actor=f.pseudonym("sato")),
        "nobody had accepted",
    ),
    # --- the opening, the night, what is worse
    ("opened, and nothing more", opened, lambda f: f.cut(T.STEP_STARTED), "nobody was asked"),
    (
        "begins elsewhere than opened",
        opened,
        lambda f: f.change(T.OPENED, step=2),
        "another step than the one it was opened for",
    ),
    (
        "a fault that is not put off",
        at_night,
        lambda f: f.drop(T.SKIPPED),
        "nobody was asked",
    ),
    (
        "a fault that wakes somebody at night",
        fallen_at_night,
        lambda f: f.tell(T.OPENED, "incident", {"type": "low_battery", "severity": "low"}),
        "waits for the morning",
    ),
    (
        "a test call that asks somebody",
        opened,
        lambda f: f.tell(T.OPENED, "incident", {"type": "test", "severity": "none"}),
        "a test call asks nobody",
    ),
    (
        "an emergency closed as a test call",
        called_for_test,
        lambda f: f.tell(T.OPENED, "incident", {"type": "fall", "severity": "high"}),
        "was no test call",
    ),
    (
        "reclassified downwards",
        worse,
        lambda f: f.tell(T.RECLASSIFIED, "severity", "low"),
        "not upwards",
    ),
    (
        "reclassified by who was not asked",
        worse,
        lambda f: f.change(T.RECLASSIFIED, actor=f.pseudonym("ono")),
        "never asked",
    ),
    (
        "an emergency that waits for the morning",
        opened,
        lambda f: f.insert(T.STEP_STARTED, 0, T.SKIPPED, cause=Cause.DEFERRED),
        "does not wait for the morning",
    ),
    (
        "wakes before the morning",
        at_night,
        lambda f: f.move(T.STEP_STARTED, seconds=-60),
        "the protocol gives",
    ),
    ("no variant anew", worse, lambda f: f.cut(T.STEP_STARTED, 1), "no other began"),
    (
        "what is worse comes after acceptance",
        resolved,
        lambda f: f.insert(T.ARRIVED, 0, T.RECLASSIFIED),
        "somebody had accepted",
    ),
]


@pytest.mark.parametrize("story", TRUE, ids=lambda story: story.__name__)
def test_true_story_is_not_found_at_fault(story: Tell) -> None:
    judged = story().scribe.judged()
    assert judged.judge().faults == ()
    assert judged.judge().unjudged is None


@pytest.mark.parametrize(
    ("story", "forge", "expected"),
    [one[1:] for one in FORGERIES],
    ids=[one[0] for one in FORGERIES],
)
def test_forgery_is_found(story: Tell, forge: Callable[[Forger], object], expected: str) -> None:
    forger = story().forger()
    forge(forger)
    judged = forger.judged()
    assert verify_chain(judged.leaves, judged.disclosures) == (), "R1 to R6 see nothing"
    found = [detail for _, detail in judged.judge().faults]
    assert any(expected in one for one in found), found


@pytest.mark.parametrize("story", TRUE, ids=lambda story: story.__name__)
def test_whatever_is_withheld_nothing_is_found(story: Tell) -> None:
    """One disclosure after the other, and all of a name, kept back from the reader."""
    true = story().scribe.judged()
    every = [(seq, one) for seq, texts in true.disclosures.items() for one in texts]
    names = {decode(one).name for _, one in every}
    withheld = [{one} for one in every]
    withheld += [{one for one in every if decode(one[1]).name == name} for name in sorted(names)]
    for kept_back in withheld:
        left: dict[int, list[str]] = {}
        for seq, one in every:
            if (seq, one) not in kept_back:
                left.setdefault(seq, []).append(one)
        assert replace(true, disclosures=left).judge().faults == ()


@pytest.mark.parametrize("story", TRUE, ids=lambda story: story.__name__)
def test_however_early_a_chain_breaks_off_nothing_is_found(story: Tell) -> None:
    true = story().scribe.judged()
    for length in range(1, len(true.leaves)):
        told = {seq: texts for seq, texts in true.disclosures.items() if seq < length}
        cut = replace(true, leaves=true.leaves[:length], disclosures=told)
        assert cut.judge(is_whole=False).faults == ()


def test_without_the_document_nothing_is_judged() -> None:
    true = replace(escalated().scribe.judged(), plans={})
    assert (true.judge().unjudged, true.judge().faults) == (Unjudged.NO_DOCUMENT, ())


def test_with_the_pinned_version_withheld_nothing_is_judged() -> None:
    true = escalated().scribe.judged()
    told = {seq: texts for seq, texts in true.disclosures.items() if seq > 0}
    assert replace(true, disclosures=told).judge().unjudged is Unjudged.NOT_DISCLOSED
