"""The life of one message: DESIGN.md 4.1.4 and 6.2 (retries), and which are still wanted."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from app.escalation.decision import MessageKind
from app.escalation.delivery import AttemptResult, DeliveryStatus, after_attempt, is_wanted
from app.escalation.event import Cancelled
from app.escalation.party import PartyId
from tests.escalation.network_samples import NOON, Story, desk, reporter, two_desks

HOUR = 3600


def after(result: str, attempts: int, waited: float) -> tuple[str, float | None, bool]:
    """Status, seconds until the next attempt, whether escalation counts it as failed."""
    now = NOON + timedelta(seconds=waited)
    then = after_attempt(AttemptResult(result), attempts=attempts, first_due_at=NOON, now=now)
    pause = (then.due_at - now).total_seconds() if then.due_at else None
    return then.status.value, pause, then.counts_as_failed


ATTEMPTS = {
    # taken: done, however often it failed before
    "sent": ("sent", 1, 0, ("sent", None, False)),
    "sent at last": ("sent", 9, 2 * HOUR, ("sent", None, False)),
    # permanent: never again, and it counts at once
    "permanent": ("permanent", 1, 0, ("failed", None, True)),
    # temporary: 1, 2, 4, 8, 15, 30 s, 1, 5, 15 min, then hourly
    "first": ("temporary", 1, 0, ("pending", 1, False)),
    "second": ("temporary", 2, 6, ("pending", 2, False)),
    # the third attempt counts as failed; sending goes on
    "third": ("temporary", 3, 12, ("pending", 4, True)),
    "fourth": ("temporary", 4, 20, ("pending", 8, True)),
    "fifth": ("temporary", 5, 29, ("pending", 15, True)),
    "sixth": ("temporary", 6, 45, ("pending", 30, True)),
    "seventh": ("temporary", 7, 80, ("pending", 60, True)),
    "eighth": ("temporary", 8, 140, ("pending", 300, True)),
    "ninth": ("temporary", 9, 440, ("pending", 900, True)),
    "tenth": ("temporary", 10, 1340, ("pending", HOUR, True)),
    "eleventh": ("temporary", 11, 4940, ("pending", HOUR, True)),
    "fiftieth": ("temporary", 50, 47.9 * HOUR, ("pending", HOUR, True)),
    # or 30 seconds, whichever comes first
    "29.999 s": ("temporary", 1, 29.999, ("pending", 1, False)),
    "30 s": ("temporary", 1, 30, ("pending", 1, True)),
    "second at 30 s": ("temporary", 2, 30, ("pending", 2, True)),
    # after 48 hours it is given up
    "given up": ("temporary", 51, 48 * HOUR, ("failed", None, True)),
}


@pytest.mark.parametrize(
    ("result", "attempts", "waited", "expected"), ATTEMPTS.values(), ids=ATTEMPTS
)
def test_what_follows_from_an_attempt(
    result: str, attempts: int, waited: float, expected: tuple[str, float | None, bool]
) -> None:
    assert after(result, attempts, waited) == expected


def test_status_words_are_the_outboxs() -> None:
    assert [one.value for one in DeliveryStatus] == ["pending", "sent", "failed", "dropped"]


# --- which messages are still wanted -----------------------------------------------------------


def triggered() -> Story:
    return Story(two_desks(inform=["kato"]))


def declined() -> Story:
    story = triggered()
    story.decline("sato")
    return story


def second_step() -> Story:
    story = triggered()
    story.run_out()
    return story


def declined_earlier() -> Story:
    story = declined()
    story.run_out()
    return story


def declined_late() -> Story:
    story = second_step()
    story.decline("sato")
    return story


def exhausted_and_declined() -> Story:
    story = second_step()
    story.run_out()
    story.decline("mori")
    story.wake()
    return story


def acknowledged() -> Story:
    story = triggered()
    story.acknowledge("sato")
    return story


def offered() -> Story:
    story = acknowledged()
    story.change(desk("day", "suzuki"))
    story.offer("sato", "day")
    return story


def handed_back() -> Story:
    story = acknowledged()
    story.offer("sato", "kato")
    story.accept("kato")
    story.offer("kato", "sato")
    story.accept("sato")
    return story


def lapsed_late_helper() -> Story:
    story = second_step()
    story.acknowledge("sato")
    story.wake()
    return story


def arrived() -> Story:
    story = acknowledged()
    story.arrive("sato")
    return story


def closed() -> Story:
    story = triggered()
    story.happen(Cancelled(by=reporter()))
    return story


WANTED = {
    # a page while nobody has taken it
    "page": (triggered, "paged", "sato", True),
    "reminder": (triggered, "reminded", "sato", True),
    # … not after a no, in this step or an earlier one, counted or late
    "page after a no": (declined, "paged", "sato", False),
    "reminder after a no": (declined, "reminded", "sato", False),
    "page to the other": (declined, "paged", "tanaka", True),
    "page after a no in an earlier step": (declined_earlier, "paged", "sato", False),
    "page after a late no": (declined_late, "paged", "sato", False),
    # … but of an earlier step still: a late yes is welcome
    "page of an earlier step": (second_step, "paged", "sato", True),
    # … and of the accountable desk in spite of a no: it is paged without end
    "page of the last resort": (exhausted_and_declined, "reminded", "mori", True),
    # … not once somebody has taken it, not to the one who has either
    "page after a yes": (acknowledged, "paged", "tanaka", False),
    "page to the holder": (acknowledged, "reminded", "sato", False),
    "page after the end": (closed, "paged", "sato", False),
    # … nor to somebody who never was asked
    "page to nobody asked": (triggered, "paged", "suzuki", False),
    # who lapsed is reminded, although the running step does not ask them
    "reminder after a lapse": (lapsed_late_helper, "reminded", "sato", True),
    # the holder who is there is reminded; nobody else
    "reminder on the spot": (arrived, "reminded", "sato", True),
    "reminder to another": (arrived, "reminded", "tanaka", False),
    # what is to be known stays so
    "information": (triggered, "informed", "kato", True),
    "information after the end": (closed, "informed", "kato", True),
    "news to the holder": (acknowledged, "informed", "sato", True),
    "news to nobody concerned": (acknowledged, "informed", "tanaka", False),
    # an offer while it is open
    "offer": (offered, "offered", "suzuki", True),
    "offer to the desk's phone": (offered, "offered", "day", True),
    "offer to somebody else": (offered, "offered", "tanaka", False),
    "offer that has ended": (handed_back, "offered", "kato", False),
    # standing down while somebody holds; not to the one who holds again
    "stand down": (acknowledged, "stood_down", "tanaka", True),
    "stand down of the former holder": (handed_back, "stood_down", "kato", True),
    "stand down of the holder": (handed_back, "stood_down", "sato", False),
    "stand down when it is open again": (triggered, "stood_down", "tanaka", False),
    "stand down after the end": (closed, "stood_down", "tanaka", False),
    # the end, and the alarm, always
    "closing": (closed, "closed", "sato", True),
    "alarm": (closed, "alarm", "city", True),
}


@pytest.mark.parametrize(("story", "kind", "party", "wanted"), WANTED.values(), ids=WANTED)
def test_message_is_sent_only_while_it_is_wanted(
    story: Callable[[], Story], kind: str, party: str, *, wanted: bool
) -> None:
    assert is_wanted(story().incident, MessageKind(kind), PartyId(party)) is wanted


def test_no_that_is_taken_back_is_forgotten() -> None:
    story = declined_earlier()
    story.acknowledge("sato")
    story.wake()
    assert is_wanted(story.incident, MessageKind.REMINDED, PartyId("sato"))
