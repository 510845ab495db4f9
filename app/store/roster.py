"""The rosters by which desks are asked, as far as they still matter."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Final

from app.database import Transaction
from app.models.columns import instant
from app.rosters.history import Version
from app.rosters.roster import Roster, parse_roster

# A node's clock may be put back so far, or lie behind that of the node which wrote: what it then
# takes for now still finds the version that holds.
CLOCK_PUT_BACK: Final = timedelta(hours=1)
_PARSED_MAX: Final = 2_000


async def load_rosters(
    tx: Transaction, desk_ids: Sequence[str]
) -> Mapping[str, tuple[Version, ...]]:
    """The versions of each desk's roster that hold now or will, by number; none without a roster.

    What another version had replaced when the newest was recorded, and an hour before, can hold
    no more.
    """
    rows = await tx.fetch(
        """
        SELECT r.desk_id, v.number, v.document, v.effective_from, v.recorded_at, v.is_correction,
          v.reason
        FROM roster r JOIN roster_version v ON v.roster_id = r.id
        WHERE r.desk_id = ANY($1) AND NOT EXISTS (
          SELECT 1 FROM roster_version w
          WHERE w.roster_id = v.roster_id AND w.number > v.number AND w.effective_from <=
            (SELECT n.recorded_at - $2 FROM roster_version n WHERE n.roster_id = v.roster_id
              ORDER BY n.number DESC LIMIT 1))
        ORDER BY r.desk_id, v.number
        """,
        list(desk_ids),
        CLOCK_PUT_BACK // timedelta(milliseconds=1),
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
