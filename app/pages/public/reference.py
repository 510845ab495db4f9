"""The API's reference: the OpenAPI document as a page, without any script.

FastAPI's own viewers load theirs from another host, and need what our headers forbid.
"""

import asyncio

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import HTMLResponse

from app.pages.language import Speech
from app.pages.public.outline import outline_of
from app.pages.rendering import HEADERS, Pages

router = APIRouter(include_in_schema=False)


class Reference:
    """The page, made when somebody first asks for it: the document takes a second to make."""

    def __init__(self, app: FastAPI, pages: Pages) -> None:
        """What `app` offers when it is first asked for, shown by `pages`."""
        self._app = app
        self._pages = pages
        self._html: str | None = None

    async def html(self) -> str:
        """The page; made on a thread, because nobody who has been paged may wait for it."""
        if self._html is None:
            self._html = await asyncio.to_thread(self._render)
        return self._html

    def _render(self) -> str:
        outline = outline_of(self._app.openapi())
        return self._pages.render("reference.html", Speech("en"), outline=outline)


@router.api_route("/docs", methods=["GET", "HEAD"])
async def show_reference(request: Request) -> Response:
    """Every request and answer of the API with its fields; in English."""
    reference: Reference = request.app.state.reference
    return HTMLResponse(await reference.html(), headers=dict(HEADERS))
