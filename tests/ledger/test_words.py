from app.ledger.words import HOLDER_CHANGES, SYSTEM, Basis, Cause, EntryType

# DESIGN.md 4.1.17. A word that a leaf has carried stays: this list only grows.
ENTRY_TYPES = """
opened bound step_started paged reminded informed sent delivered undeliverable viewed skipped
transferred signalled declined joined offered offer_ended en_route arrived external_called
reclassified noted corrected stalled closed disclosed erased exported key_rotated
succeeded
"""
# DESIGN.md H2.
CAUSES_OF_CHANGE = """
reported escalated declined unreachable nobody_on_duty acknowledged handed_over lapsed
reclassified exhausted resolved cancelled
"""
OTHER_CAUSES = """
restricted busy no_contact_point outside_hours already_asked retired deferred
rejected attempts_spent timed_out withdrawn repeated late stood_down
consent required_by_law life_protection entrusted joint_use disaster_relief
requested retention_ended
"""


def test_words_of_the_ledger_are_those_of_the_design() -> None:
    assert [*EntryType] == ENTRY_TYPES.split()
    assert [*Cause] == CAUSES_OF_CHANGE.split() + OTHER_CAUSES.split()
    assert [*Basis] == ["agreement", "acceptance"]
    assert SYSTEM == "system"


def test_three_types_change_the_holder() -> None:
    assert sorted(HOLDER_CHANGES) == ["closed", "opened", "transferred"]
