"""The pages' style sheet, script and icon: the same for everybody, and for ever."""

from fastapi import APIRouter, Request, Response

from app.installation.answer import NotFound
from app.pages.rendering import Pages

router = APIRouter(include_in_schema=False)


@router.api_route("/static/{name}", methods=["GET", "HEAD"])
async def read_asset(request: Request, name: str, v: str = "") -> Response:
    """An asset; kept for ever under the version that it has, asked for anew under any other."""
    pages: Pages = request.app.state.pages
    asset = pages.assets.get(name)
    if asset is None:
        raise NotFound
    is_current = v == asset.version
    kept = "public, max-age=31536000, immutable" if is_current else "no-cache"
    headers = {"Cache-Control": kept, "X-Content-Type-Options": "nosniff"}
    return Response(asset.body, media_type=asset.media_type, headers=headers)
