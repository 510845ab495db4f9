"""How long the first page takes over all instants of a week, of a document or the published one."""

import asyncio
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from app.channels.channel import rfc3339
from app.commands.directory.protocols import Document, FindSubject
from app.commands.protocols.checking import Checked, read_for_check
from app.commands.protocols.reporting import begin_of
from app.cover.distribution import WEEK, Distribution, Pair, Share, distributions
from app.installation.answer import FieldError, FieldsInvalid, refuse
from app.installation.installation import Installation
from app.protocols.protocol import Protocol


async def distribute(
    installation: Installation,
    find_subject: FindSubject,
    document: Document | None,
    week: date | None,
) -> dict[str, object]:
    """For each sort of incident: how long it takes for which part of all instants of a week.

    Raises:
        NotFound, RoleForbids: as `find_subject` does; or there is no document and none published.
        FieldsInvalid: the document is wrong, or the week does not begin within the horizon.
    """
    read = await read_for_check(installation, find_subject, document)
    problems = read.report.errors if isinstance(read, Checked) else read
    refuse(FieldError(pointer=one.pointer, detail=one.detail) for one in problems)
    if not isinstance(read, Checked):
        raise FieldsInvalid
    begin = begin_of(read.network, week, installation.clock())
    found = await asyncio.to_thread(distributions, read.network, begin)
    return shown(read.protocol, found, begin)


def shown(
    protocol: Protocol, found: Iterable[Distribution], begin: datetime, length: timedelta = WEEK
) -> dict[str, object]:
    """What programs read of it."""
    return {
        "from": rfc3339(begin),
        "to": rfc3339(begin + length),
        "distributions": [_distribution(protocol, one) for one in found],
    }


def _distribution(protocol: Protocol, one: Distribution) -> dict[str, object]:
    return {
        "incidents": _incidents(one.pairs),
        "variants": [protocol.variants[number].name for number in one.variants],
        "p50_seconds": one.quantile(0.5),
        "p90_seconds": one.quantile(0.9),
        "p99_seconds": one.quantile(0.99),
        "max_seconds": one.longest,
        "shares": [_share(each) for each in one.shares],
    }


def _share(share: Share) -> dict[str, object]:
    return {
        "after_seconds": share.after,
        "share": share.share,
        "waits_for_morning": share.waiting,
        "example_at": rfc3339(share.example),
    }


def _incidents(pairs: Iterable[Pair]) -> list[dict[str, object]]:
    severities: dict[str, list[str]] = {}
    for incident_type, severity in pairs:
        severities.setdefault(incident_type.value, []).append(severity.value)
    return [{"type": name, "severities": many} for name, many in severities.items()]
