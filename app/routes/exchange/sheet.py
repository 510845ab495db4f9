"""A CSV file taken apart, as spreadsheet programs write it. Source: RFC 4180."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from app.commands.sheets.importing import ROWS_MAX

# By what HTTP calls them; Excel in Japan writes Windows-31J, whatever it is called.
_CHARSETS: Final = MappingProxyType(
    {
        **dict.fromkeys(("utf-8", "utf8"), "utf-8"),
        **dict.fromkeys(
            (
                "cp932",
                "shift_jis",
                "shift-jis",
                "sjis",
                "x-sjis",
                "windows-31j",
                "ms932",
                "ms_kanji",
            ),
            "cp932",
        ),
    }
)
# What bytes become that stand for no character; no text has them.
_NO_CHARACTER: Final = re.compile("[\uf8f0-\uf8f3]")
_CELL_MAX: Final = 10_000
_COLUMNS_MAX: Final = 100
_LINE_END: Final = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The cells of a file: its first line, and what follows with the line where each row begins."""

    charset: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


class SheetInvalid(Exception):
    """A file cannot be taken apart; the line is where, None the whole file."""

    def __init__(self, detail: str, *, line: int | None = None) -> None:
        self.detail = detail
        self.line = line
        super().__init__(detail)


def read_sheet(content: bytes, charset: str | None) -> Sheet:
    """Take a file apart; empty rows are passed over.

    Args:
        content: The file; its size is the caller's to bound.
        charset: As Content-Type says; None: UTF-8 if it is that, else what Excel in Japan writes.

    Raises:
        SheetInvalid: it cannot be read.
    """
    text, used = _decoded(content, charset)
    first = text.partition("\n")[0]
    sign = "\t" if "\t" in first and "," not in first else ","
    rows = list(_rows(text, sign))
    if not rows:
        raise SheetInvalid("The file is empty: its first line names the columns.")
    if len(rows) - 1 > ROWS_MAX:
        raise SheetInvalid(f"The file has more than {ROWS_MAX} rows; divide it.")
    [(_, header), *rest] = rows
    return Sheet(charset=used, header=header, rows=tuple(rest))


def _rows(text: str, sign: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True)
    line = 1
    found = 0
    while True:
        try:
            cells = next(reader, None)
        except csv.Error:
            raise SheetInvalid("A quotation mark is out of place.", line=line) from None
        if cells is None:
            return
        if any(len(one) > _CELL_MAX for one in cells) or len(cells) > _COLUMNS_MAX:
            detail = f"A row has at most {_COLUMNS_MAX} cells, a cell {_CELL_MAX} characters."
            raise SheetInvalid(detail, line=line)
        if any(one.strip() for one in cells):
            found += 1
            if found > ROWS_MAX + 1:
                raise SheetInvalid(f"The file has more than {ROWS_MAX} rows; divide it.")
            yield line, tuple(cells)
        line = reader.line_num + 1


def _decoded(content: bytes, charset: str | None) -> tuple[str, str]:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise SheetInvalid('This is UTF-16; save it as "CSV UTF-8" or as CSV (Shift_JIS).')
    if charset is not None:
        used = _CHARSETS.get(charset.strip("\"' ").lower())
        if used is None:
            raise SheetInvalid(
                f"The character set {charset[:40]} is not read; UTF-8 and Shift_JIS are."
            )
        return _strictly(content, used), used
    try:
        return _strictly(content, "utf-8"), "utf-8"
    except SheetInvalid as not_utf8:
        try:
            return _as_excel_writes(content), "cp932"
        except SheetInvalid:
            line = not_utf8.line
            raise SheetInvalid("This is neither UTF-8 nor Shift_JIS.", line=line) from None


def _strictly(content: bytes, charset: str) -> str:
    if charset == "utf-8":
        content = content.removeprefix(codecs.BOM_UTF8)
    try:
        return content.decode(charset)
    except UnicodeDecodeError as error:
        line = len(_LINE_END.findall(content[: error.start])) + 1
        detail = f"This is not {'UTF-8' if charset == 'utf-8' else 'Shift_JIS'} text."
        raise SheetInvalid(detail, line=line) from None


def _as_excel_writes(content: bytes) -> str:
    text = _strictly(content, "cp932")
    found = _NO_CHARACTER.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        raise SheetInvalid("This is not Shift_JIS text.", line=line)
    return text
