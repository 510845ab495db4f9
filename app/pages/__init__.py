"""HTML pages: the responder's link and the inbox. They work without JavaScript.

A page asks a command or a look what there is, and says it in the reader's language. No rule and
no SQL lives here; what is personal is shown only where the disclosure rules allow it.
"""

from fastapi import FastAPI

from app.pages.inbox import router as inbox
from app.pages.rendering import Pages
from app.pages.respond import router as respond
from app.pages.static import router as static

__all__ = ["install_pages"]


def install_pages(app: FastAPI) -> None:
    """Add the pages to `app`; they find the engine in `app.state.engine`."""
    app.state.pages = Pages()
    for router in (respond, inbox, static):
        app.include_router(router)
