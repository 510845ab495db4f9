"""The templates that are shipped: each can be read, filled, and ends at the accountable desk."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from app.escalation.decision import EntryType
from app.escalation.network import Network
from app.protocols.authoring.template import Template, fill
from app.protocols.kinds import IncidentType
from app.protocols.protocol import parse_protocol
from app.routes.all import routers
from app.templates import reading
from app.templates.reading import TemplateBroken, read_template, read_templates
from tests.escalation.network_samples import NOON, Story, desk, network, person

NAMES = {
    "fire_department",
    "generic",
    "kakegawa",
    "medical",
    "missing_person",
    "no_response",
    "receiving_centre",
    "watch_network",
    "yokohama",
}
# Those whose source has the fire station, or says when to call it.
SPEAK_OF_119 = NAMES - {"missing_person"}
APPROVALS = [
    {"organisation": one, "approved_by": "課長", "approved_on": "2026-10-01"}
    for one in ("city", "midori")
]
# By day, at night, on a Sunday and on New Year's Day in Japan.
OCCASIONS: Final = (
    (IncidentType.FALL, NOON),
    (IncidentType.SUDDEN_CHANGE, NOON),
    (IncidentType.MISSING, NOON),
    (IncidentType.NO_RESPONSE, NOON),
    (IncidentType.FALL, datetime(2026, 11, 24, 14, tzinfo=UTC)),
    (IncidentType.FALL, datetime(2026, 11, 22, 3, tzinfo=UTC)),
    (IncidentType.FALL, datetime(2027, 1, 1, 3, tzinfo=UTC)),
)
WAKES_MAX: Final = 200
TEMPLATES = read_templates()
each_template = pytest.mark.parametrize("template", TEMPLATES.values(), ids=list(TEMPLATES))


def test_the_published_contact_orders_are_there() -> None:
    assert set(TEMPLATES) == NAMES


@each_template
def test_nobody_is_dialled_and_the_template_says_so(template: Template) -> None:
    said = " ".join(note.en + note.ja for note in template.notes)
    assert ("119" in said) == (template.name in SPEAK_OF_119)
    assert not any("119" in str(variant) for variant in template.document["variants"])


@each_template
def test_it_can_be_filled_with_what_it_needs_and_no_more(template: Template) -> None:
    required = {name: name for name, role in template.roles.items() if role.required}
    filled = fill(template, required)
    assert filled.problems == ()
    assert parse_protocol(filled.document).accountable == "accountable"


@pytest.mark.parametrize("name", ["medical", "generic"])
def test_nights_and_holidays_have_variants_of_their_own(name: str) -> None:
    names = [variant["name"] for variant in TEMPLATES[name].document["variants"]]
    assert names[-4:] == ["年末年始", "土日祝", "夜間", "平日昼"]


@each_template
@pytest.mark.parametrize("kind", ["desk", "person"])
def test_when_nobody_answers_the_accountable_desk_holds_in_the_end(
    template: Template, kind: str
) -> None:
    contacts = _network(template, kind)
    assert contacts.protocol is not None
    for type_, at in OCCASIONS:
        story = Story(contacts, at=at, type_=type_)
        variant = contacts.protocol.variants[story.incident.variant]
        for _ in range(WAKES_MAX):
            if story.incident.exhausted:
                break
            story.wake()
        assert story.incident.exhausted
        assert story.incident.holder_id == "city-desk"
        # On the way there each step of the variant has asked somebody.
        begun = [one.step for one in story.entries if one.type is EntryType.STEP_STARTED]
        assert begun[: len(variant.steps)] == list(range(1, len(variant.steps) + 1))


def _network(template: Template, kind: str) -> Network:
    """Everybody whom the template asks for; where a role takes either, they are of this kind."""
    ids = {name: name for name in template.roles if name != "accountable"}
    kinds = {name: kind if kind in template.roles[name].takes.kinds else "desk" for name in ids}
    persons = [name for name in ids if kinds[name] == "person"]
    filled = fill(template, {**ids, "accountable": "city-desk"}, persons=persons)
    assert filled.problems == ()
    desks = [desk(name, f"{name}-person") for name in ids if name not in persons]
    at_desks = [person(one.person_ids[0]) for one in desks]
    return network(
        filled.document | {"approvals": APPROVALS}, *desks, *at_desks, *map(person, persons)
    )


# --- a file that is broken -------------------------------------------------------------------

WHOLE = b"""
name: broken
title: {ja: x, en: x}
source: [{organisation: {ja: x, en: x}}]
for: {ja: x, en: x}
roles:
  city: {ja: x, en: x, takes: desk, required: true}
document:
  title: x
  accountable: ${city}
  variants: [{name: x, steps: [{desk: "${city}"}]}]
"""
# What is in a file that cannot be used, and a word of what is said.
BROKEN: Mapping[str, tuple[bytes, str]] = {
    "no YAML": (b"name: [", "is not YAML"),
    "said twice": (b"name: x\nname: y\n", "/name: This field is given more than once"),
    "what is missing": (b"name: broken\n", "/document: This field is needed."),
    "what there is not": (WHOLE + b"x: y\n", "/x: There is no such field."),
    "another name": (WHOLE.replace(b"name: broken", b"name: x"), "/name: Must be the file's name."),
    "no document": (WHOLE.replace(b"${city}", b"${x}"), "/document: There is no role x."),
    "no kind": (WHOLE.replace(b"takes: desk", b"takes: anybody"), "/roles/city/takes: Must be one"),
}


@pytest.mark.parametrize(("text", "word"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_refused_with_a_sentence(text: bytes, word: str) -> None:
    with pytest.raises(TemplateBroken) as refusal:
        read_template("broken.yaml", text)
    assert str(refusal.value).startswith("The protocol template broken.yaml cannot be used: ")
    assert word in str(refusal.value)


def test_the_whole_of_it_is_sound() -> None:
    assert read_template("broken.yaml", WHOLE).source[0].url is None


def test_a_broken_file_stops_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_bytes(b"")
    monkeypatch.setattr(reading, "files", lambda _: tmp_path)
    read_templates.cache_clear()
    with pytest.raises(
        TemplateBroken, match=r"broken\.yaml cannot be used: /: Must be an object\."
    ):
        routers()
    assert read_templates.cache_info().currsize == 0
