"""The running parts of one process, joined: writer, dispatcher, watch, scheduler."""

from collections.abc import Mapping

from app.channels.channel import Channel
from app.engine.dispatcher import Dispatcher
from app.engine.scheduler import Scheduler
from app.installation.installation import Installation
from app.store.outbox import void_leases
from app.watch.watch import Watch
from app.writer.batch import Batch, Command
from app.writer.writer import Writer


class Engine:
    """Takes commands; with `sends`, also wakes incidents and sends messages."""

    def __init__(
        self, installation: Installation, channels: Mapping[str, Channel], *, sends: bool = True
    ) -> None:
        """Nothing runs before `start`."""
        self.installation = installation
        self.sends = sends
        self._channels = channels
        self.writer = Writer(installation, self._after_commit, sends_here=sends)
        self.dispatcher = Dispatcher(installation, channels, self.writer)
        self.watch = Watch(installation, self._wake_sender)
        self.scheduler = Scheduler(installation, self.writer, self.dispatcher, self.watch)

    async def start(self) -> None:
        """Begin to work."""
        self.writer.start()
        if not self.sends:
            return
        if not self.installation.database.is_shared:
            # Only this process could hold a lease, and it has just begun.
            async with self.installation.database.transaction() as tx:
                await void_leases(tx)
        self.dispatcher.start()
        self.watch.start()
        self.scheduler.start()

    async def submit(self, command: Command) -> object:
        """Run a command; what it answers is durable."""
        return await self.writer.submit(command)

    async def close(self) -> None:
        """Stop ticking, finish sending what is under way, write what waits, then end."""
        if self.sends:
            await self.scheduler.close()
            await self.watch.close()
            await self.dispatcher.close()
        await self.writer.close()
        for channel in self._channels.values():
            await channel.close()

    def _wake_sender(self) -> None:
        if self.sends:
            self.scheduler.arm(self.installation.clock())

    def _after_commit(self, batch: Batch) -> None:
        if self.sends:
            self.dispatcher.offer(batch.deliveries, batch.knowledge.destinations)
            instants = [stored.incident.wake_at for stored in batch.touched]
            instants += [d.due_at for d in batch.deliveries if d.leased_until is None]
            soonest = min((at for at in instants if at), default=None)
            if soonest is not None:
                self.scheduler.arm(soonest)
