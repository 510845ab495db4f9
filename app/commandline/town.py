"""A directory that a file brings along, so that a protocol can be tried where nothing is installed.

Its fields are those of the API's bodies, with ids that the file chooses. It has no addresses:
nothing is ever sent.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    model_validator,
)

from app.channels import CHANNELS
from app.escalation.party import ContactPoint, Party, PartyId, PartyKind
from app.protocols.calendar import Hours
from app.protocols.fields import HoursField, Id, Line, SecondsOrZero
from app.protocols.kinds import OrganisationKind
from app.protocols.problems import Location, gathered, member
from app.protocols.publication import KnownParty
from app.rosters.fields import at_most
from app.rosters.history import Version
from app.rosters.roster import Roster

PARTIES_MAX: Final = 1000
POINTS_MAX: Final = 20
_EVER: Final = datetime(1971, 1, 1, tzinfo=UTC)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _known(channel: str) -> str:
    if channel not in CHANNELS:
        raise ValueError(f"Must be one of: {', '.join(CHANNELS)}.")
    return channel


class Point(_Part):
    """A contact point; its address is not needed."""

    channel: Annotated[Line, AfterValidator(_known)]
    hours: HoursField = Hours.always
    delay_seconds: SecondsOrZero = 0


Points = Annotated[tuple[Point, ...], Field(max_length=POINTS_MAX), at_most(POINTS_MAX)]


class Organisation(_Part):
    """Whose desks and persons they are."""

    id: Id
    name: Line
    kind: OrganisationKind
    contact_points: Points = ()


class Desk(_Part):
    """A desk; without a roster all its persons are on duty."""

    id: Id
    organisation: Id
    name: Line
    hours: HoursField = Hours.always
    contact_points: Points = ()
    roster: Roster | None = None


class Person(_Part):
    """A person, and the desks whose persons they are."""

    id: Id
    organisation: Id
    name: Line
    desks: Annotated[tuple[Id, ...], Field(max_length=POINTS_MAX), at_most(POINTS_MAX)] = ()
    contact_points: Points = ()


class Town(_Part):
    """Everybody whom the protocol names, and the persons of its desks."""

    organisations: Annotated[
        tuple[Organisation, ...], Field(max_length=PARTIES_MAX), at_most(PARTIES_MAX)
    ]
    desks: Annotated[tuple[Desk, ...], Field(max_length=PARTIES_MAX), at_most(PARTIES_MAX)]
    persons: Annotated[tuple[Person, ...], Field(max_length=PARTIES_MAX), at_most(PARTIES_MAX)] = ()

    @model_validator(mode="wrap")
    @classmethod
    def _fits_together(cls, data: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        return gathered(data, handler, _between(data))

    def parties(self) -> dict[PartyId, Party]:
        """Everybody as the rules know them."""
        kinds = {one.id: (one.name, one.kind) for one in self.organisations}
        found = [
            self._party(one, PartyKind.ORGANISATION, one.id, kinds) for one in self.organisations
        ]
        found += [self._party(one, PartyKind.DESK, one.organisation, kinds) for one in self.desks]
        found += [
            self._party(one, PartyKind.PERSON, one.organisation, kinds) for one in self.persons
        ]
        return {one.id: one for one in found}

    def known(self) -> dict[str, KnownParty]:
        """Everybody as publishing knows them."""
        desks = {one.id: frozenset(one.desks) for one in self.persons}
        return {
            one.id: KnownParty(
                id=one.id,
                kind=one.kind.value,
                organisation_id=one.organisation_id,
                hours=one.hours or Hours.always,
                retired=False,
                desk_ids=desks.get(one.id, frozenset()),
                contact_hours=tuple(point.hours for point in one.contact_points),
            )
            for one in self.parties().values()
        }

    def _party(
        self,
        one: Organisation | Desk | Person,
        kind: PartyKind,
        organisation_id: str,
        kinds: dict[str, tuple[str, OrganisationKind]],
    ) -> Party:
        name, organisation_kind = kinds[organisation_id]
        return Party(
            id=PartyId(one.id),
            kind=kind,
            name=one.name,
            organisation_id=PartyId(organisation_id),
            organisation_name=name,
            organisation_kind=organisation_kind,
            hours=one.hours if isinstance(one, Desk) else None,
            contact_points=tuple(_points(one.id, one.contact_points)),
            person_ids=tuple(self._persons_of(one)),
            roster=_versions(one.roster) if isinstance(one, Desk) else (),
        )

    def _persons_of(self, one: Organisation | Desk | Person) -> Iterator[PartyId]:
        for person in self.persons:
            if one.id in person.desks or (
                isinstance(one, Organisation) and person.organisation == one.id
            ):
                yield PartyId(person.id)


def _points(party_id: str, points: Iterable[Point]) -> Iterator[ContactPoint]:
    """In the order of their delays, as the directory gives them."""
    for number, one in enumerate(sorted(points, key=lambda point: point.delay_seconds), 1):
        yield ContactPoint(
            id=f"{party_id}/{number}",
            channel=one.channel,
            hours=one.hours,
            delay=timedelta(seconds=one.delay_seconds),
        )


def _versions(roster: Roster | None) -> tuple[Version, ...]:
    if roster is None:
        return ()
    return (Version(number=1, document=roster, effective_from=_EVER, recorded_at=_EVER),)


def _between(data: object) -> Iterator[tuple[Location, str]]:
    """Ids that come twice, and organisations and desks that are not there."""
    ids: dict[str, set[object]] = {"organisations": set(), "desks": set(), "persons": set()}
    seen: set[object] = set()
    for name, own in ids.items():
        for at, one in enumerate(_list(data, name)):
            if isinstance(party_id := member(one, "id"), str):
                if party_id in seen:
                    yield (name, at, "id"), "Another party has this id."
                seen.add(party_id)
                own.add(party_id)
    for name in ("desks", "persons"):
        for at, one in enumerate(_list(data, name)):
            organisation = member(one, "organisation")
            if isinstance(organisation, str) and organisation not in ids["organisations"]:
                yield (name, at, "organisation"), "There is no organisation with this id here."
            for number, desk in enumerate(_list(one, "desks")):
                if isinstance(desk, str) and desk not in ids["desks"]:
                    yield (name, at, "desks", number), "There is no desk with this id here."


def _list(value: object, name: str) -> list[object]:
    found = member(value, name)
    return list(found) if isinstance(found, list | tuple) and len(found) <= PARTIES_MAX else []
