from datetime import UTC, datetime, timedelta

import pytest

from app.commands.link import Named
from app.escalation.party import PartyId
from app.pages.language import Speech, as_countdown, language_of, seconds_left
from app.protocols.kinds import Language, OrganisationKind
from tests.pages.world import without_names_marked

NOW = datetime(2026, 11, 20, 18, 12, tzinfo=UTC)  # 03:12 on the 21st in Japan


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", "ja"),  # nothing said
        ("ja", "ja"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("ja-JP,ja;q=0.9,en-US;q=0.8,en;q=0.7", "ja"),  # a phone in Japan
        ("en-US,en;q=0.9,ja;q=0.8", "en"),
        ("en;q=0.5, ja;q=0.6", "ja"),  # weight beats order
        ("de-DE,de;q=0.9", "ja"),  # neither
        ("de, en;q=0.3", "en"),  # the one that we have
        ("en;q=0", "ja"),  # not wanted
        ("*", "ja"),
        ("en;q=nonsense", "ja"),
        ("e" * 10_000, "ja"),
    ],
    ids=range(13),
)
def test_language_is_the_one_asked_for_and_japanese_by_default(
    header: str, expected: Language
) -> None:
    assert language_of(header) == expected


@pytest.mark.parametrize(
    ("ago", "ja", "en"),
    [
        (timedelta(seconds=-5), "たった今", "just now"),  # a clock that runs ahead
        (timedelta(seconds=59), "たった今", "just now"),
        (timedelta(seconds=60), "1分前", "1 min ago"),
        (timedelta(minutes=7, seconds=59), "7分前", "7 min ago"),
        (timedelta(minutes=59, seconds=59), "59分前", "59 min ago"),
        (timedelta(hours=1), "1時間0分前", "1 h 0 min ago"),
        (timedelta(hours=2, minutes=5), "2時間5分前", "2 h 5 min ago"),
        (timedelta(hours=24), "1日前", "1 d ago"),
    ],
    ids=str,
)
def test_elapsed_time_is_said_roughly(ago: timedelta, ja: str, en: str) -> None:
    assert Speech("ja").elapsed(NOW - ago, NOW) == ja
    assert Speech("en").elapsed(NOW - ago, NOW) == en


@pytest.mark.parametrize(
    ("at", "ja", "en"),
    [
        (NOW, "03:12", "03:12"),
        # The day of Japan counts, not that of UTC.
        (datetime(2026, 11, 20, 15, 0, tzinfo=UTC), "00:00", "00:00"),
        (datetime(2026, 11, 20, 14, 59, tzinfo=UTC), "11月20日 23:59", "2026-11-20 23:59"),
    ],
    ids=["today", "since midnight in Japan", "yesterday"],
)
def test_clock_is_that_of_japan(at: datetime, ja: str, en: str) -> None:
    assert Speech("ja").clock(at, NOW) == ja
    assert Speech("en").clock(at, NOW) == en


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (timedelta(seconds=150), "2:30"),
        (timedelta(seconds=149, milliseconds=1), "2:30"),  # not yet 2:29
        (timedelta(seconds=9), "0:09"),
        (timedelta(hours=1, minutes=2, seconds=3), "1:02:03"),
        (timedelta(seconds=-1), "0:00"),  # over
    ],
    ids=str,
)
def test_countdown_says_whole_seconds(left: timedelta, expected: str) -> None:
    assert as_countdown(seconds_left(NOW + left, NOW)) == expected


def named(name: str, *, is_person: bool) -> Named:
    return Named(
        id=PartyId(name),
        name=name,
        organisation="A&B",
        organisation_kind=OrganisationKind.PROVIDER,
        is_person=is_person,
    )


def test_people_are_spoken_of_politely_and_desks_are_not() -> None:
    several = [named("鈴木", is_person=True), named("当番", is_person=False)]
    ja, en = (without_names_marked(str(Speech(one).parties(several))) for one in ("ja", "en"))
    assert ja == "鈴木さん（A&amp;B）、当番（A&amp;B）"
    assert en == "鈴木 (A&amp;B), 当番 (A&amp;B)"


def test_names_stay_in_one_piece() -> None:
    one = '<span class="name">鈴木さん</span>（<span class="name">A&amp;B</span>）'
    assert Speech("ja").party(named("鈴木", is_person=True)) == one
    assert '<span class="name">鈴木さん</span>から' in Speech("ja")("duty_to_you", who="鈴木")
    assert "&lt;b&gt;さん" in Speech("ja")("duty_to_you", who="<b>")


def test_a_value_is_escaped_and_a_text_in_it_is_no_placeholder() -> None:
    said = Speech("ja")("client", code="<b>{code}</b>")
    assert said == "利用者 &lt;b&gt;{code}&lt;/b&gt;"
