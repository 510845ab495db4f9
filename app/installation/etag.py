"""The If-Match and If-None-Match headers: whether they name what there is."""

import re
from collections.abc import Collection
from typing import Final

_ETAG: Final = re.compile(r'(?:W/)?"([!#-~]*)"')


def names_one_of(if_match: str, tags: Collection[str]) -> bool:
    """Whether the header names one of the tags of what there is; `*` names whatever is there.

    Strong comparison: a weak tag never matches. Source: RFC 9110 §13.1.1.
    """
    if if_match.strip() == "*":
        return True
    named = [one.strip() for one in if_match.split(",")]
    strong = {match[1] for one in named if (match := _ETAG.fullmatch(one)) and one[0] != "W"}
    return not strong.isdisjoint(tags)


def is_known(if_none_match: str | None, tag: str) -> bool:
    """Whether the header names this tag, so that nothing need be sent again.

    Weak comparison. Source: RFC 9110 §13.1.2.
    """
    if if_none_match is None:
        return False
    if if_none_match.strip() == "*":
        return True
    return any(match[1] == tag for match in _ETAG.finditer(if_none_match))
