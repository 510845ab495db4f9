"""The one writer of a process: group commit.

Everything that changes an incident waits here in line. The writer takes what is waiting, loads,
decides and saves for all of it in one transaction, commits once, and only then answers.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from app.database import (
    CommitUnknownError,
    ConstraintError,
    DatabaseError,
    DatabaseUnavailable,
    Transaction,
)
from app.installation.answer import ATTEMPTS_MAX
from app.installation.installation import Installation
from app.telemetry import BATCH_SIZE, COMMIT_SECONDS, LOOP_FAILURES, timed
from app.writer.batch import Batch, Command
from app.writer.knowledge import Knowledge
from app.writer.loading import load

BATCH_MAX = 64
WAITING_MAX = 10_000

log = structlog.get_logger()


class Overloaded(DatabaseError):
    """Too many changes are waiting; nothing was written, try again."""


class ShuttingDown(DatabaseError):
    """This process is ending; nothing was written, try again."""


@dataclass(slots=True)
class _Waiting:
    command: Command
    answer: asyncio.Future[object]


Outcome = tuple[_Waiting, object, Exception | None]


class Writer:
    """Runs commands in batches; `after_commit` hears of each batch that is durable."""

    def __init__(
        self, installation: Installation, after_commit: Callable[[Batch], None], *, sends_here: bool
    ) -> None:
        """Start with `start`."""
        self._installation = installation
        self._after_commit = after_commit
        self._sends_here = sends_here
        self._knowledge = Knowledge()
        self._waiting: deque[_Waiting] = deque()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    def start(self) -> None:
        """Begin to work."""
        self._task = asyncio.create_task(self._run(), name="writer")

    async def submit(self, command: Command) -> object:
        """Run a command; returns its answer once the commit is durable.

        Raises:
            Overloaded: too many are waiting.
            DatabaseError: the transaction failed; nothing must be taken as written.
            Exception: whatever the command refused with; nothing was changed.
        """
        if self._closing:
            raise ShuttingDown(ShuttingDown.__doc__)
        if len(self._waiting) >= WAITING_MAX:
            raise Overloaded(Overloaded.__doc__)
        answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(command, answer))
        self._wake.set()
        return await answer

    @property
    def is_running(self) -> bool:
        """Whether what is submitted now will be worked on."""
        return self._task is not None and not self._task.done() and not self._closing

    async def close(self) -> None:
        """Finish what is waiting, then end."""
        self._closing = True
        self._wake.set()
        if self._task:
            await self._task

    async def _run(self) -> None:
        while self._waiting or not self._closing:
            if not self._waiting:
                self._wake.clear()
                await self._wake.wait()
                continue
            size = min(len(self._waiting), BATCH_MAX)
            await self._work([self._waiting.popleft() for _ in range(size)])

    async def _work(self, waiting: Sequence[_Waiting]) -> None:
        """One batch; if the database refuses it, each command alone, so that none harms another."""
        BATCH_SIZE.observe(len(waiting))
        try:
            await self._transact(waiting)
        except (CommitUnknownError, DatabaseUnavailable) as error:
            # Whether it was written nobody knows: a repeat could write it twice. And a database
            # that is away is away for every command.
            _fail(waiting, error)
        except Exception as error:  # noqa: BLE001  # the loop goes on, whatever a batch does
            log.warning("batch_refused", size=len(waiting), error=type(error).__name__)
            for one in waiting:
                await self._work_alone(one, error if len(waiting) == 1 else None)

    async def _work_alone(self, one: _Waiting, refused: Exception | None) -> None:
        """A command by itself, `refused` already or not yet.

        A constraint error is a race with another node that was lost: the next attempt sees
        what won, and answers with it.
        """
        attempts = 0 if refused is None else 1
        while refused is None or (isinstance(refused, ConstraintError) and attempts < ATTEMPTS_MAX):
            attempts += 1
            try:
                await self._transact([one])
            except Exception as error:  # noqa: BLE001  # the loop goes on, whatever it was
                refused = error
            else:
                return
        _fail([one], refused)

    async def _transact(self, waiting: Sequence[_Waiting]) -> None:
        is_saved = False
        with timed(COMMIT_SECONDS):
            try:
                async with self._installation.database.transaction() as tx:
                    batch = await self._load(tx, waiting)
                    outcomes = _run_all(batch, waiting)
                    await batch.save(tx)
                    is_saved = True
            except Exception as error:
                if is_saved and not isinstance(error, CommitUnknownError):
                    # Whatever broke while the transaction ended, it may have been committed.
                    raise CommitUnknownError(type(error).__name__) from error
                raise
        self._tell(batch)
        for one, result, refusal in outcomes:
            if one.answer.done():
                continue
            if refusal is not None:
                one.answer.set_exception(refusal)
            else:
                one.answer.set_result(result)

    async def _load(self, tx: Transaction, waiting: Sequence[_Waiting]) -> Batch:
        needs = [one.command.needs for one in waiting]
        loaded = await load(tx, self._knowledge, needs, self._installation.clock())
        return Batch(
            self._installation,
            self._knowledge,
            loaded,
            # After the locks: no entry may be older than one that it waited for.
            now=self._installation.clock(),
            sends_here=self._sends_here,
        )

    def _tell(self, batch: Batch) -> None:
        """What is durable stays so, whoever fails to hear of it: leases run out, sweeps find it."""
        try:
            self._after_commit(batch)
        except Exception as error:  # noqa: BLE001  # a repeat would write it twice
            LOOP_FAILURES.labels("after_commit").inc()
            log.warning("after_commit_failed", error=type(error).__name__)


def _run_all(batch: Batch, waiting: Sequence[_Waiting]) -> list[Outcome]:
    """Run the commands in order; one that refuses has changed nothing.

    Raises:
        Exception: one failed half way, so nothing of this batch may be written.
    """
    outcomes: list[Outcome] = []
    for one in waiting:
        extent = batch.extent
        try:
            outcomes.append((one, one.command.run(batch), None))
        except Exception as error:  # each caller gets its own
            if batch.extent != extent:
                raise
            outcomes.append((one, None, error))
    return outcomes


def _fail(waiting: Sequence[_Waiting], error: Exception) -> None:
    for one in waiting:
        if not one.answer.done():
            one.answer.set_exception(error)
            # A caller that went away never fetches it.
            with contextlib.suppress(Exception):
                one.answer.exception()
