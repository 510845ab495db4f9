"""How the roles of a template are filled, and what is said of those that are not."""

from dataclasses import replace
from typing import Any

import pytest

from app.protocols.authoring.template import Role, Takes, Template, Words, faults, fill

WORDS = Words(ja="役", en="role")


def role(takes: Takes = Takes.DESK, *, required: bool = False) -> Role:
    return Role(label=WORDS, takes=takes, required=required)


def template(*steps: dict[str, Any], **roles: Role) -> Template:
    """A template with these steps; `nurse` and `city` must be filled, `son` and `second` may."""
    known = {
        "city": role(required=True),
        "nurse": role(Takes.DESK_OR_PERSON, required=True),
        "second": role(),
        "son": role(Takes.PERSON),
    }
    return Template(
        name="sample",
        title=WORDS,
        source=(),
        fits=WORDS,
        notes=(),
        roles=known | roles,
        document={
            "title": "緊急時対応",
            "accountable": "${city}",
            "variants": [{"name": "全て", "steps": list(steps or STEPS)}],
        },
    )


STEPS: tuple[dict[str, Any], ...] = (
    {"desk": "${nurse}", "also_page": ["${second}"], "inform": ["${son}", "${city}"]},
    {"desk": "${second}", "ack_within_seconds": 60},
    {"person": "${son}", "desk": "${city}"},
)
SAMPLE = template()
ALL = {"city": "C", "nurse": "N", "second": "D", "son": "S"}


def steps_of(**roles: str | None) -> list[dict[str, Any]]:
    filled = fill(SAMPLE, roles)
    assert filled.problems == ()
    steps: list[dict[str, Any]] = filled.document["variants"][0]["steps"]
    return steps


def test_every_role_that_is_filled_stands_in_its_places() -> None:
    filled = fill(SAMPLE, ALL)
    assert filled.problems == ()
    assert filled.document == {
        "title": "緊急時対応",
        "accountable": "C",
        "variants": [
            {
                "name": "全て",
                "steps": [
                    {"desk": "N", "also_page": ["D"], "inform": ["S", "C"]},
                    {"desk": "D", "ack_within_seconds": 60},
                    {"person": "S", "desk": "C"},
                ],
            }
        ],
    }
    # The template is as it was.
    assert template() == SAMPLE


def test_steps_and_items_that_nobody_takes_are_left_out() -> None:
    assert steps_of(city="C", nurse="N", second=None) == [
        {"desk": "N", "also_page": [], "inform": ["C"]}
    ]


def test_a_person_takes_the_step_in_the_place_of_a_desk() -> None:
    steps = fill(SAMPLE, ALL, persons=["N", "D"]).document["variants"][0]["steps"]
    assert steps[0] == {"person": "N", "also_page": ["D"], "inform": ["S", "C"]}
    # That role takes desks alone: the mistake stays where publishing names it.
    assert steps[1] == {"desk": "D", "ack_within_seconds": 60}


def test_a_desk_beside_a_person_goes_alone() -> None:
    sample = template({"person": "${nurse}", "desk": "${second}"})
    [step] = fill(sample, {"city": "C", "nurse": "N"}).document["variants"][0]["steps"]
    assert step == {"person": "N"}


# Which roles are given: the pointers of what is wrong.
PROBLEMS: dict[str, tuple[dict[str, str | None], list[str]]] = {
    "all that must be": ({"city": "C", "nurse": "N"}, []),
    "none": ({}, ["/roles/city", "/roles/nurse"]),
    "one with null": ({"city": None, "nurse": "N"}, ["/roles/city"]),
    "one that there is not": ({**ALL, "a/b": "X"}, ["/roles/a~1b"]),
    "one that there is not, with null": ({**ALL, "x": None}, ["/roles/x"]),
}


@pytest.mark.parametrize(("given", "pointers"), PROBLEMS.values(), ids=PROBLEMS)
def test_roles_that_are_wrong_are_named(given: dict[str, str | None], pointers: list[str]) -> None:
    assert [one.pointer for one in fill(SAMPLE, given).problems] == pointers


def test_what_must_be_filled_and_is_not_still_says_so() -> None:
    filled = fill(SAMPLE, {"city": "C"})
    assert filled.document["variants"][0]["steps"][0]["desk"] == "${nurse}"


def test_a_variant_that_loses_all_its_steps_is_a_problem_that_names_the_roles() -> None:
    sample = template({"desk": "${second}"}, {"person": "${son}", "desk": "${city}"})
    filled = fill(sample, {"city": "C", "nurse": "N"})
    assert [one.pointer for one in filled.problems] == ["/roles/second", "/roles/son"]
    assert all("「全て」" in one.detail for one in filled.problems)
    assert [step.get("desk") for step in filled.document["variants"][0]["steps"]] == [
        "${second}",
        "C",
    ]
    assert fill(sample, {"city": "C", "nurse": "N", "son": "S"}).problems == ()


def test_a_sound_template_has_no_faults() -> None:
    assert list(faults(SAMPLE)) == []


NURSE = {"desk": "${nurse}"}
# A template that cannot be used, and a word of what is said.
FAULTS = {
    "role that there is not": (template(NURSE, {"desk": "${nobody}"}), "no role nobody"),
    "role without a place": (template(NURSE), "does not use it"),
    "person's role in the place of a desk": (
        template(*STEPS, {"desk": "${son}"}),
        "in the place of a desk",
    ),
    "desk's role in the place of a person": (
        template(*STEPS, {"person": "${second}"}),
        "in the place of a person",
    ),
    "desk that holds while it may be a person": (
        template(*STEPS, {"person": "${son}", "desk": "${nurse}"}),
        "in the place of a desk",
    ),
    "step that asks nobody": (template(*STEPS, {"name": "x"}), "Must name a desk or a person."),
    "accountable desk that may be left out": (
        template(city=role()),
        "in the place of a desk",
    ),
    "decline that leads to a step which may go": (
        template({"desk": "${nurse}", "on_decline": "x"}, *STEPS, {"name": "x", **STEPS[1]}),
        "on_decline",
    ),
    "approvals": (
        replace(SAMPLE, document={**SAMPLE.document, "approvals": []}),
        "/document/approvals",
    ),
}


@pytest.mark.parametrize(("broken", "word"), FAULTS.values(), ids=FAULTS)
def test_a_template_that_cannot_be_used_is_found_out(broken: Template, word: str) -> None:
    assert word in "; ".join(f"{one.pointer}: {one.detail}" for one in faults(broken))
