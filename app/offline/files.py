"""What is to be checked, as named files: from a folder, or from a tar or zip as it was sent."""

import os
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Final

from app.ledger.exports.archive import TAR_END, tar_header, tar_padding, write_zip
from app.offline.report import Unusable

# Larger than any file here may be but disclosures.jsonl, which is read line by line: a bundle of
# 256 entries of 65,535 bytes.
FILE_BYTES_MAX: Final = 20_000_000
LINE_BYTES_MAX: Final = 4_000_000
_ZIP: Final = b"PK\x03\x04"
_CHUNK: Final = 1_000_000
# What the library says beside its own error of a list of files that asks too much of it.
_NO_ZIP: Final = (NotImplementedError, UnicodeDecodeError)


class FileBroken(Exception):
    """A file that is missing, or cannot be read; the message says which and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Named files. A name may stand there twice; then neither is to be trusted.

    `is_intact` says whether they lie in a folder, or in the one archive that is made of them: of
    another one a part may have gone that nobody misses, as where nothing is disclosed.
    """

    names: tuple[str, ...]
    open: Callable[[str], IO[bytes]]
    is_intact: bool = True

    def read(self, name: str) -> bytes:
        """A file's bytes.

        Raises:
            FileBroken: it is missing, too large, or cannot be read.
        """
        with _broken(name), self.open(name) as stream:
            data = stream.read(FILE_BYTES_MAX + 1)
        if len(data) > FILE_BYTES_MAX:
            raise FileBroken(f"{name}: more than {FILE_BYTES_MAX:,} bytes")
        return data

    def lines(self, name: str) -> Iterator[bytes]:
        """A file line by line, each with its end if it has one.

        Raises:
            FileBroken: as `read` does, and for a line without an end in sight.
        """
        with _broken(name), self.open(name) as stream:
            while line := stream.readline(LINE_BYTES_MAX):
                if len(line) == LINE_BYTES_MAX:
                    raise FileBroken(f"{name}: a line of more than {LINE_BYTES_MAX:,} bytes")
                yield line


@contextmanager
def opened_files(path: Path) -> Iterator[Files]:
    """The files under a path: a folder, or a tar or zip file.

    Raises:
        Unusable: there is nothing, or it is none of these.
    """
    try:
        if path.is_dir():
            yield _folder(path)
        elif not path.is_file():
            raise Unusable(f"there is no {path.name}")
        elif _begins(path) == _ZIP:
            with path.open("rb") as stream, zipfile.ZipFile(stream) as archive:
                yield _zipped(stream, archive)
        else:
            with path.open("rb") as stream, tarfile.open(fileobj=stream, mode="r:") as archive_:
                yield _tarred(stream, archive_)
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, *_NO_ZIP) as error:
        raise Unusable(f"{path.name} is no folder, tar or zip: {error}") from None
    except OSError as error:
        raise Unusable(f"{path.name}: {error.strerror}") from None


def _tarred(stream: IO[bytes], archive: tarfile.TarFile) -> Files:
    found = archive.getmembers()
    files = [one for one in found if not one.isdir()]
    members = {one.name: one for one in files}
    return Files(
        names=tuple(one.name for one in files),
        open=lambda name: _extracted(archive, members[name]),
        is_intact=_is_tar_of(found, stream),
    )


def _is_tar_of(members: Sequence[tarfile.TarInfo], stream: IO[bytes]) -> bool:
    """Whether these files lie in a tar as an export does, and nothing else does."""
    at = 0
    for one in members:
        try:
            header, padding = tar_header(one.name, one.size), tar_padding(one.size)
        except ValueError:
            return False
        behind = at + len(header) + one.size
        if not (_stands_at(at, header, stream) and _stands_at(behind, padding, stream)):
            return False
        at = behind + len(padding)
    return _stands_at(at, TAR_END, stream) and not stream.read(1)


def _stands_at(place: int, data: bytes, stream: IO[bytes]) -> bool:
    stream.seek(place)
    return stream.read(len(data)) == data


def _zipped(stream: IO[bytes], archive: zipfile.ZipFile) -> Files:
    found = [one for one in archive.infolist() if not one.is_dir()]
    files = Files(names=tuple(one.filename for one in found), open=archive.open)
    size = stream.seek(0, os.SEEK_END)
    # What is claimed to be larger than the archive was compressed, and may be far larger.
    is_intact = sum(one.file_size for one in found) < size and _is_zip_of(files, stream)
    return replace(files, is_intact=is_intact)


def _is_zip_of(files: Files, stream: IO[bytes]) -> bool:
    """Whether these files lie in a zip as evidence does, and nothing else does."""
    if len(files.names) != len(set(files.names)):
        return False
    with tempfile.TemporaryFile() as made:
        try:
            write_zip(made, ((name, files.read(name)) for name in files.names))
        except FileBroken:
            return False
        made.seek(0)
        stream.seek(0)
        while chunk := stream.read(_CHUNK):
            if made.read(_CHUNK) != chunk:
                return False
        return not made.read(1)


def _extracted(archive: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    stream = archive.extractfile(member)
    if stream is None:
        raise FileBroken(f"{member.name}: no plain file")
    return stream


def _begins(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(len(_ZIP))


def _folder(path: Path) -> Files:
    names = sorted(
        (Path(folder) / name).relative_to(path).as_posix()
        for folder, _, found in os.walk(path)
        for name in found
    )
    return Files(names=tuple(names), open=lambda name: (path / name).open("rb"))


@contextmanager
def _broken(name: str) -> Iterator[None]:
    try:
        yield
    except (KeyError, FileNotFoundError):
        raise FileBroken(f"{name}: missing") from None
    except OSError as error:
        raise FileBroken(f"{name}: {error.strerror or error}") from None
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError) as error:
        raise FileBroken(f"{name}: {error}") from None
    except RuntimeError as error:
        # Encrypted in a zip.
        raise FileBroken(f"{name}: no plain file: {error}") from None
