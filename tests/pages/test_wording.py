import re
from pathlib import Path
from string import Formatter

import pytest

from app.commands.inbox import Place
from app.escalation.incident import Status
from app.pages.respond import REASONS, TOLD
from app.pages.wording import TEXTS
from app.store.contact.check import CheckState

PAGES = Path(__file__).parents[2] / "app/pages"
USERS = "".join(
    path.read_text()
    for path in sorted(PAGES.rglob("*"))
    if path.suffix in {".html", ".py"} and path.parent.name != "wording"
)
# Keys that are put together where they are used.
BUILT = {
    *(f"status_{one.value}" for one in Status),
    *(f"place_{one.value}" for one in Place),
    *(f"done_{one}" for one in TOLD | {"decline"}),
    *(f"error_{status}" for status in (403, 404, 409, 410, 429, 503)),
    *(f"error_{status}_more" for status in (404, 410, 429, 503)),
    *(f"{next_}_now" for next_ in ("next", "next_with_you", "next_only_you")),
    *(f"{what}_{one}" for what in ("act_by", "arrive_due") for one in ("acknowledged", "en_route")),
    *(f"due_{one}" for one in ("offered", "asked", "held")),
    "error_more",
    "link_withdrawn_more",
    "error_check_expired_more",
    *(f"channel_{one}" for one in ("webhook", "email", "inbox", "other")),
    *(f"state_{one.value}" for one in CheckState),
    *REASONS.values(),
}
JAPANESE = re.compile("[ぁ-んァ-ヶ一-龠、。「」（）［］]")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("key", TEXTS)
def test_each_text_is_there_in_both_languages_with_the_same_placeholders(key: str) -> None:
    ja, en = TEXTS[key]
    assert ja.strip()
    assert en.strip()
    assert placeholders(ja) == placeholders(en)


# What joins names in a row, and a name with its organisation, are punctuation alone.
@pytest.mark.parametrize("key", [key for key in TEXTS if key not in {"and", "desk"}])
def test_each_text_is_in_its_language(key: str) -> None:
    ja, en = TEXTS[key]
    assert JAPANESE.search(ja)
    assert not JAPANESE.search(en)


def test_each_text_is_used() -> None:
    used = {key for key in TEXTS if re.search(f"[\"']{key}[\"']", USERS)}
    assert TEXTS.keys() - used - BUILT == set()


def test_each_text_that_is_asked_for_is_there() -> None:
    asked = set(re.findall(r"\b(?:t|self|speech)\(\s*[\"']([a-z0-9_]+)[\"']\s*[,)]", USERS))
    assert len(asked) > 50
    assert asked | BUILT <= TEXTS.keys()


@pytest.mark.parametrize("key", REASONS.values())
def test_each_reason_of_a_no_reads_as_a_no(key: str) -> None:
    ja, en = TEXTS[key]
    assert ja.endswith("行けません")
    assert en.startswith("Cannot come")


def test_no_text_says_what_only_programmers_understand() -> None:
    said = " ".join(words.ja for words in TEXTS.values())
    assert not re.search("アクノリッジ|エスカレーション|トリガー|ステータス|インシデント", said)
