"""Reading the documents: their tables, their sections, what stands in code."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
DOCUMENTS = (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md")))
TEXT = {path.stem: path.read_text("utf-8") for path in DOCUMENTS}
ALL = "\n".join(TEXT.values())

Row = list[str]


def table(document: str, *heading: str) -> list[Row]:
    """The rows of the table whose first headings are these, with its heading as the first row."""
    lines = iter(TEXT[document].splitlines())
    for line in lines:
        if line.startswith("|") and cells(line)[: len(heading)] == list(heading):
            next(lines)
            return [cells(line), *_rows(lines)]
    raise LookupError(f"{document}.md has no table {heading}")


def rows(document: str, *heading: str) -> list[Row]:
    """The rows below the heading."""
    return table(document, *heading)[1:]


def cells(line: str) -> Row:
    return [one.strip().replace("\\|", "|") for one in re.split(r"(?<!\\)\|", line)[1:-1]]


def words(text: str) -> list[str]:
    """What stands in code."""
    return re.findall(r"`([^`]+)`", text)


def coded(document: str, *heading: str) -> list[str]:
    """What stands in code in the first column of a table."""
    return [word for row in rows(document, *heading) for word in words(row[0])]


def section(document: str, title: str) -> str:
    """The text below a heading, as far as the next one of its rank."""
    found = re.search(rf"^(#+) {re.escape(title)}\n", TEXT[document], re.MULTILINE)
    assert found, title
    return re.split(rf"^{found[1]} ", TEXT[document][found.end() :], flags=re.MULTILINE)[0]


def blocks(text: str, language: str) -> list[str]:
    """The blocks of code in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def json_examples(document: str) -> list[dict[str, Any]]:
    """The blocks of JSON."""
    return [json.loads(one) for one in blocks(TEXT[document], "json")]


def _rows(lines: Iterator[str]) -> Iterator[Row]:
    for line in lines:
        if not line.startswith("|"):
            return
        yield cells(line)
