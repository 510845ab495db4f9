"""The list of problems, client by client, as far as somebody may see them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BindParameter, bindparam, text
from sqlmodel import Session

from app.database import Row, vault_of
from app.models.columns import instant, milliseconds
from app.store.directory.directory import Sight
from app.store.watch.problems import Missing, open_name
from app.vault import Vault

_HAS_OWN: Final = "EXISTS (SELECT 1 FROM protocol_version o WHERE o.client_id = c.id)"
_HAS_DEFAULT: Final = (
    "EXISTS (SELECT 1 FROM protocol_version o"
    " WHERE o.municipality_id = c.municipality_id AND o.client_id IS NULL)"
)
# Which protocol counts for a client, as for an incident: its own, the default, the last resort.
_COUNTS: Final = (
    "w.client_id = c.id",
    f"w.kind = 'default' AND w.municipality_id = c.municipality_id AND NOT {_HAS_OWN}",
    (
        "w.kind = 'fallback' AND w.municipality_id = c.municipality_id"
        f" AND NOT {_HAS_OWN} AND NOT {_HAS_DEFAULT}"
    ),
)
_PROBLEM: Final = (
    "w.municipality_id, w.kind AS protocol, w.version_id, w.checked_at, p.kind,"
    " p.variant, p.variant_name, p.watch_id, p.place, p.step, p.cause, p.incidents, p.party_ids,"
    " p.spans"
)
_COMING: Final = "p.next_to > :now AND p.next_from < :until"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedProblem:
    """A problem of one client; without a client, of a municipality's default itself."""

    id: str
    client_id: str | None
    client_code: str | None
    municipality_id: str
    protocol: str
    version: int | None
    checked_at: datetime
    kind: str
    variant: int | None
    variant_name: str | None
    step: int | None
    cause: str
    incidents: Sequence[str]
    party_ids: Sequence[str]
    # Those of the window alone, at least one.
    spans: Sequence[Missing]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """From when to when problems are listed."""

    begin: datetime
    end: datetime


def list_problems(
    session: Session,
    *,
    sight: Sight,
    window: Window,
    municipality_id: str | None = None,
    after: str | None = None,
    limit: int,
) -> Sequence[ListedProblem]:
    """The problems of the clients that may be seen, by client; whoever has left is left out."""
    sql, values = _list_of(sight, municipality_id)
    lists: list[BindParameter[object]] = [
        bindparam(name, expanding=True) for name in values if name == "seen"
    ]
    found = session.connection().execute(
        text(sql).bindparams(*lists),
        {
            "now": milliseconds(window.begin),
            "until": milliseconds(window.end),
            "after": after or "",
            "first": (after or "").partition("/")[0],
            "limit": limit,
            **values,
        },
    )
    return [_listed(vault_of(session), row, window) for row in found.mappings()]


def _list_of(sight: Sight, municipality_id: str | None) -> tuple[str, Mapping[str, object]]:
    """The statement, and the values that it has for this sight and filter."""
    conditions, values = _seen(sight)
    if municipality_id is not None:
        conditions += " AND c.municipality_id = :municipality"
        values = {**values, "municipality": municipality_id}
    selects = [
        "SELECT c.id || '/' || p.place AS id, c.id AS client_id, c.code AS client_code,"  # noqa: S608  # our own text
        f" {_PROBLEM} FROM client c JOIN protocol_watch w ON {counts}"
        f" JOIN protocol_problem p ON p.watch_id = w.id AND {_COMING}"
        f" WHERE c.retired_at IS NULL AND c.id >= :first {conditions}"
        for counts in _COUNTS
    ]
    if sight.organisation_id is None:
        selects.append(_defaults(sight, municipality_id))
    sql = (
        "SELECT q.*, v.number AS version FROM ("  # noqa: S608  # our own text
        + " UNION ALL ".join(selects)
        + ") q LEFT JOIN protocol_version v ON v.id = q.version_id"
        " WHERE q.id > :after ORDER BY q.id LIMIT :limit"
    )
    return sql, values


def _defaults(sight: Sight, municipality_id: str | None) -> str:
    """What is wrong with a default concerns its coordinators before anybody relies on it."""
    conditions = "" if sight.is_everything else " AND w.municipality_id IN :seen"
    if municipality_id is not None:
        conditions += " AND w.municipality_id = :municipality"
    return (
        "SELECT w.id || '/' || p.place AS id, NULL AS client_id, NULL AS client_code,"  # noqa: S608  # our own text
        f" {_PROBLEM} FROM protocol_watch w"
        f" JOIN protocol_problem p ON p.watch_id = w.id AND {_COMING}"
        f" WHERE w.kind = 'default'{conditions}"
    )


def _seen(sight: Sight) -> tuple[str, Mapping[str, object]]:
    if sight.is_everything:
        return "", {}
    if sight.organisation_id is not None:
        serves = (
            " AND EXISTS (SELECT 1 FROM client_service s"
            " WHERE s.client_id = c.id AND s.organisation_id = :organisation)"
        )
        return serves, {"organisation": sight.organisation_id}
    return " AND c.municipality_id IN :seen", {"seen": sorted(sight.municipality_ids)}


def _listed(vault: Vault, row: Row, window: Window) -> ListedProblem:
    begin, end = milliseconds(window.begin), milliseconds(window.end)
    spans = (Missing(*span) for span in _plain(row["spans"]))
    return ListedProblem(
        id=row["id"],
        client_id=row["client_id"],
        client_code=row["client_code"],
        municipality_id=row["municipality_id"],
        protocol=row["protocol"],
        version=row["version"],
        checked_at=instant(row["checked_at"]),
        kind=row["kind"],
        variant=row["variant"],
        variant_name=open_name(vault, row["variant_name"], row["watch_id"], row["place"]),
        step=row["step"],
        cause=row["cause"],
        incidents=_plain(row["incidents"]),
        party_ids=_plain(row["party_ids"]),
        spans=[span for span in spans if span.end > begin and span.begin < end],
    )


def _plain(value: Any) -> Any:  # noqa: ANN401  # whatever JSON may be
    """Of written SQL one driver gives JSON as it is, the other as text."""
    return json.loads(value) if isinstance(value, str) else value
