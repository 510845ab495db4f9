import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app.channels.channel import AddressInvalid, Failed, Result, Sent
from app.channels.email import EmailChannel, MailServer, MailServerInvalid, read_mail_server
from tests.channels.messages import DATA, LINK, NOW, page, saying, settings
from tests.peers.certificates import make_certificate
from tests.peers.smtp import MailPeer, MailRules, running_smtp

NURSE = "nurse@midori.example"


@asynccontextmanager
async def email(peer: MailPeer, login: str = "", **changes: object) -> AsyncIterator[EmailChannel]:
    url = f"smtp://{login}127.0.0.1:{peer.port}"
    channel = EmailChannel(settings(smtp_url=url, **changes))
    yield channel
    await channel.close()


def permanent(reason: str) -> Failed:
    return Failed(permanent=True, reason=reason)


def temporary(reason: str) -> Failed:
    return Failed(permanent=False, reason=reason)


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


async def test_password_is_not_given_without_the_encryption_that_it_needs() -> None:
    async with running_smtp() as peer:
        server = MailServer(
            host="127.0.0.1", port=peer.port, username="mailer", password="p", is_starttls=True
        )
        result = await EmailChannel(settings(), server=server).send(page(NURSE))
    assert result == temporary("smtp_login_refused")
    assert not peer.mails


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


@pytest.mark.parametrize(
    ("url", "server"),
    [
        (
            "smtp://localhost",  # the machine's own server: no certificate to rely on
            MailServer(host="localhost", port=25),
        ),
        ("smtp://mail.example:2525", MailServer(host="mail.example", port=2525)),
        (
            "smtp://me:p%3Aw%40@mail.example",  # a password travels encrypted, to the right one
            MailServer(
                host="mail.example",
                port=587,
                username="me",
                password="p:w@",
                is_starttls=True,
                is_verified=True,
            ),
        ),
        (
            "smtp://me:pw@127.0.0.1:25",  # it does not leave the machine
            MailServer(host="127.0.0.1", port=25, username="me", password="pw"),
        ),
        (
            "smtps://me:pw@mail.example",
            MailServer(
                host="mail.example",
                port=465,
                username="me",
                password="pw",
                is_tls=True,
                is_verified=True,
            ),
        ),
        ("smtps://[::1]:465", MailServer(host="::1", port=465, is_tls=True)),
    ],
)
def test_mail_server_is_read_from_its_address(url: str, server: MailServer) -> None:
    assert read_mail_server(url) == server


@pytest.mark.parametrize("url", ["smtp://:25", "smtp://mail.example:99999", "smtp://mail:x"])
def test_mail_server_that_cannot_be_one_is_refused(url: str) -> None:
    with pytest.raises(MailServerInvalid, match="mail server"):
        read_mail_server(url)


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("nurse@midori.example", "nurse@midori.example"),
        (" Nurse@Midori.EXAMPLE\n", "Nurse@midori.example"),
        ("a+b_c'd@sub.midori.example", "a+b_c'd@sub.midori.example"),
        ("hanako..s.@docomo.example", "hanako..s.@docomo.example"),  # carriers gave these out
        ("nurse@localhost", "nurse@localhost"),
        ("a" * 64 + "@midori.example", "a" * 64 + "@midori.example"),
    ],
)
async def test_address_is_stored_in_one_form(written: str, stored: str) -> None:
    channel = EmailChannel(settings())
    assert channel.check_address(written) == stored
    assert await channel.check_destination(written) == stored


async def test_old_address_of_a_mobile_carrier_is_reached() -> None:
    async with running_smtp() as peer, email(peer) as channel:
        assert await channel.send(page("hanako..s.@docomo.example")) == Sent()
    assert peer.mails[0].recipients == ["hanako..s.@docomo.example"]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nurse",
        "@midori.example",
        "nurse@",
        "a@b@midori.example",
        "nurse@-midori.example",
        "nurse@midori..example",
        "nurse@midori.example.",
        "nurse@[127.0.0.1]",
        "看護師@midori.example",
        "nurse@みどり.example",
        "nurse@midori.example\nBcc: all@city.example",
        "nurse@midori.example, all@city.example",
        "nurse@midori.example> SIZE=1",
        '"a b"@midori.example',
        "佐藤 <nurse@midori.example>",
        "a" * 65 + "@midori.example",
        "nurse@" + ("a" * 60 + ".") * 4 + "example",  # 255 characters
    ],
)
def test_what_is_no_plain_address_is_refused(address: str) -> None:
    with pytest.raises(AddressInvalid, match="not an e-mail address"):
        EmailChannel(settings()).check_address(address)
