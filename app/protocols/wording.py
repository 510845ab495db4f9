"""What pydantic finds wrong, in a plain sentence for whoever wrote the document or the request."""

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

PROBLEM: Final = "problem"
"""The type of pydantic's errors whose `detail` is a sentence of ours already."""

OTHERWISE: Final = "This value is not allowed here."
"""Where the table lacks a row: no words of a library ever leave. Tests fail if it is said."""

_OBJECT: Final = "Must be an object."
_LIST: Final = "Must be a list."
_WHOLE_NUMBER: Final = "Must be a whole number."
_NUMBER: Final = "Must be a number."
_YES_OR_NO: Final = "Must be true or false."
_ONE_OF: Final = "Must be one of: {expected}."
_INSTANT: Final = (
    'Must be an instant with its offset from UTC, such as "2026-11-01T09:30:00+09:00".'
)

SENTENCES: Final = MappingProxyType(
    {
        "missing": "This field is needed.",
        "extra_forbidden": "There is no such field.",
        "model_type": _OBJECT,
        "model_attributes_type": _OBJECT,
        "dict_type": _OBJECT,
        "list_type": _LIST,
        "tuple_type": _LIST,
        "too_short": "The list is too short: at least {min_length}.",
        "too_long": "The list is too long: at most {max_length}.",
        "string_type": "Must be text.",
        "string_unicode": "Must be Unicode text.",
        "string_too_short": "Must not be empty.",
        "string_too_long": "Must be at most {max_length} characters.",
        # Ids alone have a pattern; other forms have a sentence of their own.
        "string_pattern_mismatch": "Must be an id: no spaces, no control characters.",
        "enum": _ONE_OF,
        "literal_error": _ONE_OF,
        "bool_type": _YES_OR_NO,
        "bool_parsing": _YES_OR_NO,
        "int_type": _WHOLE_NUMBER,
        "int_parsing": _WHOLE_NUMBER,
        "int_from_float": _WHOLE_NUMBER,
        "float_type": _NUMBER,
        "finite_number": _NUMBER,
        "int_parsing_size": "Has too many digits.",
        "greater_than_equal": "Must be at least {ge}.",
        "less_than_equal": "Must be at most {le}.",
        "datetime_type": _INSTANT,
        "datetime_parsing": _INSTANT,
        "datetime_from_date_parsing": _INSTANT,
        "timezone_aware": _INSTANT,
        "recursion_depth_exceeded": "Is nested too deeply.",
    }
)
"""By pydantic's type of error; what is in braces is the error's context."""


def sentence(error: Mapping[str, Any]) -> str:
    """What to say of an error, as `ValidationError.errors` gives it."""
    context = error.get("ctx", {})
    if error["type"] == PROBLEM:
        return str(context["detail"])
    # Exactly that class is what our own checks raise; others are a library's, a codec's for one.
    if error["type"] == "value_error" and type(context["error"]) is ValueError:
        return str(context["error"])
    if "expected" in context:
        context = context | {"expected": ", ".join(_codes(str(context["expected"])))}
    return SENTENCES.get(error["type"], OTHERWISE).format_map(context)


def place(location: Sequence[int | str], data: object) -> Iterator[int | str]:
    """Where in `data`, as it was given, pydantic means.

    Its locations also name what the data do not have: the index of a single value that stands for
    a list, the branch of a union that was tried, and that it is about the name of a member.
    """
    here, last = data, len(location) - 1
    for at, part in enumerate(location):
        if isinstance(here, list | tuple) and isinstance(part, int):
            here = here[part] if part < len(here) else None
        elif isinstance(here, dict) and isinstance(part, str) and (part in here or at == last):
            here = here.get(part)
        else:
            continue
        yield part


def _codes(expected: str) -> list[str]:
    # pydantic writes: 'a', 'b' or 'c'.
    return re.findall(r"'([^']*)'", expected)
