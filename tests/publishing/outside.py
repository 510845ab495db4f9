"""Others, as a house that publishes meets them: witnesses behind HTTP, honest or not."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from app.database import open_database
from app.ledger.notes.key import KeyType, SignerKey
from app.publishing.asking import Asker
from app.publishing.cosigning import Cosigning, Peer
from app.publishing.witness import Witness
from tests.keys import VAULT
from tests.publishing.conftest import House
from tests.sealing.conftest import KEY

KEYS = [
    SignerKey(name=f"{name}.example/witness", type=KeyType.COSIGNATURE, seed=name.encode() * 32)
    for name in ("b", "c")
]
Handler = Callable[[httpx.Request], Awaitable[httpx.Response]]


@dataclass
class Others:
    """Two witnesses that know the house's log; one of them may be made to lie."""

    house: House
    witnesses: dict[str, Witness] = field(default_factory=dict)
    # In the place of a witness, by host.
    liars: dict[str, Handler] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def handle(self, request: httpx.Request) -> httpx.Response:
        """A request to whichever host."""
        assert request.url.path == "/witness/add-checkpoint"
        self.asked.append(request.url.host)
        if liar := self.liars.get(request.url.host):
            return await liar(request)
        reply = await self.witnesses[request.url.host].add_checkpoint(await request.aread())
        headers = {"Content-Type": reply.media_type}
        return httpx.Response(reply.status, content=reply.body, headers=headers)

    def cosigning(self, seconds: float = 10) -> Cosigning:
        """The house's way to them, and for how many seconds it waits for an answer."""
        http = httpx.AsyncClient(transport=httpx.MockTransport(self.handle))
        peers = [Peer(url=f"https://{key.name}", key=key.verifier) for key in KEYS]
        return Cosigning(self.house.node.installation, peers, Asker(http=http, seconds=seconds))


@asynccontextmanager
async def running_others(house: House, empty: Path, folder: Path) -> AsyncIterator[Others]:
    """Both of them, honest, told of the log and of a successor, on copies of an empty database."""
    made = Others(house)
    async with AsyncExitStack() as stack:
        for key in KEYS:
            host = key.name.partition("/")[0]
            copied = shutil.copy(empty, folder / f"{host}.db")
            database = await open_database(f"sqlite:///{copied}", VAULT)
            stack.push_async_callback(database.close)
            made.witnesses[host] = Witness(
                database=database,
                clock=house.node.clock,
                signer=key,
                logs=[house.verifier, KEY.signer(f"{house.origin}/2").verifier],
            )
        yield made
