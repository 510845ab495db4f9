"""In which form a report is asked for: JSON unless another is preferred."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

JSON: Final = "application/json"
TEXT: Final = "text/plain"
SVG: Final = "image/svg+xml"
_RANGES_MAX: Final = 20
_STRING: Final[Mapping[str, Any]] = {"schema": {"type": "string"}}


def preferred(accept: str, offered: Sequence[str]) -> str:
    """Which of the offered media types an Accept header asks for; the first one if none.

    Of those with equal weight it is the one that is named most exactly. Source: RFC 9110 §12.5.1.
    """
    ranges = [_range(part) for part in accept.lower().split(",")[:_RANGES_MAX]]

    def right(media_type: str) -> tuple[float, int]:
        names = ("*/*", f"{media_type.partition('/')[0]}/*", media_type)
        found = [(names.index(name), weight) for name, weight in ranges if name in names]
        exactness, weight = max(found, default=(0, 0.0))
        return weight, exactness if weight else 0

    return max(offered, key=right)


def also_as(*media_types: str) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that also answers in these forms, for its OpenAPI document."""
    return {200: {"content": {one: dict(_STRING) for one in media_types}}}


def _range(part: str) -> tuple[str, float]:
    name, *parameters = (one.strip() for one in part.split(";"))
    stated = next((one[2:] for one in parameters if one.startswith("q=")), "1")
    try:
        return name, float(stated)
    except ValueError:
        return name, 0.0
