"""The closed sets of the domain."""

import re
from enum import StrEnum

import pytest

from app.protocols.kinds import (
    LIFE_THREATENING,
    QUIET_AT_NIGHT,
    RESTRICTED,
    IncidentType,
    OrganisationKind,
    Outcome,
    Severity,
    default_severity,
    label,
)

# Source: CARE.md 1.8, the table of event types.
DEFAULT_SEVERITIES = {
    "pendant_press": "high",
    "fall": "high",
    "sudden_change": "critical",
    "fever_illness": "medium",
    "no_response": "high",
    "inactivity": "medium",
    "missing": "high",
    "fire_smoke": "critical",
    "gas_co": "critical",
    "water_leak": "low",
    "heat_cold": "high",
    "medical_device": "medium",
    "medication_error": "medium",
    "abuse_suspected": "high",
    "visit_missed": "medium",
    "consultation": "low",
    "device_fault": "low",
    "low_battery": "low",
    "power_failure": "low",
    "comm_lost": "medium",
    "test": "none",
    "disaster_check": "medium",
    "other": "medium",
}


def test_every_incident_type_has_the_default_severity_of_the_field() -> None:
    found = {one.value: default_severity(one).value for one in IncidentType}
    assert found == DEFAULT_SEVERITIES


def test_severities_rank_from_critical_down_to_none() -> None:
    assert sorted(Severity, key=lambda one: one.rank, reverse=True) == [
        "critical",
        "high",
        "medium",
        "low",
        "none",
    ]
    assert Severity.CRITICAL.rank > Severity.HIGH.rank  # "critical" < "high" as text
    assert len({one.rank for one in Severity}) == len(Severity)


def test_life_threatening_types_are_the_critical_ones() -> None:
    assert {"fire_smoke", "sudden_change", "gas_co"} == LIFE_THREATENING
    assert all(default_severity(one) is Severity.CRITICAL for one in LIFE_THREATENING)


def test_quiet_types_are_faults_but_not_a_lost_connection() -> None:
    assert {"device_fault", "low_battery", "power_failure"} == QUIET_AT_NIGHT
    assert IncidentType.COMM_LOST not in QUIET_AT_NIGHT


def test_suspected_abuse_is_restricted() -> None:
    assert {IncidentType.ABUSE_SUSPECTED} == RESTRICTED


def test_outcomes_are_those_of_the_design() -> None:
    # Source: DESIGN.md 4.1.15.
    assert [one.value for one in Outcome] == [
        "client_safe",
        "false_alarm",
        "treated_on_site",
        "medical_visit",
        "ambulance",
        "hospitalised",
        "deceased",
        "forwarded",
        "next_business_day",
        "other",
    ]


def test_organisation_kinds_are_those_of_the_design() -> None:
    # Source: DESIGN.md, section 2.
    assert [one.value for one in OrganisationKind] == [
        "municipality",
        "support_centre",
        "provider",
        "medical",
        "volunteer_group",
        "family",
        "operator",
    ]


@pytest.mark.parametrize("codes", [IncidentType, Severity, Outcome, OrganisationKind])
def test_every_code_has_its_own_words_in_both_languages(codes: type[StrEnum]) -> None:
    japanese = [label(code, "ja") for code in codes]  # type: ignore[arg-type]  # the four sets
    english = [label(code, "en") for code in codes]  # type: ignore[arg-type]  # the four sets
    assert len(set(japanese)) == len(set(english)) == len(codes)
    assert all(re.search(r"[ぁ-んァ-ヶ一-龠]", words) for words in japanese)
    assert all(words.isascii() and words[0].isupper() for words in english)


def test_equal_codes_of_different_sets_keep_their_own_words() -> None:
    assert label(Severity.NONE, "ja") == "なし"
    assert label(IncidentType.FALL, "ja") == "転倒・転落"
    assert label(IncidentType.FALL, "en") == "Fall"
    assert label(Outcome.AMBULANCE, "ja") == "救急搬送"
    assert label(OrganisationKind.SUPPORT_CENTRE, "ja") == "地域包括支援センター"
    assert label(Outcome.OTHER, "en") == label(IncidentType.OTHER, "en") == "Other"
