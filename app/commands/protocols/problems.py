"""Which clients have a gap in the time to come: what the standing watch found last."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from app.auth import Principal, Role
from app.channels.channel import rfc3339
from app.commands.inbox import inbox_owner
from app.escalation.party import PartyKind
from app.installation.answer import NotFound
from app.installation.installation import Installation
from app.installation.paging import Paging, page
from app.models.columns import instant
from app.protocols.kinds import OrganisationKind
from app.rosters.interval import clip, milliseconds, normal
from app.store.directory.directory import EVERYTHING, Sight, get_parties
from app.store.watch.listing import ListedProblem, Window, list_problems

SHOWN_FOR: Final = timedelta(days=30)
GAPS_MAX: Final = 50


async def read_problems(
    installation: Installation,
    principal: Principal,
    paging: Paging,
    *,
    within: timedelta,
    municipality_id: str | None = None,
) -> dict[str, object]:
    """The problems of the protocols of the clients that the caller sees, one page of them.

    Raises:
        RoleForbids: auditors see no protocols.
    """
    principal.require(Role.COORDINATOR, Role.PROVIDER)
    now = installation.clock()
    window = Window(begin=now, end=now + within)

    def look(session: Session) -> dict[str, object]:
        rows = list_problems(
            session,
            sight=principal.sight,
            window=window,
            municipality_id=municipality_id,
            after=paging.after,
            limit=paging.wanted,
        )
        return page(rows, paging, lambda row: _shown(row, window))

    return await installation.database.read(look)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Where nobody can be asked at first; without a client, of the municipality's default."""

    client_code: str | None
    variant: str | None
    step: int | None
    cause: str
    # The names of the desks that the step asks.
    desks: tuple[str, ...]
    begins_at: datetime
    ends_at: datetime
    # How many such times there are.
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """What a municipality's inbox leads to: the gaps of the next 30 days."""

    organisation: str
    now: datetime
    gaps: tuple[Gap, ...]
    # Whether there are more than are shown.
    has_more: bool


async def look_at_gaps(installation: Installation, token: str) -> Gaps:
    """The gaps in the protocols of the municipality that an inbox belongs to; changes nothing.

    Raises:
        NotFound: no such inbox, or it is no municipality's.
        LinkWithdrawn: it has been retired.
    """
    now = installation.clock()

    def look(session: Session) -> Gaps:
        owner = inbox_owner(session, installation, token)
        if owner.organisation_kind != OrganisationKind.MUNICIPALITY or not owner.is_organisation:
            raise NotFound
        rows = list_problems(
            session,
            sight=Sight(municipality_ids=frozenset({owner.party_id})),
            window=Window(begin=now, end=now + SHOWN_FOR),
            municipality_id=owner.party_id,
            limit=GAPS_MAX + 1,
        )
        ids = sorted({one for row in rows for one in row.party_ids})
        desks = {
            key: one.name
            for key, one in get_parties(session, party_ids=ids, sight=EVERYTHING).items()
            if one.kind == PartyKind.DESK
        }
        gaps = tuple(_gap(row, desks) for row in rows[:GAPS_MAX])
        return Gaps(organisation=owner.name, now=now, gaps=gaps, has_more=len(rows) > GAPS_MAX)

    return await installation.database.read(look)


def _gap(row: ListedProblem, desks: Mapping[str, str]) -> Gap:
    return Gap(
        client_code=row.client_code,
        variant=row.variant_name,
        step=row.step,
        cause=row.cause,
        desks=tuple(desks[one] for one in row.party_ids if one in desks),
        begins_at=instant(row.spans[0].begin),
        ends_at=instant(row.spans[0].end),
        count=len(row.spans),
    )


def _shown(row: ListedProblem, window: Window) -> dict[str, object]:
    first = row.spans[0]
    within = milliseconds(window.begin), milliseconds(window.end)
    missing = clip(normal((span.begin, span.end) for span in row.spans), *within)
    return {
        "client_id": row.client_id,
        "client_code": row.client_code,
        "municipality_id": row.municipality_id,
        "protocol": row.protocol,
        "version": row.version,
        "kind": row.kind,
        "pointer": _pointer(row),
        "variant": row.variant_name,
        "step": row.step,
        "cause": row.cause,
        "incidents": list(row.incidents),
        "party_ids": list(row.party_ids),
        "from": rfc3339(instant(first.begin)),
        "to": rfc3339(instant(first.end)),
        "counterexample": {
            "type": first.type,
            "severity": first.severity,
            "opened_at": rfc3339(instant(first.opened_at)),
            "at": rfc3339(instant(first.at)),
            "escalate_after_seconds": (first.at - first.opened_at) / 1000,
        },
        "count": len(row.spans),
        "missing_seconds": sum(end - begin for begin, end in missing) // 1000,
        "checked_at": rfc3339(row.checked_at),
    }


def _pointer(row: ListedProblem) -> str | None:
    """Where in the document the step is."""
    if row.variant is None or row.step is None:
        return None
    return f"/variants/{row.variant}/steps/{row.step - 1}"
