"""Instants as requests give them: RFC 3339 text, in years that can be reckoned with."""

from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime, BeforeValidator

from app.models.columns import instant, milliseconds

FIRST: Final = datetime(1971, 1, 1, tzinfo=UTC)
LAST: Final = datetime(9998, 1, 1, tzinfo=UTC)


def text_only(value: object) -> object:
    """A number is no instant: nobody could say in which unit it counts.

    Raises:
        ValueError: it is not text.
    """
    if not isinstance(value, str | datetime):
        # pydantic makes a field's error of a ValueError only.
        raise ValueError("Must be an instant as RFC 3339 writes it.")  # noqa: TRY004
    return value


def exact(at: datetime) -> datetime:
    """In UTC, cut to whole milliseconds.

    Raises:
        ValueError: before 1971 or after 9997, where zones and calendars overflow.
    """
    if not FIRST <= at < LAST:
        raise ValueError("Must be an instant from 1971 to 9997.")
    return instant(milliseconds(at))


ExactInstant = Annotated[AwareDatetime, BeforeValidator(text_only), AfterValidator(exact)]
