"""An address that its owner knows again, and nobody else can use."""

from urllib.parse import urlsplit

# So few characters of a telephone number that it is still everybody's.
_SHOWN_DIGITS = 2


def masked(channel: str, address: str) -> str:
    """`s…@example.jp`, `https://example.jp/…`, `…12`; nothing of an inbox, which has none."""
    if channel == "inbox" or not address:
        return ""
    if channel == "webhook":
        parts = urlsplit(address)
        return f"{parts.scheme}://{parts.hostname or ''}/…"
    name, _, host = address.rpartition("@")
    return f"{name[:1]}…@{host}" if name else f"…{address[-_SHOWN_DIGITS:]}"
