"""Protocol templates, and documents that are made from them."""

from typing import Annotated, Any, Final

from fastapi import Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from app.commands.protocols import templates
from app.problems import problem_responses
from app.protocols.authoring.template import Takes
from app.routes.bodies import Body, Id
from app.routes.dependencies import Caller, ListQuery, Page
from app.routes.v1 import v1_router

router = v1_router("protocols")
TEMPLATES: Final = "/protocol-templates"
TEMPLATE: Final = TEMPLATES + "/{name}"
ROLES_MAX: Final = 100

RoleName = Annotated[str, Field(min_length=1, max_length=100)]


class Words(BaseModel):
    """The same in Japanese and in English."""

    ja: str
    en: str


class Citation(BaseModel):
    """Who published what a template follows, and where."""

    organisation: Words
    url: str | None


class TemplateRole(Words):
    """A place to fill: what it is called, and who may take it."""

    takes: Takes
    required: bool


class ListedTemplate(BaseModel):
    """A template without its document. `for` says when it is the right one."""

    name: str
    title: Words
    source: list[Citation]
    for_: Words = Field(alias="for")
    notes: list[Words]
    roles: dict[str, TemplateRole]


class ProtocolTemplate(ListedTemplate):
    """A template; its document has `${role}` in the place of each party's id."""

    document: dict[str, Any]


class Filling(Body):
    """Who takes which role; null, or no word of it, is nobody."""

    roles: Annotated[dict[RoleName, Id | None], Field(max_length=ROLES_MAX)]


class FillingProblem(BaseModel):
    """What is wrong with a role, or stands against publishing the document."""

    pointer: str
    detail: str


class FilledTemplate(BaseModel):
    """A document that is neither published nor stored; a role that is open still says `${role}`."""

    document: dict[str, Any]
    problems: list[FillingProblem]


@router.get(TEMPLATES, response_model=Page[ListedTemplate])
async def list_templates(call: Caller, query: Annotated[ListQuery, Query()]) -> Response:
    """The protocol templates (手順書のひな形), in the order of their names."""
    return JSONResponse(templates.list_templates(call.principal, query.paging))


@router.get(TEMPLATE, response_model=ProtocolTemplate, responses=problem_responses(404))
async def get_template(call: Caller, name: str) -> Response:
    """One template with its document."""
    return JSONResponse(templates.read_template(call.principal, name))


@router.post(
    TEMPLATE + "/fill", response_model=FilledTemplate, responses=problem_responses(404, 415)
)
async def fill_template(call: Caller, name: str, body: Filling) -> Response:
    """The document that a template gives with these parties; nothing is published or stored."""
    return JSONResponse(
        await templates.fill_template(call.installation, call.principal, name, body.roles)
    )
