"""Every router of the API."""

from collections.abc import Sequence

from fastapi import APIRouter

from app.routes import incidents, operations
from app.routes.audit import responsibility
from app.routes.contact import reachability
from app.routes.directory import clients, contact_points, directory, erasure, keys, rosters
from app.routes.exchange import calendars, feeds, imports
from app.routes.ledgers import auditors, handing, logs, witness
from app.routes.people import absences, uses
from app.routes.protocols import (
    differences,
    distribution,
    foresight,
    problems,
    protocols,
    schema,
    templates,
)
from app.templates.reading import read_templates


def routers() -> Sequence[APIRouter]:
    """The routers, in the order of the OpenAPI document.

    Raises:
        TemplateBroken: a protocol template cannot be used; what serves it must not start.
    """
    read_templates()
    return (
        incidents.router,
        responsibility.router,
        logs.router,
        handing.router,
        auditors.router,
        witness.router,
        clients.router,
        erasure.router,
        protocols.router,
        foresight.router,
        distribution.router,
        schema.router,
        problems.router,
        differences.router,
        templates.router,
        directory.router,
        contact_points.router,
        reachability.router,
        rosters.router,
        calendars.router,
        feeds.router,
        imports.router,
        uses.router,
        absences.router,
        keys.router,
        operations.router,
    )
