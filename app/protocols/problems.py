"""What is wrong with a document, every problem by its JSON pointer.

Nothing here knows what a protocol says. `protocol.py` uses it to name all problems at once: those
of each member, and those between members.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Final, TypeVar

from pydantic import BaseModel, ModelWrapValidatorHandler, ValidationError
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from app.protocols.fields import LIST_MAX
from app.protocols.wording import PROBLEM, place, sentence

Location = tuple[int | str, ...]
ModelT = TypeVar("ModelT", bound=BaseModel)

_DEPTH_MAX: Final = 32
_VALUES_MAX: Final = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with one place of a document.

    `pointer` is a JSON pointer, "" for the whole document (Source: RFC 6901); `detail` is a
    sentence.
    """

    pointer: str
    detail: str


class ProtocolInvalid(Exception):
    """A protocol document says what cannot be followed; every problem is named.

    `document` is what could be read of it, as plain data.
    """

    def __init__(self, problems: Iterable[Problem], *, document: object = None) -> None:
        self.problems = tuple(problems)
        self.document = document
        assert self.problems, "a refusal names what is wrong"
        super().__init__("; ".join(f"{one.pointer or '/'}: {one.detail}" for one in self.problems))


def refused(detail: str) -> ProtocolInvalid:
    """The refusal of a document as a whole."""
    return ProtocolInvalid([Problem(pointer="", detail=detail)])


def pointer(location: Iterable[int | str]) -> str:
    """The JSON pointer of a place. Source: RFC 6901 §3."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in location)


def within_json(data: object) -> tuple[object, tuple[Problem, ...]]:
    """What of `data` JSON can say (and dates, which YAML readers make), and problems with the rest.

    In the place of the rest is empty text, so that whatever else is wrong can be found as well.

    Raises:
        ProtocolInvalid: There is too much of it.
    """
    problems: list[Problem] = []
    seen = count(1)

    def cleaned(value: object, location: Location) -> object:
        if next(seen) > _VALUES_MAX or len(location) > _DEPTH_MAX:
            raise refused("The document is too large or nested too deeply.")
        detail = _beyond_json(value)
        if detail:
            problems.append(Problem(pointer=pointer(location), detail=detail))
            return ""
        if isinstance(value, dict):
            return {name: cleaned(child, (*location, name)) for name, child in value.items()}
        if isinstance(value, list | tuple):
            return [cleaned(child, (*location, at)) for at, child in enumerate(value)]
        return value

    return cleaned(data, ()), tuple(problems)


def _beyond_json(value: object) -> str | None:
    match value:
        case str():
            return None if is_unicode(value) else "Must be Unicode text."
        case dict():
            if all(isinstance(name, str) and is_unicode(name) for name in value):
                return None
            return "The names of an object's members must be Unicode text."
        case None | bool() | int() | float() | date() | list() | tuple():
            return None
        case _:
            return "Must be a JSON value."


def is_unicode(text: str) -> bool:
    """Whether it can be encoded: JSON can write half of a surrogate pair, which cannot."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def gathered(
    data: object,
    handler: ModelWrapValidatorHandler[ModelT],
    found: Iterable[tuple[Location, str]],
) -> ModelT:
    """Validate a model, and name the problems between its members beside those within them.

    Args:
        data: What was given for the model.
        handler: Pydantic's validation of the members, each by itself.
        found: Problems between members: where, and a sentence.

    Raises:
        ValidationError: All problems of both sorts.
    """
    between = list(found)
    within: list[tuple[Location, str]] = []
    try:
        model = handler(data)
    except ValidationError as error:
        title = error.title
        errors = error.errors(include_url=False)
        within = [(one["loc"], sentence(one)) for one in errors if not _is_echo(one)]
    else:
        if not between:
            return model
        title = type(model).__name__
    raise ValidationError.from_exception_data(
        title,
        [
            InitErrorDetails(
                type=PydanticCustomError(PROBLEM, "{detail}", {"detail": detail}),
                loc=location,
                input=None,
            )
            for location, detail in (*within, *between)
        ],
    )


def problems_of(error: ValidationError, data: object) -> Iterator[Problem]:
    """Each problem with its pointer into `data`, the document as it was given."""
    for one in error.errors(include_url=False):
        yield Problem(pointer=pointer(place(one["loc"], data)), detail=sentence(one))


def member(value: object, name: str) -> object:
    """A member of an object in plain data, or of a part of a protocol; None if there is none."""
    if isinstance(value, BaseModel):
        return getattr(value, name, None)
    return value.get(name) if isinstance(value, dict) else None


def items(value: object, name: str) -> list[object]:
    """The items of a member that is a list; none if it is too long, and is refused as such."""
    found = member(value, name)
    return list(found) if isinstance(found, list | tuple) and len(found) <= LIST_MAX else []


def _is_echo(error: ErrorDetails) -> bool:
    # A list whose members are refused is also called too short: only the good ones are counted.
    return error["type"] == "too_short" and len(error["input"]) >= error["ctx"]["min_length"]
