"""The pinned protocol documents of an export, found by the digests that entries disclose."""

import tempfile
from collections import OrderedDict
from hashlib import sha256
from types import TracebackType
from typing import Final, Self

from app.ledger.exports import layout
from app.ledger.judge.plan import Plan, PlanInvalid, read_plan
from app.offline.files import FileBroken, Files
from app.offline.report import Check, Report

# Documents kept as they were read; the others are read again when they are needed.
READ_MAX: Final = 2_000


class Documents:
    """Takes the lines of `protocols.jsonl`; however many there are, few are in memory."""

    def __init__(self, report: Report) -> None:
        """`report` is told of lines that are no document, or that no incident needs."""
        self._report = report
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  # closed on exit
        # By digest: place and length in the file, and the line.
        self._places: dict[bytes, tuple[int, int, int]] = {}
        self._read: OrderedDict[bytes, Plan | None] = OrderedDict()
        self._named: set[bytes] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def take(self, files: Files) -> None:
        """Take all lines, if there are any."""
        if layout.PROTOCOLS not in files.names:
            return
        try:
            for number, line in enumerate(files.lines(layout.PROTOCOLS), 1):
                self._take(line, number)
        except FileBroken as error:
            self._report.find(Check.FILES, layout.PROTOCOLS, error)

    def plan(self, digest: str) -> Plan | None:
        """What the document with this digest (SHA-256, hexadecimal) says, if it is here."""
        try:
            key = bytes.fromhex(digest)
        except ValueError:
            return None
        if key not in self._places:
            return None
        self._named.add(key)
        if key in self._read:
            self._read.move_to_end(key)
            return self._read[key]
        plan = self._read[key] = self._parsed(key)
        if len(self._read) > READ_MAX:
            self._read.popitem(last=False)
        return plan

    def find_unnamed(self) -> None:
        """Put on record the documents that no incident has pinned: they were changed, or added."""
        for key, (_, _, number) in self._places.items():
            if key not in self._named:
                self._report.find(Check.FORMAT, _line(number), "no incident here names its digest")

    def _take(self, line: bytes, number: int) -> None:
        document = line.removesuffix(b"\n")
        key = sha256(document).digest()
        if document == line or key in self._places:
            what = "here already" if key in self._places else "a line without an end"
            self._report.find(Check.FORMAT, _line(number), what)
            return
        self._places[key] = (self._file.tell(), len(document), number)
        self._file.write(document)

    def _parsed(self, key: bytes) -> Plan | None:
        place, length, number = self._places[key]
        self._file.seek(place)
        try:
            return read_plan(self._file.read(length))[1]
        except PlanInvalid as error:
            self._report.find(Check.FORMAT, _line(number), error)
            return None


def _line(number: int) -> str:
    return f"{layout.PROTOCOLS}, line {number}"
