"""What was found out about a document, for people: as text and as a picture of a week."""

import asyncio
from datetime import date, datetime

from app.cover.check import HORIZON
from app.cover.distribution import WEEK
from app.escalation.network import Network
from app.foresight.examined import Examined
from app.foresight.picture import picture
from app.foresight.report import report
from app.foresight.week import first_days, look_at_week
from app.installation.answer import FieldError, FieldsInvalid
from app.protocols.kinds import Language
from app.rosters.interval import moment
from app.rosters.zone import first_instant


async def text_of(examined: Examined, language: Language) -> str:
    """The report as lines of text."""
    return await asyncio.to_thread(report, examined, language)


async def picture_of(examined: Examined, week: date | None, language: Language) -> str:
    """A week of it as SVG: from `week` on, else from the first day of the horizon.

    Raises:
        FieldsInvalid: that week does not begin within the horizon.
    """
    return await asyncio.to_thread(_drawn, examined, week, language)


def begin_of(network: Network, week: date | None, now: datetime) -> datetime:
    """When a week begins: on that local day, but not before `now`; without a day, now.

    Raises:
        FieldsInvalid: it is no day of the horizon.
    """
    if week is None:
        return now
    _require_within_horizon(network, week, now)
    return max(moment(first_instant(week, 0, network.zone)), now)


def _drawn(examined: Examined, week: date | None, language: Language) -> str:
    network = examined.network
    if network is None or not examined.is_ok:
        return picture(examined, None, language)
    first = week or first_days(examined.now, network.zone, HORIZON)[0]
    _require_within_horizon(network, first, examined.now)
    return picture(examined, look_at_week(network, first, examined.now), language)


def _require_within_horizon(network: Network, week: date, now: datetime) -> None:
    first, last = first_days(now, network.zone, HORIZON - WEEK)
    if not first <= week <= last:
        detail = f"Must be a day of the horizon: {first} to {last}."
        raise FieldsInvalid(errors=[FieldError(pointer="/week", detail=detail, place="query")])
