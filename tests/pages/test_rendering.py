import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from app.commands.link import LinkView
from app.pages.view import Details, Stage, stage_of
from app.protocols.kinds import IncidentType, Language, Severity, label
from tests.pages import views
from tests.pages.views import FULL, STAGES, render
from tests.pages.world import WORDS

EVERY_STAGE = pytest.mark.parametrize("view", STAGES.values(), ids=STAGES.keys())
BOTH_LANGUAGES = pytest.mark.parametrize("language", ["ja", "en"])
YES, NO = "対応します</button>", "対応できません</button>"
HOLDERS_ACTS = ("en_route", "hand_over", "external_called", "note", "resolve", "cancel", "decline")
VOID = {"meta", "link", "input", "br"}


class Outline(HTMLParser):
    """The elements of a page, and whether they are nested as they should be."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@EVERY_STAGE
@BOTH_LANGUAGES
def test_page_is_well_formed_and_loads_nothing_of_others(
    view: LinkView, language: Language
) -> None:
    html = render(view, FULL if view.is_holder else None, language)
    outline = Outline(html)
    assert not outline.open
    assert outline.all("html") == [{"lang": language}]
    assert any(one.get("name") == "viewport" for one in outline.all("meta"))
    assert "http://" not in html
    assert "https://" not in html
    assert not re.search(r"<style|<svg|\sstyle=|\son[a-z]+=|javascript:", html)
    assert [one["src"] for one in outline.all("script")] == [views.pages().asset_url("page.js")]


@EVERY_STAGE
@BOTH_LANGUAGES
def test_page_names_the_client_by_code_and_town_alone(view: LinkView, language: Language) -> None:
    html = render(view, None, language)
    assert "K7QX2" in html
    assert "緑が丘" in html
    for word in WORDS.values():
        assert word not in html


@EVERY_STAGE
def test_each_input_has_a_label_and_each_form_says_what_it_does(view: LinkView) -> None:
    outline = Outline(render(view, FULL if view.is_holder else None))
    for form in outline.all("form"):
        assert form["method"] == "post"
        assert (form["action"] or "").startswith("/r/TOKEN/")
    html = render(view, FULL if view.is_holder else None)
    fields = re.findall(r"<(?:textarea|input type=\"(?:time|radio))", html)
    labels = re.findall(r"<label[^>]*>(?:(?!</label>).)*<(?:textarea|input)", html, re.DOTALL)
    assert len(fields) == len(labels)


@EVERY_STAGE
@BOTH_LANGUAGES
def test_ids_of_html_and_headings_are_in_order(view: LinkView, language: Language) -> None:
    outline = Outline(render(view, FULL if view.is_holder else None, language))
    headings = [tag for tag, _ in outline.elements if re.fullmatch("h[1-6]", tag)]
    assert headings[0] == "h1"
    assert headings.count("h1") == 1
    assert set(headings) <= {"h1", "h2"}


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        (views.ASKED, Stage.ASKED),
        (views.EXHAUSTED, Stage.ASKED),
        (views.ASKED_BEFORE, Stage.ASKED_BEFORE),
        (views.DECLINED, Stage.DECLINED),
        (views.OFFERED, Stage.OFFERED),
        (views.HOLDER, Stage.HOLDER),
        (views.TAKEN, Stage.TAKEN),
        (views.CLOSED, Stage.CLOSED),
        # Who said no and was offered it later is asked again.
        (replace(views.OFFERED, has_declined=True), Stage.OFFERED),
        # Who holds has no offer to answer.
        (replace(views.HOLDER, offer_due_at=views.NOW), Stage.HOLDER),
    ],
    ids=range(10),
)
def test_stage_follows_from_the_view(view: LinkView, expected: Stage) -> None:
    assert stage_of(view) is expected


def test_asked_sees_what_they_need_to_decide() -> None:
    html = render(views.ASKED)
    for part in ("転倒・転落", "7分前", "03:12", "重要度 高", YES, NO):
        assert part in html
    assert "あなた（みどり訪問看護）が対応責任者として記録されます" in html
    assert "ほかに連絡している人: 高橋さん（みどり訪問看護）" in html
    left = '<span class="left" role="timer" data-left="150">2:30</span>'
    assert f"何もしない場合、あと{left}で伊藤さん（包括支援センター）へ連絡します（03:21）" in html
    for reason in ("別の対応中", "遠い", "飲酒・体調", "勤務外", "その他"):
        assert f'name="reason" value="{reason}" formaction="/r/TOKEN/decline"' in html
    assert "訓練" not in html
    assert "119（" not in html


def test_asked_in_english_sees_the_same() -> None:
    html = render(views.ASKED, language="en")
    for part in ("Fall", "7 min ago", "Severity: High", "I will respond</button>", "I cannot"):
        assert part in html
    assert "you (みどり訪問看護) are recorded as the one responsible" in html
    # What is written down is the same whatever the page speaks.
    assert 'name="reason" value="遠い"' in html


def test_a_step_that_is_over_counts_nothing_down() -> None:
    html = render(replace(views.ASKED, due_at=views.NOW))
    assert "data-left" not in html
    assert "まもなく伊藤さん（包括支援センター）へ連絡します。" in html


@EVERY_STAGE
@BOTH_LANGUAGES
def test_a_drill_says_so_first_and_in_the_title(view: LinkView, language: Language) -> None:
    word = {"ja": "訓練", "en": "DRILL"}[language]
    html = render(replace(view, drill=True), None, language)
    assert re.search(rf"<main>\s*<p class=\"drill\"><strong>{word}</strong>", html)
    assert f"<title>【{word}】" in html
    assert word not in render(view, None, language)


def test_repeated_signals_are_counted() -> None:
    assert "同じ通報が3回届いています" in render(replace(views.ASKED, signal_count=3))
    assert "同じ通報" not in render(views.ASKED)


@pytest.mark.parametrize("type_", IncidentType)
@BOTH_LANGUAGES
def test_each_type_is_shown_in_words(type_: IncidentType, language: Language) -> None:
    html = render(replace(views.ASKED, type=type_), None, language)
    assert f"<h1>{label(type_, language)}</h1>" in html


def test_danger_shows_the_number_of_the_right_town_before_acceptance() -> None:
    html = render(views.DANGER, Details(fire_number="042-555-0119"))
    assert 'href="tel:042-555-0119"' in html
    assert "119番は、人がかけないとつながりません" in html
    assert html.index("tel:042-555-0119") < html.index(YES)


def test_danger_without_a_number_on_file_still_leads_to_119() -> None:
    html = render(views.DANGER)
    assert 'href="tel:119"' in html
    assert "別の町の消防につながる" in html


def test_exhausted_says_that_nobody_has_accepted() -> None:
    html = render(views.EXHAUSTED)
    assert "まだ引き受けた人がいません" in html
    assert "いまの対応責任者: 夜間当番（みどり訪問看護）" in html
    assert "何もしない場合" not in html
    assert YES in html
    # There is no next person.
    assert "最終責任者の窓口の全員に、もう一度連絡する</button>" in html
    assert "すぐに次の人へ" not in html


def test_exhausted_from_the_start_does_not_claim_that_others_were_asked() -> None:
    html = render(replace(views.EXHAUSTED, is_exhausted_at_once=True))
    assert "連絡できる当番がいませんでした。最終責任者は、あなたの窓口（夜間当番）です" in html
    assert "全員に連絡しました" not in html
    # Who took part by a hand-over is not of that desk.
    other = replace(views.EXHAUSTED, is_exhausted_at_once=True, is_asked_now=False)
    assert "あなたの窓口" not in render(other)


def test_who_was_asked_before_may_still_accept() -> None:
    html = render(views.ASKED_BEFORE)
    assert "あなたもまだ対応できます" in html
    assert YES in html
    assert NO in html
    assert "escalate" not in html


def test_who_said_no_may_change_their_mind() -> None:
    html = render(views.DECLINED)
    assert "「対応できません」と記録しました" in html
    assert YES in html
    assert NO not in html


def test_a_desks_own_phone_asks_who_answers() -> None:
    outline = Outline(render(views.DESK))
    radios = [one for one in outline.all("input") if one["type"] == "radio"]
    assert [one["value"] for one in radios] == ["id-鈴木", "id-高橋"]
    assert all("required" in one for one in radios)
    assert not [one for one in radios if "checked" in one]


def test_the_loser_is_told_who_holds_since_when() -> None:
    sentence = "すでに高橋さん（みどり訪問看護）が対応しています（03:14）。"
    assert sentence in render(views.TAKEN)
    assert "あなたの対応は必要ありません" in render(views.TAKEN)
    assert "<button" not in render(views.TAKEN)
    assert sentence in render(views.JOINED)
    assert "あなたの「対応します」も記録しました" in render(views.JOINED)


def test_an_offer_is_accepted_or_refused() -> None:
    html = render(views.OFFERED)
    assert "高橋さん（みどり訪問看護）から、引継ぎのお願い" in html
    assert "引き受けるまで、責任者は変わりません" in html
    assert 'action="/r/TOKEN/accept"' in html
    assert 'formaction="/r/TOKEN/decline"' in html
    assert "03:24" in html


def test_an_offer_to_several_of_a_desk_asks_who_accepts() -> None:
    several = (views.SUZUKI, views.ITO)
    html = render(replace(views.OFFERED, persons=several, offer_persons=several))
    radios = [one for one in Outline(html).all("input") if one["type"] == "radio"]
    assert [one["value"] for one in radios] == ["id-鈴木", "id-伊藤"]


@pytest.mark.parametrize("severity", Severity)
def test_severity_is_said_in_words_not_in_colour(severity: Severity) -> None:
    html = render(replace(views.ASKED, severity=severity))
    assert f"<li>重要度 {label(severity, 'ja')}</li>" in html


def test_the_page_of_a_no_shows_it_first() -> None:
    html = render(views.ASKED, focus="decline")
    assert html.index(NO) < html.index(YES)
    assert render(views.ASKED).index(YES) < render(views.ASKED).index(NO)
