"""Whatever the production rules decide, the judge, who does not know them, finds nothing."""

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.escalation.test_machine import Life as Lived
from tests.ledger.judge.judged import JudgedIncident


class Life(Lived):
    """Any protocol, any directory, any acts in any order."""

    incident = JudgedIncident

    def teardown(self) -> None:
        super().teardown()
        if hasattr(self, "life") and self.life.is_sound:
            assert isinstance(self.life, JudgedIncident)
            assert list(self.life.faults()) == []
            assert list(self.life.expected_too_early()) == []


def test_what_the_rules_decide_is_never_found_at_fault() -> None:
    run_state_machine_as_test(Life, settings=settings(stateful_step_count=30))


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_long_lives_are_never_found_at_fault() -> None:
    run_state_machine_as_test(Life, settings=settings(stateful_step_count=100, max_examples=5000))
