from ipaddress import ip_network

import pytest

from app.channels.channel import AddressInvalid
from app.channels.network_guard import LENGTH_MAX, NetworkGuard

OPEN = NetworkGuard(())
HOME = NetworkGuard((ip_network("127.0.0.0/8"), ip_network("10.1.0.0/16"), ip_network("fd00::/8")))


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
