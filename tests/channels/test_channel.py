import re
from datetime import datetime, timedelta, timezone

import pytest

from app.channels.channel import (
    MESSAGE_TYPES,
    Failed,
    Reason,
    Result,
    Sent,
    result_of_status,
    rfc3339,
)
from tests.channels.messages import DATA, saying


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (200, Sent()),
        (202, Sent()),  # taken, to be worked on later: taken
        (204, Sent()),  # no body is needed
        (299, Sent()),
        (301, Failed(permanent=True, reason="http_301")),  # redirects are not followed
        (304, Failed(permanent=True, reason="http_304")),
        (307, Failed(permanent=True, reason="http_307")),
        (400, Failed(permanent=True, reason="http_400")),
        (401, Failed(permanent=True, reason="http_401")),
        (404, Failed(permanent=True, reason="http_404")),
        (407, Failed(permanent=True, reason="http_407")),
        (408, Failed(permanent=False, reason="http_408")),  # the receiver was too slow to read
        (409, Failed(permanent=True, reason="http_409")),
        (410, Failed(permanent=True, reason="http_410")),
        (424, Failed(permanent=True, reason="http_424")),
        (425, Failed(permanent=False, reason="http_425")),  # too early: later, please
        (426, Failed(permanent=True, reason="http_426")),
        (429, Failed(permanent=False, reason="http_429")),  # too many: later, please
        (499, Failed(permanent=True, reason="http_499")),
        (500, Failed(permanent=False, reason="http_500")),
        (503, Failed(permanent=False, reason="http_503")),
        (599, Failed(permanent=False, reason="http_599")),
        (101, Failed(permanent=False, reason="http_101")),  # no answer to a POST of ours
        (999, Failed(permanent=False, reason="http_999")),  # outside of HTTP: who knows
    ],
)
def test_status_means_sent_or_another_try_or_the_end(status: int, result: Result) -> None:
    assert result_of_status(status) == result


def test_reasons_are_codes() -> None:
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", reason) for reason in Reason)


def test_instant_is_written_in_utc_with_three_decimals() -> None:
    tokyo = timezone(timedelta(hours=9))
    assert rfc3339(datetime(2026, 11, 24, 3, 12, tzinfo=tokyo)) == "2026-11-23T18:12:00.000Z"


@pytest.mark.parametrize("message_type", MESSAGE_TYPES)
def test_data_that_is_no_id_or_code_stays_in_the_house(message_type: str) -> None:
    told = saying(
        message_type.removeprefix("incident."),
        name="佐藤 花子",
        summary="居間で転倒",
        links={"respond": "https://x.example/r/1", "map": "https://maps.example/?q=佐藤"},
    )
    assert "佐藤" not in str(told.public_data)
    assert "居間" not in str(told.public_data)
    assert told.public_data["links"] == {"respond": "https://x.example/r/1"}


@pytest.mark.parametrize("reason", ["exhausted", "unreachable"])
def test_alarm_says_its_reason(reason: str) -> None:
    assert saying("alarm", reason=reason).public_data["reason"] == reason


def test_data_keeps_its_order_whatever_the_storage_did() -> None:
    stored = dict(sorted(DATA.items(), reverse=True))
    assert list(saying("paged", **stored).public_data) == list(saying("paged").public_data)


def test_event_of_a_subscription_leaves_as_it_is() -> None:
    assert saying("escalated", anything="1").public_data["anything"] == "1"
