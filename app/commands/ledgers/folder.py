"""An export written into a folder: all of it, or nothing."""

import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from app.commands.ledgers.export import Piece


class FolderTaken(Exception):
    """Something is there already; an export is written into a new or empty folder."""


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
