"""In which language a page speaks, and how it says instants, waits and names."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from markupsafe import Markup, escape

from app.commands.link import Named
from app.escalation.network import JAPAN
from app.pages.wording import TEXTS
from app.protocols.kinds import IncidentType, Language, Outcome, Severity, label

# Whom a text names: with their "さん", which is not left for the next line.
_NAMES: Final = re.compile(r"\{name\}(?:さん)?|\{organisation\}|\{who\}さん")
RANGES_MAX: Final = 20
MINUTE, HOUR, DAY = 60, 3600, 86_400


def language_of(accept_language: str) -> Language:
    """The language that an Accept-Language header asks for; Japanese unless it wants English.

    Source: RFC 9110 §12.5.4.
    """
    best: Language = "ja"
    best_weight = 0.0
    for part in accept_language.split(",")[:RANGES_MAX]:
        name, _, parameter = part.partition(";")
        primary = name.strip().lower().partition("-")[0]
        weight = _weight(parameter)
        if primary in {"ja", "en"} and weight > best_weight:
            best, best_weight = ("en" if primary == "en" else "ja"), weight
    return best


class Speech:
    """Says things in one language; what it returns is safe to put into HTML."""

    def __init__(self, language: Language) -> None:
        """Speak Japanese or English."""
        self.language = language

    def __call__(self, key: str, **values: object) -> Markup:
        """A text of `wording` with its placeholders filled; values are escaped."""
        words = TEXTS[key]
        text = escape(words.ja if self.language == "ja" else words.en)
        named = _NAMES.sub(r'<span class="name">\g<0></span>', str(text))
        # `Markup.format` escapes what is not markup already.
        return Markup(named).format(**values)  # noqa: S704  # our own words, escaped

    def code(self, code: IncidentType | Severity | Outcome) -> str:
        """The words for a code."""
        return label(code, self.language)

    def elapsed(self, since: datetime, now: datetime) -> Markup:
        """How long ago, roughly: "7分前"."""
        seconds = int((now - since).total_seconds())
        if seconds < MINUTE:
            return self("just_now")
        if seconds < HOUR:
            return self("minutes_ago", minutes=seconds // MINUTE)
        if seconds < DAY:
            return self("hours_ago", hours=seconds // HOUR, minutes=seconds % HOUR // MINUTE)
        return self("days_ago", days=seconds // DAY)

    def clock(self, at: datetime, now: datetime) -> str:
        """The time of day in Japan, with the date when it is another day than now."""
        there, today = at.astimezone(JAPAN), now.astimezone(JAPAN).date()
        if there.date() == today:
            return f"{there:%H:%M}"
        if self.language == "ja":
            return f"{there.month}月{there.day}日 {there:%H:%M}"
        return f"{there:%Y-%m-%d %H:%M}"

    def party(self, named: Named) -> Markup:
        """A party with its organisation, as one speaks of it."""
        key = "person" if named.is_person else "desk"
        return self(key, name=named.name, organisation=named.organisation)

    def parties(self, several: Iterable[Named]) -> Markup:
        """Parties in a row."""
        return self("and").join(self.party(one) for one in several)


def seconds_left(until: datetime, now: datetime) -> int:
    """Whole seconds from `now` until an instant; 0 when it is over."""
    return max(0, -int((now - until).total_seconds() // 1))


def as_countdown(seconds: int) -> str:
    """Seconds as a clock counts them down: "2:30", "1:02:30"."""
    hours, rest = divmod(seconds, HOUR)
    minutes, seconds = divmod(rest, MINUTE)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    try:
        return float(value) if name.strip().lower() == "q" else 1.0
    except ValueError:
        return 0.0
