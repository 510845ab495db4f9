"""Protocol templates: which there are, and what a protocol made from one would say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.auth import Principal, Role
from app.installation.answer import NotFound
from app.installation.installation import Installation
from app.installation.paging import Paging, page
from app.protocols.authoring import template as pure
from app.protocols.authoring.template import Filled, Template, Words, fill
from app.protocols.problems import Problem, ProtocolInvalid, pointer
from app.protocols.protocol import parse_protocol
from app.protocols.publication import KnownParty, check_publication
from app.store.directory.directory import get_parties
from app.store.directory.protocol import known
from app.templates.reading import read_templates


def list_templates(principal: Principal, paging: Paging) -> dict[str, object]:
    """The templates in the order of their names, without their documents; one page of them.

    Raises:
        RoleForbids: auditors see no protocols.
    """
    principal.require(Role.COORDINATOR, Role.PROVIDER)
    after = paging.after or ""
    rows = [_Row(id=name) for name in sorted(read_templates()) if name > after]
    return page(rows[: paging.wanted], paging, lambda row: _summary(read_templates()[row.id]))


def read_template(principal: Principal, name: str) -> dict[str, object]:
    """A template with its document.

    Raises:
        RoleForbids: auditors see no protocols.
        NotFound: there is no such template.
    """
    principal.require(Role.COORDINATOR, Role.PROVIDER)
    template = find_template(name)
    return _summary(template) | {"document": template.document}


async def fill_template(
    installation: Installation, principal: Principal, name: str, roles: Mapping[str, str | None]
) -> dict[str, object]:
    """The document that a template gives with these parties, and what is wrong with it.

    The pointers of the problems lead to `/roles/…`, or into the document at `/document/…`: there
    they are what would stand against publishing it. Nothing is published or stored.

    Args:
        installation: whose directory it is checked against.
        principal: sees the parties.
        name: the template's.
        roles: the id of a party for each role; None for nobody.

    Raises:
        RoleForbids: only coordinators and operators may.
        NotFound: there is no such template.
    """
    principal.require(Role.COORDINATOR)
    template, now = find_template(name), installation.clock()

    def look(session: Session) -> tuple[Filled, tuple[Problem, ...]]:
        parties = parties_of_roles(session, principal, roles)
        filled, problems = fill_with(template, roles, parties)
        return filled, problems or _publication_problems(filled, parties, now)

    filled, problems = await installation.database.read(look)
    shown = [{"pointer": one.pointer, "detail": one.detail} for one in problems]
    return {"document": filled.document, "problems": shown}


def find_template(name: str) -> Template:
    """The template of this name.

    Raises:
        NotFound: there is none.
    """
    template = read_templates().get(name)
    if template is None:
        raise NotFound
    return template


def parties_of_roles(
    session: Session, principal: Principal, roles: Mapping[str, str | None]
) -> dict[str, KnownParty]:
    """The parties that the roles name and the caller sees, and the persons of the desks."""
    ids = {party_id for party_id in roles.values() if party_id is not None}
    return known(session, get_parties(session, party_ids=ids, sight=principal.sight).values())


def fill_with(
    template: Template, roles: Mapping[str, str | None], parties: Mapping[str, KnownParty]
) -> tuple[Filled, tuple[Problem, ...]]:
    """What becomes of a template, and every problem with who was named, at `/roles/…`."""
    persons = [one.id for one in parties.values() if one.kind == "person"]
    filled = fill(template, roles, persons=persons)
    return filled, (*filled.problems, *_party_problems(template, roles, parties))


def _party_problems(
    template: Template, roles: Mapping[str, str | None], parties: Mapping[str, KnownParty]
) -> Iterator[Problem]:
    for name, party_id in roles.items():
        role = template.roles.get(name)
        if role is None or party_id is None:
            continue
        detail = _party_problem(role, parties.get(party_id))
        if detail is not None:
            yield Problem(pointer=pointer(("roles", name)), detail=detail)


def _party_problem(role: pure.Role, party: KnownParty | None) -> str | None:
    if party is None:
        return "No such party is known here."
    if party.retired:
        return "This party is retired."
    if party.kind not in role.takes.kinds:
        return f"Must be a {' or a '.join(role.takes.kinds)}."
    return None


def _publication_problems(
    filled: Filled, parties: Mapping[str, KnownParty], now: datetime
) -> tuple[Problem, ...]:
    try:
        protocol = parse_protocol(filled.document)
    except ProtocolInvalid as invalid:
        errors = invalid.problems
    else:
        today = now.astimezone(protocol.zone).date()
        errors = check_publication(protocol, parties, published_on=today).errors
    return tuple(Problem(pointer=f"/document{one.pointer}", detail=one.detail) for one in errors)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A template in a list that is in the order of names."""

    id: str


def _summary(template: Template) -> dict[str, object]:
    return {
        "name": template.name,
        "title": _said(template.title),
        "source": [
            {"organisation": _said(one.organisation), "url": one.url} for one in template.source
        ],
        "for": _said(template.fits),
        "notes": [_said(one) for one in template.notes],
        "roles": {
            name: {**_said(role.label), "takes": role.takes, "required": role.required}
            for name, role in template.roles.items()
        },
    }


def _said(words: Words) -> dict[str, str]:
    return {"ja": words.ja, "en": words.en}
