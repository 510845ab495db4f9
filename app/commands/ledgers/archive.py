"""An export as one stream: a tar, whose files are made while it is sent."""

import tarfile
import tempfile
from collections.abc import AsyncIterator, Iterator
from typing import IO, Final

from app.commands.ledgers.export import Piece
from app.ledger.exports import layout

# What of the disclosures is kept in memory until its length is known.
_SPOOLED: Final = 8_000_000
_CHUNK: Final = 1_000_000


async def tar_of(pieces: AsyncIterator[Piece]) -> AsyncIterator[bytes]:
    """The tar's bytes. A file's length stands before it, so the disclosures come last."""
    told = False
    with tempfile.SpooledTemporaryFile(max_size=_SPOOLED) as disclosures:
        async for piece in pieces:
            if piece.name == layout.DISCLOSURES:
                told = True
                disclosures.write(piece.data)
            else:
                yield _header(piece.name, len(piece.data)) + _padded(piece.data)
        if told:
            length = disclosures.tell()
            disclosures.seek(0)
            yield _header(layout.DISCLOSURES, length)
            for chunk in _chunks(disclosures):
                yield chunk
            yield bytes(-length % tarfile.BLOCKSIZE)
    yield bytes(2 * tarfile.BLOCKSIZE)


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
