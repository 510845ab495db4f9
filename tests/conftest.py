"""What every test may ask for, and the closing list of what could not run."""

import gc
import os
from collections import Counter
from collections.abc import Generator, Iterator

import hypothesis
import pytest

from tests.peers import MissingToolError
from tests.peers.postgres import PostgresServer, running_postgres

SOAK_EXAMPLES = 2_000


def pytest_configure(config: pytest.Config) -> None:
    """Give property tests their length: short by default, long under `make soak`."""
    hypothesis.settings.register_profile("test", deadline=None, print_blob=True)
    hypothesis.settings.register_profile(
        "soak", deadline=None, print_blob=True, max_examples=SOAK_EXAMPLES
    )
    is_soak = config.getoption("markexpr") == "soak"
    hypothesis.settings.load_profile("soak" if is_soak else "test")


def pytest_collection_finish() -> None:
    """Keep the search for garbage from going through modules and tests again and again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A missing tool is a test that could not run; with CI=true nothing may fail to run."""
    report = yield
    missing = call.excinfo is not None and isinstance(call.excinfo.value, MissingToolError)
    if os.environ.get("CI") == "true":
        if report.skipped and not hasattr(report, "wasxfail"):
            report.outcome = "failed"
    elif missing and call.excinfo is not None:
        report.outcome = "skipped"
        line = item.location[1] or 0
        report.longrepr = (str(item.path), line, f"Skipped: {call.excinfo.value}")
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """End the run with what could not run, and why."""
    reasons = Counter(
        str(report.longrepr[2]).removeprefix("Skipped: ")
        for report in terminalreporter.stats.get("skipped", [])
    )
    terminalreporter.write_sep("=", "could not run")
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"{count} x {reason}")
    if not reasons:
        terminalreporter.write_line("nothing: every selected test ran")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL for this run (under xdist: for this worker); make databases on it freely."""
    with running_postgres() as server:
        yield server
