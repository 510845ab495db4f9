"""A real mail server: takes mail, or refuses it as it is told."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as default_policy

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRules:
    """How the server behaves. Answers are whole lines, such as `550 no such mailbox`."""

    recipient: str = "250 OK"
    data: str = "250 OK"
    sender: str = "250 OK"
    # The command at which it falls silent: `connect`, `RCPT`, `DATA` or `QUIT`.
    hang_at: str | None = None
    # Offers STARTTLS with this; refuses mail without it when required.
    tls: ssl.SSLContext | None = None
    is_starttls_required: bool = False
    # Takes mail only from this user with this password.
    login: tuple[str, str] | None = None
    # Takes passwords without encryption too, as no server should.
    is_login_in_the_clear: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedMail:
    """One mail, as it was handed in."""

    sender: str
    recipients: list[str]
    mail: EmailMessage
    raw: bytes
    was_encrypted: bool


class MailPeer:
    """What was handed in, and the rules for the next."""

    def __init__(self, rules: MailRules) -> None:
        self.rules = rules
        self.mails: list[ReceivedMail] = []
        self.connections = 0
        self.logins: list[str] = []
        self.goodbyes = 0
        self.port = 0

    async def handle_MAIL(  # noqa: N802  # aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take or refuse the sender."""
        if self.rules.sender.startswith("250"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return self.rules.sender

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Take or refuse a recipient."""
        await self._hang_at("RCPT")
        if self.rules.recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rules.recipient

    async def handle_DATA(  # noqa: N802  # aiosmtpd's name
        self, _server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take or refuse a mail."""
        await self._hang_at("DATA")
        if self.rules.data.startswith("250"):
            raw = envelope.original_content or b""
            self.mails.append(
                ReceivedMail(
                    sender=envelope.mail_from or "",
                    recipients=envelope.rcpt_tos,
                    mail=message_from_bytes(raw, policy=default_policy),
                    raw=raw,
                    was_encrypted=session.ssl is not None,
                )
            )
        return self.rules.data

    async def handle_QUIT(  # noqa: N802  # aiosmtpd's name
        self, _server: SMTP, _session: Session, _envelope: Envelope
    ) -> str:
        """Part."""
        await self._hang_at("QUIT")
        self.goodbyes += 1
        return "221 Bye"

    def authenticate(
        self,
        _server: SMTP,
        _session: Session,
        _envelope: Envelope,
        _mechanism: str,
        data: LoginPassword,
    ) -> AuthResult:
        """Whether user and password are the ones of the rules."""
        given = (data.login.decode(), data.password.decode())
        self.logins.append(given[0])
        return AuthResult(success=given == self.rules.login, handled=False)

    async def _hang_at(self, command: str) -> None:
        if self.rules.hang_at == command:
            await asyncio.Event().wait()


class SilentConnection(asyncio.Protocol):
    """Accepts a connection and says nothing."""

    transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep it, so that it can be closed at the end."""
        self.transport = transport


@asynccontextmanager
async def running_smtp(rules: MailRules | None = None) -> AsyncIterator[MailPeer]:
    """A mail server on 127.0.0.1, on the running loop, for the time of the block."""
    loop = asyncio.get_running_loop()
    peer = MailPeer(rules or MailRules())
    protocols: list[SMTP | SilentConnection] = []

    def connect() -> SMTP | SilentConnection:
        peer.connections += 1
        now = peer.rules
        if now.hang_at == "connect":
            protocols.append(SilentConnection())
        else:
            protocols.append(speak(now))
        return protocols[-1]

    def speak(now: MailRules) -> SMTP:
        return SMTP(
            peer,
            hostname="mail.example",
            ident="peer",
            loop=loop,
            tls_context=now.tls,
            require_starttls=now.is_starttls_required,
            auth_required=now.login is not None,
            auth_require_tls=not now.is_login_in_the_clear,
            authenticator=peer.authenticate,
        )

    server = await loop.create_server(connect, "127.0.0.1", 0)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        server.close()
        for protocol in protocols:
            if protocol.transport:
                protocol.transport.close()
        await server.wait_closed()
        await asyncio.sleep(0)  # connections end in the loop's next turn
