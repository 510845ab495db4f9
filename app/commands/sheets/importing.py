"""A sheet of rows is stored as a whole or not at all, and says what is wrong with every row."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from sqlmodel import Session

from app.auth import Principal, Role, RoleForbids
from app.channels.channel import Channel, rfc3339
from app.commands.addresses import checked_address
from app.commands.sheets.book import Book
from app.commands.sheets.client_rows import Clients
from app.commands.sheets.contact_rows import store_contact_point
from app.commands.sheets.directory_rows import (
    store_desk,
    store_organisation,
    store_person,
)
from app.commands.sheets.roster_rows import errors_of, store_shifts
from app.commands.sheets.rows import (
    ClientRow,
    ContactPointRow,
    DeskRow,
    ImportKind,
    OrganisationRow,
    PersonRow,
    ReferringRow,
    Result,
    Row,
    RowError,
    RowsInvalid,
)
from app.commands.sheets.work import Work, texts_of
from app.installation.answer import Answer, FieldsInvalid, Idempotency, Refusal, once
from app.installation.installation import Installation
from app.rosters.roster import Shift
from app.store.directory.directory import touch_directory

# On SQLite everybody who writes waits for an import, emergencies too: it must not take long.
ROWS_MAX: Final = 200
REMOVED_SHOWN_MAX: Final = 500
_CHECKED_AT_ONCE: Final = 20


class _Tried(Exception):
    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__()


async def import_rows(
    installation: Installation,
    channels: Mapping[str, Channel],
    principal: Principal,
    kind: ImportKind,
    *,
    rows: Sequence[Row],
    wrong: Sequence[RowError],
    dry_run: bool,
    idempotency: Idempotency | None = None,
) -> Answer:
    """Store the rows in one transaction, by the rules of those who store one at a time.

    What there is already (by id, or by its name) is changed where the row says something else. A
    dry run does all the same, and takes it back.

    Raises:
        RoleForbids: the caller may not write such things.
        RowsInvalid: all that is wrong, with what was `wrong` already; nothing was stored.
    """
    require_importer(principal, kind)
    assert len(rows) <= ROWS_MAX, "the sheet was bounded"
    addresses, unfit = await _addresses(channels, rows)
    bad = [*wrong, *unfit]

    def work(session: Session) -> Answer:
        touch_directory(session)
        storing = Work(
            session=session,
            installation=installation,
            principal=principal,
            book=Book(session, principal.sight),
        )
        answer = _stored(storing, kind, rows, addresses, bad)
        if dry_run:
            raise _Tried(_without_new_ids(answer))
        return answer

    try:
        return await once(installation, None if dry_run else idempotency, work)
    except _Tried as tried:
        return tried.answer


def require_importer(principal: Principal, kind: ImportKind) -> None:
    """Go on only if the caller may write such things at all; which of them, each row says.

    Raises:
        RoleForbids: it may not.
    """
    plans_duty = kind is ImportKind.ROSTERS
    principal.require(Role.COORDINATOR, *([Role.PROVIDER] if plans_duty else []))


def _stored(
    work: Work,
    kind: ImportKind,
    rows: Sequence[Row],
    addresses: Mapping[int, str],
    bad: Sequence[RowError],
) -> Answer:
    work.book.read(text for row in rows for text in texts_of(row))
    removed: Sequence[tuple[str, Shift]] = ()
    if kind is ImportKind.ROSTERS:
        stored = store_shifts(work, [row for row in rows if isinstance(row, ReferringRow)])
        results, errors, removed = stored.results, [*bad, *stored.errors], stored.removed
    else:
        results, found = _each(work, rows, addresses)
        errors = [*bad, *found]
    if errors:
        raise RowsInvalid(tuple(sorted(dict.fromkeys(errors), key=lambda one: one.line)))
    return _answer(kind, results, removed)


def _each(
    work: Work, rows: Sequence[Row], addresses: Mapping[int, str]
) -> tuple[list[Result], list[RowError]]:
    clients = Clients(work=work)
    results: list[Result] = []
    errors: list[RowError] = []
    for row in rows:
        try:
            match row:
                case OrganisationRow():
                    results.append(store_organisation(work, row))
                case DeskRow():
                    results.append(store_desk(work, row))
                case PersonRow():
                    results.append(store_person(work, row))
                case ClientRow():
                    results.append(clients.store(row))
                case ContactPointRow() if row.line in addresses:
                    results.append(store_contact_point(work, row, addresses[row.line]))
        except (Refusal, RoleForbids) as refusal:
            errors += errors_of(row.line, refusal)
        # A session that remembers thousands of rows looks at all of them for each statement.
        work.session.flush()
        work.session.expunge_all()
    return results, errors


async def _addresses(
    channels: Mapping[str, Channel], rows: Sequence[Row]
) -> tuple[Mapping[int, str], Sequence[RowError]]:
    """The addresses of contact points by line, in the form to store; checked before the work.

    A webhook's host is looked up, which no transaction should wait for.
    """
    turns = asyncio.Semaphore(_CHECKED_AT_ONCE)

    async def check(row: ContactPointRow) -> str | FieldsInvalid:
        async with turns:
            try:
                return await checked_address(channels[row.channel], row.address)
            except FieldsInvalid as invalid:
                return invalid

    points = [row for row in rows if isinstance(row, ContactPointRow)]
    checked = await asyncio.gather(*map(check, points))
    found, errors = dict[int, str](), list[RowError]()
    for row, one in zip(points, checked, strict=True):
        if isinstance(one, str):
            found[row.line] = one
        else:
            errors += errors_of(row.line, one)
    return found, errors


def _answer(
    kind: ImportKind, results: Sequence[Result], removed: Sequence[tuple[str, Shift]]
) -> Answer:
    counts = Counter(one.result for one in results)
    secrets = {str(one.line): one.secret for one in results if one.secret is not None}
    body = {
        "kind": kind,
        **{name: counts[name] for name in ("created", "updated", "unchanged", "ended")},
        "items": [
            {"line": one.line, "result": one.result, "id": one.id, "name": one.name}
            for one in results
        ],
        "removed": list(map(_shown, removed[:REMOVED_SHOWN_MAX])),
        "secrets": secrets,
    }
    return Answer(status=200, body=body, secrets=("secrets",))


def _without_new_ids(answer: Answer) -> Answer:
    """Without the ids and secrets of what was taken back."""
    items = answer.body["items"]
    assert isinstance(items, list), "every row has a result"
    kept = [one | {"id": None} if one["result"] == "created" else one for one in items]
    return replace(answer, body={**answer.body, "items": kept, "secrets": {}})


def _shown(removed: tuple[str, Shift]) -> dict[str, object]:
    desk_id, shift = removed
    return {
        "desk_id": desk_id,
        "person_id": shift.person,
        "tier": shift.tier,
        "from": rfc3339(shift.begins_at),
        "to": rfc3339(shift.ends_at),
    }
