"""The containers of an export: a tar as one stream, made while it is sent; or a folder."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Final

from app.commands.ledgers.export import LINES, Piece
from app.ledger.exports.archive import TAR_END, tar_header, tar_padding

# What of the files made line by line is kept in memory until their length is known.
_SPOOLED: Final = 8_000_000
_CHUNK: Final = 1_000_000


class FolderTaken(Exception):
    """Something is there already; an export is written into a new or empty folder."""


async def tar_of(pieces: AsyncIterator[Piece]) -> AsyncIterator[bytes]:
    """The tar's bytes. A file's length stands before it, so those of many parts come last."""
    with ExitStack() as stack:
        spools: dict[str, IO[bytes]] = {}
        async for piece in pieces:
            if piece.name in LINES:
                if piece.name not in spools:
                    spools[piece.name] = stack.enter_context(_spool())
                spools[piece.name].write(piece.data)
            else:
                size = len(piece.data)
                yield tar_header(piece.name, size) + piece.data + tar_padding(size)
        for name, spool in spools.items():
            size = spool.tell()
            spool.seek(0)
            yield tar_header(name, size)
            for chunk in _chunks(spool):
                yield chunk
            yield tar_padding(size)
    yield TAR_END


async def write_folder(pieces: AsyncIterator[Piece], target: Path) -> int:
    """Write an export beside the target and give it its name when it is complete.

    Returns:
        How many files were written.

    Raises:
        FolderTaken: the target is a file, or a folder with something in it.
        OSError: it cannot be written there; what was begun is taken away.
    """
    begun = _begun(target)
    try:
        names = {_appended(begun, piece) async for piece in pieces}
        _named(begun, target)
    except BaseException:
        shutil.rmtree(begun, ignore_errors=True)
        raise
    return len(names)


def _begun(target: Path) -> Path:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise FolderTaken(f"{target} is not empty")
    target.parent.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))


def _appended(folder: Path, piece: Piece) -> str:
    path = folder / piece.name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as stream:
        stream.write(piece.data)
    return piece.name


def _named(begun: Path, target: Path) -> None:
    # As any new folder; mkdtemp lets only its owner in.
    begun.chmod(0o755)
    begun.replace(target)


def _spool() -> IO[bytes]:
    return tempfile.SpooledTemporaryFile(max_size=_SPOOLED)


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK):
        yield chunk
