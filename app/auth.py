"""Who is calling: from the Authorization header to a principal, and what its role allows."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Final

from app.clock import Clock
from app.database import Database
from app.store.directory.access import find_key
from app.store.directory.directory import EVERYTHING, Sight

# How long a key is believed without asking the database; other processes hear of a revocation
# after this time at the latest.
BELIEVED_FOR: Final = timedelta(seconds=5)
REMEMBERED_KEYS_MAX: Final = 1000

_HEADER: Final = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +(\S+) *")
_KEY: Final = re.compile(r"rk_[A-Za-z0-9_-]{32,200}")


class KeyMissing(Exception):
    """Send your key as `Authorization: Bearer rk_…`."""


class KeyUnknown(Exception):
    """This key does not exist, or has been revoked."""


class RoleForbids(Exception):
    """The role of your key does not allow this."""


class Role(StrEnum):
    """What a key is for."""

    OPERATOR = "operator"
    COORDINATOR = "coordinator"
    PROVIDER = "provider"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Whoever holds a key. `organisation_id` is None for a key of the installation."""

    key_id: str
    role: Role
    organisation_id: str | None
    # Where the organisation works; a municipality works in itself.
    municipality_ids: frozenset[str]

    @property
    def is_operator(self) -> bool:
        """Whether it may do all that any role may, in every municipality."""
        return self.role is Role.OPERATOR

    @property
    def sight(self) -> Sight:
        """Which organisations, parties and clients it may see."""
        if self.is_operator:
            return EVERYTHING
        if self.role is Role.PROVIDER:
            # A provider's key always has an organisation (a constraint of the schema).
            return Sight(organisation_id=self.organisation_id or "")
        return Sight(municipality_ids=self.municipality_ids)

    def sees_municipality(self, municipality_id: str) -> bool:
        """Whether what happens in this municipality is its matter."""
        return self.is_operator or municipality_id in self.municipality_ids

    def require(self, *roles: Role) -> None:
        """Go on only with one of these roles; an operator may always.

        Raises:
            RoleForbids: it has another role.
        """
        if not self.is_operator and self.role not in roles:
            raise RoleForbids(RoleForbids.__doc__)


class Authenticator:
    """Finds the principal of a key, and believes what it found for some seconds."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        """One per process: it is told of this process's revocations."""
        self._database = database
        self._clock = clock
        self._known: dict[str, tuple[Principal, datetime]] = {}
        self._generation = 0

    async def authenticate(self, authorization: str | None) -> Principal:
        """The principal whose key the Authorization header carries.

        Raises:
            KeyMissing: there is no bearer token.
            KeyUnknown: it is no key of ours, or was revoked.
        """
        matched = _HEADER.fullmatch(authorization or "")
        if matched is None:
            raise KeyMissing(KeyMissing.__doc__)
        # Nonsense never reaches the database.
        if not _KEY.fullmatch(matched[1]):
            raise KeyUnknown(KeyUnknown.__doc__)
        key_hash = hashlib.sha256(matched[1].encode()).hexdigest()
        now = self._clock()
        principal, found_at = self._known.get(key_hash, (None, now))
        if principal and now - BELIEVED_FOR < found_at <= now:
            return principal
        return await self._look_up(key_hash, now)

    def forget(self) -> None:
        """Ask the database again for every key: one was revoked, or organisations changed."""
        self._generation += 1
        self._known.clear()

    async def _look_up(self, key_hash: str, now: datetime) -> Principal:
        generation = self._generation
        found = await self._database.read(partial(find_key, key_hash=key_hash))
        if found is None:
            self._known.pop(key_hash, None)
            raise KeyUnknown(KeyUnknown.__doc__)
        row, municipality_ids = found
        principal = Principal(
            key_id=row.id,
            role=Role(row.role),
            organisation_id=row.organisation_id,
            municipality_ids=municipality_ids,
        )
        # What was read before a revocation must not be believed after it.
        if generation == self._generation:
            self._remember(key_hash, principal, now)
        return principal

    def _remember(self, key_hash: str, principal: Principal, now: datetime) -> None:
        self._known.pop(key_hash, None)
        while len(self._known) >= REMEMBERED_KEYS_MAX:
            self._known.pop(next(iter(self._known)))
        self._known[key_hash] = (principal, now)
