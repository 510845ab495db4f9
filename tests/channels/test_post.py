import asyncio
import socket
from collections.abc import Sequence
from pathlib import Path

import pytest

from app.channels.channel import Result, Sent
from app.channels.network_guard import Address
from app.channels.post import BODY_BYTES_MAX
from tests.channels.messages import page, permanent, temporary
from tests.channels.webhooks import FAST_AND_PLAIN, Names, webhook
from tests.peers.certificates import make_certificate
from tests.peers.sink import Answer, Misbehaviour, Sink, running_sink


@FAST_AND_PLAIN
@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (Answer(status=200), Sent()),
        (Answer(status=204, body=b""), Sent()),
        (Answer(status=200, body=b"x" * BODY_BYTES_MAX), Sent()),
        (Answer(status=200, headers={"content-encoding": "gzip"}, body=b"not gzip"), Sent()),
        (Answer(status=404), permanent("http_404")),
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
            permanent("http_404"),
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
    assert result == permanent("http_307")
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
    assert result == permanent("refused_address")
    assert sink.connections == 0


@FAST_AND_PLAIN
async def test_address_that_is_no_longer_allowed_is_refused(sink: Sink, *, fast: bool) -> None:
    async with webhook(fast=fast, webhook_allowed_networks="") as channel:
        result = await channel.send(page(sink.url))
    assert result == permanent("refused_address")
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
    assert result == permanent("refused_address")
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


@FAST_AND_PLAIN
async def test_name_that_leads_to_the_internet_is_refused_without_tls(*, fast: bool) -> None:
    async with webhook(fast=fast, resolve=Names("93.184.215.14")) as channel:
        result = await channel.send(page("http://receiver.example/"))
    assert result == permanent("refused_address")
