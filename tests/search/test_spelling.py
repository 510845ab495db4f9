"""One spelling for what people write in many ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.search.spelling import digits_of, may_be_number, one_spelling, parts_of
from app.search.terms import BEGINNING_MAX, beginnings, terms_of_client, terms_of_word


# Each row: what is written, and what it is written alike with.
@pytest.mark.parametrize(
    ("written", "alike"),
    [
        ("さとう はなこ", "サトウハナコ"),  # hiragana, and a space
        ("ｻﾄｳ ﾊﾅｺ", "サトウハナコ"),  # half-width
        ("ｶﾞｷﾞｸﾞ", "ガギグ"),  # half-width with its voice mark apart
        ("サトウ　ハナコ", "サトウハナコ"),  # a wide space
        ("キヨウコ", "キョウコ"),  # registers without small kana
        ("ジョン・スミス", "ジョンスミス"),  # middle dot
        ("ｼﾞｮﾝ･ｽﾐｽ", "ジョンスミス"),  # half-width middle dot
        ("Smith", "ＳＭＩＴＨ"),  # wide, and case
        ("Straße", "STRASSE"),  # case that changes the length
        ("葛\U000e0100城", "葛城"),  # a variation selector
        ("か\u3099", "ガ"),  # decomposed
    ],
)
def test_what_means_the_same_is_spelt_alike(written: str, alike: str) -> None:
    assert one_spelling(written) == one_spelling(alike) != ""


# Each row: two names that are not the same.
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ハハ", "ババ"),  # a voice mark tells them apart
        ("コーノ", "コノ"),  # a long vowel
        ("佐藤", "佐籐"),  # another kanji
        ("髙橋", "高橋"),  # an old form: no kept library says that it is the same name
    ],
)
def test_what_differs_stays_different(one: str, other: str) -> None:
    assert one_spelling(one) != one_spelling(other)


@given(st.text(max_size=30))
def test_spelling_it_once_is_enough(text: str) -> None:
    assert one_spelling(one_spelling(text)) == one_spelling(text)


@given(st.lists(st.text(st.sampled_from("佐藤花子さとうｻﾄﾞウSmith９ー")), max_size=4))
def test_the_parts_of_a_name_are_the_name(parts: list[str]) -> None:
    assert "".join(parts_of(" ".join(parts))) == "".join(map(one_spelling, parts))


# Each row: how a number is written, and how it is dialled.
@pytest.mark.parametrize(
    ("written", "dialled"),
    [
        ("03-1234-5678", "0312345678"),
        ("（０３）１２３４ー５６７８", "0312345678"),  # wide, with a long-vowel mark as hyphen
        ("+81 90-1234-5678", "09012345678"),
        ("+81 (0)90 1234 5678", "09012345678"),  # the 0 that is not dialled from abroad
        ("＋８１９０１２３４５６７８", "09012345678"),
        ("+1 212 555 0100", "12125550100"),  # another country
        ("119", "119"),
        ("内線なし", ""),
    ],
)
def test_a_number_is_what_is_dialled(written: str, dialled: str) -> None:
    assert digits_of(written) == dialled


# Each row: a word, and whether it may be a number.
@pytest.mark.parametrize(
    ("word", "expected"),
    [("090-1234", True), ("+81 3", True), ("佐藤 090", False), ("R2D2", False), ("・・", False)],
)
def test_a_word_with_letters_is_no_number(word: str, *, expected: bool) -> None:
    assert may_be_number(word) is expected


# Each row: a name, and by what it is found.
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("佐藤 花子", ["佐藤花子", "佐藤", "佐藤花", "佐藤", "花子"]),
        ("林 あ", ["林ア", "林", "ア"]),  # one character: only as a whole part
        ("・", []),
        (None, []),
    ],
)
def test_a_name_is_found_by_its_parts_and_beginnings(name: str | None, expected: list[str]) -> None:
    assert list(beginnings(name)) == expected


def test_a_long_name_is_found_by_its_first_characters_and_whole() -> None:
    name = "".join(chr(0x4E00 + one) for one in range(100))
    assert {len(one) for one in beginnings(name)} == {*range(2, BEGINNING_MAX + 1), 100}


def test_a_word_that_says_nothing_has_no_terms() -> None:
    assert not list(terms_of_word(" ・-"))


def test_a_client_has_a_term_for_each_phone_of_the_family_too() -> None:
    family = [{"name": "佐藤 一郎", "phone": "090-1"}, {"name": "佐藤 二郎", "phone": None}]
    terms = terms_of_client({"phones": ["03-1"], "family_contacts": family})
    assert [text for _, text in terms] == ["031", "0901"]
