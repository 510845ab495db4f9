"""The start page: what this is, and where to go from here."""

from fastapi import APIRouter, Request, Response

from app.pages.rendering import html_response

router = APIRouter(include_in_schema=False)


@router.api_route("/", methods=["GET", "HEAD"])
async def show_start(request: Request) -> Response:
    """The same for everybody; it shows no data and asks for none."""
    return html_response(request, "start.html")
