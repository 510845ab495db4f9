"""What request bodies are made of."""

import unicodedata
from typing import Annotated, ClassVar, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from app.protocols.fields import Line, tidy

LIST_MAX: Final = 50
TEXT_MAX: Final = 4000


class Body(BaseModel):
    """A request's body: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Change(Body):
    """A change of something: what is absent stays; null is only for what may be taken away."""

    removable: ClassVar[frozenset[str]] = frozenset()

    @field_validator("*", mode="before")
    @classmethod
    def _says_something(cls, value: object, info: ValidationInfo) -> object:
        if value is None and info.field_name not in cls.removable:
            raise ValueError("Must not be null; leave it out to leave it as it is.")
        return value


def _lines(text: str) -> str:
    allowed = {"\n", "\t"}
    if any(unicodedata.category(one) == "Cc" and one not in allowed for one in text):
        raise ValueError("Must not hold control characters.")
    return text


def _with_digits(text: str) -> str:
    if not any(character.isdigit() for character in text):
        raise ValueError("Must hold digits.")
    return text


Id = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[!-~]+$")]
"""The id of something; whether there is such a thing is for the engine to say."""

Name = Line
"""One line of text, not empty, of at most 200 characters."""

Text = Annotated[
    str,
    StringConstraints(min_length=1, max_length=TEXT_MAX),
    BeforeValidator(tidy),
    AfterValidator(_lines),
]
"""Some lines of text."""

Reference = Annotated[Line, StringConstraints(max_length=100)]
"""An organisation's own number of a client."""

PhoneNumber = Annotated[
    str, StringConstraints(pattern=r"^\+?[0-9(][0-9() -]{1,23}$"), AfterValidator(_with_digits)
]
"""Digits, with spaces, hyphens and brackets as people write them."""

Ids = Annotated[list[Id], Field(max_length=LIST_MAX)]

Flag = Annotated[bool, Field(strict=True)]

Delay = Annotated[int, Field(strict=True, ge=0, le=86_400)]
"""Seconds between a page and the use of a contact point."""
