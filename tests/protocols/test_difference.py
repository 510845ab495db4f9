"""What two documents differ in: enough to get from one to the other, and not more than that."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.protocols.authoring.alignment import is_same
from app.protocols.authoring.difference import Change, Op, apply, differences
from app.protocols.authoring.labels import MEMBERS
from app.protocols.authoring.saying import say
from app.protocols.kinds import Language
from app.protocols.protocol import Approval, Condition, Protocol, Step, Variant, parse_protocol
from tests.protocols.documents import Document, night

NAMES = {
    "CITY": "A市",
    "MIDORI": "みどり訪問看護",
    "CITY-DESK": "宿日直",
    "NIGHT-DESK": "夜間当番",
    "SON": "佐藤 一郎",
    "HELPER": "鈴木 健",
}
LANGUAGES: tuple[Language, ...] = ("ja", "en")
ids = st.sampled_from(["D1", "D2", "D3"])
times = st.integers(1, 4)


def normal(document: Document) -> Document:
    return parse_protocol(document).document()


# --- drawn documents -------------------------------------------------------------------------

# Few names, parties and times, so that items are alike, and there are pairs to mistake.
steps = st.fixed_dictionaries(
    {"ack_within_seconds": times, "inform": st.lists(ids, max_size=3)},
    optional={"name": st.sampled_from(["a", "b", "c"]), "desk": ids, "person": ids},
)
variants = st.fixed_dictionaries(
    {"name": st.sampled_from(["昼", "夜", "休日"]), "steps": st.lists(steps, max_size=5)},
    optional={"rounds": times, "when": st.fixed_dictionaries({"types": st.lists(ids)})},
)
documents: st.SearchStrategy[Document] = st.fixed_dictionaries(
    {"accountable": ids, "variants": st.lists(variants, max_size=4)}
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from(["", "a", "~1/"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["name", "desk", "0", "a/b", "m~n", ""]), inner, max_size=4
        )
    ),
    max_leaves=15,
)


@given(documents | anything, documents | anything)
@example([1, {"": [True]}], [True, {"": [1]}])
@example({"a/b": 1, "m~n": 2}, {"a/b": [], "~1": None})
def test_changes_lead_from_one_document_to_the_other(before: object, after: object) -> None:
    kept = deepcopy(before), deepcopy(after)
    changes = differences(before, after)
    assert is_same(apply(before, changes), after)
    assert is_same(apply(before, reversed(changes)), after)
    assert (before, after) == kept
    assert (not changes) == is_same(before, after)


@given(documents, documents)
def test_each_change_has_a_line_in_either_language(before: Document, after: Document) -> None:
    changes = differences(before, after)
    for language in LANGUAGES:
        lines = say(changes, language, before=before, after=after, names=NAMES)
        assert len(lines) == len(changes)
        assert all(lines)


# --- a single edit is a single change --------------------------------------------------------


@st.composite
def edits(draw: st.DrawFn) -> tuple[Document, Document, Op]:
    """A document, the same with one thing edited, and what sort of edit that was."""
    before = draw(documents)
    after = deepcopy(before)
    places = [after["variants"], *(variant["steps"] for variant in after["variants"])]
    items: list[Any] = draw(st.sampled_from(places))
    op = draw(st.sampled_from(Op)) if items else Op.ADDED
    at = draw(st.integers(0, len(items) - 1)) if items else 0
    match op:
        case Op.ADDED:
            items.insert(at, draw(variants if items is after["variants"] else steps))
        case Op.REMOVED:
            del items[at]
        case Op.MOVED:
            item = items.pop(at)
            items.insert(draw(st.integers(0, len(items))), item)
        case Op.CHANGED:
            names = items[at].keys() & {"name", "desk", "person", "rounds", "ack_within_seconds"}
            name = draw(st.sampled_from(sorted(names)))
            items[at][name] = draw(times if isinstance(items[at][name], int) else ids)
    return before, after, op


@given(edits())
def test_a_single_edit_is_a_single_change(drawn: tuple[Document, Document, Op]) -> None:
    before, after, op = drawn
    changes = differences(before, after)
    if is_same(before, after):
        assert changes == ()
        return
    [change] = changes
    assert change.op is op


# --- what is said ----------------------------------------------------------------------------


def edited(edit: Callable[[Document], object]) -> tuple[Document, Document, tuple[Change, ...]]:
    """The document that uses every member, before and after an edit."""
    before, after = night(), night()
    edit(after)
    before, after = normal(before), normal(after)
    return before, after, differences(before, after)


def first(document: Document) -> Document:
    step: Document = document["variants"][0]["steps"][0]
    return step


def add_step(document: Document) -> None:
    step = {"desk": "NIGHT-DESK", "ack_within_seconds": 60}
    document["variants"][0]["steps"].insert(0, step)


def drop_step(document: Document) -> None:
    document["variants"][0]["steps"].pop(1)


def move_step(document: Document) -> None:
    steps = document["variants"][0]["steps"]
    steps.insert(1, steps.pop(0))


def add_variant(document: Document) -> None:
    variant = {"name": "夜間", "when": {"hours": ["18:00-08:30"]}, "steps": [{"desk": "CITY-DESK"}]}
    document["variants"].insert(1, variant)


def drop_member_in_later_step(document: Document) -> None:
    add_step(document)
    document["variants"][0]["steps"][1]["inform"] = []


def condition(document: Document) -> Document:
    when: Document = document["variants"][0]["when"]
    return when


HOLIDAY = "「休日の転倒・安否不明」"
IN_ENGLISH = '"休日の転倒・安否不明"'
# Each edit: the op and pointer of its last change, and that change in Japanese and in English.
SAID: dict[str, tuple[Callable[[Document], object], str, str, str]] = {
    "title": (
        lambda one: one.update(title="緊急時"),
        "changed /title",
        "表題 佐藤様 緊急時対応 → 緊急時",
        "title 佐藤様 緊急時対応 → 緊急時",
    ),
    # by name
    "accountable desk": (
        lambda one: one.update(accountable="NIGHT-DESK"),
        "changed /accountable",
        "最終責任者 宿日直 → 夜間当番",
        "accountable desk 宿日直 → 夜間当番",
    ),
    # a party without a name is called by its id
    "time to answer": (
        lambda one: first(one).update(ack_within_seconds=300),
        "changed /variants/0/steps/0/ack_within_seconds",
        f"{HOLIDAY}の1段目（first）: 応答期限 120秒 → 300秒",
        f"{IN_ENGLISH}, step 1 (first): time to answer 120 s → 300 s",
    ),
    # null has a word
    "no reminder": (
        lambda one: first(one).update(remind_every_seconds=30),
        "changed /variants/0/steps/0/remind_every_seconds",
        f"{HOLIDAY}の1段目（first）: 再呼出間隔 なし → 30秒",
        f"{IN_ENGLISH}, step 1 (first): reminder none → 30 s",
    ),
    "decline": (
        lambda one: first(one).update(on_decline="next"),
        "changed /variants/0/steps/0/on_decline",
        f"{HOLIDAY}の1段目（first）: 対応不可のときの進み先 「last」 → 次の段",
        f'{IN_ENGLISH}, step 1 (first): step after a decline "last" → the next step',
    ),
    "somebody to inform": (
        lambda one: first(one)["inform"].append("HELPER"),
        "added /variants/0/steps/0/inform/1",
        f"{HOLIDAY}の1段目（first）: 通知先に追加: 鈴木 健",
        f"{IN_ENGLISH}, step 1 (first): informed: added 鈴木 健",
    ),
    "nobody to inform": (
        lambda one: first(one)["inform"].clear(),
        "removed /variants/0/steps/0/inform/0",
        f"{HOLIDAY}の1段目（first）: 通知先から削除: 佐藤 一郎",
        f"{IN_ENGLISH}, step 1 (first): informed: removed 佐藤 一郎",
    ),
    # not ten changes
    "step in front": (
        add_step,
        "added /variants/0/steps/0",
        f"{HOLIDAY}: 1段目を追加: 当番窓口 夜間当番、応答期限 60秒",
        f"{IN_ENGLISH}: step 1 added: desk 夜間当番; time to answer 60 s",
    ),
    "step less": (
        drop_step,
        "removed /variants/0/steps/1",
        f"{HOLIDAY}: 2段目を削除: 当番窓口 DAY-DESK、応答期限 180秒",
        f"{IN_ENGLISH}: step 2 removed: desk DAY-DESK; time to answer 180 s",
    ),
    "step elsewhere": (
        move_step,
        "moved /variants/0/steps/1",
        (
            f"{HOLIDAY}: 段階の順番を変更: 名前 first、当番窓口 夜間当番、応答期限 120秒"
            "（1番目 → 2番目）"
        ),
        (
            f"{IN_ENGLISH}: step: moved name first; desk 夜間当番; time to answer 120 s"
            " from place 1 to place 2"
        ),
    ),
    # the pointer is into the earlier document, the line numbers the step as it is now
    "member less in a step that is another one now": (
        drop_member_in_later_step,
        "removed /variants/0/steps/0/inform/0",
        f"{HOLIDAY}の2段目（first）: 通知先から削除: 佐藤 一郎",
        f"{IN_ENGLISH}, step 2 (first): informed: removed 佐藤 一郎",
    ),
    "variant": (
        add_variant,
        "added /variants/1",
        "適用区分を追加: 「夜間」（1段）",
        'variant added: "夜間" (1 steps)',
    ),
    "condition's type": (
        lambda one: condition(one)["types"].append("missing"),
        "added /variants/0/when/types/2",
        f"{HOLIDAY}: 適用条件の種別に追加: 行方不明・徘徊",
        f"{IN_ENGLISH}: condition types: added Missing or wandering",
    ),
    "condition's days": (
        lambda one: condition(one).pop("days"),
        "removed /variants/0/when/days",
        f"{HOLIDAY}: 適用条件の曜日を削除: 土曜／日曜／祝日／年末年始",
        f"{IN_ENGLISH}: condition days removed: Saturday / Sunday / holidays / turn of the year",
    ),
    "further condition": (
        lambda one: one["variants"][0].update(when=[{"days": ["sat"]}, {"hours": ["22:00-06:00"]}]),
        "changed /variants/0/when",
        (
            f"{HOLIDAY}: 適用条件 種別 転倒・転落／安否不明（応答なし）、重大度 最重大／高、"
            "曜日 土曜／日曜／祝日／年末年始、時間帯 18:00-08:30"
            " → 曜日 土曜 または 時間帯 22:00-06:00"
        ),
        (
            f"{IN_ENGLISH}: condition types Fall / No response, safety unknown; severities Critical"
            " / High; days Saturday / Sunday / holidays / turn of the year; hours 18:00-08:30"
            " → days Saturday or hours 22:00-06:00"
        ),
    ),
    "approval": (
        lambda one: one["approvals"].pop(),
        "removed /approvals/1",
        "事前合意を削除: 機関 みどり訪問看護、合意した人 山田 管理者、合意日 2026-11-01",
        (
            "approval removed: organisation みどり訪問看護; approved by 山田 管理者;"
            " approved on 2026-11-01"
        ),
    ),
    "approval's reference": (
        lambda one: one["approvals"][0].pop("reference"),
        "removed /approvals/0/reference",
        "事前合意（A市）: 文書番号を削除: 協定書 第12号",
        "approval of A市: reference removed: 協定書 第12号",
    ),
}


@pytest.mark.parametrize(("edit", "what", "ja", "en"), SAID.values(), ids=SAID)
def test_an_edit_is_named_and_said(
    edit: Callable[[Document], object], what: str, ja: str, en: str
) -> None:
    before, after, changes = edited(edit)
    assert f"{changes[-1].op} {changes[-1].pointer}" == what
    for language, line in zip(LANGUAGES, (ja, en), strict=True):
        assert say(changes, language, before=before, after=after, names=NAMES)[-1] == line


def test_swapped_steps_without_a_name_are_one_move() -> None:
    one, other = ({"desk": "D", "ack_within_seconds": seconds} for seconds in (60, 90))
    [change] = differences([one, other], [other, one])
    assert (change.op, change.before, change.after) == (Op.MOVED, "/0", "/1")


def test_a_step_that_moves_and_changes_is_both() -> None:
    was, other = {"desk": "D", "ack_within_seconds": 60}, {"desk": "E"}
    changes = differences([was, other], [other, was | {"ack_within_seconds": 90}])
    assert [(one.op, one.pointer) for one in changes] == [
        (Op.MOVED, "/1"),
        (Op.CHANGED, "/1/ack_within_seconds"),
    ]


def test_true_is_not_one() -> None:
    assert len(differences({"a": [1]}, {"a": [True]})) == 1


def test_every_member_of_a_protocol_has_its_words() -> None:
    parts = (Protocol, Approval, Variant, Condition, Step)
    assert {name for part in parts for name in part.model_fields} <= MEMBERS.keys()
