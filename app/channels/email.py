"""E-mail: one plain text to one recipient, by the operator's mail server."""

import asyncio
import re
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

import aiosmtplib
import httpx

from app.channels.channel import AddressInvalid, Failed, Message, Reason, Result, Sent
from app.channels.lane import Lanes
from app.channels.wording import body_text, subject_line
from app.settings import Settings

ADDRESS_LENGTH_MAX = 254
QUIT_SECONDS = 0.5
PORT_PLAIN, PORT_SUBMISSION, PORT_TLS = 25, 587, 465

# Source: HTML, "valid e-mail address". It takes the dots in a row and before the @ that Japanese
# mobile carriers gave out, and nothing that could end a header or a command.
ADDRESS = re.compile(
    r"(?P<local>[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64})@"
    r"(?P<domain>[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*)"
)
NOT_IN_MESSAGE_ID = re.compile(r"[^A-Za-z0-9._-]")


class MailServerInvalid(Exception):
    """The mail server's address cannot be used; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail is handed in, and how."""

    host: str
    port: int
    username: str | None = None
    password: str | None = None
    # From the first byte (smtps://).
    is_tls: bool = False
    # None: by STARTTLS when it is offered. A password needs it.
    is_starttls: bool | None = None
    # Whether the certificate is verified. Where TLS is a mere offer it is not: a certificate
    # that nobody can verify still beats no encryption (RFC 7435).
    is_verified: bool = False


def read_mail_server(url: str) -> MailServer:
    """The mail server in `smtp://[user:password@]host[:port]` or `smtps://…`.

    Raises:
        MailServerInvalid: it has no host, or an impossible port.
    """
    parts = urlsplit(url)
    try:
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise MailServerInvalid("The mail server's port is not a number up to 65535.") from error
    if not host:
        raise MailServerInvalid("The mail server has no host.")
    is_tls, is_near = parts.scheme == "smtps", _is_loopback(host)
    has_login = parts.username is not None
    usual = PORT_TLS if is_tls else PORT_SUBMISSION if has_login else PORT_PLAIN
    return MailServer(
        host=host,
        port=port or usual,
        username=unquote(parts.username) if parts.username is not None else None,
        password=unquote(parts.password) if parts.password is not None else None,
        is_tls=is_tls,
        is_starttls=True if has_login and not is_tls and not is_near else None,
        is_verified=(is_tls or has_login) and not is_near,
    )


class EmailChannel:
    """Hands each message to the mail server over a connection of its own."""

    name = "email"

    def __init__(self, settings: Settings, *, server: MailServer | None = None) -> None:
        """Prepare; the mail server is contacted with the first message.

        Args:
            settings: time-out, sender, and the mail server's address.
            server: the mail server, instead of the one at the address.

        Raises:
            MailServerInvalid: the setting cannot be used.
        """
        if server is None and settings.smtp_url:
            server = read_mail_server(settings.smtp_url)
        self._server = server
        self._sender = settings.mail_from
        self._domain = settings.mail_from.rpartition("@")[2]
        self._timeout_seconds = settings.send_timeout_seconds
        self._lanes = Lanes(patience_seconds=settings.send_timeout_seconds / 2)
        self._tls = _tls_context(is_verified=server.is_verified) if server else None

    async def send(self, message: Message) -> Result:
        """Hand the message in; at most eight at a time."""
        if self._server is None:
            return Failed(permanent=True, reason=Reason.NO_MAIL_SERVER)
        try:
            recipient = self.check_address(message.address)
        except AddressInvalid:
            return Failed(permanent=True, reason=Reason.REFUSED_ADDRESS)
        server, content = self._server, self._write(message, recipient)
        return await self._lanes.in_turn(
            server.host, lambda: self._hand_in(server, recipient, content)
        )

    def check_address(self, address: str) -> str:
        """The address in the form to store: its domain in lower case.

        Raises:
            AddressInvalid: it is no address such as `name@example.jp`.
        """
        found = ADDRESS.fullmatch(address.strip())
        if found is None or len(found[0]) > ADDRESS_LENGTH_MAX:
            raise AddressInvalid("This is not an e-mail address such as name@example.jp.")
        return f"{found['local']}@{found['domain'].lower()}"

    async def check_destination(self, address: str) -> str:
        """The same as `check_address`: only the mail server knows more.

        Raises:
            AddressInvalid: it is no e-mail address.
        """
        return self.check_address(address)

    async def close(self) -> None:
        """Nothing stays open between messages."""

    def _write(self, message: Message, recipient: str) -> bytes:
        mail = EmailMessage(policy=SMTP_POLICY)
        mail["From"] = self._sender
        mail["To"] = recipient
        mail["Subject"] = subject_line(message)
        # Both stay the same across retries: a mail program shows a repeat only once.
        mail["Date"] = message.created_at
        mail["Message-ID"] = f"<{NOT_IN_MESSAGE_ID.sub('-', message.id)}@{self._domain}>"
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence notes in answer
        mail.set_content(body_text(message), cte="base64")
        return mail.as_bytes()

    async def _hand_in(self, server: MailServer, recipient: str, content: bytes) -> Result:
        smtp = self._connection_to(server)
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await smtp.connect()
                await smtp.sendmail(self._sender, [recipient], content)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            smtp.close()
            return _failure_of(error)
        await _part(smtp)
        return Sent()

    def _connection_to(self, server: MailServer) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            # Without it the library looks our own name up.
            local_hostname=self._domain,
            timeout=self._timeout_seconds,
            use_tls=server.is_tls,
            start_tls=server.is_starttls,
            tls_context=self._tls,
        )


def _tls_context(*, is_verified: bool) -> ssl.SSLContext:
    """The trust that webhooks use too: a bundled list, or the one that SSL_CERT_FILE names."""
    context = httpx.create_ssl_context()
    if not is_verified:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _failure_of(error: Exception) -> Failed:
    """What the recipient's or the message's refusal means, and what our own trouble means.

    A server that is away, or refuses us and not the recipient, may be mended while the page is
    still wanted: only a refused recipient or message is permanent.
    """
    match error:
        case aiosmtplib.SMTPRecipientsRefused(recipients=[first, *_]):
            return _refused(first.code)
        case aiosmtplib.SMTPDataError(code=code) | aiosmtplib.SMTPRecipientRefused(code=code):
            return _refused(code)
        case aiosmtplib.SMTPAuthenticationError():
            reason = Reason.SMTP_LOGIN_REFUSED
        case aiosmtplib.SMTPException() if type(error) is aiosmtplib.SMTPException:
            # The server offers no login, or not the encryption that a password needs.
            reason = Reason.SMTP_LOGIN_REFUSED
        case aiosmtplib.SMTPSenderRefused():
            reason = Reason.SMTP_SENDER_REFUSED
        case TimeoutError():
            reason = Reason.TIMEOUT
        case ssl.SSLError() | aiosmtplib.SMTPException(__cause__=ssl.SSLError()):
            reason = Reason.TLS_FAILED
        case _:
            reason = Reason.SMTP_UNAVAILABLE
    return Failed(permanent=False, reason=reason)


def _refused(code: int) -> Failed:
    return Failed(permanent=code >= 500, reason=f"smtp_{code}")  # noqa: PLR2004  # RFC 5321 §4.2.1


async def _part(smtp: aiosmtplib.SMTP) -> None:
    """Say goodbye; the message has been taken whatever comes of it."""
    with suppress(aiosmtplib.SMTPException, OSError):
        async with asyncio.timeout(QUIT_SECONDS):
            await smtp.quit()
    smtp.close()


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
