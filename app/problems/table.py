"""The one table from a refusal to an HTTP status."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from app.auth import KeyMissing, KeyUnknown, RoleForbids
from app.commands.act import ActNotPossible
from app.commands.contact.confirming import CheckExpired
from app.commands.directory.clients import ReferenceTaken
from app.commands.directory.cover import AccountableDeskNeeded, IncidentsHeld
from app.commands.directory.parties import Retired
from app.commands.directory.protocols import VersionStale
from app.commands.erasure.client import NotErasable
from app.commands.erasure.person import PersonNotErasable
from app.commands.ledgers.evidence import NothingSealed
from app.commands.ledgers.head import LogBroken
from app.commands.people.returning import NotAbsent
from app.commands.people.substitutions import DutyChanged, SubstitutionEnded
from app.commands.respond import LinkExpired, LinkWithdrawn
from app.commands.rosters.rosters import RosterExists
from app.commands.rosters.writing import LaterVersionWaits
from app.database import ConstraintError, DatabaseError
from app.installation.answer import ClientErased, FieldsInvalid, IdempotencyKeyReused, NotFound
from app.installation.misses import TooManyMisses


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemKind:
    """How one kind of refusal is answered."""

    status: int
    slug: str
    title: str
    headers: Mapping[str, str] = field(default_factory=dict)
    # Said in the place of the refusal's own words, where those are not for the caller.
    detail: str | None = None


_BEARER: Final = MappingProxyType({"WWW-Authenticate": "Bearer"})
_LATER: Final = MappingProxyType({"Retry-After": "2"})
# As long as it takes until an address may miss as often as ever.
_IN_A_MINUTE: Final = MappingProxyType({"Retry-After": "60"})

PROBLEMS: Final[Mapping[type[Exception], ProblemKind]] = MappingProxyType(
    {
        KeyMissing: ProblemKind(
            status=401, slug="key-missing", title="A key is needed", headers=_BEARER
        ),
        KeyUnknown: ProblemKind(
            status=401, slug="key-unknown", title="The key is not valid", headers=_BEARER
        ),
        RoleForbids: ProblemKind(status=403, slug="role-forbids", title="The key may not do this"),
        NotFound: ProblemKind(status=404, slug="not-found", title="Not found"),
        ActNotPossible: ProblemKind(
            status=409, slug="act-not-possible", title="The incident does not allow this act"
        ),
        LinkExpired: ProblemKind(status=410, slug="link-expired", title="The link has ended"),
        LinkWithdrawn: ProblemKind(
            status=410, slug="link-withdrawn", title="The link is no longer valid"
        ),
        ClientErased: ProblemKind(status=410, slug="client-erased", title="The client was erased"),
        NotErasable: ProblemKind(
            status=409, slug="not-erasable", title="The client cannot be erased yet"
        ),
        PersonNotErasable: ProblemKind(
            status=409, slug="person-not-erasable", title="This cannot be erased, or not yet"
        ),
        CheckExpired: ProblemKind(status=410, slug="check-expired", title="The check has ended"),
        Retired: ProblemKind(status=409, slug="retired", title="Retired"),
        IncidentsHeld: ProblemKind(
            status=409, slug="incidents-held", title="Open incidents rest on it"
        ),
        AccountableDeskNeeded: ProblemKind(
            status=409, slug="accountable-desk-needed", title="The accountable desk is needed"
        ),
        ReferenceTaken: ProblemKind(
            status=409, slug="reference-taken", title="The reference is taken"
        ),
        NothingSealed: ProblemKind(
            status=409, slug="nothing-sealed", title="Nothing is sealed yet", headers=_LATER
        ),
        LogBroken: ProblemKind(status=409, slug="log-broken", title="The log is not whole"),
        RosterExists: ProblemKind(
            status=409, slug="roster-exists", title="There is a roster already"
        ),
        LaterVersionWaits: ProblemKind(
            status=409, slug="later-version-waits", title="A later version waits"
        ),
        SubstitutionEnded: ProblemKind(
            status=409, slug="substitution-ended", title="The request is no longer open"
        ),
        NotAbsent: ProblemKind(status=409, slug="not-absent", title="There is no such absence"),
        DutyChanged: ProblemKind(
            status=409, slug="duty-changed", title="The duty is another one by now"
        ),
        VersionStale: ProblemKind(
            status=412, slug="version-stale", title="Another version was published since"
        ),
        FieldsInvalid: ProblemKind(
            status=422, slug="fields-invalid", title="Some fields are wrong"
        ),
        IdempotencyKeyReused: ProblemKind(
            status=422, slug="idempotency-key-reused", title="The Idempotency-Key was used before"
        ),
        TooManyMisses: ProblemKind(
            status=429, slug="too-many-misses", title="Too many misses", headers=_IN_A_MINUTE
        ),
        ConstraintError: ProblemKind(
            status=409,
            slug="conflict",
            title="Another change came first",
            detail="Somebody else changed the same thing at the same time; try again.",
        ),
        DatabaseError: ProblemKind(
            status=503,
            slug="database-unavailable",
            title="The database is not available",
            headers=_LATER,
            detail="Nothing was changed, as far as is known; try again with the same key.",
        ),
    }
)
"""Refusals by class; a subclass without a row of its own is answered like its base."""

# What the server itself refuses, by HTTP status.
OF_STATUS: Final[Mapping[int, ProblemKind]] = MappingProxyType(
    {
        400: ProblemKind(status=400, slug="bad-request", title="The request cannot be read"),
        404: ProblemKind(
            status=404, slug="not-found", title="Not found", detail="There is nothing here."
        ),
        405: ProblemKind(
            status=405,
            slug="method-not-allowed",
            title="Not with this method",
            detail="What is here does not take this method; `Allow` says which it takes.",
        ),
        413: ProblemKind(status=413, slug="body-too-large", title="The body is too large"),
        415: ProblemKind(
            status=415, slug="media-type-unsupported", title="The body is of the wrong type"
        ),
        500: ProblemKind(
            status=500,
            slug="internal",
            title="Something went wrong here",
            detail="The fault is on our side and has been logged.",
        ),
    }
)


def kind_of(refusal: Exception) -> ProblemKind | None:
    """How a refusal is answered: by the row of its class, or of the nearest base with one."""
    return next((PROBLEMS[one] for one in type(refusal).__mro__ if one in PROBLEMS), None)


def kind_of_status(status: int) -> ProblemKind:
    """How a status is answered that the server itself, and no refusal of ours, came to."""
    if status in OF_STATUS:
        return OF_STATUS[status]
    phrase = HTTPStatus(status).phrase
    return ProblemKind(status=status, slug=phrase.lower().replace(" ", "-"), title=phrase)
