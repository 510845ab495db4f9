"""Same inputs, equal decisions: in this process, in another one, with sets in another order."""

import subprocess
import sys
from pathlib import Path

from app.escalation.decide import decide
from app.escalation.event import Acknowledged, Cancelled, Woke
from tests.escalation.network_samples import Story, by, coordinator, two_desks

ROOT = Path(__file__).parents[2]
# A story whose messages come out of sets: everybody of two steps is stood down and told.
TELL = """
from tests.escalation.test_determinism import whole_story
print(whole_story())
"""


def whole_story() -> str:
    """All decisions of a story, as text."""
    story = Story(two_desks(rounds=2, inform=["kato"]))
    decisions = [story.opened, story.decline("sato"), story.run_out(), story.run_out()]
    decisions += [story.acknowledge("suzuki"), story.acknowledge("tanaka"), story.run_out()]
    decisions.append(story.happen(Cancelled(by=coordinator())))
    texts = []
    for one in decisions:
        effects = "\n".join(repr(effect) for effect in one.effects)
        texts.append("\n".join([*(repr(entry) for entry in one.entries), effects]))
    return "\n".join(texts)


def test_decision_is_a_function_of_its_parameters() -> None:
    story = Story(two_desks())
    for event in (Acknowledged(by=by("sato")), Woke(), Cancelled(by=coordinator())):
        first = decide(story.incident, event, story.now, story.network)
        assert first == decide(story.incident, event, story.now, story.network)


def test_state_of_the_caller_is_never_changed() -> None:
    story = Story(two_desks())
    before = repr(story.incident)
    decide(story.incident, Acknowledged(by=by("sato")), story.now, story.network)
    assert repr(story.incident) == before


def test_order_of_sets_changes_nothing() -> None:
    told = {
        subprocess.run(  # this interpreter, our own text
            [sys.executable, "-c", TELL],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for seed in ("1", "2", "3")
    }
    assert told == {whole_story()}
