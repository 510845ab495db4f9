"""Protocol templates: a document whose parties are roles, and how the roles are filled.

A party is written as `${role}`. `fill` puts ids in their places; what nobody was named for is left
out where it may be, and stays as it is written where it may not.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from app.protocols.problems import Problem, ProtocolInvalid, pointer
from app.protocols.protocol import parse_protocol

Document = dict[str, Any]

_PLACE: Final = re.compile(r"\$\{([a-z][a-z0-9_]*)\}")


class Takes(StrEnum):
    """What kind of party a role may be filled with."""

    DESK = "desk"
    PERSON = "person"
    DESK_OR_PERSON = "desk_or_person"

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of party, by their codes."""
        return tuple(self.value.split("_or_"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The same in Japanese and in English."""

    ja: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """Where a template comes from: who published it, and under which address."""

    organisation: Words
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A place to fill: what it is called, and who may take it."""

    label: Words
    takes: Takes
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A protocol to begin with.

    `fits` says when it is the right one, `notes` what it does not say for itself; `document` is a
    protocol document with `${role}` in the place of each party's id.
    """

    name: str
    title: Words
    source: tuple[Citation, ...]
    fits: Words
    notes: tuple[Words, ...]
    roles: Mapping[str, Role]
    document: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What became of a template; a place that could not be filled still says `${role}`.

    The pointers of `problems` lead to `/roles/<name>`.
    """

    document: Document
    problems: tuple[Problem, ...]


def fill(
    template: Template, roles: Mapping[str, str | None], *, persons: Collection[str] = ()
) -> Filled:
    """A template's document with party ids in the places of its roles.

    A step whose role is optional and not filled is left out, and so is the role in lists. A role
    that takes desks and persons is written as `desk` in the template; filled with a person it
    becomes the step's `person`.

    Args:
        template: Which one; it has no `faults`.
        roles: The party id of each role; None, or nothing at all, is not filled.
        persons: Those of the ids that are persons'.
    """
    ids = {name: party_id for name, party_id in roles.items() if party_id is not None}
    filling = _Filling(template=template, ids=ids, persons=frozenset(persons))
    variants, lost = filling.variants()
    return Filled(
        document=filling.put(template.document) | {"variants": variants},
        problems=(*_role_problems(template, roles, ids), *lost),
    )


def _role_problems(
    template: Template, roles: Mapping[str, str | None], ids: Mapping[str, str]
) -> Iterator[Problem]:
    for name in roles.keys() - template.roles.keys():
        yield _of_role(name, "This template has no such role.")
    for name, role in template.roles.items():
        if role.required and name not in ids:
            yield _of_role(name, "This role must be filled.")


def _of_role(name: str, detail: str) -> Problem:
    return Problem(pointer=pointer(("roles", name)), detail=detail)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filling:
    """A template and who takes which role."""

    template: Template
    ids: Mapping[str, str]
    persons: frozenset[str]

    def put(self, part: Document) -> Document:
        """The same data with ids in the place of roles, as far as they are filled."""
        return {name: self._put(child) for name, child in part.items()}

    def variants(self) -> tuple[list[Document], list[Problem]]:
        """The variants without the steps that nobody takes; one that loses all keeps them all."""
        problems: dict[str, Problem] = {}
        found = []
        for variant in self.template.document["variants"]:
            steps = [step for step in variant["steps"] if not self._may_go(_asked(step))]
            if not steps:
                steps = variant["steps"]
                problems |= _lost(variant)
            found.append(self.put(variant) | {"steps": [self._step(step) for step in steps]})
        return found, list(problems.values())

    def _put(self, value: object) -> object:
        if isinstance(value, dict):
            return self.put(value)
        if isinstance(value, list):
            return [self._put(child) for child in value if not self._may_go(child)]
        role = _role_in(value)
        return value if role is None else self.ids.get(role, value)

    def _step(self, step: Document) -> Document:
        desk = _role_in(step.get("desk"))
        if "person" in step:
            holds = not self._may_go(step.get("desk"))
            return self.put(step if holds else {k: step[k] for k in step if k != "desk"})
        if desk is not None and self._is_taken_by_person(desk):
            return self.put({"person" if k == "desk" else k: step[k] for k in step})
        return self.put(step)

    def _may_go(self, value: object) -> bool:
        role = self.template.roles.get(_role_in(value) or "")
        return role is not None and not role.required and _role_in(value) not in self.ids

    def _is_taken_by_person(self, role: str) -> bool:
        takes = self.template.roles[role].takes
        return takes is Takes.DESK_OR_PERSON and self.ids.get(role) in self.persons


def _lost(variant: Document) -> dict[str, Problem]:
    detail = f"Without this role the variant 「{variant['name']}」 has no step left."
    roles = [_role_in(_asked(step)) for step in variant["steps"]]
    return {role: _of_role(role, detail) for role in roles if role is not None}


def _asked(step: Document) -> object:
    return step.get("person", step.get("desk"))


def _role_in(value: object) -> str | None:
    found = _PLACE.fullmatch(value) if isinstance(value, str) else None
    return None if found is None else found[1]


# --- whether a template is sound -------------------------------------------------------------


def faults(template: Template) -> Iterator[Problem]:
    """What is wrong with a template itself; the pointers lead into the template."""
    used = set(_roles_in(template.document))
    for name in sorted(used - template.roles.keys()):
        yield Problem(pointer="/document", detail=f"There is no role {name}.")
    for name in sorted(template.roles.keys() - used):
        yield _of_role(name, "The document does not use it.")
    if "approvals" in template.document:
        yield Problem(pointer="/document/approvals", detail="Only organisations can give them.")
    if used == template.roles.keys():
        yield from dict.fromkeys(_faults_when_filled(template))


def _faults_when_filled(template: Template) -> Iterator[Problem]:
    """Fill every role, then only those that must be, with desks where possible, then persons."""
    required = [name for name, role in template.roles.items() if role.required]
    for names in (list(template.roles), required):
        for kind in ("desk", "person"):
            ids = {name: _sample_id(template.roles[name], kind) for name in names}
            persons = [one for one in ids.values() if _kind_of(one) == "person"]
            filled = fill(template, ids, persons=persons)
            # Nothing is wrong with a variant that needs one of several optional roles.
            if not filled.problems:
                yield from _faults_of(filled.document)


def _sample_id(role: Role, wanted: str) -> str:
    kind = wanted if wanted in role.takes.kinds else role.takes.kinds[0]
    return f"{kind}:{role.label.en}".replace(" ", "-")


def _kind_of(sample_id: object) -> str:
    return str(sample_id).partition(":")[0]


def _faults_of(document: Document) -> Iterator[Problem]:
    try:
        protocol = parse_protocol(document)
    except ProtocolInvalid as invalid:
        for one in invalid.problems:
            yield Problem(pointer=f"/document{one.pointer}", detail=one.detail)
        return
    steps = [step for variant in protocol.variants for step in variant.steps]
    desks = {protocol.accountable, *(step.desk for step in steps)} - {None}
    persons = {step.person for step in steps} - {None}
    for kind, ids in (("desk", desks), ("person", persons)):
        for wrong in sorted(str(one) for one in ids if _kind_of(one) != kind):
            yield Problem(pointer="/document", detail=f"{wrong} stands in the place of a {kind}.")


def _roles_in(value: object) -> Iterator[str]:
    children = list(value.values()) if isinstance(value, dict) else value
    if isinstance(children, list):
        for child in children:
            yield from _roles_in(child)
    elif (role := _role_in(value)) is not None:
        yield role
