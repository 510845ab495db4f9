"""Which clients have a gap in the time to come: what the standing watch found last."""

from datetime import timedelta

from sqlmodel import Session

from app.auth import Principal, Role
from app.channels.channel import rfc3339
from app.installation.installation import Installation
from app.installation.paging import Paging, page
from app.models.columns import instant
from app.store.watch.listing import ListedProblem, Window, list_problems


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

    def look(session: Session) -> dict[str, object]:
        rows = list_problems(
            session,
            sight=principal.sight,
            window=Window(begin=now, end=now + within),
            municipality_id=municipality_id,
            after=paging.after,
            limit=paging.wanted,
        )
        return page(rows, paging, _shown)

    return await installation.database.read(look)


def _shown(row: ListedProblem) -> dict[str, object]:
    first = row.spans[0]
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
        "missing_seconds": sum(span.end - span.begin for span in row.spans) // 1000,
        "checked_at": rfc3339(row.checked_at),
    }


def _pointer(row: ListedProblem) -> str | None:
    """Where in the document the step is."""
    if row.variant is None or row.step is None:
        return None
    return f"/variants/{row.variant}/steps/{row.step - 1}"
