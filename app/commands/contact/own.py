"""A person's own contact points, as their inbox's page shows them."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from app.commands.contact.masking import masked
from app.commands.inbox import inbox_owner
from app.installation.installation import Installation
from app.models.directory import ContactPointRow
from app.store.contact.check import CheckState, last_answers, last_checks
from app.store.directory.contact_point import contact_points_of
from app.store.vault.destination import destinations_of


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPoint:
    """One way to reach the owner, its address masked."""

    id: str
    channel: str
    address: str
    state: CheckState
    asked_at: datetime | None
    # When it was last found to be read, by this check or an earlier one.
    confirmed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPoints:
    """All ways to reach the owner of an inbox that are not retired, oldest first."""

    name: str
    organisation: str
    now: datetime
    points: tuple[OwnPoint, ...]


async def look_at_own_points(installation: Installation, token: str) -> OwnPoints:
    """The contact points of the party that an inbox belongs to; changes nothing.

    Raises:
        NotFound: no such inbox.
        LinkWithdrawn: it has been retired, or whoever it belonged to.
    """
    now = installation.clock()

    def look(session: Session) -> OwnPoints:
        owner = inbox_owner(session, installation, token)
        own = select(ContactPointRow.id).where(ContactPointRow.party_id == owner.party_id)
        checks, answers = last_checks(session, own), last_answers(session, own)
        rows = contact_points_of(session, [owner.party_id])[owner.party_id]
        places = destinations_of(session, rows)
        points = []
        for row in rows:
            check = checks.get(row.id)
            point = OwnPoint(
                id=row.id,
                channel=row.channel,
                address=masked(row.channel, places[row.id].address),
                state=check.state(now) if check else CheckState.NEVER_ASKED,
                asked_at=check.asked_at if check else None,
                confirmed_at=answers.get(row.id),
            )
            points.append(point)
        return OwnPoints(
            name=owner.name, organisation=owner.organisation, now=now, points=tuple(points)
        )

    return await installation.database.read(look)
