"""From the text of a document or of a request to its plain data, JSON and YAML alike."""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType
from typing import Final, NoReturn

import yaml

from app.protocols.problems import Location, Problem, is_unicode, pointer, refused

TWICE: Final = "This field is given more than once; give it once."
"""What to say of a member that is repeated."""

REPEATED_MAX: Final = 1000
"""No more are looked for: the text is refused all the same."""

_TEXT_BYTES_MAX: Final = 256 * 1024
_DEPTH_MAX: Final = 32
# The largest protocol that is allowed has some 40,000.
_YAML_EVENTS_MAX: Final = 60_000
# libyaml where it is there: ten times as fast, the same events.
_YAML_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WHOLE_NUMBER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,14})")
_YAML_WORDS: Final = MappingProxyType(
    {"": None, "~": None}
    | dict.fromkeys(("null", "Null", "NULL"))
    | dict.fromkeys(("true", "True", "TRUE"), True)
    | dict.fromkeys(("false", "False", "FALSE"), False)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a text says: plain data, and where an object has a member again (the last one is in)."""

    data: object
    repeated: tuple[Location, ...] = ()

    def problems(self) -> Iterator[Problem]:
        """A problem for each member that is repeated; halves of pairs no pointer can write."""
        for location in self.repeated:
            if all(is_unicode(str(part)) for part in location):
                yield Problem(pointer=pointer(location), detail=TWICE)


class NotJson(ValueError):
    """The text is not JSON (RFC 8259); says why."""


def read_text(text: bytes | str, *, is_yaml: bool) -> Written:
    """What a document says in JSON or YAML.

    YAML is read narrowly: no aliases, no tags, no merge keys; `true`, `null` and decimal whole
    numbers mean what they mean in JSON, everything else is text ("no", "0180" and dates too).

    Raises:
        ProtocolInvalid: The text is too long, not UTF-8, or malformed.
    """
    encoded = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(encoded) > _TEXT_BYTES_MAX:
        raise refused(f"The document is larger than {_TEXT_BYTES_MAX} bytes.")
    try:
        decoded = encoded.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refused("The document is not UTF-8 text.") from None
    if is_yaml:
        return _read_yaml(decoded)
    try:
        return read_json(decoded)
    except NotJson as error:
        raise refused(f"The document is not JSON: {error}.") from None


def read_json(text: str) -> Written:
    """What a JSON text says; its numbers are finite.

    Raises:
        NotJson: It says nothing that can be relied on.
    """
    repeating: list[_Repeating] = []

    def named(members: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(members)
        if len(found) < len(members):
            found = _Repeating(members)
            repeating.append(found)
        return found

    try:
        data: object = json.loads(
            text, object_pairs_hook=named, parse_constant=_no_number, parse_float=_finite
        )
    except RecursionError:
        raise NotJson("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise NotJson(f"it cannot be read from {where} on") from None
    except NotJson:
        raise
    except ValueError:
        raise NotJson("it holds a number with too many digits") from None
    if not repeating:
        return Written(data=data)
    return Written(data=data, repeated=tuple(islice(_repeated(data), REPEATED_MAX)))


class _Repeating(dict[str, object]):
    """An object with members that are repeated: the parser does not say where it is."""

    __slots__ = ("names",)

    def __init__(self, members: list[tuple[str, object]]) -> None:
        super().__init__(members)
        counts = Counter(name for name, _ in members)
        self.names = [name for name, times in counts.items() if times > 1]


def _repeated(data: object) -> Iterator[Location]:
    waiting: list[tuple[Location, object]] = [((), data)]
    while waiting:
        location, value = waiting.pop()
        if isinstance(value, _Repeating):
            yield from ((*location, name) for name in value.names)
        if isinstance(value, dict):
            waiting.extend(reversed([((*location, name), child) for name, child in value.items()]))
        elif isinstance(value, list):
            waiting.extend(reversed([((*location, at), child) for at, child in enumerate(value)]))


def _no_number(constant: str) -> NoReturn:
    raise NotJson(f"{constant} is not a number in JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise NotJson(f"{text[:20]} is too large a number")
    return number


def _read_yaml(text: str) -> Written:
    repeated: list[Location] = []
    try:
        # Events, not `safe_load`: nothing is expanded, and nothing recurses deeper than we allow.
        events = _bounded(yaml.parse(text, Loader=_YAML_LOADER))
        next(events)  # the stream begins
        if isinstance(next(events), yaml.StreamEndEvent):
            return Written(data=None)
        data = _value(next(events), events, (), repeated)
        next(events)  # the document ends
        if not isinstance(next(events), yaml.StreamEndEvent):
            raise refused("The text holds more than one YAML document.")
    except yaml.MarkedYAMLError as error:
        where = _line(error.problem_mark)
        raise refused(f"The document is not YAML: {error.problem}{where}.") from None
    except (yaml.YAMLError, ValueError, OverflowError):
        # The library lets through what `chr` says of an escape beyond Unicode.
        raise refused("The document holds a character that YAML does not allow.") from None
    return Written(data=data, repeated=tuple(dict.fromkeys(repeated)))


def _bounded(events: Iterator[yaml.Event]) -> Iterator[yaml.Event]:
    for count, event in enumerate(events):
        if count > _YAML_EVENTS_MAX:
            raise refused("The document is too large.")
        yield event


def _value(
    event: yaml.Event, events: Iterator[yaml.Event], here: Location, repeated: list[Location]
) -> object:
    _refuse_yaml_only(event, len(here))
    if isinstance(event, yaml.ScalarEvent):
        return _scalar(event.value) if event.implicit[0] else event.value
    if isinstance(event, yaml.SequenceStartEvent):
        items = enumerate(_until(yaml.SequenceEndEvent, events))
        return [_value(item, events, (*here, at), repeated) for at, item in items]
    members: dict[str, object] = {}
    for key in _until(yaml.MappingEndEvent, events):
        _refuse_yaml_only(key, len(here))
        if not isinstance(key, yaml.ScalarEvent):
            raise refused(f"A member's name must be text{_line(key.start_mark)}.")
        there = (*here, key.value)
        if key.value in members:
            repeated.append(there)
        members[key.value] = _value(next(events), events, there, repeated)
    return members


def _until(end: type[yaml.Event], events: Iterator[yaml.Event]) -> Iterator[yaml.Event]:
    for event in events:
        if isinstance(event, end):
            return
        yield event


def _refuse_yaml_only(event: yaml.Event, depth: int) -> None:
    line = _line(event.start_mark)
    if getattr(event, "anchor", None) is not None:  # an alias has one too
        raise refused(f"Anchors and aliases are not read; write the value out{line}.")
    if getattr(event, "tag", None) is not None:
        raise refused(f"Tags are not read; write the plain value{line}.")
    if depth >= _DEPTH_MAX:
        raise refused("The document is nested too deeply.")


def _line(mark: object) -> str:
    line = getattr(mark, "line", None)
    return "" if line is None else f" (line {line + 1})"


def _scalar(text: str) -> object:
    if text in _YAML_WORDS:
        return _YAML_WORDS[text]
    return int(text) if _WHOLE_NUMBER.fullmatch(text) else text
