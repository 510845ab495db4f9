import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app.channels.channel import Result, Sent
from app.channels.email import EmailChannel, MailServer
from tests.channels.messages import (
    DATA,
    LINK,
    NOW,
    page,
    permanent,
    saying,
    settings,
    temporary,
)
from tests.peers.certificates import make_certificate
from tests.peers.smtp import MailPeer, MailRules, running_smtp

NURSE = "nurse@midori.example"


@asynccontextmanager
async def email(peer: MailPeer, login: str = "", **changes: object) -> AsyncIterator[EmailChannel]:
    url = f"smtp://{login}127.0.0.1:{peer.port}"
    channel = EmailChannel(settings(smtp_url=url, **changes))
    yield channel
    await channel.close()


async def test_page_arrives_in_japanese() -> None:
    async with running_smtp() as peer, email(peer) as channel:
        assert await channel.send(page(NURSE)) == Sent()
    (received,) = peer.mails
    mail = received.mail
    assert received.recipients == [NURSE]
    assert received.sender == "renrakumo@city.example"
    assert mail["From"] == "renrakumo@city.example"
    assert mail["To"] == NURSE
    assert mail["Subject"] == "【緊急】転倒・転落 03:12 みどり町 利用者#K7QX2 対応してください"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == NOW.replace(microsecond=0)
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content_charset() == "utf-8"
    assert "対応できるかどうか、返事をしてください。" in mail.get_content()
    assert LINK in mail.get_content()
    assert received.raw.isascii()


async def test_retry_is_the_same_mail_to_the_byte() -> None:
    async with running_smtp() as peer, email(peer) as channel:
        await channel.send(page(NURSE))
        await channel.send(page(NURSE))
    first, second = peer.mails
    assert first.raw == second.raw
    assert first.mail["Message-ID"] == f"<{page(NURSE).id}@city.example>"


async def test_another_message_has_another_id() -> None:
    async with running_smtp() as peer, email(peer) as channel:
        await channel.send(page(NURSE, id="a"))
        await channel.send(page(NURSE, id="b>\r\nBcc: all@city.example"))
    assert [one.mail["Message-ID"] for one in peer.mails] == [
        "<a@city.example>",
        "<b---Bcc--all-city.example@city.example>",
    ]
    assert peer.mails[1].mail["Bcc"] is None


async def test_drill_is_marked_in_subject_and_text() -> None:
    drill = page(NURSE, data={**DATA, "drill": True})
    async with running_smtp() as peer, email(peer) as channel:
        await channel.send(drill)
    (received,) = peer.mails
    assert received.mail["Subject"].startswith("【訓練】【緊急】")
    assert "これは訓練です" in received.mail.get_content().splitlines()[0]


@pytest.mark.parametrize(
    "kind", ["paged", "reminded", "informed", "offered", "stood_down", "closed", "alarm"]
)
async def test_mail_says_nothing_about_the_person(kind: str) -> None:
    told = saying(
        kind, name="佐藤 花子", summary="居間で転倒", address="1-2-3", allergies="ペニシリン"
    )
    async with running_smtp() as peer, email(peer) as channel:
        await channel.send(page(NURSE, type=told.type, data=told.data))
    (received,) = peer.mails
    whole = received.mail["Subject"] + received.mail.get_content()
    assert not [word for word in ("佐藤", "花子", "居間", "1-2-3", "ペニシリン") if word in whole]


async def test_text_of_others_cannot_forge_a_header() -> None:
    forged = page(NURSE, data={**DATA, "town": "町\r\nBcc: all@city.example"})
    async with running_smtp() as peer, email(peer) as channel:
        assert await channel.send(forged) == Sent()
    (received,) = peer.mails
    assert received.mail["Bcc"] is None
    assert received.recipients == [NURSE]


@pytest.mark.parametrize(
    ("rules", "result"),
    [
        (MailRules(recipient="250 OK"), Sent()),
        (MailRules(recipient="550 no such mailbox"), permanent("smtp_550")),
        (MailRules(recipient="553 not a name"), permanent("smtp_553")),
        (MailRules(recipient="450 mailbox busy"), temporary("smtp_450")),  # grey lists
        (MailRules(recipient="421 going away"), temporary("smtp_421")),
        (MailRules(data="554 not wanted"), permanent("smtp_554")),
        (MailRules(data="452 disk full"), temporary("smtp_452")),
        # We are refused, not the recipient: the operator may mend it.
        (MailRules(sender="550 not you"), temporary("smtp_sender_refused")),
        (MailRules(hang_at="connect"), temporary("timeout")),
        (MailRules(hang_at="RCPT"), temporary("timeout")),
        (MailRules(hang_at="DATA"), temporary("timeout")),
    ],
)
async def test_answer_of_the_mail_server_becomes_a_result(rules: MailRules, result: Result) -> None:
    async with running_smtp(rules) as peer, email(peer, send_timeout_seconds=0.4) as channel:
        assert await channel.send(page(NURSE)) == result
    assert len(peer.mails) == (result == Sent())


async def test_one_refused_recipient_leaves_the_others_alone() -> None:
    async with running_smtp(MailRules(recipient="550 no")) as peer, email(peer) as channel:
        first = await channel.send(page("gone@midori.example"))
        peer.rules = MailRules()
        second = await channel.send(page(NURSE))
    assert (first, second) == (permanent("smtp_550"), Sent())


async def test_mail_server_that_is_away_is_temporary() -> None:
    async with running_smtp() as peer:
        pass
    async with email(peer) as channel:
        assert await channel.send(page(NURSE)) == temporary("smtp_unavailable")


async def test_no_mail_server_is_permanent() -> None:
    channel = EmailChannel(settings())
    assert await channel.send(page(NURSE)) == permanent("no_mail_server")


async def test_stored_address_that_is_none_is_refused_without_a_connection() -> None:
    async with running_smtp() as peer, email(peer) as channel:
        assert await channel.send(page("nobody")) == permanent("refused_address")
    assert peer.connections == 0


async def test_offered_encryption_is_used(tmp_path: Path) -> None:
    rules = MailRules(tls=make_certificate(tmp_path).server_context(), is_starttls_required=True)
    async with running_smtp(rules) as peer, email(peer) as channel:
        assert await channel.send(page(NURSE)) == Sent()
    assert peer.mails[0].was_encrypted


@pytest.mark.parametrize(
    ("login", "result"),
    [
        ("mailer:p%40ss@", Sent()),
        ("mailer:wrong@", temporary("smtp_login_refused")),
        ("", temporary("smtp_sender_refused")),  # 530, at the first command that needs it
    ],
)
async def test_password_is_given_where_it_is_asked_for(
    tmp_path: Path, login: str, result: Result
) -> None:
    rules = MailRules(tls=make_certificate(tmp_path).server_context(), login=("mailer", "p@ss"))
    async with running_smtp(rules) as peer, email(peer, login) as channel:
        assert await channel.send(page(NURSE)) == result


async def test_certificate_of_somebody_else_is_refused_where_it_matters(tmp_path: Path) -> None:
    rules = MailRules(tls=make_certificate(tmp_path).server_context(), login=("mailer", "p"))
    async with running_smtp(rules) as peer:
        server = MailServer(
            host="127.0.0.1",
            port=peer.port,
            username="mailer",
            password="p",
            is_starttls=True,
            is_verified=True,
        )
        result = await EmailChannel(settings(), server=server).send(page(NURSE))
    assert result == temporary("tls_failed")
    assert not peer.mails


async def test_at_most_eight_are_handed_in_at_once() -> None:
    rules = MailRules(hang_at="RCPT")
    async with running_smtp(rules) as peer, email(peer, send_timeout_seconds=0.4) as channel:
        sent = await asyncio.gather(*(channel.send(page(NURSE)) for _ in range(12)))
    assert sent.count(temporary("timeout")) == 8
    assert sent.count(temporary("destination_busy")) == 4
    assert peer.connections == 8


async def test_old_address_of_a_mobile_carrier_is_reached() -> None:
    async with running_smtp() as peer, email(peer) as channel:
        assert await channel.send(page("hanako..s.@docomo.example")) == Sent()
    assert peer.mails[0].recipients == ["hanako..s.@docomo.example"]


async def test_server_is_left_in_order() -> None:
    async with running_smtp() as peer, email(peer) as channel:
        await channel.send(page(NURSE))
    assert peer.goodbyes == 1


async def test_goodbye_that_hangs_does_not_undo_a_mail_that_was_taken() -> None:
    rules = MailRules(hang_at="QUIT")
    async with running_smtp(rules) as peer, email(peer, send_timeout_seconds=60) as channel:
        assert await asyncio.wait_for(channel.send(page(NURSE)), timeout=10) == Sent()


async def test_password_is_not_given_in_the_clear_where_it_must_not_be() -> None:
    async with running_smtp(MailRules(is_login_in_the_clear=True)) as peer:
        server = MailServer(
            host="127.0.0.1", port=peer.port, username="mailer", password="p", is_starttls=True
        )
        result = await EmailChannel(settings(), server=server).send(page(NURSE))
    assert result == temporary("smtp_login_refused")
    assert peer.logins == []
