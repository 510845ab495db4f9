"""The rosters by which desks are asked, as far as they still matter."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache

from app.database import Transaction
from app.models.columns import instant
from app.rosters.history import Version
from app.rosters.roster import Roster, parse_roster

_PARSED_MAX = 2_000


async def load_rosters(
    tx: Transaction, desk_ids: Sequence[str]
) -> Mapping[str, tuple[Version, ...]]:
    """The versions of each desk's roster that hold now or will, by number; none without a roster.

    What another version had replaced when the newest was recorded can hold no more.
    """
    rows = await tx.fetch(
        """
        SELECT r.desk_id, v.number, v.document, v.effective_from, v.recorded_at, v.is_correction,
          v.reason
        FROM roster r JOIN roster_version v ON v.roster_id = r.id
        WHERE r.desk_id = ANY($1) AND NOT EXISTS (
          SELECT 1 FROM roster_version w
          WHERE w.roster_id = v.roster_id AND w.number > v.number AND w.effective_from <=
            (SELECT max(n.recorded_at) FROM roster_version n WHERE n.roster_id = v.roster_id))
        ORDER BY r.desk_id, v.number
        """,
        list(desk_ids),
    )
    found: dict[str, tuple[Version, ...]] = {}
    for row in rows:
        version = Version(
            number=row["number"],
            document=_parsed(row["document"]),
            effective_from=instant(row["effective_from"]),
            recorded_at=instant(row["recorded_at"]),
            is_correction=bool(row["is_correction"]),
            reason=row["reason"],
        )
        found[row["desk_id"]] = (*found.get(row["desk_id"], ()), version)
    return found


@lru_cache(maxsize=_PARSED_MAX)
def _parsed(document: str) -> Roster:
    # Versions never change, and the directory is read anew whenever anything in it has.
    return parse_roster(json.loads(document))
