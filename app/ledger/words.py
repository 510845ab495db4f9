"""The closed sets of the ledger: what can happen, why, and by what right somebody holds.

A word that a leaf has carried once stays readable for ever: words are added, never changed.

Source: DESIGN.md H2 and 4.1.17.
"""

from enum import StrEnum

# The actor of what a timer or the service itself did; it never holds an incident.
SYSTEM = "system"


class EntryType(StrEnum):
    """What happened. Only `opened`, `transferred` and `closed` change the holder."""

    OPENED = "opened"
    BOUND = "bound"
    STEP_STARTED = "step_started"
    PAGED = "paged"
    REMINDED = "reminded"
    INFORMED = "informed"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERABLE = "undeliverable"
    VIEWED = "viewed"
    SKIPPED = "skipped"
    TRANSFERRED = "transferred"
    SIGNALLED = "signalled"
    DECLINED = "declined"
    JOINED = "joined"
    OFFERED = "offered"
    OFFER_ENDED = "offer_ended"
    EN_ROUTE = "en_route"
    ARRIVED = "arrived"
    EXTERNAL_CALLED = "external_called"
    RECLASSIFIED = "reclassified"
    NOTED = "noted"
    CORRECTED = "corrected"
    STALLED = "stalled"
    CLOSED = "closed"
    DISCLOSED = "disclosed"
    ERASED = "erased"
    EXPORTED = "exported"
    KEY_ROTATED = "key_rotated"
    # This log takes the place of another, whose last known checkpoint it names.
    SUCCEEDED = "succeeded"


class Cause(StrEnum):
    """Why it happened. The first block is of those that change the holder (DESIGN.md H2)."""

    REPORTED = "reported"
    ESCALATED = "escalated"
    DECLINED = "declined"
    UNREACHABLE = "unreachable"
    NOBODY_ON_DUTY = "nobody_on_duty"
    ACKNOWLEDGED = "acknowledged"
    HANDED_OVER = "handed_over"
    LAPSED = "lapsed"
    RECLASSIFIED = "reclassified"
    EXHAUSTED = "exhausted"
    RESOLVED = "resolved"
    CANCELLED = "cancelled"

    # Why a party was `skipped`. What happened here may not be shown to them:
    RESTRICTED = "restricted"
    # they hold another incident, and the step passes such persons on;
    BUSY = "busy"
    # they have no contact point at all,
    NO_CONTACT_POINT = "no_contact_point"
    # or none that may be used at this hour;
    OUTSIDE_HOURS = "outside_hours"
    # they are asked in this step already;
    ALREADY_ASKED = "already_asked"
    # they have left since the protocol was published;
    RETIRED = "retired"
    # the first page of a fault waits until the morning.
    DEFERRED = "deferred"

    # Why a message is `undeliverable`: refused for good, or given up after its attempts.
    REJECTED = "rejected"
    ATTEMPTS_SPENT = "attempts_spent"

    # Why an offer ended without a transfer, beside `declined`.
    TIMED_OUT = "timed_out"
    WITHDRAWN = "withdrawn"

    # The same emergency was signalled again.
    REPEATED = "repeated"
    # An act that was meant for an earlier step: recorded, without effect.
    LATE = "late"
    # Informed that somebody else has taken the incident.
    STOOD_DOWN = "stood_down"

    # On what ground personal data were `disclosed` (CARE.md 3.2, R4).
    CONSENT = "consent"
    REQUIRED_BY_LAW = "required_by_law"
    LIFE_PROTECTION = "life_protection"
    ENTRUSTED = "entrusted"
    JOINT_USE = "joint_use"
    DISASTER_RELIEF = "disaster_relief"

    # On what ground they were `erased`: asked for, or no longer to be kept.
    REQUESTED = "requested"
    RETENTION_ENDED = "retention_ended"


class Basis(StrEnum):
    """By what right the holder holds: a desk by standing agreement, a person by accepting."""

    AGREEMENT = "agreement"
    ACCEPTANCE = "acceptance"


HOLDER_CHANGES = frozenset({EntryType.OPENED, EntryType.TRANSFERRED, EntryType.CLOSED})
# What a log's own chain consists of; it is about no incident, and nobody holds it.
OF_LOGS = frozenset({EntryType.EXPORTED, EntryType.KEY_ROTATED, EntryType.SUCCEEDED})
