"""HTML pages: the responder's link, the inbox, and what needs no token. No JavaScript is needed.

A page asks a command or a look what there is, and says it in the reader's language. No rule and
no SQL lives here; what is personal is shown only where the disclosure rules allow it.
"""

from fastapi import FastAPI

from app.pages.own.absence import router as absence
from app.pages.own.calendar import router as calendar
from app.pages.own.contact import router as contact
from app.pages.own.duty import router as duty
from app.pages.own.inbox import router as inbox
from app.pages.public import reference, start, static
from app.pages.rendering import Pages
from app.pages.respond import router as respond

__all__ = ["install_pages"]


def install_pages(app: FastAPI) -> None:
    """Add the pages to `app`; they find the engine in `app.state.engine`."""
    pages = Pages()
    app.state.pages, app.state.reference = pages, reference.Reference(app, pages)
    # Before the answers to requests, whose addresses begin alike.
    pages_of_links = (respond, inbox, absence, duty, contact, calendar)
    for router in (*pages_of_links, start.router, reference.router, static.router):
        app.include_router(router)
