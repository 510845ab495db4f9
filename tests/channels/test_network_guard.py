import socket
from collections.abc import Sequence
from ipaddress import ip_address, ip_network

import httpx
import pytest

from app.channels.channel import AddressInvalid
from app.channels.network_guard import (
    LENGTH_MAX,
    Address,
    AddressRefused,
    GuardedResolver,
    NameResolver,
    NetworkGuard,
)

OPEN = NetworkGuard(())
HOME = NetworkGuard((ip_network("127.0.0.0/8"), ip_network("10.1.0.0/16"), ip_network("fd00::/8")))


def resolving(*addresses: str) -> "Names":
    return Names(*addresses)


class Names:
    """Answers the next of its addresses at each look-up; the last one stays."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = list(addresses)
        self.asked: list[str] = []

    async def __call__(self, host: str) -> Sequence[Address]:
        self.asked.append(host)
        found = self._addresses.pop(0) if len(self._addresses) > 1 else self._addresses[0]
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [ip_address(one) for one in found.split()]


PUBLIC = [
    "8.8.8.8",
    "1.0.0.0",  # first after 0.0.0.0/8
    "9.255.255.255",  # last before 10.0.0.0/8
    "11.0.0.0",
    "100.63.255.255",  # around carriers' NAT
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "169.253.255.255",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "223.255.255.255",  # last before multicast
    "2400:4050::1",  # a Japanese provider
    "2606:4700::1111",
    "2001:200::1",  # first after 2001::/23
    "::ffff:8.8.8.8",  # IPv4 written as IPv6
    "64:ff9b::8.8.8.8",  # IPv4 by NAT64
]

NOT_PUBLIC = [
    "0.0.0.0",  # noqa: S104  # this machine: an address to refuse
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",  # cloud metadata
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",  # documentation
    "192.88.99.1",  # 6to4 relays
    "192.168.0.1",
    "198.18.0.1",  # benchmarks
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",  # IPv4-compatible, deprecated
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::127.0.0.1",
    "64:ff9b::192.168.1.1",
    "64:ff9b:1::8.8.8.8",  # NAT64 of one's own network
    "100::1",  # discarded
    "2001::1",  # Teredo
    "2001:db8::1",
    "2002:7f00:1::",  # 6to4 of 127.0.0.1
    "2002:808:808::",  # 6to4 at all
    "3fff::1",  # documentation
    "5f00::1",  # segment routing
    "fc00::1",
    "fd12::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",  # site-local, deprecated
    "ff02::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_address_is_reached_with_tls_and_only_with_it(address: str) -> None:
    assert OPEN.allows(ip_address(address), encrypted=True)
    assert not OPEN.allows(ip_address(address), encrypted=False)
    assert not HOME.allows(ip_address(address), encrypted=False)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_address_that_is_not_public_is_refused(address: str) -> None:
    assert not OPEN.allows(ip_address(address), encrypted=True)
    assert not OPEN.allows(ip_address(address), encrypted=False)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "127.9.9.9", "10.1.255.255", "fd00::1", "::ffff:127.0.0.1"]
)
def test_address_in_a_named_network_is_reached_with_and_without_tls(address: str) -> None:
    assert HOME.allows(ip_address(address), encrypted=True)
    assert HOME.allows(ip_address(address), encrypted=False)


@pytest.mark.parametrize(
    "address", ["10.0.255.255", "10.2.0.0", "192.168.0.1", "::1", "64:ff9b::127.0.0.1"]
)
def test_address_beside_the_named_networks_stays_refused(address: str) -> None:
    assert not HOME.allows(ip_address(address), encrypted=True)


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("https://example.jp/hook", "https://example.jp/hook"),
        (" https://example.jp/hook\n", "https://example.jp/hook"),  # copied with its surroundings
        ("HTTPS://Example.JP:443/Hook?A=b", "https://example.jp/Hook?A=b"),
        ("https://example.jp.:8443/x", "https://example.jp:8443/x"),  # the root's dot
        ("https://example.jp", "https://example.jp"),
        ("https://example.jp?x=1", "https://example.jp?x=1"),
        ("https://日本語.jp/通知", "https://xn--wgv71a119e.jp/%E9%80%9A%E7%9F%A5"),
        ("https://example.jp/a@b:c", "https://example.jp/a@b:c"),  # an @ in the path is harmless
        ("https://8.8.8.8/x", "https://8.8.8.8/x"),
        ("https://[2606:4700:0:0::1111]:8443/", "https://[2606:4700::1111]:8443/"),
        ("https://a_b.example.jp/", "https://a_b.example.jp/"),  # names in container networks
        ("https://1.example.jp/", "https://1.example.jp/"),
        ("https://example.jp:65535/", "https://example.jp:65535/"),
        ("https://example.jp/" + "a" * (LENGTH_MAX - 19), None),  # just short enough
    ],
)
def test_web_address_is_stored_in_one_form(written: str, stored: str | None) -> None:
    assert str(OPEN.read(written)) == (stored or written)
    assert str(OPEN.read(str(OPEN.read(written)))) == (stored or written)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "example.jp/hook",  # no scheme
        "//example.jp/hook",
        "https://",
        "https:///hook",
        "ftp://example.jp/",
        "file:///etc/passwd",
        "gopher://example.jp/",
        "javascript:alert(1)",
        "unix:/var/run/docker.sock",
        "https://user@example.jp/",
        "https://user:password@example.jp/",
        "https://:@example.jp/",
        "https://example.jp@127.0.0.1/",
        "https://127.0.0.1\\@example.jp/",  # programs differ in which of the two is the host
        "https://example.jp\\.evil.example/",
        "https://example.jp/#fragment",
        "https://example.jp/#",
        "https://example.jp:0/",
        "https://example.jp:65536/",
        "https://example.jp:99999/",
        "https://example.jp:8a/",
        "https://example.jp:-1/",
        "https://exam ple.jp/",
        "https://example.jp/\r\nx: y",
        "https://exa\tmple.jp/",
        "https://example%2ejp/",
        "https://a..example.jp/",
        "https://.example.jp/",
        "https://-a.example.jp/",
        "https://" + "a" * 64 + ".jp/",  # a label has at most 63 characters
        "https://" + "a." * 126 + "example.jp/",  # a name has at most 253
        "https://[::1/",
        "https://[fe80::1%25eth0]/",
        "https://[v1.x]/",
        "https://[127.0.0.1]/",
        "https://１２７.0.0.1/",  # full-width digits
        "https://2130706433/",  # 127.0.0.1 as one number
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://017700000001/",
        "https://127.1/",
        "https://127.0.0.01/",
        "https://127.0.0.0x1/",
        "https://127.0.0.256/",
        "https://example.1/",  # ends in a number: no name
        "https://example.jp/" + "a" * (LENGTH_MAX - 18),
        "https://example.jp/" + "あ" * 300,  # longer when it is escaped
    ],
)
@pytest.mark.parametrize("guard", [OPEN, HOME], ids=["open", "home"])
def test_what_is_no_plain_web_address_is_refused(guard: NetworkGuard, address: str) -> None:
    with pytest.raises(AddressInvalid, match=r"^[A-Z].*\.$"):
        guard.read(address)


@pytest.mark.parametrize(
    "address",
    [
        "http://example.jp/",  # without TLS
        "http://8.8.8.8/",
        "http://127.0.0.1/",
        "https://127.0.0.1/",
        "https://127.0.0.1:8443/",
        "https://localhost/",
        "https://LOCALHOST./",
        "https://a.localhost/",
        "https://127.0.0.1。/",  # an ideographic full stop
        "https://0.0.0.0/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[fd00::1]/",
        "https://[::]/",
    ],
)
def test_address_inside_is_refused_when_no_network_is_named(address: str) -> None:
    with pytest.raises(AddressInvalid):
        OPEN.read(address)


@pytest.mark.parametrize(
    ("address", "is_allowed"),
    [
        ("http://127.0.0.1:9000/n1", True),
        ("https://127.0.0.1:9000/n1", True),
        ("http://localhost:9000/n1", True),  # one of its addresses is
        ("http://[::ffff:7f00:1]/", True),
        ("http://10.1.0.1/", True),
        ("http://sink/", True),  # a name: judged when it is looked up
        ("http://10.2.0.1/", False),
        ("https://10.2.0.1/", False),
        ("http://8.8.8.8/", False),  # the internet, without TLS
        ("https://8.8.8.8/", True),
        ("http://2130706433/", False),  # another form of an allowed address
        ("http://[::1]/", False),
    ],
)
def test_address_inside_the_named_networks_is_taken(address: str, *, is_allowed: bool) -> None:
    if is_allowed:
        assert str(HOME.read(address)) == address
    else:
        with pytest.raises(AddressInvalid):
            HOME.read(address)


@pytest.mark.parametrize(
    ("address", "found", "is_taken"),
    [
        ("https://example.jp/", "93.184.215.14", True),
        ("https://example.jp/", "93.184.215.14 10.0.0.1", True),  # only the first is ever used
        ("https://example.jp/", "10.0.0.1", False),
        ("https://example.jp/", "127.0.0.1 ::1", True),  # named
        ("https://example.jp/", "", True),  # unknown so far
        ("http://example.jp/", "127.0.0.1", True),
        ("http://example.jp/", "93.184.215.14", False),  # the internet, without TLS
        ("http://example.jp/", "", False),  # unknown, and nothing would say that it is the one
    ],
)
async def test_name_is_judged_by_where_it_leads(
    address: str, found: str, *, is_taken: bool
) -> None:
    names, url = resolving(found), HOME.read(address)
    if is_taken:
        await HOME.check_name(url, names, within_seconds=1)
    else:
        with pytest.raises(AddressInvalid):
            await HOME.check_name(url, names, within_seconds=1)
    assert names.asked == ["example.jp"]


async def test_international_name_is_looked_up_in_its_coded_form() -> None:
    names = resolving("93.184.215.14")
    await OPEN.check_name(OPEN.read("https://日本語.jp/"), names, within_seconds=1)
    assert names.asked == ["xn--wgv71a119e.jp"]


async def test_literal_address_is_not_looked_up() -> None:
    names = resolving("")
    await HOME.check_name(httpx.URL("http://127.0.0.1/"), names, within_seconds=1)
    assert names.asked == []


async def test_connector_is_given_only_allowed_addresses() -> None:
    names = resolving("10.0.0.1 93.184.215.14 ::1 2606:4700::1111")
    found = await GuardedResolver(OPEN, names, encrypted=True).resolve("example.jp", 443)
    assert [(one["host"], one["port"], one["family"]) for one in found] == [
        ("93.184.215.14", 443, socket.AF_INET),
        ("2606:4700::1111", 443, socket.AF_INET6),
    ]


async def test_connector_is_refused_when_no_address_is_allowed() -> None:
    with pytest.raises(AddressRefused):
        await GuardedResolver(OPEN, resolving("10.0.0.1"), encrypted=True).resolve("example.jp")


async def test_connector_without_tls_gets_nothing_public() -> None:
    with pytest.raises(AddressRefused):
        await GuardedResolver(HOME, resolving("8.8.8.8"), encrypted=False).resolve("example.jp")


async def test_resolver_of_the_system_knows_this_machine() -> None:
    names = NameResolver()
    assert ip_address("127.0.0.1") in await names("localhost")
    names.close()


async def test_resolver_of_the_system_says_when_a_name_is_unknown() -> None:
    names = NameResolver()
    with pytest.raises(socket.gaierror):
        await names("no-such-host.invalid")
    names.close()
