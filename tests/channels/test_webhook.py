import asyncio
import base64
import json
from datetime import datetime, timedelta

import pytest
import respx
from standardwebhooks import Webhook

from app.channels.channel import AddressInvalid, Sent
from app.channels.webhook import SecretInvalid, signing_key
from app.clock import Clock
from tests.channels.messages import NOW, SECRET, page, permanent, temporary
from tests.channels.webhooks import FAST_AND_PLAIN, Names, webhook
from tests.peers.sink import Answer, Misbehaviour, Sink


def ticking(*instants: datetime) -> Clock:
    left = iter(instants)
    return lambda: next(left)


@FAST_AND_PLAIN
async def test_page_arrives_as_the_contract_says(sink: Sink, *, fast: bool) -> None:
    async with webhook(fast=fast) as channel:
        assert await channel.send(page(sink.url + "/n1?a=b")) == Sent()
    (request,) = sink.requests
    assert (request.method, request.path) == ("POST", "/n1?a=b")
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"] == "renrakumo"
    assert request.headers["webhook-id"] == page("").id
    assert request.json == {
        "type": "incident.paged",
        "timestamp": "2026-11-23T18:12:00.250Z",
        "data": dict(page("").data),
    }
    assert request.body == json.dumps(request.json, separators=(",", ":")).encode()


@FAST_AND_PLAIN
async def test_signature_is_accepted_by_the_standard_library_of_receivers(
    sink: Sink, *, fast: bool
) -> None:
    async with webhook(fast=fast) as channel:
        await channel.send(page(sink.url))
    (request,) = sink.requests
    assert Webhook(SECRET).verify(request.body, dict(request.headers)) == request.json


async def test_signature_is_the_one_that_the_standard_library_makes(sink: Sink) -> None:
    async with webhook(clock=ticking(NOW)) as channel:
        await channel.send(page(sink.url))
    (request,) = sink.requests
    expected = Webhook(SECRET).sign(page("").id, NOW, request.body.decode())
    assert request.headers["webhook-signature"] == expected


async def test_retry_repeats_all_but_the_instant_of_the_try(sink: Sink) -> None:
    async with webhook(clock=ticking(NOW, NOW + timedelta(seconds=61))) as channel:
        await channel.send(page(sink.url))
        await channel.send(page(sink.url))
    first, second = sink.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert int(second.headers["webhook-timestamp"]) == int(NOW.timestamp()) + 61
    assert int(first.headers["webhook-timestamp"]) == int(NOW.timestamp())
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]


async def test_at_most_eight_are_on_the_way_to_one_host(sink: Sink) -> None:
    sink.answer = Answer(instead=Misbehaviour.HANG)
    async with webhook(send_timeout_seconds=0.4) as channel:
        sent = await asyncio.gather(*(channel.send(page(sink.url)) for _ in range(20)))
    assert len(sink.requests) == 8
    assert sent.count(temporary("timeout")) == 8
    assert sent.count(temporary("destination_busy")) == 12


async def test_host_that_hangs_does_not_delay_another(sink: Sink) -> None:
    sink.plan("/hang", Answer(instead=Misbehaviour.HANG))
    async with webhook(resolve=Names("127.0.0.1"), send_timeout_seconds=5) as channel:
        dead = sink.url.replace("127.0.0.1", "dead.example") + "/hang"
        hanging = [asyncio.create_task(channel.send(page(dead))) for _ in range(20)]
        await sink.received(8)
        assert await channel.send(page(sink.url)) == Sent()
        for task in hanging:
            task.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)


async def test_burst_to_one_host_waits_and_arrives(sink: Sink) -> None:
    async with webhook() as channel:
        sent = await asyncio.gather(*(channel.send(page(sink.url)) for _ in range(200)))
    assert set(map(type, sent)) == {Sent}
    assert sink.connections <= 8


async def test_public_address_is_reached_without_a_network(respx_mock: respx.MockRouter) -> None:
    route = respx_mock.post("https://hooks.example.jp/n1").respond(202)
    async with webhook(
        fast=False, resolve=Names("93.184.215.14"), webhook_allowed_networks=""
    ) as channel:
        assert await channel.send(page("https://hooks.example.jp/n1")) == Sent()
    assert route.call_count == 1


@pytest.mark.parametrize(
    "secret",
    [
        None,
        "",
        "whsec_",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",  # without its prefix
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa",  # 22 bytes
        "whsec_" + "A" * 88,  # 66 bytes
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS!",
        "whsec_鍵",
    ],
)
async def test_message_that_cannot_be_signed_is_not_sent(sink: Sink, secret: str | None) -> None:
    with pytest.raises(SecretInvalid, match="whsec_"):
        signing_key(secret)
    async with webhook() as channel:
        result = await channel.send(page(sink.url, secret=secret))
    assert result == permanent("secret_invalid")
    assert not sink.requests


@pytest.mark.parametrize("length", [24, 32, 64])
def test_secret_of_a_lawful_length_is_taken(length: int) -> None:
    secret = "whsec_" + base64.b64encode(bytes(length)).decode()
    assert signing_key(secret) == bytes(length)


async def test_address_is_checked_before_it_is_stored() -> None:
    async with webhook(webhook_allowed_networks="") as channel:
        assert channel.check_address("HTTPS://Example.jp/x") == "https://example.jp/x"
        with pytest.raises(AddressInvalid):
            channel.check_address("http://example.jp/x")
        with pytest.raises(AddressInvalid):
            await channel.check_destination("https://localhost/x")
