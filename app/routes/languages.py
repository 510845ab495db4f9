"""In which language an answer's sentences are."""

from typing import Annotated, Final

from fastapi import Depends, Header

from app.protocols.kinds import Language

_RANGES_MAX: Final = 20


async def read_language(
    accept_language: Annotated[
        str, Header(description="Japanese unless English is preferred.")
    ] = "",
) -> Language:
    """The language that an Accept-Language header asks for. Source: RFC 9110 §12.5.4."""
    weights = {"ja": 0.0, "en": 0.0}
    for part in accept_language.split(",")[:_RANGES_MAX]:
        tag, _, parameter = part.partition(";")
        name = tag.strip().lower().partition("-")[0]
        if name in weights:
            weights[name] = max(weights[name], _weight(parameter))
    return "en" if weights["en"] > weights["ja"] else "ja"


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    try:
        return float(value) if name.strip().lower() == "q" else 1.0
    except ValueError:
        return 0.0


Reader = Annotated[Language, Depends(read_language)]
"""The language of whoever reads the answer."""
