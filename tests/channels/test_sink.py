import asyncio

from app.channels.channel import Result, Sent
from tests.channels.messages import page, temporary
from tests.channels.webhooks import webhook
from tests.peers.sink import Answer, Sink, sink_in_thread


def test_sink_in_a_thread_waits_for_what_arrives() -> None:
    async def send(url: str) -> Result:
        async with webhook() as channel:
            return await channel.send(page(url))

    with sink_in_thread(clock=lambda: 7) as sink:
        assert asyncio.run(send(sink.url + "/n1")) == Sent()
        (request,) = sink.wait_for(1)
    assert (request.path, request.at) == ("/n1", 7)


async def test_sink_answers_as_planned_and_then_as_last_planned(sink: Sink) -> None:
    sink.plan("/n1", Answer(status=503), Answer(status=200))
    async with webhook() as channel:
        sent = [await channel.send(page(sink.url + "/n1")) for _ in range(3)]
    assert sent == [temporary("http_503"), Sent(), Sent()]
    assert len(await sink.received(3)) == 3
