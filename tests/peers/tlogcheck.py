"""A judge that we did not write: Go's x/mod/sumdb, in a small program built from Debian's packages.

The program is `tests/ledger/go/tlogcheck.go`. Nothing is fetched: the sources of x/mod are those of
the package golang-golang-x-mod-dev.
"""

import os
import shutil
import subprocess
from pathlib import Path

from tests.peers import MissingToolError

SOURCE = Path(__file__).parents[1] / "ledger/go/tlogcheck.go"
# Where Debian's packages put the sources of Go libraries.
GO_PATH = Path("/usr/share/gocode")
REMEDY = "install golang-go and golang-golang-x-mod-dev"


class Tlogcheck:
    """The built program."""

    def __init__(self, program: Path) -> None:
        self._program = program

    def fault(self, *arguments: str | Path) -> str | None:
        """What it finds wrong; None if it accepts."""
        ended = subprocess.run(
            [self._program, *arguments], check=False, capture_output=True, text=True, timeout=60
        )
        # 2 is a wrong call, and what Go answers when a program breaks down.
        assert ended.returncode in {0, 1}, ended.stderr
        return None if ended.returncode == 0 else ended.stderr


def built_tlogcheck(folder: Path) -> Tlogcheck:
    """The program, built into a folder.

    Raises:
        MissingToolError: there is no Go, or no x/mod.
    """
    go = shutil.which("go")
    if go is None:
        raise MissingToolError(f"no Go on this machine: {REMEDY}")
    if not (GO_PATH / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        raise MissingToolError(f"no sources of golang.org/x/mod on this machine: {REMEDY}")
    program = folder / "tlogcheck"
    environment = {
        **os.environ,
        "GO111MODULE": "off",
        "GOFLAGS": "",
        "GOPATH": str(GO_PATH),
        "GOCACHE": str(folder / "cache"),
        "GOTOOLCHAIN": "local",
        "CGO_ENABLED": "0",
    }
    ended = subprocess.run(
        [go, "build", "-o", program, SOURCE],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
        timeout=110,
    )
    assert ended.returncode == 0, ended.stderr
    return Tlogcheck(program)
