"""How instants, lengths of time, days and places in a document are said, in two languages."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from app.protocols.authoring.labels import MEMBERS, Said, member_label, value_label
from app.protocols.calendar import Day
from app.protocols.kinds import IncidentType, Language, Severity, label
from app.protocols.protocol import Protocol

_WEEK: Final = (Day.MON, Day.TUE, Day.WED, Day.THU, Day.FRI, Day.SAT, Day.SUN)
_SPECIAL: Final = (Day.HOLIDAY, Day.YEAR_END)
_OFFICE_DAYS: Final = frozenset(_WEEK[:5])
_WEEKEND: Final = frozenset(_WEEK[5:])
_JA_DAYS: Final = "月火水木金土日"
_EN_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# A gap is called one of the night, or of the day, if it lies within these minutes.
_NIGHT_FROM, _NIGHT_TO = 16 * 60, 10 * 60
_DAY_FROM, _DAY_TO = 6 * 60, 19 * 60

_EVERY_DAY: Final = Said("毎日", "every day")
_EVERY_COMMON_DAY: Final = Said(
    "祝日・年末年始以外の毎日", "every day but holidays and the turn of the year"
)
_ON_OFFICE_DAYS: Final = Said("平日", "Monday to Friday")
_ON_WEEKENDS: Final = Said("土日", "weekends")
_AND: Final = Said("・", ", ")
_AT_NIGHT: Final = Said("夜間", "night,")
_BY_DAY: Final = Said("日中", "day,")
_NEXT_DAY: Final = Said("翌", "next day ")
_DAYS_LATER: Final = Said("{}日後の", "{} days later ")
_VARIANT: Final = Said("「{}」", '"{}"')
_NTH_VARIANT: Final = Said("{}番目の適用区分", "variant {}")
_STEP: Final = Said("{}の{}段目", "{}, step {}")
_NAMED: Final = Said("{}（{}）", "{} ({})")
_WHOLE: Final = Said("文書全体", "the whole document")


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """Says things in one language, by the clock of one zone."""

    language: Language
    zone: ZoneInfo

    def __call__(self, said: Said, *values: object, **named: object) -> str:
        """A text with its placeholders filled."""
        return said.of(self.language).format(*values, **named)

    def at(self, at: datetime) -> str:
        """A local day and time: 2026年11月24日(火) 22:00."""
        local = at.astimezone(self.zone)
        clock = f"{local:%H:%M:%S}" if local.second or local.microsecond else f"{local:%H:%M}"
        thousandths = f".{local.microsecond // 1000:03}" if local.microsecond else ""
        return f"{self.day(local)} {clock}{thousandths}"

    def day(self, local: datetime) -> str:
        """A day of a local time."""
        weekday = local.weekday()
        if self.language == "ja":
            return f"{local.year}年{local.month}月{local.day}日({_JA_DAYS[weekday]})"
        return f"{_EN_DAYS[weekday]} {local:%Y-%m-%d}"

    def short_day(self, local: datetime) -> str:
        """The same without its year: 11/24 (火)."""
        weekday = local.weekday()
        names = _JA_DAYS if self.language == "ja" else _EN_DAYS
        return f"{local.month}/{local.day} {names[weekday]}"

    def seconds(self, seconds: float) -> str:
        """A length of time: 3分20秒, 0.001秒; 0 is said as 0秒."""
        whole, thousandths = divmod(round(seconds * 1000), 1000)
        hours, rest = divmod(whole, 3600)
        minutes, left = divmod(rest, 60)
        exactly = f"{left}.{thousandths:03}" if thousandths else left
        units = ("時間", "分", "秒") if self.language == "ja" else (" h", " min", " s")
        said = [
            f"{number}{unit}"
            for number, unit in zip((hours, minutes, exactly), units, strict=True)
            if number
        ]
        return ("" if self.language == "ja" else " ").join(said) or f"0{units[2]}"

    def span(self, begins: int, ends: int, days: int) -> str:
        """Two minutes of the day, the second so many days later: 17:00〜翌09:00."""
        if begins == 0 and ends == 0 and days == 1:
            return "00:00〜24:00" if self.language == "ja" else "00:00 to 24:00"
        later = _NEXT_DAY.of(self.language) if days == 1 else ""
        if days > 1:
            later = self(_DAYS_LATER, days)
        between = "〜" if self.language == "ja" else " to "
        return f"{_clock(begins)}{between}{later}{_clock(ends)}"

    def part_of_day(self, begins: int, ends: int, days: int) -> str:
        """夜間 or 日中, if it is one of them; else nothing."""
        if days == 1 and begins >= _NIGHT_FROM and ends <= _NIGHT_TO:
            return _AT_NIGHT.of(self.language)
        if days == 0 and begins >= _DAY_FROM and ends <= _DAY_TO:
            return _BY_DAY.of(self.language)
        return ""

    def days(self, days: Collection[Day]) -> str:
        """Some kinds of day, holidays and the turn of the year apart: 平日・祝日, 土日."""
        named = set(days).intersection(_WEEK)
        special = set(days).intersection(_SPECIAL)
        said: list[str] = []
        if named == set(_WEEK):
            said.append((_EVERY_DAY if special else _EVERY_COMMON_DAY).of(self.language))
            named, special = set(), special if len(special) < len(_SPECIAL) else set()
        for many, word in ((_OFFICE_DAYS, _ON_OFFICE_DAYS), (_WEEKEND, _ON_WEEKENDS)):
            if named >= many:
                said.append(word.of(self.language))
                named -= many
        others = [day for day in (*_WEEK, *_SPECIAL) if day in named | special]
        said += [value_label("days", one, self.language) for one in others]
        return _AND.of(self.language).join(said)

    def incident(self, incident_type: IncidentType, severity: Severity) -> str:
        """A type with its severity: 転倒・転落（高）."""
        return self(_NAMED, label(incident_type, self.language), label(severity, self.language))

    def variant(self, protocol: Protocol | None, number: int) -> str:
        """A variant (from 0) by its name, or where it stands if that is not known."""
        if protocol is None:
            return self(_NTH_VARIANT, number + 1)
        return self(_VARIANT, protocol.variants[number].name)

    def step(self, protocol: Protocol | None, variant: int, step: int) -> str:
        """A step (from 1) of a variant (from 0), with its name if it has one."""
        said = self(_STEP, self.variant(protocol, variant), step)
        name = protocol.variants[variant].steps[step - 1].name if protocol else None
        return self(_NAMED, said, name) if name else said

    def place(self, pointer: str, protocol: Protocol | None) -> str:
        """Where a JSON pointer leads: 「夜間」の2段目 応答期限."""
        parts = pointer.split("/")[1:]
        match parts:
            case []:
                return _WHOLE.of(self.language)
            case ["variants", at, "steps", number, *inner] if _are_numbers(at, number):
                return self._within(self.step(protocol, int(at), int(number) + 1), inner)
            case ["variants", at, *inner] if _are_numbers(at):
                return self._within(self.variant(protocol, int(at)), inner)
        return self._within("", parts)

    def _within(self, where: str, inner: Iterable[str]) -> str:
        words = [where] if where else []
        for part in inner:
            if part.isdecimal():
                words.append(f"({int(part) + 1})")
            else:
                words.append(member_label(part, self.language) if part in MEMBERS else part)
        return " ".join(words)


def _are_numbers(*parts: str) -> bool:
    return all(part.isdecimal() for part in parts)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
