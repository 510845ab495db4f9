"""The archives in which an export and evidence are sent: no byte of them may be changed or go."""

import asyncio
import io
import tarfile
import zipfile
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path

import pytest

from app.commands.ledgers.containers import tar_of
from app.commands.ledgers.export import LINES, Piece
from app.ledger.exports import layout
from app.ledger.exports.archive import write_zip
from app.offline.report import Check, Unusable
from app.offline.verify import verify_path
from tests.ledger.test_attacks_export import SOAK, evidence, honest

EVERY = [False, pytest.param(True, marks=SOAK)]


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


async def _tar(files: dict[str, bytes]) -> bytes:
    async def pieces() -> AsyncIterator[Piece]:
        for name, data in files.items():
            # What is made line by line comes in parts.
            parts = data.splitlines(keepends=True) if name in LINES else [data]
            for part in parts:
                yield Piece(name=name, data=part)

    return b"".join([chunk async for chunk in tar_of(pieces())])


@pytest.fixture
def export_tar(tmp_path: Path) -> Path:
    """The tar of an export; what it discloses comes last, as it does over HTTP."""
    path = tmp_path / "all.tar"
    path.write_bytes(asyncio.run(_tar(files_of(honest(tmp_path / "export")))))
    report = verify_path(path)
    assert (report.kind, report.findings, report.has_disclosures) == ("log", [], True)
    return path


@pytest.fixture
def evidence_zip(tmp_path: Path) -> Path:
    """The zip of an incident's evidence."""
    path, stream = tmp_path / "one.zip", io.BytesIO()
    write_zip(stream, sorted(files_of(evidence(tmp_path / "evidence")).items()))
    path.write_bytes(stream.getvalue())
    assert verify_path(path).findings == []
    return path


def is_clean(path: Path) -> bool:
    try:
        return verify_path(path).count == 0
    except Unusable:
        return False


def assert_flips_are_found(path: Path, places: Iterable[int]) -> None:
    data = path.read_bytes()
    for at in places:
        # Letters become others, digits too, and what is text becomes none.
        bits = (0x01, 0x20, 0x80, 0xFF)[at % 4]
        path.write_bytes(data[:at] + bytes([data[at] ^ bits]) + data[at + 1 :])
        assert not is_clean(path), (at, bits)
    path.write_bytes(data)
    assert is_clean(path)


def around_files(tar: bytes) -> Iterator[int]:
    """The places of a tar that are no file's: headers, padding, and the end."""
    with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
        inside = {
            at for one in archive for at in range(one.offset_data, one.offset_data + one.size)
        }
    return (at for at in range(len(tar)) if at not in inside)


@pytest.mark.parametrize("every", EVERY)
def test_any_flipped_byte_of_the_tar_is_found(export_tar: Path, *, every: bool) -> None:
    data = export_tar.read_bytes()
    # Each third byte around the files, all of the last header, some of the files.
    last = data.rindex(layout.DISCLOSURES.encode() + bytes(1))
    few = {*list(around_files(data))[::3], *range(last, last + 512), *range(0, len(data), 67)}
    assert_flips_are_found(export_tar, range(len(data)) if every else sorted(few))


@pytest.mark.parametrize("every", EVERY)
def test_tar_that_was_cut_anywhere_is_not_clean(export_tar: Path, *, every: bool) -> None:
    data = export_tar.read_bytes()
    for size in range(0, len(data), 1 if every else 64):
        export_tar.write_bytes(data[:size])
        assert not is_clean(export_tar), size
    for other in (data[:-1], data + bytes(1), data + b"x"):
        export_tar.write_bytes(other)
        assert Check.FILES in verify_path(export_tar).counts


@pytest.mark.parametrize("every", EVERY)
def test_any_flipped_byte_of_the_zip_is_found(evidence_zip: Path, *, every: bool) -> None:
    data = evidence_zip.read_bytes()
    # What lists the files is at the end.
    listed = data.index(b"PK\x01\x02")
    few = {*range(0, len(data), 97), *range(0, 400, 3), *range(listed, len(data), 5)}
    assert_flips_are_found(evidence_zip, range(len(data)) if every else sorted(few))


def test_zip_that_was_cut_or_grew_is_not_clean(evidence_zip: Path) -> None:
    data = evidence_zip.read_bytes()
    for size in (*range(0, len(data), 211), len(data) - 1):
        evidence_zip.write_bytes(data[:size])
        assert not is_clean(evidence_zip), size
    for more in (data + b"x", b"PK\x03\x04" + data):
        evidence_zip.write_bytes(more)
        assert not is_clean(evidence_zip)


def packed(folder: Path, prefix: str) -> Path:
    """The folder as GNU tar packs it: the folder's name or none before the names, and times."""
    path = folder.with_suffix(".tar")
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as archive:
        for name in files_of(folder):
            archive.add(folder / name, f"{prefix}{name}")
    return path


def test_tar_that_an_auditor_packed_is_told_from_the_one_that_was_handed_on(
    export_tar: Path,
) -> None:
    """Nobody can say of it that nothing fell out; the folder itself is judged as it is."""
    folder = export_tar.with_name("unpacked")
    with tarfile.open(export_tar) as archive:
        archive.extractall(folder, filter="data")
    assert verify_path(folder).findings == []
    (finding,) = verify_path(packed(folder, "")).findings
    assert (finding.rule, finding.where) == (Check.FILES, "the archive")
    assert "as a folder" in finding.detail
    # None of these is the name of a file of an export.
    with pytest.raises(Unusable, match="as a folder"):
        verify_path(packed(folder, "./"))


def test_zip_that_an_auditor_packed_is_told_from_the_one_that_was_handed_on(
    evidence_zip: Path,
) -> None:
    own = evidence_zip.with_name("own.zip")
    with zipfile.ZipFile(own, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files_of(evidence_zip.with_name("evidence")).items():
            archive.writestr(name, data)
    (finding,) = verify_path(own).findings
    assert (finding.rule, finding.where) == (Check.FILES, "the archive")
