"""The report of a check as text, for a coordinator."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.cover.check import prove
from app.cover.course import courses
from app.cover.distribution import tail
from app.cover.gaps import gaps
from app.cover.reach import Reach
from app.foresight.examined import Examined, examine, refused
from app.foresight.report import report
from app.foresight.survey import survey
from app.protocols.problems import Problem
from app.rosters.interval import milliseconds
from tests.escalation.network_samples import desk, document, network, person
from tests.foresight.samples import NOTHING_AGAINST, NOW, examined, office_hours, without_gaps

JAPANESE = report(examined(), "ja")
ENGLISH = report(examined(), "en")


def test_it_says_first_what_it_is_about_and_whether_it_may_be_published() -> None:
    assert JAPANESE.splitlines()[:4] == [
        "点検結果: 緊急時対応",
        (
            "対象期間: 2026年11月20日(金) 12:00 〜 2027年12月25日(土) 12:00"
            "（400日間、時刻は Asia/Tokyo）"
        ),
        "",
        "公開できますが、だれも呼び出せない時間（空き）があります。",
    ]
    assert "It may be published, but there are times at which nobody can be asked" in ENGLISH


def test_warnings_say_where_in_words() -> None:
    line = "- 「いつでも」の1段目（日勤） 当番窓口: その機関は合意していません。"
    assert line in JAPANESE
    assert '- "いつでも", step 1 (日勤) desk: Its organisation has not approved' in ENGLISH


def test_a_gap_of_every_night_is_one_line_with_its_first_instant() -> None:
    assert (
        "  - 毎日 夜間 17:00〜翌09:00: 400回、計6400時間、最初は 2026年11月20日(金) 17:00"
    ) in JAPANESE
    assert (
        "  - every day, night, 17:00 to next day 09:00: 400, 6400 h in all,"
        " first on Fri 2026-11-20 17:00"
    ) in ENGLISH


def test_what_is_not_planned_yet_is_apart_from_the_gaps() -> None:
    heading = JAPANESE.index("■ まだ当番が計画されていない時間")
    assert "「いつでも」の2段目: 当番者がいない" in JAPANESE[heading:]
    assert "いまは空きに数えませんが" in JAPANESE[heading:]
    weekend_nights = re.compile(r"  - 土日 夜間 17:00〜翌09:00: (\d+)回")
    # Both nights of all weekends but those at the turn of the year; from April on none is planned.
    assert weekend_nights.findall(JAPANESE[:heading]) == ["35"]
    assert weekend_nights.findall(JAPANESE[heading:]) == ["76"]


def test_each_cause_has_an_example_in_local_time() -> None:
    example = "  例: 2026年11月20日(金) 17:00 に緊急ボタン（最重大）が起きると、"
    assert example + "2026年11月20日(金) 17:00 にこの段階を素通りします。" in JAPANESE


def test_the_worst_case_says_who_when_and_after_how_long() -> None:
    assert "- 最終責任者（city-desk）が引き受けるまで: 5分（" in JAPANESE
    assert "- 看護師 鈴木が呼び出されるまで: 0秒（1段目、" in JAPANESE
    assert "- Until tanaka is paged: 2 min 30 s (step 2, opened " in ENGLISH


def test_the_time_to_the_first_human_is_said_for_the_week() -> None:
    # Whom the weekend leaves alone hears the city, after the steps that ask nobody: at once.
    lines = [one for one in JAPANESE.splitlines() if "半数は" in one]
    assert lines
    assert "最長30秒" in lines[0]


def test_it_stays_short_however_many_gaps_there_are() -> None:
    proof = examined().proof
    assert proof is not None
    assert proof.gap_count > 400
    assert len(JAPANESE.splitlines()) < 60
    assert len(JAPANESE.splitlines()) == len(ENGLISH.splitlines())


def test_of_very_many_steps_with_gaps_the_first_are_told() -> None:
    night = {"hours": ["00:00-12:00"]}
    steps = [{"desk": "day", "ack_within_seconds": 60}] * 20
    special = [{"name": f"v{n}", "when": night | {"types": [t]}, "steps": steps} for n, t in TYPES]
    found = network(
        document(variants=[*special, {"name": "全て", "steps": [{"desk": "city-desk"}]}]),
        desk("day", "suzuki", hours=["09:00-17:00"]),
        person("suzuki"),
    )
    begin = NOW.replace(hour=15)
    proof = replace(prove(found, begin, horizon=timedelta(days=2)), warnings=())
    text = report(Examined(now=begin, network=found, proof=proof), "ja")
    assert "- ほか20件\n" in text
    assert len(text.splitlines()) < 500


TYPES = tuple(enumerate(("fall", "missing", "other", "no_response", "inactivity", "gas_co")))


def test_every_gap_is_counted_once_and_with_its_whole_length() -> None:
    network = office_hours()
    begin, end = NOW, NOW + timedelta(days=120)
    protocol = network.protocol
    assert protocol is not None
    first, last = milliseconds(begin), milliseconds(end)
    reach = Reach(network=network, begin=first, end=last + tail(protocol))
    found = [gap for one in courses(protocol, reach, first, last) for gap in gaps(one, reach)]
    missing = survey(network, begin, end)
    assert found
    assert sum(one.count for one in missing) == len(found)
    length = timedelta(milliseconds=sum(gap.end - gap.begin for gap in found))
    assert sum((one.length for one in missing), timedelta(0)) == length


@pytest.mark.parametrize(
    ("language", "verdict"),
    [
        ("ja", "対象期間のどの時刻でも、どの段階にも呼び出せる人がいます。"),
        ("en", "At every instant of the horizon every step has somebody to ask."),
    ],
)
def test_a_protocol_without_gaps_is_said_to_have_none(language: str, verdict: str) -> None:
    found = examine(without_gaps(), NOTHING_AGAINST, NOW)
    text = report(found, "ja" if language == "ja" else "en")
    assert verdict in text
    assert ("- なし" if language == "ja" else "- none") in text


def test_a_document_that_cannot_be_read_is_told_place_by_place() -> None:
    problems = [
        Problem(pointer="", detail="The document is not UTF-8 text."),
        Problem(pointer="/variants/2/steps/0/ack_within_seconds", detail="Must be at least 1."),
        Problem(pointer="/approvals/1/approved_on", detail="This field is needed."),
        Problem(pointer="/x~1y", detail="There is no such field."),
    ]
    text = report(refused(problems, NOW), "ja")
    assert "公開できません" in text
    assert "■ 誤り（4件）" in text
    assert "- 文書全体: 文書がUTF-8の文字列ではありません。" in text
    assert "- 3番目の適用区分の1段目 応答期限: 1以上でなければなりません。" in text
    assert "- 事前合意 (2) 合意日: この項目は必須です。" in text
    assert "空き" not in text


def test_errors_hide_nothing_of_what_cannot_be_published() -> None:
    error = Problem(pointer="/accountable", detail="This party is retired.")
    found = replace(examined(), errors=(error,), proof=None)
    text = report(found, "ja")
    assert "- 最終責任者: この機関・担当は廃止されています。" in text
    assert "■ 最も長く" not in text


def test_a_published_version_older_than_a_year_is_to_be_reviewed() -> None:
    before = datetime(2025, 11, 1, tzinfo=UTC)
    found: Examined = examine(without_gaps(), NOTHING_AGAINST, NOW, published_at=before)
    assert "公開中の版は1年以上前のものです。" in report(found, "ja")
