"""Plain text out of the data of a message."""

import unicodedata
from datetime import datetime, timedelta, timezone
from typing import Final

from app.protocols.kinds import Language

# People read the time in Japan, which has had no daylight saving since 1951.
JAPAN: Final = timezone(timedelta(hours=9), "JST")
WEEKDAYS: Final = "月火水木金土日"


def moment(at: datetime | None, language: Language) -> str:
    """An instant as people in Japan read it; empty for none."""
    if at is None:
        return ""
    if language == "ja":
        return f"{at.month}月{at.day}日({WEEKDAYS[at.weekday()]}) {at:%H:%M}（日本時間）"
    return f"{at:%Y-%m-%d %H:%M} (Japan time)"


def instant_in_japan(value: object) -> datetime | None:
    """The instant that a message says, on the clock of Japan; None if it says none."""
    try:
        at = datetime.fromisoformat(str(value))
        return at.astimezone(JAPAN) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None


def plain(value: object, length_max: int) -> str:
    """Text without line breaks and invisible characters, which could forge a header or a line."""
    if not isinstance(value, str):
        return ""
    kept = "".join(one for one in value if unicodedata.category(one)[0] not in "CZ" or one == " ")
    return kept[:length_max].strip()
