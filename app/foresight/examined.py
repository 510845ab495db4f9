"""What there is to say of a document before it is published, in one value."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from app.cover.check import Proof, prove
from app.escalation.network import Network
from app.protocols.problems import Problem
from app.protocols.protocol import Protocol
from app.protocols.publication import Report

REVIEW_AFTER: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What stands against publishing a document, what is worth a look, what was proved.

    `network` is None of a document that could not be read, `proof` of one that cannot be
    published.
    """

    now: datetime
    network: Network | None = None
    errors: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    proof: Proof | None = None

    @property
    def is_ok(self) -> bool:
        """Whether it may be published."""
        return not self.errors

    @property
    def has_gaps(self) -> bool:
        """Whether a step that an incident can come to can ask nobody at some instant."""
        return self.proof is not None and self.proof.gap_count > 0

    @property
    def protocol(self) -> Protocol | None:
        """The document, if it could be read."""
        return self.network.protocol if self.network else None

    @property
    def names(self) -> Mapping[str, str]:
        """What people call those whom the document names, by id; a contact point by its channel."""
        parties = self.network.parties.values() if self.network else ()
        points = {point.id: point.channel for one in parties for point in one.contact_points}
        return points | {one.id: one.name for one in parties}


def refused(problems: Iterable[Problem], now: datetime) -> Examined:
    """Of a document that cannot be read."""
    return Examined(now=now, errors=tuple(problems))


def examine(
    network: Network, report: Report, now: datetime, *, published_at: datetime | None = None
) -> Examined:
    """Everything that can be said of a document from `now` on.

    Args:
        network: the document and whom it names.
        report: what is to be said about publishing it.
        now: from when on its cover is proved.
        published_at: when the version that is in force was published, if there is one.
    """
    found = Examined(now=now, network=network, errors=report.errors, warnings=report.warnings)
    if report.is_ok:
        proof = prove(network, now)
        found = replace(found, proof=proof, warnings=(*found.warnings, *proof.warnings))
    if published_at is not None and now - published_at > REVIEW_AFTER:
        detail = "The published version is older than a year; it is to be reviewed yearly."
        found = replace(found, warnings=(*found.warnings, Problem(pointer="", detail=detail)))
    return found
