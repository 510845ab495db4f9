"""An export as one stream: a tar, whose files are made while it is sent."""

import tarfile
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from typing import IO, Final

from app.commands.ledgers.export import LINES, Piece

# What of the files made line by line is kept in memory until their length is known.
_SPOOLED: Final = 8_000_000
_CHUNK: Final = 1_000_000


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
                yield _header(piece.name, len(piece.data)) + _padded(piece.data)
        for name, spool in spools.items():
            length = spool.tell()
            spool.seek(0)
            yield _header(name, length)
            for chunk in _chunks(spool):
                yield chunk
            yield bytes(-length % tarfile.BLOCKSIZE)
    yield bytes(2 * tarfile.BLOCKSIZE)


def _spool() -> IO[bytes]:
    return tempfile.SpooledTemporaryFile(max_size=_SPOOLED)


def _header(name: str, length: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = length
    info.mode = 0o644
    return info.tobuf(tarfile.USTAR_FORMAT)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % tarfile.BLOCKSIZE)


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK):
        yield chunk
