"""What request bodies are made of."""

import re
from datetime import datetime
from typing import Annotated, ClassVar, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
    ValidationInfo,
    field_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from app.commands.instants import ExactInstant
from app.protocols.fields import Line, Lines

LIST_MAX: Final = 50
_YEARS: Final = range(1971, 2200)

_PHONE_NUMBER: Final = re.compile(r"^\+?[0-9(][0-9() -]{1,23}$")


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

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Its JSON Schema, in which only what may be taken away may be null."""
        schema = handler(core_schema)
        members = handler.resolve_ref_schema(schema).get("properties", {})
        for name, said in members.items():
            if name not in cls.removable and "anyOf" in said:
                options = [one for one in said.pop("anyOf") if one != {"type": "null"}]
                said.pop("default", None)
                said.update(options[0] if len(options) == 1 else {"anyOf": options})
        return schema


def _phone_number(text: str) -> str:
    if not _PHONE_NUMBER.fullmatch(text) or not any(one.isdigit() for one in text):
        raise ValueError("Must be a telephone number: digits, with spaces, hyphens and brackets.")
    return text


def _in_years(at: datetime) -> datetime:
    # A day more or less in a zone's time must still be a year that rosters know.
    if at.year not in _YEARS:
        raise ValueError(f"Must lie in the years {_YEARS[0]} to {_YEARS[-1]}.")
    return at


Id = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[!-~]+$")]
"""The id of something; whether there is such a thing is for the engine to say."""

Name = Line
"""One line of text, not empty, of at most 200 characters."""

Text = Lines
"""Some lines of text, not empty, of at most 4000 characters."""

Reference = Annotated[Line, StringConstraints(max_length=100)]
"""An organisation's own number of a client."""

PhoneNumber = Annotated[
    str,
    StringConstraints(max_length=25),
    AfterValidator(_phone_number),
    Field(json_schema_extra={"pattern": _PHONE_NUMBER.pattern}),
]
"""Digits, with spaces, hyphens and brackets as people write them."""

Ids = Annotated[list[Id], Field(max_length=LIST_MAX)]

Flag = Annotated[bool, Field(strict=True)]

Delay = Annotated[int, Field(strict=True, ge=0, le=86_400)]
"""Seconds between a page and the use of a contact point."""

RosterInstant = Annotated[ExactInstant, AfterValidator(_in_years)]
"""An instant of which rosters know the local date."""
