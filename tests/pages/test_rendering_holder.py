"""What the holder's page shows, before and after arrival, and after close."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from app.commands.link import LinkView
from app.escalation.incident import Status
from app.pages.view import Details
from app.protocols.kinds import Language, Outcome
from tests.pages import views
from tests.pages.views import FULL, render
from tests.pages.world import SUMMARY, WORDS

HOLDERS_ACTS = ("en_route", "hand_over", "external_called", "note", "resolve", "cancel", "decline")


def test_the_holder_sees_whom_to_help_and_what_to_do_next() -> None:
    html = render(views.HOLDER, FULL)
    assert "あなたが対応責任者です" in html
    for word in (*WORDS.values(), SUMMARY, "折り返し済み", "119に電話"):
        assert word in html
    for number in ("042-555-0101", "090-5555-0102", "042-555-0119"):
        assert f'href="tel:{number}"' in html
    for act in (*HOLDERS_ACTS, "arrive"):
        assert f'="/r/TOKEN/{act}"' in html
    assert "03:44までに［向かっています］か［到着しました］を押してください" in html
    for outcome in Outcome:
        assert f'value="{outcome.value}" required' in html
    # Of the holder's own organisation the name is enough.
    for target in ("<span>高橋さん</span>", "<span>夜間当番</span>"):
        assert target in html


def test_the_first_view_says_by_when_what_is_to_be_pressed() -> None:
    for view, sentence in (
        (views.HOLDER, "03:44までに［向かっています］を押す"),
        (views.EN_ROUTE, "03:44までに［到着しました］を押す"),
    ):
        html = render(view, FULL)
        assert f'<a href="#course">{sentence}' in html
        assert html.index(sentence) < html.index(WORDS["address"]) < html.index('id="course"')
        # What it leads to is there already.
        assert sentence not in render(view, FULL, focus="en_route")
    assert "#course" not in render(views.ARRIVED, FULL)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_who_has_set_out_arrives_next(language: Language) -> None:
    html = render(views.EN_ROUTE, FULL, language)
    assert 'class="yes" formaction="/r/TOKEN/arrive"' in html


@pytest.mark.parametrize(("view", "named"), [(views.HOLDER, 2), (views.EN_ROUTE, 2)])
def test_the_deadline_names_buttons_that_are_there(view: LinkView, named: int) -> None:
    html = render(view, FULL)
    sentence = re.findall(r"03:44までに(［.*?)を押してください", html)
    buttons = re.findall("［(.*?)］", *sentence)
    assert len(buttons) == named
    assert all(f">{one}</button>" in html for one in buttons)


def test_who_is_on_the_way_may_say_so_again_and_keeps_what_was_promised() -> None:
    eta = views.NOW + timedelta(minutes=20)
    html = render(views.EN_ROUTE, replace(FULL, eta=eta))
    assert "到着予定 03:39" in html
    assert f'name="eta" value="{eta.isoformat()}"' in html
    assert "<button>まだ向かっています</button>" in html
    # A promise that is over is not made again.
    assert 'name="eta"' not in render(views.EN_ROUTE, replace(FULL, eta=views.BEGIN))
    assert "到着予定 " not in render(views.EN_ROUTE, FULL)


def test_the_arrival_is_told_apart_from_the_acceptance() -> None:
    assert "到着 03:19</span> （03:14に引受）" in render(views.ARRIVED, FULL)
    assert "から" not in render(views.ARRIVED, FULL).partition('class="mine"')[2][:200]


def test_who_held_to_the_end_sees_the_same_and_may_correct_it() -> None:
    html = render(views.CLOSED, replace(FULL, last_holder=views.SUZUKI))
    for part in (*WORDS.values(), SUMMARY, "折り返し済み", "tel:042-555-0101", "tel:090-5555-0102"):
        assert part in html
    assert re.findall('action="(.*?)"', html) == ["/r/TOKEN/correct"]
    assert 'name="party_id" value="id-鈴木"' in html


def test_who_has_arrived_cannot_give_back_and_resolves_next() -> None:
    html = render(views.ARRIVED, FULL)
    assert "/r/TOKEN/decline" not in html
    assert "/r/TOKEN/en_route" not in html
    assert '<details class="main">' in html
    assert "ほかに応じた人: 高橋さん" in html


def test_the_holder_of_a_desks_phone_is_named() -> None:
    html = render(replace(views.HOLDER, page_party=views.NIGHT, persons=views.DESK.persons), FULL)
    assert "対応責任者: 鈴木さん（みどり訪問看護）" in html
    # The desk's others could act by it too: each form says in whose name.
    assert html.count('name="party_id" value="id-鈴木"') >= html.count("<form")


def test_a_request_to_cancel_is_shown_to_the_holder() -> None:
    html = render(views.HOLDER, replace(FULL, cancel_asked_at=views.NOW))
    assert "03:19に、通報した側から取消（誤報）の申し出がありました" in html


def test_an_open_offer_is_shown_to_the_holder() -> None:
    html = render(replace(views.HOLDER, offered_to=views.ITO), FULL)
    assert "伊藤さん（包括支援センター）に引継ぎをお願いしています" in html


def test_a_client_of_whom_nothing_is_known_is_shown_by_code() -> None:
    html = render(views.HOLDER, Details())
    assert "<h2>利用者 K7QX2</h2>" in html
    assert "登録されていません" in html


def test_closed_says_how_it_ended_and_calls_nobody() -> None:
    html = render(views.CLOSED)
    assert "この件は終わりました" in html
    assert "本人無事（03:19）" in html
    assert "<form" not in html
    assert "tel:" not in html


def test_cancelled_has_words_of_its_own() -> None:
    cancelled = replace(views.CLOSED, status=Status.CANCELLED, outcome=Outcome.FALSE_ALARM)
    assert "誤報" in render(cancelled)


@pytest.mark.parametrize("act", HOLDERS_ACTS)
def test_the_page_of_an_act_has_it_open_and_first(act: str) -> None:
    plain, html = render(views.HOLDER, FULL), render(views.HOLDER, FULL, focus=act)
    assert plain.count("<details open") == 0
    assert html.count("<details open") == 1
    assert html.index(f'action="/r/TOKEN/{act}"') < html.index(WORDS["address"])
    assert plain.index(f'action="/r/TOKEN/{act}"') > plain.index(WORDS["address"])
    assert sorted(re.findall("formaction=.*?>|action=.*?>", plain)) == sorted(
        re.findall("formaction=.*?>|action=.*?>", html)
    )


def test_what_people_wrote_is_shown_as_text() -> None:
    evil = "<script>alert(1)</script>"
    records = (replace(FULL.records[0], facts={"note": evil}, who=evil),)
    view = replace(views.HOLDER, town=evil, holder=replace(views.SUZUKI, name=evil))
    details = replace(
        FULL, records=records, summary=evil, personal={"name": evil, "phones": ['"><b>']}
    )
    html = render(view, details)
    assert "<script>alert" not in html
    assert "<b>" not in html.replace("<b>119に電話</b>", "").replace("<b>同じ通報</b>", "")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
