import asyncio
import base64
import json
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import respx
from standardwebhooks import Webhook

from app.channels.channel import AddressInvalid, Failed, Reason, Result, Sent
from app.channels.network_guard import Address, Resolve
from app.channels.post import BODY_BYTES_MAX
from app.channels.webhook import SecretInvalid, WebhookChannel, signing_key
from app.clock import Clock, utc_now
from tests.channels.messages import NOW, SECRET, page, settings
from tests.channels.test_network_guard import Names
from tests.peers.certificates import make_certificate
from tests.peers.sink import Answer, Misbehaviour, Sink, running_sink, sink_in_thread

FAST_AND_PLAIN = pytest.mark.parametrize("fast", [True, False], ids=["fast", "plain"])


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    async with running_sink() as running:
        yield running


@asynccontextmanager
async def webhook(
    *, clock: Clock = utc_now, fast: bool = True, resolve: Resolve | None = None, **changes: object
) -> AsyncIterator[WebhookChannel]:
    channel = WebhookChannel(settings(**changes), clock, fast=fast, resolve=resolve)
    yield channel
    await channel.close()


def ticking(*instants: datetime) -> Clock:
    left = iter(instants)
    return lambda: next(left)


def temporary(reason: str) -> Failed:
    return Failed(permanent=False, reason=reason)


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


@FAST_AND_PLAIN
@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (Answer(status=200), Sent()),
        (Answer(status=204, body=b""), Sent()),
        (Answer(status=200, body=b"x" * BODY_BYTES_MAX), Sent()),
        (Answer(status=200, headers={"content-encoding": "gzip"}, body=b"not gzip"), Sent()),
        (Answer(status=404), Failed(permanent=True, reason="http_404")),
        (Answer(status=429), temporary("http_429")),
        (Answer(status=503), temporary("http_503")),
        (Answer(delay_seconds=0.05), Sent()),  # slow, and in time
        (Answer(instead=Misbehaviour.HANG), temporary("timeout")),
        (Answer(instead=Misbehaviour.RESET), temporary("connection_reset")),
        (Answer(instead=Misbehaviour.NONSENSE), temporary("protocol_error")),
        # The status is known, and with it what became of the message:
        (Answer(instead=Misbehaviour.HUGE), Sent()),
        (Answer(status=503, instead=Misbehaviour.HUGE), temporary("http_503")),
        (Answer(instead=Misbehaviour.HANG_IN_BODY), Sent()),
        (
            Answer(status=404, instead=Misbehaviour.HANG_IN_BODY),
            Failed(permanent=True, reason="http_404"),
        ),
    ],
)
async def test_answer_of_the_receiver_becomes_a_result(
    sink: Sink, answer: Answer, result: Result, *, fast: bool
) -> None:
    sink.answer = answer
    async with webhook(fast=fast, send_timeout_seconds=0.4) as channel:
        assert await channel.send(page(sink.url)) == result
    assert len(sink.requests) == 1


@FAST_AND_PLAIN
async def test_connection_closed_without_an_answer_is_temporary(sink: Sink, *, fast: bool) -> None:
    sink.answer = Answer(instead=Misbehaviour.CLOSE)
    async with webhook(fast=fast) as channel:
        result = await channel.send(page(sink.url))
    assert result in (temporary("connection_reset"), temporary("protocol_error"))


@FAST_AND_PLAIN
async def test_huge_answer_is_not_read_to_its_end(sink: Sink, *, fast: bool) -> None:
    sink.answer = Answer(instead=Misbehaviour.HUGE)
    async with webhook(fast=fast) as channel:
        await channel.send(page(sink.url))
        # Dropped while the channel is still open: nothing of the answer is waited for.
        await asyncio.wait_for(sink.idle.wait(), timeout=5)
    assert sink.bytes_sent < 50 * BODY_BYTES_MAX  # what fits into the sockets' buffers


@FAST_AND_PLAIN
async def test_connection_serves_the_next_message_too(sink: Sink, *, fast: bool) -> None:
    async with webhook(fast=fast) as channel:
        for _ in range(3):
            await channel.send(page(sink.url))
    assert [request.connection for request in sink.requests] == [1, 1, 1]


@FAST_AND_PLAIN
async def test_redirect_is_not_followed(sink: Sink, *, fast: bool) -> None:
    sink.plan("/here", Answer.redirect(sink.url + "/there", 307))
    async with webhook(fast=fast) as channel:
        result = await channel.send(page(sink.url + "/here"))
    assert result == Failed(permanent=True, reason="http_307")
    assert not sink.to("/there")


@FAST_AND_PLAIN
async def test_cookie_is_not_kept(sink: Sink, *, fast: bool) -> None:
    sink.answer = Answer(headers={"set-cookie": "seen=1; Path=/"})
    async with webhook(fast=fast) as channel:
        await channel.send(page(sink.url))
        await channel.send(page(sink.url))
    assert all("cookie" not in request.headers for request in sink.requests)


@FAST_AND_PLAIN
async def test_proxy_of_the_environment_is_not_used(
    sink: Sink, monkeypatch: pytest.MonkeyPatch, *, fast: bool
) -> None:
    async with running_sink() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        async with webhook(fast=fast) as channel:
            assert await channel.send(page(sink.url)) == Sent()
    assert not proxy.requests


@FAST_AND_PLAIN
async def test_nobody_listening_is_temporary(*, fast: bool) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        async with webhook(fast=fast) as channel:
            assert await channel.send(page(address)) == temporary("connection_refused")


@FAST_AND_PLAIN
async def test_unknown_name_is_temporary(*, fast: bool) -> None:
    async with webhook(fast=fast, resolve=Names("")) as channel:
        result = await channel.send(page("https://gone.example/"))
    assert result == temporary("name_not_found")


@FAST_AND_PLAIN
async def test_name_that_leads_inside_is_refused_for_good(sink: Sink, *, fast: bool) -> None:
    address = sink.url.replace("http://127.0.0.1", "https://inside.example")
    names = Names("127.0.0.1")
    async with webhook(fast=fast, resolve=names, webhook_allowed_networks="") as channel:
        result = await channel.send(page(address))
    assert result == Failed(permanent=True, reason="refused_address")
    assert sink.connections == 0


@FAST_AND_PLAIN
async def test_address_that_is_no_longer_allowed_is_refused(sink: Sink, *, fast: bool) -> None:
    async with webhook(fast=fast, webhook_allowed_networks="") as channel:
        result = await channel.send(page(sink.url))
    assert result == Failed(permanent=True, reason="refused_address")
    assert sink.connections == 0


async def test_name_that_leads_elsewhere_after_the_check_reaches_nothing_inside(
    sink: Sink,
) -> None:
    # DNS rebinding: public when the address is written, this machine when it is connected to.
    address = sink.url.replace("http://127.0.0.1", "https://rebinding.example")
    names = Names("93.184.215.14", "127.0.0.1")
    async with webhook(resolve=names, webhook_allowed_networks="") as channel:
        assert await channel.check_destination(address) == address
        result = await channel.send(page(address))
    assert result == Failed(permanent=True, reason="refused_address")
    assert sink.connections == 0
    assert len(names.asked) == 2  # no third look-up between the check and the connection


async def test_name_is_looked_up_once_for_a_connection(sink: Sink) -> None:
    # Were it looked up twice, the second answer would be connected to unchecked.
    address = sink.url.replace("127.0.0.1", "sink.example")
    names = Names("10.9.9.9 127.0.0.1", "10.9.9.9")
    async with webhook(resolve=names) as channel:
        assert await channel.send(page(address)) == Sent()
    assert names.asked == ["sink.example"]
    assert sink.requests[0].headers["host"].startswith("sink.example:")


async def test_look_up_that_takes_too_long_is_a_time_out() -> None:
    async def forever(_host: str) -> Sequence[Address]:
        await asyncio.Event().wait()
        return ()

    async with webhook(resolve=forever, send_timeout_seconds=0.05) as channel:
        assert await channel.send(page("https://slow.example/")) == temporary("timeout")
        assert await channel.check_destination("https://slow.example/")


@FAST_AND_PLAIN
async def test_certificate_of_somebody_else_is_refused(tmp_path: Path, *, fast: bool) -> None:
    async with running_sink(tls=make_certificate(tmp_path).server_context()) as sink:
        async with webhook(fast=fast) as channel:
            assert await channel.send(page(sink.url)) == temporary("tls_failed")
        assert not sink.requests


@FAST_AND_PLAIN
async def test_certificate_that_the_operator_trusts_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, fast: bool
) -> None:
    certificate = make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))
    async with (
        running_sink(tls=certificate.server_context()) as sink,
        webhook(fast=fast) as channel,
    ):
        assert await channel.send(page(sink.url)) == Sent()


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
    assert result == Failed(permanent=True, reason=Reason.SECRET_INVALID)
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
