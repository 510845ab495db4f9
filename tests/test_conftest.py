"""The closing list: what could not run is named, and with CI=true it is an error."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SUITE = """
import pytest
from tests.peers import MissingToolError

@pytest.fixture
def needs_a_tool():
    raise MissingToolError("no lathe on this machine: install lathe")

def test_with_the_tool(needs_a_tool):
    pass

def test_skipped_by_its_author():
    pytest.skip("not on Tuesdays")

def test_without():
    pass
"""


def run_suite(folder: Path, *options: str, ci: str | None) -> subprocess.CompletedProcess[str]:
    suite = folder / "test_suite.py"
    suite.write_text(SUITE)
    environment = {k: v for k, v in os.environ.items() if k != "CI" and "PYTEST" not in k}
    command = [sys.executable, "-m", "pytest", "-c", "pyproject.toml", "-p", "tests.conftest"]
    return subprocess.run(
        [*command, "-p", "no:cacheprovider", *options, str(suite)],
        cwd=ROOT,
        env=environment | ({"CI": ci} if ci else {}),
        check=False,
        capture_output=True,
        text=True,
    )


def test_missing_tool_is_listed_at_the_end_of_the_run(tmp_path: Path) -> None:
    done = run_suite(tmp_path, "-n", "1", ci=None)  # reports travel between processes
    assert done.returncode == 0, done.stdout
    closing = done.stdout.rpartition("could not run")[2]
    assert "1 x no lathe on this machine: install lathe" in closing
    assert "1 x not on Tuesdays" in closing
    assert "1 passed, 2 skipped" in closing


def test_missing_tool_with_ci_is_an_error(tmp_path: Path) -> None:
    done = run_suite(tmp_path, ci="true")
    assert done.returncode == 1
    assert "no lathe on this machine" in done.stdout
    assert "1 failed, 1 passed, 1 error" in done.stdout
    assert "nothing: every selected test ran" in done.stdout
