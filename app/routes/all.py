"""Every router of the API."""

from collections.abc import Sequence

from fastapi import APIRouter

from app.routes import (
    clients,
    contact_points,
    directory,
    incidents,
    keys,
    operations,
    protocols,
    responsibility,
)


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
