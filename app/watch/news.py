"""What is told to whom, in ids and codes only."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from app.channels.channel import rfc3339
from app.database import Transaction
from app.installation.installation import Installation
from app.protocols.kinds import NoticeKind
from app.store.notice import Notice, insert_notices
from app.store.watch.marks import PUBLICATIONS, Mark
from app.store.watch.telling import News, endings, forget_untold, untold

ENDING_WITHIN: Final = timedelta(days=7)
"""So long before the plan of a roster ends somebody is told."""
CHANGES_MAX: Final = 20
DESKS_MAX: Final = 20

_KINDS: Final[Mapping[str, NoticeKind]] = MappingProxyType(
    {
        "lost": NoticeKind.COVER_LOST,
        "regained": NoticeKind.COVER_REGAINED,
        "ending": NoticeKind.ROSTER_ENDING,
    }
)


async def tell(
    tx: Transaction,
    installation: Installation,
    now: datetime,
    touched: Mapping[Mark, Collection[str]],
) -> int:
    """Write one notice to each municipality for each kind of news; how many there were.

    `touched` are the watched protocols that each change touches.
    """
    news = [*await untold(tx), *await endings(tx, now + ENDING_WITHIN)]
    await forget_untold(tx)
    notices = [
        Notice(
            id=installation.new_id(),
            kind=_KINDS[one.what],
            party_id=one.municipality_id,
            data=_data(one, touched),
        )
        for one in news
    ]
    if notices:
        await insert_notices(tx, notices, now=now, new_id=installation.new_id)
    return len(notices)


def _data(news: News, touched: Mapping[Mark, Collection[str]]) -> dict[str, object]:
    data: dict[str, object] = {
        "municipality_id": news.municipality_id,
        "protocol_count": len(news.watch_ids),
        "client_count": news.clients,
        "problems": f"/v1/protocols/problems?municipality_id={news.municipality_id}",
    }
    if news.client_codes:
        data["client_codes"] = news.client_codes
    if news.begins_at is not None:
        data["ends_at" if news.what == "ending" else "from"] = rfc3339(news.begins_at)
    if news.what == "ending":
        return data | {"desk_ids": sorted(news.desk_ids)}
    if len(news.watch_ids) == 1 and news.watch_ids[0].startswith("own:"):
        data["client_id"] = news.watch_ids[0].removeprefix("own:")
    if news.what == "lost":
        data |= {"causes": sorted(news.causes), "desk_ids": sorted(news.desk_ids)[:DESKS_MAX]}
    return data | {"changes": list(_changes(news, touched))[:CHANGES_MAX]}


def _changes(news: News, touched: Mapping[Mark, Collection[str]]) -> Iterator[dict[str, object]]:
    """Which changes had this effect, as far as is known; none where only time went on."""
    affected = set(news.watch_ids)
    seen: set[tuple[str, str]] = set()
    for mark in _in_order(touched):
        key = (mark.what.value, mark.subject)
        if key not in seen and not affected.isdisjoint(touched[mark]):
            seen.add(key)
            name = "subject_id" if mark.what in PUBLICATIONS else "party_id"
            yield {"what": mark.what.value, name: mark.subject}


def _in_order(marks: Iterable[Mark]) -> Iterable[Mark]:
    return sorted(marks, key=lambda mark: mark.id)
