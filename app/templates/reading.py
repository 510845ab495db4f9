"""Reads the templates, once, and lets nothing start with a broken one."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from app.protocols.authoring.template import Citation, Role, Takes, Template, Words, faults
from app.protocols.document import read_text
from app.protocols.fields import Few, Line, Maybe, Some
from app.protocols.problems import Problem, ProtocolInvalid, problems_of

_SUFFIX: Final = ".yaml"

_Text = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=1000)]


class TemplateBroken(Exception):
    """A template cannot be used; the sentence says which one, and all that is wrong with it."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Words(_Part):
    ja: _Text
    en: _Text

    def words(self) -> Words:
        return Words(ja=self.ja, en=self.en)


class _Citation(_Part):
    organisation: _Words
    url: Maybe[Line] = None


class _Role(_Words):
    takes: Takes
    required: bool


class _File(_Part):
    """What a file says."""

    name: Line
    title: _Words
    source: Some[_Citation]
    fits: _Words = Field(alias="for")
    notes: Few[_Words] = ()
    roles: dict[Line, _Role]
    document: dict[str, Any]


@lru_cache(maxsize=1)
def read_templates() -> Mapping[str, Template]:
    """All templates by name, in the order of their names; read when it is asked for first.

    Raises:
        TemplateBroken: one of the files cannot be used.
    """
    found = sorted(files(__package__).iterdir(), key=lambda one: one.name)
    return MappingProxyType(
        {
            one.name.removesuffix(_SUFFIX): read_template(one.name, one.read_bytes())
            for one in found
            if one.name.endswith(_SUFFIX)
        }
    )


def read_template(file_name: str, text: bytes) -> Template:
    """The template that a file holds.

    Args:
        file_name: The file's name; without `.yaml` it is the template's.
        text: What is in it.

    Raises:
        TemplateBroken: it cannot be used.
    """
    try:
        written = read_text(text, is_yaml=True)
    except ProtocolInvalid as invalid:
        raise _broken(file_name, invalid.problems) from None
    _require_none(file_name, written.problems())
    try:
        template = _template(_File.model_validate(written.data))
    except ValidationError as error:
        raise _broken(file_name, problems_of(error, written.data)) from None
    if file_name != template.name + _SUFFIX:
        raise _broken(file_name, [Problem(pointer="/name", detail="Must be the file's name.")])
    _require_none(file_name, faults(template))
    return template


def _template(said: _File) -> Template:
    return Template(
        name=said.name,
        title=said.title.words(),
        source=tuple(
            Citation(organisation=one.organisation.words(), url=one.url) for one in said.source
        ),
        fits=said.fits.words(),
        notes=tuple(one.words() for one in said.notes),
        roles=MappingProxyType(
            {
                name: Role(label=one.words(), takes=one.takes, required=one.required)
                for name, one in said.roles.items()
            }
        ),
        document=said.document,
    )


def _require_none(file_name: str, problems: Iterable[Problem]) -> None:
    found = tuple(problems)
    if found:
        raise _broken(file_name, found)


def _broken(file_name: str, problems: Iterable[Problem]) -> TemplateBroken:
    said = "; ".join(f"{one.pointer or '/'}: {one.detail}" for one in problems)
    return TemplateBroken(f"The protocol template {file_name} cannot be used: {said}")
