"""How often one address may come with a link, an inbox or a key that there is not."""

from datetime import datetime
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from app.installation.answer import Refusal

# Whoever missed longest ago is forgotten first: some megabytes at most.
ADDRESSES_MAX: Final = 10_000
ADDRESS_LENGTH_MAX: Final = 64
# What one household or one machine may choose freely of an IPv6 address.
IPV6_PREFIX: Final = 64
MINUTE: Final = 60


class TooManyMisses(Refusal):
    """Too many links or keys that do not exist came from your address; a good one is answered."""


class Misses:
    """A bucket for each address: so many misses at once, and as many again each minute.

    Only what has proven to be no link, inbox or key is counted, so nobody is kept from what they
    may do, however many share their address. The buckets are in memory, of this process alone.
    """

    def __init__(self, *, per_minute: int) -> None:
        """Nobody has missed yet."""
        self._per_minute = per_minute
        # How many misses are left, and as of when; whoever missed last stands last.
        self._left: dict[str, tuple[float, datetime]] = {}

    def count(self, address: str, now: datetime) -> None:
        """Take one miss from the bucket of an address; an empty bucket costs nothing more.

        Raises:
            TooManyMisses: the bucket is empty.
        """
        key = _group(address)
        left, at = self._left.pop(key, (float(self._per_minute), now))
        # A clock that is set back refills nothing, and holds nobody up for longer.
        seconds = max((now - at).total_seconds(), 0.0)
        left = min(left + seconds * self._per_minute / MINUTE, float(self._per_minute))
        is_empty = left < 1
        while len(self._left) >= ADDRESSES_MAX:
            del self._left[next(iter(self._left))]
        self._left[key] = (left if is_empty else left - 1, now)
        if is_empty:
            raise TooManyMisses


def _group(address: str) -> str:
    """Whom an address stands for: itself, or the network that an IPv6 address is chosen from."""
    try:
        parsed = ip_address(address)
    except ValueError:
        # A proxy may write down anything.
        return address[:ADDRESS_LENGTH_MAX]
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ip_network((int(parsed), IPV6_PREFIX), strict=False))
