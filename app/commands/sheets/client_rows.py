"""Rows of clients: found again by id, by an organisation's number, by name and birth date."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.commands.directory.client_view import PERSONAL
from app.commands.directory.clients import ClientChange, add_client, alter_client, seen_client
from app.commands.sheets.book import SEVERAL
from app.commands.sheets.rows import ClientRow, Outcome, Result
from app.commands.sheets.work import FIXED, NEEDED, Work, wrong
from app.models import directory
from app.protocols.kinds import OrganisationKind
from app.store.directory.client import (
    client_of_reference,
    details_of,
    references_of,
    services_of,
)
from app.store.directory.names import clients_of

_Known = dict[object, list[directory.ClientRow]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """The clients of each municipality by name and birth date, read when first needed."""

    work: Work
    by_name: dict[str, _Known] = field(default_factory=dict)

    def store(self, row: ClientRow) -> Result:
        """A client; details that are not given stay as they are."""
        work = self.work
        municipality_id = self._municipality_id(row)
        served_by = None
        if row.served_by is not None:
            named = dict.fromkeys(row.served_by)
            served_by = [work.book.organisation(one, "served_by").id for one in named]
        if row.external_ref is not None and not served_by:
            raise wrong("served_by", NEEDED)
        references = (
            {served_by[0]: row.external_ref} if served_by and row.external_ref is not None else {}
        )
        found = self._found(row, municipality_id, references)
        if found is not None:
            return self._alter(row, found, served_by, references)
        if municipality_id is None:
            raise wrong("municipality", NEEDED)
        answer = add_client(
            work.session,
            work.installation,
            work.principal,
            municipality_id=municipality_id,
            served_by=served_by or [],
            external_refs=references,
            details=row.details,
        )
        made = work.session.get_one(directory.ClientRow, answer.body["id"])
        self._names(municipality_id)[_key(row.details)].append(made)
        work.take(row.line, made.id)
        return _result(row, "created", made)

    def _alter(
        self,
        row: ClientRow,
        found: directory.ClientRow,
        served_by: list[str] | None,
        references: Mapping[str, str],
    ) -> Result:
        work = self.work
        work.take(row.line, found.id)
        before = services_of(work.session, [found.id])[found.id]
        numbers = references_of(work.session, [found.id])[found.id]
        wanted = {**numbers, **references}
        if served_by is not None:
            # Who serves them no more knows them by no number.
            wanted = {one: number for one, number in wanted.items() if one in served_by}
        is_moved = served_by is not None and set(served_by) != set(before)
        known = details_of(work.session, [found])[found.id]
        stored = {name: known.personal.get(name) for name in PERSONAL} | {"town": known.town}
        details = {name: said for name, said in row.details.items() if stored.get(name) != said}
        change = ClientChange(
            served_by=served_by if is_moved else None,
            external_refs=wanted if wanted != numbers else None,
            details=details,
        )
        if not change.says_more:
            return _result(row, "unchanged", found)
        alter_client(work.session, work.installation, work.principal, found.id, change)
        return _result(row, "updated", found)

    def _municipality_id(self, row: ClientRow) -> str | None:
        if row.municipality is not None:
            kind = OrganisationKind.MUNICIPALITY
            return self.work.book.organisation(row.municipality, "municipality", kind=kind).id
        return next(iter(self.work.home()), None)

    def _found(
        self, row: ClientRow, municipality_id: str | None, references: Mapping[str, str]
    ) -> directory.ClientRow | None:
        work, client_id = self.work, row.id
        if client_id is None:
            for organisation_id, number in references.items():
                client_id = client_of_reference(
                    work.session, organisation_id=organisation_id, reference=number
                )
        if client_id is not None:
            found = seen_client(work.session, work.principal, client_id)
            if row.municipality is not None and found.municipality_id != municipality_id:
                raise wrong("municipality", FIXED)
            return found
        if municipality_id is None:
            return None
        same = self._names(municipality_id).get(_key(row.details), [])
        if len(same) > 1:
            raise wrong("name", SEVERAL.format(text=row.name[:100]))
        # Somebody's number of another client: a namesake, not the same.
        if same and self._has_other_number(same[0], references):
            return None
        return same[0] if same else None

    def _has_other_number(self, client: directory.ClientRow, references: Mapping[str, str]) -> bool:
        known = references_of(self.work.session, [client.id])[client.id]
        return any(known.get(one, number) != number for one, number in references.items())

    def _names(self, municipality_id: str) -> _Known:
        if municipality_id not in self.by_name:
            known: _Known = defaultdict(list)
            clients = clients_of(self.work.session, municipality_id=municipality_id)
            details = details_of(self.work.session, clients)
            for client in clients:
                known[_key(details[client.id].personal)].append(client)
            self.by_name[municipality_id] = known
        return self.by_name[municipality_id]


def _key(details: Mapping[str, object]) -> tuple[object, object]:
    return details.get("name"), details.get("birth_date")


def _result(row: ClientRow, outcome: Outcome, client: directory.ClientRow) -> Result:
    return Result(line=row.line, result=outcome, id=client.id, name=row.name)
