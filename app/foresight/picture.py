"""A week of a protocol as a picture (SVG): a grid for each step, days down, hours across.

No scripts, no style sheets, nothing from elsewhere. Colours are those of Okabe and Ito, which the
colour-blind tell apart; hatching says the same in print.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from html import escape
from itertools import accumulate, takewhile
from types import MappingProxyType
from typing import Final

from app.foresight.examined import Examined
from app.foresight.speaking import wording
from app.foresight.speaking.speech import Speech
from app.foresight.week import DAYS, Grid, Piece, State, Week
from app.protocols.authoring.labels import Said
from app.protocols.kinds import Language

# A phone shows 390 of its own pixels side by side.
_WIDTH: Final = 390
_LEFT: Final = 70
_HOUR: Final = 13
_ROW: Final = 16
_HEAD: Final = 64
_GRID: Final = _HEAD + DAYS * _ROW + 14
_LEGEND: Final = 92
_CHARACTERS: Final = 46
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_LABELS: Final[Mapping[State, Said]] = MappingProxyType(
    {
        State.COVERED: wording.COVERED,
        State.GAP: wording.GAP,
        State.UNPLANNED: wording.NOT_PLANNED,
        State.AWAY: wording.NOT_COME_TO,
    }
)
_PATTERNS: Final = """<defs>
<pattern id="covered" width="6" height="6" patternUnits="userSpaceOnUse">\
<rect width="6" height="6" fill="#9fd0ee"/></pattern>
<pattern id="gap" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">\
<rect width="6" height="6" fill="#d55e00"/><rect width="2.5" height="6" fill="#000"/></pattern>
<pattern id="unplanned" width="6" height="6" patternUnits="userSpaceOnUse">\
<rect width="6" height="6" fill="#f0e442"/><circle cx="3" cy="3" r="1.2" fill="#000"/></pattern>
<pattern id="away" width="6" height="6" patternUnits="userSpaceOnUse">\
<rect width="6" height="6" fill="#fff"/></pattern>
</defs>"""


def picture(examined: Examined, week: Week | None, language: Language) -> str:
    """The picture of a week; without one, of a document that cannot be published, it says so."""
    network = examined.network
    title = network.protocol.title if network and network.protocol else ""
    if network is None or week is None:
        said = wording.PICTURE_REFUSED.of(language).format(len(examined.errors))
        return _document(_fitted(title) or said, said, "", height=60)
    speech = Speech(language=language, zone=network.zone)
    drawing = _Drawing(examined=examined, week=week, speech=speech)
    first = speech.day(datetime.combine(week.first_day, time(0)))
    heading = speech(wording.PICTURE, title, first)
    lines = "\n".join(drawing.lines())
    return _document(heading, drawing.summary, lines, height=drawing.height)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawing:
    examined: Examined
    week: Week
    speech: Speech

    @property
    def height(self) -> int:
        """How high everything is together."""
        return _LEGEND + len(self.week.grids) * _GRID + (24 if self.week.idle else 8)

    @property
    def summary(self) -> str:
        """What the picture shows, for those who do not see it."""
        gaps = sum(one.gap_count for one in self.week.grids)
        unplanned = sum(one.unplanned_count for one in self.week.grids)
        return self.speech(wording.PICTURE_SAYS, gaps, unplanned)

    def lines(self) -> Iterator[str]:
        """Everything but the heading."""
        title = self.examined.protocol.title if self.examined.protocol else ""
        first = self.speech.day(datetime.combine(self.week.first_day, time(0)))
        yield _text(8, 20, title, size=14, is_bold=True)
        yield _text(8, 37, self.speech(wording.FROM_DAY, first, self.speech.zone.key), size=11)
        for number, (state, label) in enumerate(_LABELS.items()):
            x, y = 8 + number % 2 * 190, 48 + number // 2 * 18
            yield _rect(x, y, state, width=22, height=12)
            yield _text(x + 28, y + 10, label.of(self.speech.language), size=11)
        top = _LEGEND
        for grid in self.week.grids:
            yield from self._grid(grid, top)
            top += _GRID
        if self.week.idle:
            names = wording.COMMA.of(self.speech.language).join(
                self.speech.variant(self.examined.protocol, one) for one in self.week.idle
            )
            yield _text(8, top + 12, self.speech(wording.IDLE, names), size=11)

    def _grid(self, grid: Grid, top: int) -> Iterator[str]:
        number, name, asked = self._names(grid)
        yield _text(8, top + 12, number, size=12, is_bold=True)
        yield _text(8, top + 27, name, size=11)
        yield _text(8, top + 42, asked, size=11)
        body = top + _HEAD
        for hour in range(0, 25, 3):
            yield _text(_LEFT + hour * _HOUR, body - 6, str(hour), size=9, anchor="middle")
        for piece in grid.pieces:
            yield self._piece(piece, body)
        for day in range(DAYS):
            local = datetime.combine(self.week.first_day + timedelta(days=day), time(0))
            yield _text(8, body + day * _ROW + 12, self.speech.short_day(local), size=10)
        yield _lines(body)

    def _names(self, grid: Grid) -> tuple[str, str, str]:
        """Which step it is, in so few words that nothing is cut; of which variant; whom it asks.

        No two grids have the same first line, however long and alike the names in the others are.
        """
        protocol = self.examined.protocol
        assert protocol is not None, "what is drawn has a protocol"
        step = protocol.variants[grid.variant].steps[grid.step - 1]
        names = self.examined.names
        number = self.speech(wording.PANEL, variant=grid.variant + 1, step=grid.step)
        if grid.restricted:
            number += self.speech(wording.RESTRICTED)
        name = self.speech.variant(protocol, grid.variant)
        comma = wording.COMMA.of(self.speech.language)
        asked = comma.join(names.get(one, one) for one in step.asked)
        return number, name, f"{step.name} {asked}" if step.name else asked

    def _piece(self, piece: Piece, top: int) -> str:
        x, width = _LEFT + piece.begins * _HOUR / 60, (piece.ends - piece.begins) * _HOUR / 60
        y, state = top + piece.day * _ROW, _LABELS[piece.state].of(self.speech.language)
        local = datetime.combine(self.week.first_day + timedelta(days=piece.day), time(0))
        hours = f"{_clock(piece.begins)}–{_clock(piece.ends)}"
        tip = f"{self.speech.short_day(local)} {hours} {state}"
        return _rect(x, y, piece.state, width=width, height=_ROW, tip=tip)


def _document(title: str, description: str, content: str, *, height: int) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"'
        f' width="100%" style="max-width:{2 * _WIDTH}px" role="img"'
        ' aria-labelledby="title description" font-family="sans-serif">\n'
        f'<title id="title">{_escaped(title)}</title>\n'
        f'<desc id="description">{_escaped(description)}</desc>\n'
        f'{_PATTERNS}\n<rect width="{_WIDTH}" height="{height}" fill="#fff"/>\n'
        f"{content or _text(8, 34, description, size=12)}\n</svg>\n"
    )


def _rect(x: float, y: float, state: State, *, width: float, height: float, tip: str = "") -> str:
    inner = f"<title>{_escaped(tip)}</title>" if tip else ""
    return (
        f'<rect x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}"'
        f' fill="url(#{state})" stroke="#555" stroke-width="0.5">{inner}</rect>'
    )


def _text(
    x: float, y: float, text: str, *, size: int, is_bold: bool = False, anchor: str = "start"
) -> str:
    """A line of text, its middle left out if it is too long; all of it is in its tip."""
    shown = _fitted(text, _CHARACTERS * 14 // size)
    weight = ' font-weight="bold"' if is_bold else ""
    tip = f"<title>{_escaped(text)}</title>" if shown != text else ""
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" font-size="{size}" text-anchor="{anchor}"{weight}>'
        f"{tip}{_escaped(shown)}</text>"
    )


def _lines(top: int) -> str:
    """Thin lines every three hours, and a frame."""
    bottom, right = top + DAYS * _ROW, _LEFT + 24 * _HOUR
    down = "".join(f"M{_LEFT + hour * _HOUR:.2f} {top}V{bottom}" for hour in range(0, 25, 3))
    across = "".join(f"M{_LEFT} {top + day * _ROW}H{right:.2f}" for day in range(DAYS + 1))
    return (
        f'<path d="{down}{across}" fill="none" stroke="#555" stroke-width="0.4"'
        ' pointer-events="none"/>'
    )


def _fitted(text: str, width: int = _CHARACTERS) -> str:
    """As much of a text as fits of its begin and its end: names often differ in their ends.

    What is Japanese is twice as wide as a Latin letter.
    """
    if sum(map(_width, text)) <= width:
        return text
    half = (width - _width("…")) // 2
    return f"{_begin(text, half)}…{_begin(text[::-1], half)[::-1]}"


def _begin(text: str, width: int) -> str:
    widths = accumulate(map(_width, text))
    return text[: sum(1 for _ in takewhile(lambda reached: reached <= width, widths))]


def _width(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WFA" else 1


def _escaped(text: str) -> str:
    """What XML can hold of a text. Source: XML 1.0, 2.2 ("Characters")."""
    return escape(_NOT_XML.sub("\ufffd", text))


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
