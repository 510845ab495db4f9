"""What is to be checked, as named files: from a folder, or from a tar or zip as it was sent."""

import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from app.offline.report import Unusable

# Larger than any file here may be but disclosures.jsonl, which is read line by line: a bundle of
# 256 entries of 65,535 bytes.
FILE_BYTES_MAX: Final = 20_000_000
LINE_BYTES_MAX: Final = 4_000_000
_ZIP: Final = b"PK\x03\x04"


class FileBroken(Exception):
    """A file that is missing, or cannot be read; the message says which and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Named files. A name may stand there twice; then neither is to be trusted."""

    names: tuple[str, ...]
    open: Callable[[str], IO[bytes]]

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
            with zipfile.ZipFile(path) as archive:
                names = tuple(one.filename for one in archive.infolist() if not one.is_dir())
                yield Files(names=names, open=archive.open)
        else:
            with tarfile.open(path) as archive_:
                members = {one.name: one for one in archive_ if not one.isdir()}
                names = tuple(one.name for one in archive_.getmembers() if not one.isdir())
                yield Files(names=names, open=lambda name: _extracted(archive_, members[name]))
    except (zipfile.BadZipFile, tarfile.TarError, EOFError) as error:
        raise Unusable(f"{path.name} is no folder, tar or zip: {error}") from None
    except OSError as error:
        raise Unusable(f"{path.name}: {error.strerror}") from None


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
