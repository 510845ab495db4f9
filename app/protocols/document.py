"""From the text of a document to its plain data, JSON and YAML alike."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

import yaml

from app.protocols.problems import Problem, ProtocolInvalid, refused

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


def read_text(text: bytes | str, *, is_yaml: bool) -> object:
    """The plain data that a JSON or YAML text holds.

    YAML is read narrowly: no aliases, no tags, no merge keys; `true`, `null` and decimal whole
    numbers mean what they mean in JSON, everything else is text ("no", "0180" and dates too).

    Raises:
        ProtocolInvalid: The text is too long, not UTF-8, malformed, or says a member twice.
    """
    encoded = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(encoded) > _TEXT_BYTES_MAX:
        raise refused(f"The document is larger than {_TEXT_BYTES_MAX} bytes.")
    try:
        decoded = encoded.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise refused("The document is not UTF-8 text.") from None
    return _read_yaml(decoded) if is_yaml else _read_json(decoded)


def _read_json(text: str) -> object:
    twice: list[str] = []

    def once(members: list[tuple[str, object]]) -> dict[str, object]:
        found = dict(members)
        if len(found) < len(members):
            counts = Counter(name for name, _ in members)
            twice.extend(name for name, count in counts.items() if count > 1)
        return found

    try:
        data: object = json.loads(text, object_pairs_hook=once, parse_constant=_no_number)
    except RecursionError:
        raise refused("The document is nested too deeply.") from None
    except ValueError as error:
        raise refused(f"The document is not JSON: {error}.") from None
    if twice:
        raise ProtocolInvalid(
            Problem(pointer="", detail=f"The member {name!r} appears twice in one object.")
            for name in twice
        )
    return data


def _no_number(constant: str) -> object:
    raise ValueError(f"{constant} is not a number in JSON")


def _read_yaml(text: str) -> object:
    try:
        # Events, not `safe_load`: nothing is expanded, and nothing recurses deeper than we allow.
        events = _bounded(yaml.parse(text, Loader=_YAML_LOADER))
        next(events)  # the stream begins
        if isinstance(next(events), yaml.StreamEndEvent):
            return None
        data = _value(next(events), events, depth=1)
        next(events)  # the document ends
        if not isinstance(next(events), yaml.StreamEndEvent):
            raise refused("The text holds more than one YAML document.")
    except yaml.MarkedYAMLError as error:
        where = _line(error.problem_mark)
        raise refused(f"The document is not YAML: {error.problem}{where}.") from None
    except (yaml.YAMLError, ValueError, OverflowError):
        # The library lets through what `chr` says of an escape beyond Unicode.
        raise refused("The document holds a character that YAML does not allow.") from None
    return data


def _bounded(events: Iterator[yaml.Event]) -> Iterator[yaml.Event]:
    for count, event in enumerate(events):
        if count > _YAML_EVENTS_MAX:
            raise refused("The document is too large.")
        yield event


def _value(event: yaml.Event, events: Iterator[yaml.Event], *, depth: int) -> object:
    _refuse_yaml_only(event, depth)
    if isinstance(event, yaml.ScalarEvent):
        return _scalar(event.value) if event.implicit[0] else event.value
    if isinstance(event, yaml.SequenceStartEvent):
        items = _until(yaml.SequenceEndEvent, events)
        return [_value(item, events, depth=depth + 1) for item in items]
    members: dict[str, object] = {}
    for key in _until(yaml.MappingEndEvent, events):
        _refuse_yaml_only(key, depth)
        if not isinstance(key, yaml.ScalarEvent):
            raise refused(f"A member's name must be text{_line(key.start_mark)}.")
        if key.value in members:
            raise refused(f"The member {key.value!r} appears twice{_line(key.start_mark)}.")
        members[key.value] = _value(next(events), events, depth=depth + 1)
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
    if depth > _DEPTH_MAX:
        raise refused("The document is nested too deeply.")


def _line(mark: object) -> str:
    line = getattr(mark, "line", None)
    return "" if line is None else f" (line {line + 1})"


def _scalar(text: str) -> object:
    if text in _YAML_WORDS:
        return _YAML_WORDS[text]
    return int(text) if _WHOLE_NUMBER.fullmatch(text) else text
