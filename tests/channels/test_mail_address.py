import pytest

from app.channels.channel import AddressInvalid
from app.channels.email import EmailChannel, MailServer, MailServerInvalid, read_mail_server
from tests.channels.messages import settings


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
