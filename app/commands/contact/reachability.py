"""The report of reachability: whom a message really reached, and who never answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.auth import Principal, Role
from app.channels.channel import rfc3339
from app.escalation.delivery import DeliveryStatus
from app.installation.installation import Installation
from app.store.contact.check import Check, CheckState, last_checks
from app.store.contact.reachability import (
    Place,
    Reached,
    desks_of,
    list_reached,
    point_ids,
)
from app.store.vault.loading import names_of

_UNREAD = frozenset({CheckState.FAILED, CheckState.UNANSWERED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which contact points, and checks that were asked in [from_at, to_at); None means any."""

    municipality_id: str | None = None
    organisation_id: str | None = None
    from_at: datetime | None = None
    to_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A contact point with the last check of it in the time that was asked for."""

    point: Reached
    check: Check | None
    state: CheckState

    @property
    def id(self) -> str:
        """By which the list is in order."""
        return self.point.id

    def shown(self) -> Mapping[str, object]:
        """As the report lists it; no address is in it."""
        point, check = self.point, self.check
        read_at = check.read_at if check else None
        seconds = (read_at - check.asked_at).total_seconds() if check and read_at else None
        return {
            "contact_point_id": point.id,
            "channel": point.channel,
            "party": {"id": point.party_id, "kind": point.party_kind, "name": point.party_name},
            "organisation": {"id": point.organisation_id, "name": point.organisation_name},
            "state": self.state,
            "scheduled": check.is_scheduled if check else None,
            "asked_at": rfc3339(check.asked_at) if check else None,
            "delivery": check.delivery if check else None,
            "reason": check.reason if check else None,
            "read_at": rfc3339(read_at) if read_at else None,
            "seconds_until_read": seconds,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All contact points, in order of their ids, and what they come to."""

    items: Sequence[Item]
    summary: Mapping[str, object]


async def read_reachability(
    installation: Installation, principal: Principal, wanted: Wanted
) -> Report:
    """Whom a check really reached, of the contact points in use that the caller sees.

    Raises:
        RoleForbids: auditors know persons by pseudonyms only.
    """
    principal.require(Role.COORDINATOR, Role.PROVIDER)
    now = installation.clock()
    place = Place(
        sight=principal.sight,
        municipality_id=wanted.municipality_id,
        organisation_id=wanted.organisation_id,
        made_before=wanted.to_at,
    )

    def look(session: Session) -> Report:
        checks = last_checks(session, point_ids(place), from_at=wanted.from_at, to_at=wanted.to_at)
        items = [_item(one, checks.get(one.id), now) for one in list_reached(session, place)]
        unread = _unread_desks(desks_of(session, place), items)
        names = names_of(session, [str(one["id"]) for one in unread])
        desks = [{**one, "name": names[str(one["id"])]} for one in unread]
        return Report(items=items, summary={**_counts(items), "unread_desks": desks})

    return await installation.database.read(look)


def _item(point: Reached, check: Check | None, now: datetime) -> Item:
    state = check.state(now) if check else CheckState.NEVER_ASKED
    return Item(point=point, check=check, state=state)


def _counts(items: Sequence[Item]) -> Mapping[str, object]:
    states = [one.state for one in items]
    asked = len(items) - states.count(CheckState.NEVER_ASKED)
    read = states.count(CheckState.CONFIRMED)
    return {
        "contact_points": len(items),
        "asked": asked,
        "delivered": sum(
            1 for one in items if one.check and one.check.delivery is DeliveryStatus.SENT
        ),
        "failed": states.count(CheckState.FAILED),
        "read": read,
        "waiting": states.count(CheckState.ASKED),
        "unanswered": states.count(CheckState.UNANSWERED),
        "never_asked": len(items) - asked,
        "share_read": round(read / asked, 4) if asked else None,
    }


def _unread_desks(
    desks: Mapping[str, Sequence[str]], items: Sequence[Item]
) -> Sequence[Mapping[str, object]]:
    """The desks at which somebody was asked, and nobody can be expected to have read it."""
    by_party: dict[str, list[Item]] = {}
    for item in items:
        by_party.setdefault(item.point.party_id, []).append(item)
    found = []
    for desk_id, parties in desks.items():
        asked = [
            one
            for party_id in parties
            for one in by_party.get(party_id, ())
            if one.check is not None
        ]
        if asked and all(one.state in _UNREAD for one in asked):
            found.append({"id": desk_id, "contact_points_asked": len(asked)})
    return found
