"""Sends what the outbox holds: lease, send, record. A crash in between leads to a repeat."""

import asyncio
import itertools
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog

from app.channels.channel import Channel, Failed, Message, Result, message_type
from app.database import DatabaseError
from app.engine.timing import RecordAttempt, StillWanted
from app.escalation.decision import MessageKind
from app.installation.installation import Installation
from app.protocols.kinds import NoticeKind
from app.store.outbox import Delivery, claim_deliveries, load_destinations, release_deliveries
from app.store.vault.destination import Destination
from app.telemetry import ATTEMPTS, LOOP_FAILURES, QUEUED, SEND_SECONDS
from app.writer.message import links_of
from app.writer.writer import Writer

QUEUE_MAX = 5_000
CLAIM_MAX = 200
# Notices must never fill the queue: what comes behind a full one waits for its lease to end.
NOTICES_MAX = 1_000
# A message that waited longer than this since it was leased is looked at again before it goes.
FRESH_FOR = timedelta(seconds=1)
# How long sends under way may take when the process ends.
END_SECONDS = 5
# Where a contact point leads that is erased, or whose seal is broken: no channel goes there.
NOWHERE = Destination(channel="", address="", secret=None)
# Requests to act.
FIRST = frozenset({MessageKind.PAGED, MessageKind.OFFERED, MessageKind.ALARM})

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A leased message and where it goes; `fresh` if it was committed just now by this process."""

    delivery: Delivery
    destination: Destination
    fresh: bool


class Dispatcher:
    """Workers that take leased messages from a queue; `run_once` refills it from the outbox."""

    def __init__(
        self, installation: Installation, channels: Mapping[str, Channel], writer: Writer
    ) -> None:
        """Start with `start`."""
        self._installation = installation
        self._channels = channels
        self._writer = writer
        self._lease = timedelta(seconds=2 * installation.settings.send_timeout_seconds)
        self._queue: asyncio.PriorityQueue[tuple[int, int, Outgoing]] = asyncio.PriorityQueue(
            QUEUE_MAX
        )
        self._order = itertools.count()
        self._workers: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to send."""
        count = self._installation.settings.sends_in_flight
        self._workers = [
            asyncio.create_task(self._work(), name=f"sender-{number}") for number in range(count)
        ]

    def offer(
        self,
        deliveries: Iterable[Delivery],
        destinations: Mapping[str, Destination],
        *,
        fresh: bool = True,
    ) -> None:
        """Take messages that are leased to this process, with where they go.

        What does not fit is left: its lease runs out, and it is claimed again.
        """
        for delivery in deliveries:
            if delivery.leased_until is None or self._queue.full():
                continue
            destination = destinations.get(delivery.contact_point_id, NOWHERE)
            outgoing = Outgoing(delivery=delivery, destination=destination, fresh=fresh)
            self._queue.put_nowait((rank_of(delivery), next(self._order), outgoing))
        QUEUED.set(self._queue.qsize())

    async def run_once(self) -> int:
        """Claim messages that are due and that nobody has; returns how many."""
        room = min(CLAIM_MAX, QUEUE_MAX - self._queue.qsize())
        if room <= 0:
            return 0
        now = self._installation.clock()
        async with self._installation.database.transaction() as tx:
            until = now + self._lease
            claimed = [*await claim_deliveries(tx, now, until, room)]
            room = min(room - len(claimed), NOTICES_MAX - self._queue.qsize())
            if room > 0:
                claimed += await claim_deliveries(tx, now, until, room, notices=True)
            points = sorted({delivery.contact_point_id for delivery in claimed})
            destinations = await load_destinations(tx, points) if points else {}
        self.offer(claimed, destinations, fresh=False)
        return len(claimed)

    async def close(self) -> None:
        """Let sends under way finish and be recorded; leave the queue to the next start.

        What takes too long is torn off: its lease runs out, and it is sent again.
        """
        for worker in self._workers:
            worker.cancel()
        if self._workers:
            _, late = await asyncio.wait(self._workers, timeout=END_SECONDS)
            for worker in late:
                worker.cancel()
            await asyncio.gather(*self._workers, return_exceptions=True)
        await self._release()

    async def drain(self) -> None:
        """Wait until the queue is empty and everything taken from it is recorded."""
        await self._queue.join()

    async def _release(self) -> None:
        """Free what is still in the queue, so that nobody has to wait for the leases to end."""
        left = []
        while not self._queue.empty():
            left.append(self._queue.get_nowait()[2].delivery)
            self._queue.task_done()
        if not left:
            return
        try:
            async with self._installation.database.transaction() as tx:
                await release_deliveries(tx, left)
        except DatabaseError as error:
            log.warning("release_failed", error=type(error).__name__)

    async def _work(self) -> None:
        while True:
            _, _, outgoing = await self._queue.get()
            QUEUED.set(self._queue.qsize())
            # Shielded: a shutdown waits for what is under way instead of tearing it apart.
            task = asyncio.ensure_future(self._handle(outgoing))
            try:
                await asyncio.shield(task)
            except asyncio.CancelledError:
                await task
                raise
            finally:
                self._queue.task_done()

    async def _handle(self, outgoing: Outgoing) -> None:
        try:
            await self._send(outgoing)
        except Exception as error:  # noqa: BLE001  # the worker goes on, the lease runs out
            LOOP_FAILURES.labels("dispatcher").inc()
            log.warning(
                "dispatch_failed", delivery_id=outgoing.delivery.id, error=type(error).__name__
            )

    async def _send(self, outgoing: Outgoing) -> None:
        clock, delivery = self._installation.clock, outgoing.delivery
        assert delivery.leased_until is not None, "only leased messages are queued"
        timeout = timedelta(seconds=self._installation.settings.send_timeout_seconds)
        if clock() > delivery.leased_until - timeout:
            # Another node may have it before the send could end.
            return
        is_fresh = outgoing.fresh and clock() - delivery.created_at <= FRESH_FOR
        if not is_fresh and not await self._writer.submit(StillWanted(delivery=delivery)):
            return
        at, begun = clock(), time.perf_counter()
        result, channel = await self._try(outgoing), outgoing.destination.channel
        seconds = time.perf_counter() - begun
        SEND_SECONDS.labels(channel).observe(seconds)
        outcome = result.reason if isinstance(result, Failed) else "sent"
        ATTEMPTS.labels(channel, delivery.kind.value, outcome).inc()
        if isinstance(result, Failed):
            log.info(
                "delivery_failed",
                incident_id=delivery.incident_id,
                notice_id=delivery.notice_id,
                delivery_id=delivery.id,
                channel=channel,
                reason=result.reason,
                permanent=result.permanent,
            )
        record = RecordAttempt(
            delivery=delivery, result=result, at=at, duration_ms=int(seconds * 1000)
        )
        await self._writer.submit(record)

    async def _try(self, outgoing: Outgoing) -> Result:
        channel = self._channels.get(outgoing.destination.channel)
        if channel is None:
            return Failed(permanent=True, reason="no_channel")
        message = self._message(outgoing.delivery, outgoing.destination)
        try:
            return await channel.send(message)
        except Exception as error:  # noqa: BLE001  # a fault of ours must not keep a page waiting
            LOOP_FAILURES.labels("channel").inc()
            log.warning("channel_failed", channel=channel.name, error=type(error).__name__)
            return Failed(permanent=False, reason="channel_failed")

    def _message(self, delivery: Delivery, destination: Destination) -> Message:
        links = self._links(delivery)
        return Message(
            id=delivery.id,
            type=message_type(delivery.kind),
            created_at=delivery.created_at,
            address=destination.address,
            secret=destination.secret,
            data={**delivery.message, "links": links} if links else delivery.message,
        )

    def _links(self, delivery: Delivery) -> Mapping[str, str]:
        """Made when it is sent: no token is stored."""
        key, public_url = self._installation.link_key, self._installation.settings.public_url
        if delivery.kind is NoticeKind.CONTACT_CHECK and delivery.notice_id:
            return {"confirm": f"{public_url}/c/{key.notice_token(delivery.notice_id)}"}
        if isinstance(delivery.kind, NoticeKind):
            return {}
        token = key.token(delivery.page_id) if delivery.page_id else None
        return links_of(delivery.kind, public_url, token)


def rank_of(delivery: Delivery) -> int:
    """What goes first: emergencies, in them requests to act; then exercises; then notices."""
    if delivery.notice_id:
        return 4
    after = 2 if delivery.message.get("drill") is True else 0
    return after + (0 if delivery.kind in FIRST else 1)
