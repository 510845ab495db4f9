"""What the log does when nobody can read it."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
import structlog

from app.telemetry import configure_logs

WRITES_AFTER_ITS_READER_LEFT = """
import sys, structlog
from app.telemetry import configure_logs
configure_logs("info")
log = structlog.get_logger()
log.info("first")
sys.stdin.readline()
log.info("second")
log.warning("third")
print("worked on", flush=True)
"""


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def test_log_goes_to_the_standard_error_of_the_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    configure_logs("info")
    log = structlog.get_logger()
    first, second = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", first)
    log.info("one")
    monkeypatch.setattr(sys, "stderr", second)
    log.info("two")
    assert [json.loads(stream.getvalue())["event"] for stream in (first, second)] == ["one", "two"]


def test_closed_standard_error_raises_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    configure_logs("info")
    stream.close()
    structlog.get_logger().info("unread")


def test_reader_that_left_stops_no_work() -> None:
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", WRITES_AFTER_ITS_READER_LEFT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=writing,
        text=True,
    )
    os.close(writing)
    assert b'"first"' in os.read(reading, 1000)
    os.close(reading)
    said, _ = process.communicate("go on\n", timeout=30)
    assert said == "worked on\n"
