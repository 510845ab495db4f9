"""What the style sheet promises: legible, large enough, light enough."""

import re
from pathlib import Path

import pytest

from tests.pages import views
from tests.pages.views import FULL, STAGES, render
from tests.pages.world import HTML, Town

STATIC = Path(__file__).parents[2] / "app/pages/static"
CSS = (STATIC / "page.css").read_text()
COLOURS = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", CSS))
ROOT_PX = 20
FIRST_VIEW_BYTES_MAX = 40_000


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(COLOURS[one]), luminance(COLOURS[other])))
    return (light + 0.05) / (dark + 0.05)


# Text: 7 (AAA). Borders of what can be pressed: 3.
@pytest.mark.parametrize(
    ("text", "ground", "least"),
    [
        ("text", "ground", 7),
        ("text", "card", 7),
        ("soft", "ground", 7),
        ("soft", "card", 7),
        ("warn", "ground", 7),
        ("yes", "card", 7),
        ("call", "card", 7),
        ("on-yes", "yes", 7),
        ("on-bad", "bad", 7),
        ("on-drill", "drill", 7),
        ("line", "ground", 3),
        ("line", "card", 3),
    ],
    ids=str,
)
def test_contrast_is_high(text: str, ground: str, least: float) -> None:
    assert contrast(text, ground) >= least


def test_no_text_is_smaller_than_eighteen_pixels() -> None:
    assert "font: 125%/" in CSS
    sizes = [float(size) for size in re.findall(r"font-size: ([0-9.]+)rem", CSS)]
    assert min(sizes) * ROOT_PX >= 18
    assert not re.search(r"font-size: [0-9.]+(px|em|%)", CSS)


def test_what_can_be_pressed_is_at_least_forty_eight_pixels_high() -> None:
    heights = [float(size) for size in re.findall(r"min-height: ([0-9.]+)rem", CSS)]
    assert min(heights) * ROOT_PX >= 48
    rule = re.search(r"([^}]*)\{\s*min-height: 2\.8rem", CSS)
    assert rule
    for element in ("button", ".call", "summary", ".choice label", "textarea"):
        assert element in rule[1]


def test_style_and_script_load_nothing() -> None:
    for path in STATIC.iterdir():
        # The name of SVG's vocabulary is no address that anybody fetches.
        text = path.read_text().replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"@import|url\(|https?:|//[a-z]+\.", text)


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("stage", STAGES)
def test_first_view_is_light(stage: str, language: str) -> None:
    view = STAGES[stage]
    html = render(view, FULL if view.is_holder else None, "ja" if language == "ja" else "en")
    loaded = [views.pages().assets[name] for name in ("page.css", "page.js", "icon.svg")]
    assets = sum(len(asset.body) for asset in loaded)
    assert len(html.encode()) + assets < FIRST_VIEW_BYTES_MAX


async def test_assets_are_kept_for_ever_under_their_version(town: Town) -> None:
    link = await town.link(await town.report(), "nurse")
    page = await town.see(link)
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert {one.partition("?")[0] for one in addresses} == {
        "/static/icon.svg",
        "/static/page.css",
        "/static/page.js",
    }
    bytes_loaded = len(page.encode())
    for address in addresses:
        response = await town.http.get(address)
        assert response.status_code == 200
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert response.headers["x-content-type-options"] == "nosniff"
        bytes_loaded += len(response.content)
        old = await town.http.get(address.replace("?v=", "?v=0"))
        assert old.headers["cache-control"] == "no-cache"
    assert bytes_loaded < FIRST_VIEW_BYTES_MAX


async def test_there_are_no_other_assets(town: Town) -> None:
    for name in ("../rendering.py", "rendering.py", "%2e%2e%2frendering.py", "page.css.map"):
        response = await town.http.get(f"/static/{name}", headers=HTML)
        assert response.status_code == 404


def test_the_version_of_an_asset_changes_with_it() -> None:
    urls = {views.pages().asset_url(name) for name in views.pages().assets}
    assert len({url.partition("?v=")[2] for url in urls}) == len(urls) == 4
