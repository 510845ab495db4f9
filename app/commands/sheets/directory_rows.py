"""Rows of organisations, desks and persons: found again by id or name, or made."""

from collections.abc import Mapping, Sequence

from app.commands.directory.directory import (
    OrganisationChange,
    add_checked_organisation,
    alter_organisation,
)
from app.commands.directory.parties import PartyChange, add_party, apply_party_change
from app.commands.directory.ties import ROOTS
from app.commands.sheets.book import SEVERAL
from app.commands.sheets.rows import (
    DeskRow,
    OrganisationRow,
    PersonRow,
    Result,
)
from app.commands.sheets.work import FIXED, NEEDED, Work, result, wrong
from app.escalation.party import PartyKind
from app.installation.answer import Answer
from app.models.directory import PartyRow
from app.protocols.calendar import Hours
from app.protocols.kinds import OrganisationKind
from app.store.directory.directory import (
    desk_ids_of,
    municipality_ids_of,
)


def store_organisation(work: Work, row: OrganisationRow) -> Result:
    """An organisation; it goes on working where else it works."""
    named = row.municipalities
    if named is None and row.kind not in ROOTS and row.id is None:
        named = work.home()
    kind = OrganisationKind.MUNICIPALITY
    wanted = [work.book.organisation(one, "municipalities", kind=kind).id for one in named or ()]
    found = _found(work, row, PartyKind.ORGANISATION, organisation_kind=row.kind)
    if found is None:
        work.take(row.line, "organisation", row.kind, row.name)
        answer = add_checked_organisation(
            work.session,
            work.installation,
            work.principal,
            name=row.name,
            kind=row.kind,
            municipality_ids=wanted,
        )
        return _made(work, row.line, answer)
    work.take(row.line, found.id)
    if found.organisation_kind != row.kind:
        raise wrong("kind", FIXED)
    before = municipality_ids_of(work.session, [found.id])[found.id]
    more = [one for one in dict.fromkeys(wanted) if one not in before]
    if more and row.kind in ROOTS:
        raise wrong("municipalities", FIXED)
    if found.name == row.name and not more:
        return result(row.line, "unchanged", found)
    change = OrganisationChange(
        name=row.name if row.name != found.name else None,
        municipality_ids=[*before, *more] if more else None,
    )
    alter_organisation(work.session, work.installation, work.principal, found.id, change)
    return _changed(work, row.line, found)


def store_desk(work: Work, row: DeskRow) -> Result:
    """A desk of an organisation."""
    organisation = _organisation(work, row)
    found = _found(work, row, PartyKind.DESK, organisation=organisation)
    if found is None:
        hours = row.hours or Hours.always
        return _add_party(work, row, organisation, kind=PartyKind.DESK, hours=hours)
    work.take(row.line, found.id)
    other = row.hours if row.hours and row.hours.dump() != found.hours else None
    return _alter_party(work, row, found, PartyChange(name=_new(row.name, found), hours=other))


def store_person(work: Work, row: PersonRow) -> Result:
    """A person of an organisation; where `desks` are given, they are theirs and no others."""
    organisation = _organisation(work, row)
    found = _found(work, row, PartyKind.PERSON, organisation=organisation)
    desks = [work.book.desk(one, "desks", organisation).id for one in row.desks or ()]
    if found is None:
        return _add_party(work, row, organisation, kind=PartyKind.PERSON, desk_ids=desks)
    work.take(row.line, found.id)
    is_other = bool(desks) and set(desks) != set(desk_ids_of(work.session, [found.id])[found.id])
    change = PartyChange(name=_new(row.name, found), desk_ids=desks if is_other else None)
    return _alter_party(work, row, found, change)


def _organisation(work: Work, row: DeskRow | PersonRow) -> PartyRow | None:
    if row.organisation is None:
        if row.id is None:
            raise wrong("organisation", NEEDED)
        return None
    return work.book.organisation(row.organisation, "organisation")


def _found(
    work: Work,
    row: OrganisationRow | DeskRow | PersonRow,
    kind: PartyKind,
    *,
    organisation: PartyRow | None = None,
    organisation_kind: OrganisationKind | None = None,
) -> PartyRow | None:
    """What there is already: by its id, else by its name."""
    if row.id is not None:
        found = work.book.by_id(row.id, kind)
        if organisation is not None and found.organisation_id != organisation.id:
            raise wrong("organisation", FIXED)
        return found
    same: Sequence[PartyRow] = work.book.named(
        row.name, kind, organisation=organisation, organisation_kind=organisation_kind
    )
    if len(same) > 1:
        raise wrong("name", SEVERAL.format(text=row.name[:100]))
    return same[0] if same else None


def _add_party(
    work: Work,
    row: DeskRow | PersonRow,
    organisation: PartyRow | None,
    *,
    kind: PartyKind,
    hours: Hours = Hours.always,
    desk_ids: Sequence[str] = (),
) -> Result:
    assert organisation is not None, "without an id the organisation is needed"
    work.take(row.line, kind, organisation.id, row.name)
    answer = add_party(
        work.session,
        work.installation,
        work.principal,
        organisation_id=organisation.id,
        kind=kind,
        name=row.name,
        hours=hours,
        desk_ids=desk_ids,
    )
    return _made(work, row.line, answer)


def _alter_party(
    work: Work, row: DeskRow | PersonRow, found: PartyRow, change: PartyChange
) -> Result:
    if not change.says_more:
        return result(row.line, "unchanged", found)
    apply_party_change(work.session, work.installation, work.principal, found.id, change)
    return _changed(work, row.line, found)


def _made(work: Work, line: int, answer: Answer) -> Result:
    body: Mapping[str, object] = answer.body
    row = work.session.get_one(PartyRow, body["id"])
    work.book.add(row)
    # What was made in this line is found by a later one; it is the same.
    work.take(line, row.id)
    return result(line, "created", row)


def _changed(work: Work, line: int, row: PartyRow) -> Result:
    changed = work.session.get_one(PartyRow, row.id)
    work.book.add(changed)
    return result(line, "updated", changed)


def _new(name: str, found: PartyRow) -> str | None:
    return name if name != found.name else None
