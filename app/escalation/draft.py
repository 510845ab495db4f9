"""A decision while it is being written."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from app.escalation.decision import (
    SYSTEM,
    Cause,
    Decision,
    Effect,
    Entry,
    EntryType,
    MessageKind,
    Page,
    Result,
    Send,
)
from app.escalation.incident import Basis, Incident, Offer, Status, page_id_of
from app.escalation.network import Network
from app.escalation.party import ContactPoint, PartyId

# What clears all timers but that of an open offer.
NO_TIMERS: Final[Mapping[str, object]] = MappingProxyType(
    dict.fromkeys(("begin_at", "step_due_at", "remind_at", "arrive_due_at", "remind_every"))
)


class Draft:
    """A decision while it is being written: one incident, one instant, one network."""

    def __init__(self, incident: Incident, network: Network, at: datetime) -> None:
        """Start from `incident`; `at` is the instant of everything written here."""
        self._before = incident
        self.incident = incident
        self.network = network
        self.at = at
        self.entries: list[Entry] = []
        self.effects: list[Effect] = []
        self.result = Result.APPLIED

    def change(self, **fields: object) -> None:
        """Replace fields of the incident."""
        self.incident = replace(self.incident, **fields)  # type: ignore[arg-type]  # field names

    def enter(
        self,
        type_: EntryType,
        actor: str = SYSTEM,
        *,
        cause: Cause | None = None,
        basis: Basis | None = None,
        due: datetime | None = None,
        from_id: PartyId | None = None,
        step: int | None = None,
        round_: int | None = None,
        facts: Mapping[str, object] | None = None,
    ) -> None:
        """Append an entry; from and to are the holder, unless `from_id` says who held before.

        It belongs to the running step and round, unless `step` and `round_` say otherwise.
        """
        incident = self.incident
        self.entries.append(
            Entry(
                type=type_,
                from_id=from_id or incident.holder_id,
                to_id=incident.holder_id,
                actor_id=actor,
                cause=cause,
                basis=basis,
                step=step or incident.step or None,
                round=round_ or incident.round or None,
                due=due,
                facts={k: v for k, v in (facts or {}).items() if v is not None},
            )
        )

    def transfer(
        self,
        to: PartyId,
        cause: Cause,
        basis: Basis,
        *,
        actor: str = SYSTEM,
        due: datetime | None = None,
        facts: Mapping[str, object] | None = None,
    ) -> None:
        """Give responsibility to `to`; nothing is written when it holds already."""
        before = self.incident.holder_id
        if before == to:
            return
        self.change(holder_id=to, holder_since=self.at, basis=basis)
        self.enter(
            EntryType.TRANSFERRED,
            actor,
            cause=cause,
            basis=basis,
            due=due,
            from_id=before,
            facts=facts,
        )

    def close(self, actor: str, cause: Cause, facts: Mapping[str, object] | None = None) -> None:
        """End the responsibility of the holder."""
        before = self.incident.holder_id
        status = Status.RESOLVED if cause is Cause.RESOLVED else Status.CANCELLED
        self.clear_timers()
        self.change(
            status=status,
            holder_id=None,
            holder_since=None,
            basis=None,
            closed_at=self.at,
            exhausted=False,
            offer=None,
        )
        self.enter(EntryType.CLOSED, actor, cause=cause, from_id=before, facts=facts)

    def clear_timers(self) -> None:
        """Nothing is due any more, except an open offer."""
        self.change(**NO_TIMERS)

    def end_offer(self, cause: Cause, actor: str = SYSTEM, due: datetime | None = None) -> None:
        """Close the open offer, if there is one; the holder is unchanged."""
        if self.incident.offer:
            self.change(offer=None)
            self.enter(EntryType.OFFER_ENDED, actor, cause=cause, due=due)

    def page(self, party_id: PartyId) -> str:
        """Remember the page to a party at the running step; returns its id."""
        step, round_ = self.incident.step, self.incident.round
        page_id = page_id_of(self.incident.id, party_id, step, round_)
        self.effects.append(Page(page_id=page_id, party_id=party_id, step=step, round=round_))
        return page_id

    def send(
        self,
        kind: MessageKind,
        party_id: PartyId,
        points: tuple[ContactPoint, ...] | None = None,
        *,
        page_id: str | None = None,
        due_at: datetime | None = None,
    ) -> None:
        """Send a message to a party, by its usable contact points unless `points` names them.

        Only a page follows the ladder of delays; every other message goes out at once.
        """
        if points is None:
            points = self.network.usable(party_id, self.at)
        self.effects.extend(
            Send(
                kind=kind,
                party_id=party_id,
                contact_point_id=point.id,
                page_id=page_id,
                delay=point.delay if kind is MessageKind.PAGED else timedelta(0),
                due_at=due_at,
            )
            for point in points
        )

    def open_offer(self, offer: Offer) -> None:
        """Put an offer in the place of the one before."""
        self.end_offer(Cause.WITHDRAWN)
        self.change(offer=offer)

    def done(self) -> Decision:
        """The finished decision; the version grows when anything was written."""
        if self.entries:
            self.change(last_at=self.at, version=self.incident.version + 1)
        else:
            unchanged = self.incident == self._before and not self.effects
            assert unchanged, "H6: nothing changes without an entry"
        return Decision(
            incident=self.incident,
            at=self.at,
            entries=tuple(self.entries),
            effects=tuple(self.effects),
            result=self.result,
        )
