"""Whom a sheet means by an id or a name: exactly one, or nobody and why."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from sqlmodel import Session

from app.escalation.party import PartyKind
from app.installation.answer import FieldError, FieldsInvalid
from app.models.directory import PartyRow
from app.protocols.kinds import OrganisationKind
from app.store.directory.directory import Sight, get_parties
from app.store.directory.names import parties_named

UNKNOWN: Final = "Nothing of this name or id is known here: {text}"
SEVERAL: Final = "Several have this name; give the id: {text}"
_SHOWN_MAX: Final = 100
_AT_ONCE: Final = 5000


class Book:
    """The parties that a caller sees, by id and by name; what is added is found too."""

    def __init__(self, session: Session, sight: Sight) -> None:
        """Nothing is known yet."""
        self._session = session
        self._sight = sight
        self._by_id: dict[str, PartyRow] = {}
        self._by_name: dict[str, list[PartyRow]] = defaultdict(list)
        self._asked: set[str] = set()

    def read(self, texts: Iterable[str]) -> None:
        """Look these ids and names up, all at once."""
        new = [one for one in dict.fromkeys(texts) if one not in self._asked]
        self._asked.update(new)
        for begin in range(0, len(new), _AT_ONCE):
            some = new[begin : begin + _AT_ONCE]
            self._by_id |= get_parties(self._session, party_ids=some, sight=self._sight)
        kinds = list(PartyKind)
        for row in parties_named(self._session, names=new, kinds=kinds, sight=self._sight):
            self._by_name[row.name].append(row)

    def add(self, row: PartyRow) -> None:
        """Something was added, or renamed."""
        self._by_id[row.id] = row
        same = [one for one in self._by_name[row.name] if one.id != row.id]
        self._by_name[row.name] = [*same, row]

    def by_id(self, party_id: str, kind: PartyKind) -> PartyRow:
        """The party with this id, retired or not.

        Raises:
            FieldsInvalid: at `/id`, there is none of this kind.
        """
        self.read([party_id])
        row = self._by_id.get(party_id)
        if row is None or row.kind != kind:
            raise _wrong("id", UNKNOWN, party_id)
        return row

    def named(
        self,
        name: str,
        kind: PartyKind,
        *,
        organisation: PartyRow | None = None,
        organisation_kind: OrganisationKind | None = None,
    ) -> Sequence[PartyRow]:
        """Those with this name, by kind, and of this organisation or kind of it if one is given."""
        self.read([name])
        return [
            row
            for row in self._by_name.get(name, ())
            if row.kind == kind
            and row.name == name
            and (organisation is None or row.organisation_id == organisation.id)
            and (organisation_kind is None or row.organisation_kind == organisation_kind)
        ]

    def organisation(
        self, text: str, field: str, *, kind: OrganisationKind | None = None
    ) -> PartyRow:
        """The organisation that is meant.

        Raises:
            FieldsInvalid: none is, or several may be.
        """
        self.read([text])
        row = self._by_id.get(text)
        if row is not None and row.kind == PartyKind.ORGANISATION:
            return row
        return _only(self.named(text, PartyKind.ORGANISATION, organisation_kind=kind), field, text)

    def desk(self, text: str, field: str, organisation: PartyRow | None) -> PartyRow:
        """The desk that is meant: an id, a name, or "organisation/desk".

        Raises:
            FieldsInvalid: none is, or several may be.
        """
        return self._below(text, field, PartyKind.DESK, organisation)

    def person(self, text: str, field: str, organisation: PartyRow | None) -> PartyRow:
        """The person who is meant: an id, a name, or "organisation/person".

        Raises:
            FieldsInvalid: none is, or several may be.
        """
        return self._below(text, field, PartyKind.PERSON, organisation)

    def _below(
        self, text: str, field: str, kind: PartyKind, organisation: PartyRow | None
    ) -> PartyRow:
        self.read([text])
        row = self._by_id.get(text)
        if row is not None and row.kind == kind:
            return row
        found = self.named(text, kind, organisation=organisation)
        if not found:
            first, sign, rest = text.replace("／", "/").partition("/")
            whose = self.named(first.strip(), PartyKind.ORGANISATION) if sign else ()
            found = [
                row for one in whose for row in self.named(rest.strip(), kind, organisation=one)
            ]
        return _only(found, field, text)


def _only(found: Sequence[PartyRow], field: str, text: str) -> PartyRow:
    if len(found) != 1:
        raise _wrong(field, SEVERAL if found else UNKNOWN, text)
    return found[0]


def _wrong(field: str, sentence: str, text: str) -> FieldsInvalid:
    detail = sentence.format(text=text[:_SHOWN_MAX])
    return FieldsInvalid(errors=[FieldError(pointer=f"/{field}", detail=detail)])
