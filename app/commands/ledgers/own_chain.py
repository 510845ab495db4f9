"""The own chain of a log, as it is read: exports, keys, predecessors."""

import base64
import re
from collections.abc import Iterator, Sequence
from typing import Final

from sqlmodel import Session

from app.auth import Principal, Role
from app.channels.channel import rfc3339
from app.commands.audit.entries import IMPERSONAL
from app.commands.ledgers.reading import require_log
from app.installation.answer import NotFound
from app.installation.installation import Installation
from app.installation.paging import Paging, write_cursor
from app.ledger.disclosure import DisclosureInvalid, decode, digest
from app.ledger.entry import parse_leaf
from app.store.audit.log import is_log
from app.store.audit.own_chain import OwnEntry, own_entries

# No row has a longer one.
_ROW_ID: Final = re.compile("[0-9]{1,18}")


async def read_own_entries(
    installation: Installation, principal: Principal, log_id: str, paging: Paging
) -> dict[str, object]:
    """A page of what is recorded of the log itself, and of those whose place it took.

    Raises:
        NotFound: there is no such log, or it is not the caller's.
        RoleForbids: a provider has no matter there.
    """
    require_log(principal, log_id)
    hides = principal.role is Role.AUDITOR

    def look(session: Session) -> dict[str, object]:
        if not is_log(session, log_id):
            raise NotFound
        after = int(paging.after or 0) if _ROW_ID.fullmatch(paging.after or "0") else 0
        found = own_entries(session, log_id, after_id=after, limit=paging.wanted)
        shown = found[: paging.limit]
        more = len(found) > paging.limit
        return {
            "items": [_shown(one, hides=hides) for one in shown],
            "next_cursor": write_cursor(str(shown[-1].id)) if more else None,
        }

    return await installation.database.read(look)


def _shown(entry: OwnEntry, *, hides: bool) -> dict[str, object]:
    leaf = parse_leaf(entry.leaf)
    return {
        "chain_id": entry.incident_id,
        "seq": entry.seq,
        "type": entry.type,
        "at": rfc3339(entry.at),
        "leaf_hash": entry.leaf_hash.hex(),
        "prev": leaf.prev.hex() if leaf.prev else None,
        "leaf": base64.b64encode(entry.leaf).decode("ascii"),
        "leaf_index": entry.leaf_index,
        "disclosures": list(_opened(entry.disclosures, hides=hides)),
    }


def _opened(disclosures: Sequence[str], *, hides: bool) -> Iterator[dict[str, object]]:
    for text in disclosures:
        try:
            opened = decode(text)
        except DisclosureInvalid:
            continue  # `verify` says so
        if not hides or opened.name in IMPERSONAL:
            yield {
                "name": opened.name,
                "value": opened.value,
                "digest": digest(text),
                "disclosure": text,
            }
