"""Rows of contact points: found again by their address, or made."""

from app.commands.addresses import INBOX
from app.commands.directory.contact_points import (
    ContactPointChange,
    add_contact_point,
    alter_contact_point,
)
from app.commands.sheets.rows import ContactPointRow, Result
from app.commands.sheets.work import FIXED, NEEDED, Work, result, wrong
from app.models.directory import PartyRow
from app.protocols.calendar import Hours
from app.store.directory.contact_point import contact_points_of
from app.store.vault.destination import destinations_of


def store_contact_point(work: Work, row: ContactPointRow, address: str) -> Result:
    """A way to reach a party; `address` is the row's, checked. The same address is the same way."""
    party = _reached(work, row)
    points = contact_points_of(work.session, [party.id])[party.id]
    places = destinations_of(work.session, points)
    same = [
        one
        for one in points
        if one.channel == row.channel
        and (row.channel == INBOX or places[one.id].address == address)
    ]
    work.take(row.line, party.id, row.channel, "" if row.channel == INBOX else address)
    if not same:
        answer = add_contact_point(
            work.session,
            work.installation,
            work.principal,
            party.id,
            channel=row.channel,
            where=address,
            secret=row.secret,
            hours=row.hours or Hours.always,
            delay_seconds=row.delay_seconds or 0,
        )
        made = str(answer.body["secret"]) if "secret" in answer.body else None
        return result(row.line, "created", party, id_=str(answer.body["id"]), secret=made)
    point = same[0]
    if row.secret is not None and row.secret != places[point.id].secret:
        raise wrong("secret", FIXED)
    hours = row.hours if row.hours and row.hours.dump() != point.hours else None
    delay = None if row.delay_seconds == point.delay_seconds else row.delay_seconds
    change = ContactPointChange(hours=hours, delay_seconds=delay)
    if not change.says_more:
        return result(row.line, "unchanged", party, id_=point.id)
    alter_contact_point(work.session, work.installation, work.principal, point, change)
    return result(row.line, "updated", party, id_=point.id)


def _reached(work: Work, row: ContactPointRow) -> PartyRow:
    if row.desk is not None and row.person is not None:
        raise wrong("person", "Give a desk or a person, not both.")
    organisation = None
    if row.organisation is not None:
        organisation = work.book.organisation(row.organisation, "organisation")
    if row.desk is not None:
        return work.book.desk(row.desk, "desk", organisation)
    if row.person is not None:
        return work.book.person(row.person, "person", organisation)
    if organisation is None:
        raise wrong("organisation", NEEDED)
    return organisation
