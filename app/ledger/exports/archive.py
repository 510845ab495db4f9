"""The archives in which files are handed on, to the byte: a tar of a log, a zip of evidence.

Of the same files in the same order there is exactly one archive. Nothing in it depends on when,
where and by whom it was packed, and nothing is compressed, which every library does in its own
way. So whoever checks an archive holds all of it against that one, and no byte of it is free.
"""

import tarfile
import zipfile
from collections.abc import Iterable
from typing import IO, Final

TAR_END: Final = bytes(2 * tarfile.BLOCKSIZE)
_MODE: Final = 0o644
# No zip knows an earlier day.
_NO_TIME: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3


def tar_header(name: str, size: int) -> bytes:
    """What stands before a file of so many bytes.

    Raises:
        ValueError: no ustar has room for such a name or size.
    """
    info = tarfile.TarInfo(name)
    info.size = size
    info.mode = _MODE
    return info.tobuf(tarfile.USTAR_FORMAT)


def tar_padding(size: int) -> bytes:
    """What stands behind it."""
    return bytes(-size % tarfile.BLOCKSIZE)


def write_zip(stream: IO[bytes], files: Iterable[tuple[str, bytes]]) -> None:
    """Write the zip of these files, each name once, to a stream that can seek."""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files:
            info = zipfile.ZipInfo(name, _NO_TIME)
            info.create_system = _UNIX
            info.external_attr = _MODE << 16
            archive.writestr(info, data)
