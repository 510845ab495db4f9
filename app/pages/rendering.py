"""From a template to an answer: escaping, assets, and the headers that every page carries."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.pages.language import Speech, as_countdown, language_of, seconds_left

HERE: Final = Path(__file__).parent
VERSION_LENGTH: Final = 12
MEDIA_TYPES: Final = MappingProxyType(
    {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
)

# Beside the page itself nothing is loaded, framed, or told where the reader came from.
HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Content-Security-Policy": (
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self';"
            " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
        ),
        "Referrer-Policy": "no-referrer",
        "X-Robots-Tag": "noindex, nofollow",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Vary": "Accept, Accept-Language",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """A file that pages load: its bytes, and a version that changes with them."""

    body: bytes
    media_type: str
    version: str


class Pages:
    """Templates and assets, read once."""

    def __init__(self) -> None:
        """Read them from beside this file."""
        self.assets = {
            path.name: _asset(path)
            for path in sorted((HERE / "static").iterdir())
            if path.suffix in MEDIA_TYPES
        }
        self._environment = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(
            asset=self.asset_url, as_countdown=as_countdown, seconds_left=seconds_left
        )

    def asset_url(self, name: str) -> str:
        """Where a page finds an asset; the address changes with its contents."""
        return f"/static/{name}?v={self.assets[name].version}"

    def render(self, template: str, speech: Speech, **values: object) -> str:
        """A template's HTML; it gets `t`, the speech, beside the values."""
        return self._environment.get_template(template).render(
            t=speech, lang=speech.language, **values
        )


def speech_of(request: Request) -> Speech:
    """The reader's language."""
    return Speech(language_of(request.headers.get("accept-language", "")))


def html_response(
    request: Request, template: str, *, status: int = 200, **values: object
) -> Response:
    """A page as an answer."""
    pages: Pages = request.app.state.pages
    html = pages.render(template, speech_of(request), **values)
    return HTMLResponse(html, status, headers=dict(HEADERS))


def _asset(path: Path) -> Asset:
    body = path.read_bytes()
    return Asset(
        body=body,
        media_type=MEDIA_TYPES[path.suffix],
        version=hashlib.sha256(body).hexdigest()[:VERSION_LENGTH],
    )
