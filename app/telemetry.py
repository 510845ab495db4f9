"""Structured logs without personal data, and Prometheus metrics."""

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO, cast

import structlog
from prometheus_client import Counter, Gauge, Histogram

_FAST = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

REQUESTS = Counter(
    "renrakumo_http_requests", "HTTP requests answered", ["method", "route", "status"]
)
REQUEST_SECONDS = Histogram(
    "renrakumo_http_request_seconds", "Time to answer", ["method", "route"], buckets=_FAST
)
INCIDENTS_OPENED = Counter("renrakumo_incidents_opened", "Incidents opened", ["type", "drill"])
INCIDENTS_EXHAUSTED = Counter("renrakumo_incidents_exhausted", "Incidents that nobody took")
ACTS = Counter("renrakumo_acts", "Acts on incidents", ["act", "result"])
BATCH_SIZE = Histogram(
    "renrakumo_writer_batch_size", "Commands per commit", buckets=(1, 2, 4, 8, 16, 32, 64)
)
COMMIT_SECONDS = Histogram(
    "renrakumo_writer_commit_seconds", "Time of a batch from begin to commit", buckets=_FAST
)
LATENESS_SECONDS = Histogram(
    "renrakumo_step_lateness_seconds",
    "How long after its due instant an incident was woken",
    buckets=_FAST,
)
ATTEMPTS = Counter("renrakumo_attempts", "Attempts to send", ["channel", "kind", "result"])
SEND_SECONDS = Histogram(
    "renrakumo_send_seconds", "Time of an attempt to send", ["channel"], buckets=_FAST
)
QUEUED = Gauge("renrakumo_dispatcher_queued", "Messages leased to this process, not yet sent")
OVERDUE = Gauge("renrakumo_incidents_overdue", "Incidents whose timer has run out")
SEALED = Counter("renrakumo_ledger_sealed", "Entries that got their place in the tree")
SEAL_SECONDS = Histogram("renrakumo_ledger_seal_seconds", "Time of one seal", buckets=_FAST)
UNSEALED_SECONDS = Gauge(
    "renrakumo_ledger_unsealed_seconds", "For how long the oldest entry has waited for its place"
)
SEAL_REFUSED = Gauge("renrakumo_ledger_seal_refused", "Logs in which nothing is signed any more")
AUDITED = Counter("renrakumo_audited", "Incidents that the auditor looked at")
AUDIT_FAULTS = Gauge("renrakumo_audit_faults", "Incidents in which it finds a fault", ["fault"])
AUDIT_SECONDS = Histogram("renrakumo_audit_seconds", "Time of one of its rounds", buckets=_FAST)
CHECKPOINT_MAILS = Counter(
    "renrakumo_ledger_mails", "Tries to mail a checkpoint to an auditor", ["result"]
)
COSIGNATURES = Counter(
    "renrakumo_ledger_cosignatures", "What witnesses answered about our logs", ["result"]
)
WITNESS_CONFLICTS = Gauge(
    "renrakumo_ledger_witness_conflicts", "Logs of ours of which a witness has seen another history"
)
WITNESSED = Counter(
    "renrakumo_ledger_witnessed", "What this witness answered to logs of others", ["answer"]
)
TIMESTAMPS = Counter("renrakumo_ledger_timestamps", "What the authority answered", ["result"])
LOOP_FAILURES = Counter("renrakumo_loop_failures", "Rounds of a loop that failed", ["loop"])
PROTOCOLS_WITH_PROBLEMS = Gauge(
    "renrakumo_protocols_with_problems", "Published protocols with a gap in the next 30 days"
)
COVER_MARK_SECONDS = Gauge(
    "renrakumo_cover_mark_seconds", "How long the oldest change waits to be checked for lost cover"
)
RECHECK_SECONDS = Histogram(
    "renrakumo_recheck_seconds",
    "Time to look again at up to ten published protocols",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)


@contextmanager
def timed(histogram: Histogram) -> Iterator[None]:
    """Observe how long the block takes, in seconds."""
    begun = time.perf_counter()
    try:
        yield
    finally:
        histogram.observe(time.perf_counter() - begun)


class _StandardError:
    """Standard error of the moment. A log that nobody can read any longer stops no page."""

    def write(self, text: str) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.write(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.flush()


def configure_logs(level: str) -> None:
    """JSON lines on standard error, one event name plus keys."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=structlog.PrintLoggerFactory(file=cast(TextIO, _StandardError())),
        cache_logger_on_first_use=True,
    )
