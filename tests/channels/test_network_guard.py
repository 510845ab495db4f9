import socket
from ipaddress import ip_address, ip_network

import httpx
import pytest

from app.channels.channel import AddressInvalid
from app.channels.network_guard import (
    AddressRefused,
    GuardedResolver,
    NameResolver,
    NetworkGuard,
)
from tests.channels.webhooks import Names

OPEN = NetworkGuard(())
HOME = NetworkGuard((ip_network("127.0.0.0/8"), ip_network("10.1.0.0/16"), ip_network("fd00::/8")))


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
    names, url = Names(found), HOME.read(address)
    if is_taken:
        await HOME.check_name(url, names, within_seconds=1)
    else:
        with pytest.raises(AddressInvalid):
            await HOME.check_name(url, names, within_seconds=1)
    assert names.asked == ["example.jp"]


# Which network is named, a name of this machine, and by which of its addresses it is called.
@pytest.mark.parametrize(
    ("named", "address", "called"),
    [
        ([], "https://localhost/", []),
        (["10.1.0.0/16"], "https://localhost/", []),  # another network
        (["127.0.0.0/8"], "https://localhost/", ["127.0.0.1"]),  # as `make run` sets it
        (["127.0.0.0/8"], "http://localhost/", ["127.0.0.1"]),
        (["127.0.0.0/8"], "https://sink.localhost/", ["127.0.0.1"]),
        (["::1/128"], "https://localhost/", ["::1"]),
        (["127.0.0.0/8"], "https://[::1]/", []),  # the other one by its own name
    ],
)
async def test_this_machine_is_called_only_where_its_network_is_named(
    named: list[str], address: str, called: list[str]
) -> None:
    guard = NetworkGuard([ip_network(one) for one in named])
    if not called:
        with pytest.raises(AddressInvalid):
            guard.read(address)
        return
    url = guard.read(address)
    resolver = GuardedResolver(guard, Names("127.0.0.1 ::1"), encrypted=url.scheme == "https")
    assert [one["host"] for one in await resolver.resolve(url.host)] == called


async def test_international_name_is_looked_up_in_its_coded_form() -> None:
    names = Names("93.184.215.14")
    await OPEN.check_name(OPEN.read("https://日本語.jp/"), names, within_seconds=1)
    assert names.asked == ["xn--wgv71a119e.jp"]


async def test_literal_address_is_not_looked_up() -> None:
    names = Names("")
    await HOME.check_name(httpx.URL("http://127.0.0.1/"), names, within_seconds=1)
    assert names.asked == []


async def test_connector_is_given_only_allowed_addresses() -> None:
    names = Names("10.0.0.1 93.184.215.14 ::1 2606:4700::1111")
    found = await GuardedResolver(OPEN, names, encrypted=True).resolve("example.jp", 443)
    assert [(one["host"], one["port"], one["family"]) for one in found] == [
        ("93.184.215.14", 443, socket.AF_INET),
        ("2606:4700::1111", 443, socket.AF_INET6),
    ]


async def test_connector_is_refused_when_no_address_is_allowed() -> None:
    with pytest.raises(AddressRefused):
        await GuardedResolver(OPEN, Names("10.0.0.1"), encrypted=True).resolve("example.jp")


async def test_connector_without_tls_gets_nothing_public() -> None:
    with pytest.raises(AddressRefused):
        await GuardedResolver(HOME, Names("8.8.8.8"), encrypted=False).resolve("example.jp")


async def test_resolver_of_the_system_knows_this_machine() -> None:
    names = NameResolver()
    assert ip_address("127.0.0.1") in await names("localhost")
    names.close()


async def test_resolver_of_the_system_says_when_a_name_is_unknown() -> None:
    names = NameResolver()
    with pytest.raises(socket.gaierror):
        await names("no-such-host.invalid")
    names.close()
