"""Lists as tables that open in a Japanese spreadsheet (CSV), and whether one is wanted."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone
from typing import Final

CSV: Final = "text/csv"
MEDIA_TYPE: Final = "text/csv; charset=utf-8; header=present"
# Without it, Excel reads UTF-8 as something else.
BOM: Final = "\ufeff"
# What a spreadsheet would take for the beginning of a formula, in full width too.
# Source: OWASP, CSV Injection.
FORMULA_BEGINS: Final = tuple("=+-@\t\r\n＝＋－＠")
# Japan has had no daylight saving since 1951.
JAPAN: Final = timezone(timedelta(hours=9), "JST")

_JSON: Final = "application/json"


def lines(table: Iterable[Sequence[object]]) -> str:
    """Rows as text: every cell quoted, CRLF, nothing that a spreadsheet would calculate."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([_cell(value) for value in row] for row in table)
    return text.getvalue()


def japanese(at: datetime | None) -> str | None:
    """An instant on the clock of Japan."""
    return None if at is None else at.astimezone(JAPAN).isoformat(timespec="milliseconds")


def wants_csv(accept: str) -> bool:
    """Whether an Accept header names CSV, and not JSON with more or equal right."""
    quality = {CSV: 0.0, _JSON: 0.0}
    for part in accept.lower().split(","):
        media_type, *parameters = (one.strip() for one in part.split(";"))
        if media_type in quality:
            quality[media_type] = _quality(parameters)
    return quality[CSV] > quality[_JSON]


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return "'" + text if text.startswith(FORMULA_BEGINS) else text


def _quality(parameters: list[str]) -> float:
    stated = next((one[2:] for one in parameters if one.startswith("q=")), "1")
    try:
        return float(stated)
    except ValueError:
        return 0.0
