"""Every router of the API."""

from collections.abc import Sequence

from fastapi import APIRouter

from app.routes import incidents, operations
from app.routes.audit import responsibility
from app.routes.directory import clients, contact_points, directory, keys, protocols


def routers() -> Sequence[APIRouter]:
    """The routers, in the order of the OpenAPI document."""
    return (
        incidents.router,
        responsibility.router,
        clients.router,
        protocols.router,
        directory.router,
        contact_points.router,
        keys.router,
        operations.router,
    )
