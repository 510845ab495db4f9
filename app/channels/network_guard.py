"""Where webhooks may go: the internet over TLS, and the networks that the operator named.

Whoever may write a contact point's address could otherwise make this service call machines that
only it can reach (server-side request forgery). The text of an address is judged when it is
written; the addresses that a name stands for are judged when a connection is opened, because a
name may stand for something else by then (DNS rebinding).
"""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

import httpx
from aiohttp.abc import AbstractResolver, ResolveResult

from app.channels.channel import AddressInvalid
from app.settings import Network

Address = IPv4Address | IPv6Address
Resolve = Callable[[str], Awaitable[Sequence[Address]]]

LENGTH_MAX = 2048
TOO_LONG = f"The address has more than {LENGTH_MAX} characters."
HOST_LENGTH_MAX = 253
PORT_MAX = 65535
NAME_THREADS = 16

# What httpx wrote: lower-case, ASCII, without the scheme's own port. Nothing that two parsers
# could read differently passes: no credentials, no backslash, no fragment, no escaped host.
WRITTEN = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<rest>[/?][!\"$-\[\]-~]*)?"
)
LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
# WHATWG URL, "ends in a number": programs read such a host as an IPv4 address of some form.
NUMBER_LAST = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")

# Source: IANA IPv4 Special-Purpose Address Registry, and RFC 5771 (224.0.0.0/4).
NOT_PUBLIC_4: Final = tuple(
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    )
)
# Source: IANA IPv6 Global Unicast Address Assignments; outside of it nothing is public.
GLOBAL_UNICAST_6: Final = IPv6Network("2000::/3")
# Source: IANA IPv6 Special-Purpose Address Registry. Teredo (in 2001::/23) and 6to4 (2002::/16)
# carry IPv4 addresses inside.
NOT_PUBLIC_6: Final = tuple(
    ip_network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)
# Source: RFC 6052 §2.1. Networks without IPv4 reach every IPv4 host by it.
NAT64: Final = IPv6Network("64:ff9b::/96")


class AddressRefused(OSError):
    """The host has no address that messages may go to."""


def is_public(address: Address) -> bool:
    """Whether the whole internet would reach the same machine by this address."""
    if isinstance(address, IPv6Address):
        if address in NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFF_FFFF))
        return address in GLOBAL_UNICAST_6 and not any(address in one for one in NOT_PUBLIC_6)
    return not any(address in one for one in NOT_PUBLIC_4)


class NetworkGuard:
    """Says which URLs and which addresses messages may go to."""

    def __init__(self, allowed: Iterable[Network]) -> None:
        """Besides the internet over TLS, only `allowed` is reached."""
        self._allowed = tuple(allowed)

    def allows(self, address: Address, *, encrypted: bool) -> bool:
        """Whether a connection to `address` may be opened."""
        address = _unmapped(address)
        inside = any(address in network for network in self._allowed)
        return inside or (encrypted and is_public(address))

    def pick(self, addresses: Iterable[Address], *, encrypted: bool) -> list[Address]:
        """Those of a host's addresses that may be connected to; at least one.

        Raises:
            AddressRefused: there is none.
        """
        picked = [one for one in addresses if self.allows(one, encrypted=encrypted)]
        if not picked:
            raise AddressRefused(AddressRefused.__doc__)
        return picked

    def read(self, text: str) -> httpx.URL:
        """The URL in `text`, in the one form that is stored and sent to.

        Raises:
            AddressInvalid: it is no web address, or its host is never allowed.
        """
        url = _parse(text)
        encrypted = url.scheme == "https"
        if not encrypted and not self._allowed:
            raise AddressInvalid(_sentence(encrypted=False))
        literals = literal_addresses(host_of(url))
        if literals and not any(self.allows(one, encrypted=encrypted) for one in literals):
            raise AddressInvalid(_sentence(encrypted=encrypted))
        return url

    async def check_name(self, url: httpx.URL, resolve: Resolve, *, within_seconds: float) -> None:
        """Judge where the host of a URL that was read leads just now.

        Raises:
            AddressInvalid: to no address that messages may go to, or, without TLS, to none.
        """
        encrypted, host = url.scheme == "https", host_of(url)
        if literal_addresses(host):
            return
        try:
            async with asyncio.timeout(within_seconds):
                addresses = await resolve(host)
            self.pick(addresses, encrypted=encrypted)
        except AddressRefused as error:
            raise AddressInvalid(_sentence(encrypted=encrypted)) from error
        except (OSError, UnicodeError) as error:
            # A receiver may be set up after its contact point; without TLS nothing would then
            # say that it is the right one.
            if not encrypted:
                raise AddressInvalid("The host is not known.") from error


class NameResolver:
    """Looks up names in threads of its own.

    The event loop's few threads would all be taken by names whose servers are down, and the
    living would wait for them.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(NAME_THREADS, thread_name_prefix="names")

    async def __call__(self, host: str) -> Sequence[Address]:
        """The addresses of `host`.

        Raises:
            OSError: there are none.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, _look_up, host)

    def close(self) -> None:
        """Start no further look-ups."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class GuardedResolver(AbstractResolver):
    """Gives aiohttp only addresses that may be connected to: there is no second look-up."""

    def __init__(self, guard: NetworkGuard, resolve: Resolve, *, encrypted: bool) -> None:
        """For the connections of one scheme."""
        self._guard = guard
        self._resolve = resolve
        self._encrypted = encrypted

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The allowed addresses of `host`, of whichever family.

        Raises:
            AddressRefused: none of its addresses is allowed.
            OSError: it has none.
        """
        del family  # both: connections race
        found = self._guard.pick(await self._resolve(host), encrypted=self._encrypted)
        return [_result(host, port, address) for address in found]

    async def close(self) -> None:
        """Nothing is open here."""


def host_of(url: httpx.URL) -> str:
    """The host as it is looked up: ASCII, an international name in its coded form."""
    return url.raw_host.decode("ascii")


def literal_addresses(host: str) -> tuple[Address, ...]:
    """The addresses that a host's text stands for without any look-up.

    Source: RFC 6761 §6.3: `localhost` and the names below it are this machine.
    """
    try:
        return (ip_address(host),)
    except ValueError:
        pass
    if host == "localhost" or host.endswith(".localhost"):
        return (IPv4Address("127.0.0.1"), IPv6Address("::1"))
    return ()


def _parse(text: str) -> httpx.URL:
    if len(text) > LENGTH_MAX:
        raise AddressInvalid(TOO_LONG)
    try:
        url = httpx.URL(text.strip())
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise AddressInvalid("This is not a web address.") from error
    written = WRITTEN.fullmatch(str(url).lower())
    if written is None:
        raise AddressInvalid(
            "A web address begins with https:// and has no user name, password or fragment."
        )
    if written["port"] and not 1 <= int(written["port"]) <= PORT_MAX:
        raise AddressInvalid(f"The port is between 1 and {PORT_MAX}.")
    url = url.copy_with(host=_checked_host(written["host"]))
    # Escapes make it longer than what was written.
    if len(str(url)) > LENGTH_MAX:
        raise AddressInvalid(TOO_LONG)
    return url


def _checked_host(written: str) -> str:
    if written.startswith("["):
        return _ip(IPv6Address, written[1:-1], "The IPv6 address is not valid.")
    host = written.removesuffix(".")
    if NUMBER_LAST.fullmatch(host):
        return _ip(IPv4Address, host, "Write an IPv4 address as four decimal numbers.")
    if len(host) > HOST_LENGTH_MAX or not all(LABEL.fullmatch(one) for one in host.split(".")):
        raise AddressInvalid("The host's name is not valid.")
    return host


def _ip(kind: type[Address], text: str, sentence: str) -> str:
    try:
        return str(kind(text))
    except ValueError as error:
        raise AddressInvalid(sentence) from error


def _sentence(*, encrypted: bool) -> str:
    if encrypted:
        return "The address leads into a network that messages may not go to."
    return "http:// is allowed only inside the operator's own networks: use https://."


def _unmapped(address: Address) -> Address:
    """An IPv4 address written as IPv6 is that IPv4 address to the operating system."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


def _look_up(host: str) -> list[Address]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [ip_address(str(sockaddr[0])) for *_, sockaddr in found]


def _result(host: str, port: int, address: Address) -> ResolveResult:
    return ResolveResult(
        hostname=host,
        host=str(address),
        port=port,
        family=socket.AF_INET if address.version == 4 else socket.AF_INET6,  # noqa: PLR2004  # IPv4
        proto=0,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )
