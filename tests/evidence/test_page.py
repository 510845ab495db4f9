"""The page to print: on A4, with the checkpoint as a code that any reader of codes reads."""

import base64
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright

from app.evidence.page import page_html
from app.ledger.entry import leaf_hash
from app.ledger.notes.checkpoint import Checkpoint, checkpoint_text
from app.ledger.notes.key import KeyType, SignerKey, verifier_key_text
from app.ledger.notes.note import note_bytes, signed
from tests.ledger.chain import START, Chain
from tests.pages.test_browser import ARGUMENTS, CHROMIUM_NAMES
from tests.peers import MissingToolError

ORIGIN = "ledger.example/01a20b81-a52b-708b-8d48-b23ab48bf716"
LOG_KEY = SignerKey(name=ORIGIN, seed=bytes(32))
CHAIN = Chain().opened().bound("h2", "person").accepted("h2")
# Points of a printer, 1/72 of an inch, of 210 mm by 297 mm.
A4 = (595, 842)


def checkpoint_of(witnesses: int) -> str:
    """A checkpoint that so many witnesses have cosigned."""
    keys = [
        SignerKey(name=f"witness.example/{at}", type=KeyType.COSIGNATURE, seed=bytes([at]) * 32)
        for at in range(1, witnesses + 1)
    ]
    head = Checkpoint(origin=ORIGIN, size=10**6, root=bytes(range(32)))
    return note_bytes(signed(checkpoint_text(head), LOG_KEY, *keys, at=START)).decode()


def page_of(checkpoint: str) -> str:
    leaves = CHAIN.leaves
    return page_html(
        incident_id=CHAIN.entries[0].incident,
        leaves=leaves,
        places=range(len(leaves)),
        disclosed=(),
        checkpoint=checkpoint,
        verifier_key=verifier_key_text(LOG_KEY.verifier),
        waiting=0,
    )


@pytest.fixture
async def sheet() -> AsyncIterator[Page]:
    """An empty page of a browser that can print; it is near enough to see each module."""
    executable = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if executable is None:
        raise MissingToolError("Chromium is not installed: no page was printed.")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=[*ARGUMENTS])
        yield await browser.new_page(device_scale_factor=5)
        await browser.close()


@pytest.fixture
def zbarimg() -> str:
    """A reader of codes that nobody of this project wrote."""
    found = shutil.which("zbarimg")
    if found is None:
        raise MissingToolError("zbarimg is not installed (Debian: zbar-tools): no code was read.")
    return found


def read_code(zbarimg: str, image: Path) -> str:
    """The bytes of the one code in a picture, as UTF-8."""
    command = [zbarimg, "--quiet", "--raw", "--oneshot", "-Sbinary", str(image)]
    return subprocess.run(command, check=True, capture_output=True).stdout.decode()


@pytest.mark.browser
@pytest.mark.xdist_group("browser")
@pytest.mark.parametrize("witnesses", [0, 1, 5, 12])
async def test_code_says_the_checkpoint(
    sheet: Page, zbarimg: str, tmp_path: Path, witnesses: int
) -> None:
    checkpoint = checkpoint_of(witnesses)
    await sheet.set_content(page_of(checkpoint))
    image = tmp_path / "code.png"
    await sheet.locator(".proof svg").screenshot(path=image)
    assert read_code(zbarimg, image) == checkpoint


@pytest.mark.browser
@pytest.mark.xdist_group("browser")
@pytest.mark.parametrize("witnesses", [0, 40])
async def test_page_is_printed_on_a4(sheet: Page, witnesses: int) -> None:
    await sheet.set_content(page_of(checkpoint_of(witnesses)))
    # As whoever presses "print": it is for the page to say that it is A4, whatever the default.
    pdf = await sheet.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]", pdf)
    assert {(round(float(width)), round(float(height))) for width, height in boxes} == {A4}
    assert len(boxes) == (1 if witnesses == 0 else 2)
    wide = await sheet.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert not wide


def test_page_says_the_last_leaf_hash() -> None:
    shown = base64.b64encode(leaf_hash(CHAIN.leaves[-1])).decode()
    text = page_of(checkpoint_of(0)).replace("&#43;", "+")
    assert f"<code>{shown}</code>" in text
    assert f"第 {len(CHAIN.leaves) - 1} 号" in text


def test_checkpoint_of_too_many_witnesses_is_there_without_a_code() -> None:
    with_code, without = page_of(checkpoint_of(12)), page_of(checkpoint_of(40))
    assert "<svg" in with_code
    assert "also in the code" in with_code
    assert "<svg" not in without
    assert "also in the code" not in without
    for at in range(1, 41):
        assert f"— witness.example/{at} " in without
