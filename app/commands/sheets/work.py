"""What the rows of one sheet share while they are stored."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlmodel import Session

from app.auth import Principal
from app.commands.sheets.book import Book
from app.commands.sheets.rows import Outcome, Result
from app.installation.answer import FieldError, FieldsInvalid
from app.installation.installation import Installation
from app.models.directory import PartyRow
from app.store.directory.directory import EVERYTHING, get_parties, person_ids_of

NEEDED: Final = "This field is needed."
TWICE: Final = "The same stands in line {line} already."
FIXED: Final = "This stays as it was made."


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One transaction in which rows are stored; `seen` is the first line of what stands there."""

    session: Session
    installation: Installation
    principal: Principal
    book: Book
    seen: dict[tuple[object, ...], int] = field(default_factory=dict)
    turns: dict[str, Sequence[PartyRow]] = field(default_factory=dict)

    def at_desk(self, desk_id: str) -> Sequence[PartyRow]:
        """Who takes turns at a desk and is not retired; asked of the database once."""
        if desk_id not in self.turns:
            ids = person_ids_of(self.session, [desk_id])[desk_id]
            rows = get_parties(self.session, party_ids=ids, sight=EVERYTHING).values()
            self.turns[desk_id] = [row for row in rows if row.retired_at is None]
        return self.turns[desk_id]

    def take(self, line: int, *key: object) -> None:
        """Go on only if no other row is about the same.

        Raises:
            FieldsInvalid: one is.
        """
        first = self.seen.setdefault(key, line)
        if first != line:
            raise wrong(None, TWICE.format(line=first))

    def home(self) -> tuple[str, ...]:
        """The one municipality of a caller who has one."""
        ids = tuple(self.principal.municipality_ids)
        return ids if len(ids) == 1 and not self.principal.is_operator else ()


def wrong(where: str | None, detail: str) -> FieldsInvalid:
    """The refusal of a row for one of its fields, or as a whole."""
    return FieldsInvalid(errors=[FieldError(pointer=f"/{where}" if where else "", detail=detail)])


def texts_of(row: object) -> Iterator[str]:
    """Every id and name that a row may refer to, so that all are looked up at once."""
    members = ("id", "name", "organisation", "municipality", "desk", "person")
    for member in members:
        text = getattr(row, member, None)
        if isinstance(text, str):
            yield text
    for member in ("municipalities", "desks", "served_by"):
        yield from getattr(row, member, None) or ()


def result(
    line: int,
    outcome: Outcome,
    party: PartyRow,
    *,
    id_: str | None = None,
    secret: str | None = None,
) -> Result:
    """What became of a row about a party."""
    return Result(line=line, result=outcome, id=id_ or party.id, name=party.name, secret=secret)
