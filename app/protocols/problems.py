"""What is wrong with a document, every problem by its JSON pointer.

Nothing here knows what a protocol says. `protocol.py` uses it to name all problems at once: those
of each member, and those between members.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final, TypeVar

from pydantic import BaseModel, ModelWrapValidatorHandler, ValidationError
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

Location = tuple[int | str, ...]
ModelT = TypeVar("ModelT", bound=BaseModel)

_DEPTH_MAX: Final = 32
_VALUES_MAX: Final = 50_000
_PROBLEM: Final = "problem"
_SENTENCES: Final = MappingProxyType(
    {
        "missing": "This is required.",
        "extra_forbidden": "There is no such member.",
        "int_type": "Must be a whole number.",
        "greater_than_equal": "Must be at least {ge}.",
        "less_than_equal": "Must be at most {le}.",
        "string_type": "Must be text.",
        "string_too_short": "Must not be empty.",
        "string_too_long": "Must be at most {max_length} characters.",
        "string_pattern_mismatch": "Must be an id: no spaces, no control characters.",
        "enum": "Must be one of {expected}.",
        "tuple_type": "Must be a list.",
        "too_short": "The list is too short: at least {min_length}.",
        "too_long": "The list is too long: at most {max_length}.",
        "model_type": "Must be an object.",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with one place of a document.

    `pointer` is a JSON pointer, "" for the whole document (Source: RFC 6901); `detail` is a
    sentence.
    """

    pointer: str
    detail: str


class ProtocolInvalid(Exception):
    """A protocol document says what cannot be followed; every problem is named."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        assert self.problems, "a refusal names what is wrong"
        super().__init__("; ".join(f"{one.pointer or '/'}: {one.detail}" for one in self.problems))


def refused(detail: str) -> ProtocolInvalid:
    """The refusal of a document as a whole."""
    return ProtocolInvalid([Problem(pointer="", detail=detail)])


def pointer(location: Iterable[int | str]) -> str:
    """The JSON pointer of a place. Source: RFC 6901 §3."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in location)


def refuse_beyond_json(data: object) -> None:
    """Accept only what JSON can say (and dates, which YAML readers make), of a sane size.

    Raises:
        ProtocolInvalid: A value of another type, text that is not Unicode, or too much of it.
    """
    problems: list[Problem] = []
    waiting: list[tuple[Location, object]] = [((), data)]
    seen = 0
    while waiting:
        location, value = waiting.pop()
        seen += 1
        if seen > _VALUES_MAX or len(location) > _DEPTH_MAX:
            raise refused("The document is too large or nested too deeply.")
        detail = _beyond_json(value)
        if detail:
            problems.append(Problem(pointer=pointer(location), detail=detail))
        elif isinstance(value, dict):
            waiting.extend(reversed([((*location, key), child) for key, child in value.items()]))
        elif isinstance(value, list | tuple):
            waiting.extend(reversed([((*location, at), child) for at, child in enumerate(value)]))
    if problems:
        raise ProtocolInvalid(problems)


def _beyond_json(value: object) -> str | None:
    match value:
        case str():
            return None if _is_unicode(value) else "Must be Unicode text."
        case dict():
            if all(isinstance(key, str) and _is_unicode(key) for key in value):
                return None
            return "The names of an object's members must be Unicode text."
        case None | bool() | int() | float() | date() | list() | tuple():
            return None
        case _:
            return "Must be a JSON value."


def _is_unicode(text: str) -> bool:
    # JSON can write half of a surrogate pair ("\ud800"); no encoding can.
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
        within = [(one["loc"], _sentence(one)) for one in errors if not _is_echo(one)]
    else:
        if not between:
            return model
        title = type(model).__name__
    raise ValidationError.from_exception_data(
        title,
        [
            InitErrorDetails(
                type=PydanticCustomError(_PROBLEM, "{detail}", {"detail": detail}),
                loc=location,
                input=None,
            )
            for location, detail in (*within, *between)
        ],
    )


def problems_of(error: ValidationError, data: object) -> Iterator[Problem]:
    """Each problem with its pointer into `data`, the document as it was given."""
    for one in error.errors(include_url=False):
        yield Problem(pointer=pointer(_place(one["loc"], data)), detail=_sentence(one))


def _place(location: Location, data: object) -> Iterator[int | str]:
    here = data
    for part in location:
        if isinstance(part, int):
            if not isinstance(here, list | tuple):
                continue  # one value was given where a list is meant: it has no index
            here = here[part] if part < len(here) else None
        else:
            here = here.get(part) if isinstance(here, dict) else None
        yield part


def _is_echo(error: ErrorDetails) -> bool:
    # A list whose members are refused is also called too short: only the good ones are counted.
    return error["type"] == "too_short" and len(error["input"]) >= error["ctx"]["min_length"]


def _sentence(error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    if error["type"] == "value_error":
        return str(context["error"])
    if error["type"] == _PROBLEM or error["type"] not in _SENTENCES:
        return error["msg"]
    return _SENTENCES[error["type"]].format(**context)
