"""The pages in a real browser, on a phone's screen, with and without JavaScript."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.pages.world import WORDS, Town
from tests.peers import MissingToolError

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PHONE = {"width": 390, "height": 844}
YES, NO = "対応します", "対応できません"


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    """The application on a port of this machine; its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", log_level="critical"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        assert not serving.done(), "the server must start"
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving


@dataclass
class Phone:
    """A phone that is at the town's address."""

    browser: Browser
    base: str
    # What went wrong in the browser, and whom it asked beside us.
    complaints: list[str]

    @asynccontextmanager
    async def open(
        self, path: str, *, script: bool = True, width: int = PHONE["width"]
    ) -> AsyncIterator[Page]:
        """A page, opened as somebody opens a link."""
        context = await self.browser.new_context(
            viewport={"width": width, "height": PHONE["height"]},
            locale="ja-JP",
            java_script_enabled=script,
            has_touch=True,
        )
        page = await context.new_page()
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self._note(request.url))
        await page.goto(self.base + path)
        yield page
        await context.close()

    def _note(self, url: str) -> None:
        if not url.startswith(self.base):
            self.complaints.append(f"asked {url}")


@pytest.fixture
async def phone(town: Town) -> AsyncIterator[Phone]:
    """A phone; nothing may go wrong on it unseen."""
    executable = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if executable is None:
        raise MissingToolError("Chromium is not installed: no page was opened in a browser.")
    expect.set_options(timeout=20_000)
    async with async_playwright() as playwright, served(town.app) as base:
        browser = await playwright.chromium.launch(executable_path=executable, args=[*ARGUMENTS])
        found = Phone(browser=browser, base=base, complaints=[])
        yield found
        await browser.close()
    assert found.complaints == []


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
async def test_opening_acts_not_and_pressing_shows_the_client(
    town: Town,
    phone: Phone,
    script: bool,  # noqa: FBT001  # a table's column
) -> None:
    incident = await town.report()
    link = await town.link(incident, "nurse")
    before = await town.everything()
    async with phone.open(link, script=script) as page:
        await expect(page.get_by_role("button", name=YES, exact=True)).to_be_visible()
        await expect(page.get_by_role("button", name=NO, exact=True)).to_be_visible()
        assert await town.everything() == before
        await page.get_by_role("button", name=YES, exact=True).tap()
        await page.wait_for_url(phone.base + link)
        await expect(page.get_by_text(WORDS["address"])).to_be_visible()
        assert await page.get_by_role("link", name="本人へ電話").get_attribute("href")
        after = await town.everything()
        assert after != before
        # Back: the page as it is now, not as it was; and nothing is pressed again.
        await page.go_back()
        await page.reload()
        assert await town.everything() == after
        await page.goto(phone.base + link)
        await expect(page.get_by_text("あなたが対応責任者です")).to_be_visible()


async def test_names_stay_on_one_line_of_a_phone(town: Town, phone: Phone) -> None:
    for one, name in (("nurse2", "看護師 高橋 美智子"), ("centre_worker", "保健師 伊藤 由紀恵")):
        await town.api("PATCH", f"/v1/parties/{town[one]}", {"name": name})
    link = await town.link(await town.report(), "nurse")
    heights = (
        "all => all.map(one => [one.textContent, one.getClientRects().length, one.offsetHeight])"
    )
    for path in (link, await town.inbox("nurse2")):
        async with phone.open(path) as page:
            found = await page.locator(".name").evaluate_all(heights)
            assert any("看護師 高橋 美智子" in text for text, _, _ in found), (path, found)
            # A line is 30 px high.
            assert [one for one in found if one[1] != 1 or one[2] > 45] == []


async def test_back_after_pressing_never_offers_the_buttons_again(town: Town, phone: Phone) -> None:
    first = await town.link(await town.report(), "nurse")
    async with phone.open(await town.inbox("nurse")) as page:
        await page.get_by_role("link").first.tap()
        await page.wait_for_url(phone.base + first)
        await page.get_by_role("button", name=YES, exact=True).tap()
        await page.get_by_text("あなたが対応責任者です").wait_for()
        await page.go_back()
        await page.wait_for_load_state()
        await expect(page.get_by_role("button", name=YES, exact=True)).to_have_count(0)


async def test_a_double_tap_is_one_yes(town: Town, phone: Phone) -> None:
    incident = await town.report()
    async with phone.open(await town.link(incident, "nurse"), script=False) as page:
        await page.get_by_role("button", name=YES, exact=True).dblclick()
        await page.get_by_text("あなたが対応責任者です").wait_for()
    rows = (await town.everything())["ledger_entry"]
    accepted = [row for row in rows if "'acknowledged'" in row and "'transferred'" in row]
    assert len(accepted) == 1
    assert not [row for row in rows if "'joined'" in row]


async def test_the_course_without_javascript(town: Town, phone: Phone) -> None:
    incident = await town.report("sudden_change")
    async with phone.open(await town.link(incident, "nurse"), script=False) as page:
        await expect(
            page.get_by_role("link", name=WORDS["fire_headquarters_number"])
        ).to_be_visible()
        await page.get_by_role("button", name=YES, exact=True).tap()
        await page.get_by_role("button", name="15分").tap()
        await page.get_by_role("button", name="到着しました").tap()
        await expect(page.get_by_text(WORDS["care_notes"])).to_be_visible()
        await page.get_by_text("完了", exact=True).tap()
        await page.get_by_label("本人無事").check()
        await page.get_by_label("メモ（任意）").first.fill("様子を見た")
        await page.get_by_role("button", name="完了にする").tap()
        await expect(page.get_by_text("この件は終わりました")).to_be_visible()
    read = await town.api("GET", f"/v1/incidents/{incident}")
    assert (read["status"], read["outcome"]) == ("resolved", "client_safe")


async def test_the_countdown_counts_and_then_looks_again(town: Town, phone: Phone) -> None:
    link = await town.link(await town.report(), "nurse")
    before = await town.everything()
    async with phone.open(await town.inbox("nurse")) as page:
        await page.clock.install()
        await page.goto(phone.base + link)
        left = page.get_by_role("timer")
        assert await left.inner_text() == "3:00"
        await page.clock.run_for(5_000)
        assert await left.inner_text() == "2:55"
        await page.clock.run_for(175_000)
        await expect(page.get_by_text("まもなく、もう一度あなたと看護師 高橋さん")).to_be_visible()
        town.clock.push(minutes=1)
        async with page.expect_navigation():
            await page.clock.run_for(3_000)
        await expect(left).to_have_text("2:00")
    assert await town.everything() == before


async def test_what_is_being_written_is_not_lost(town: Town, phone: Phone) -> None:
    link = await town.link(await town.report(), "nurse")
    await town.act(f"{link}/acknowledge")
    await town.act(f"{link}/hand_over", to_party_id=town["centre_worker"])
    async with phone.open(f"{link}/note") as page:
        await page.get_by_label("内容").fill("書きかけ")
        # A phone that was in a pocket for a minute.
        await page.evaluate(
            """() => {
                const said = [true, false];
                const now = Date.now;
                Object.defineProperty(document, "hidden", { get: () => said.shift() });
                document.dispatchEvent(new Event("visibilitychange"));
                Date.now = () => now() + 60000;
                document.dispatchEvent(new Event("visibilitychange"));
            }"""
        )
        assert await page.get_by_label("内容").input_value() == "書きかけ"
        assert page.url == f"{phone.base}{link}/note"


async def test_a_desks_phone_holds_back_until_somebody_is_chosen(town: Town, phone: Phone) -> None:
    await town.api("POST", f"/v1/parties/{town['night']}/contact-points", {"channel": "inbox"})
    incident = await town.report()
    link = await town.link(incident, "night")
    before = await town.everything()
    async with phone.open(link, script=False) as page:
        await page.get_by_role("button", name=YES, exact=True).tap()
        assert page.url == phone.base + link
        assert await town.everything() == before
        await page.get_by_label("看護師 高橋").check()
        await page.get_by_role("button", name=YES, exact=True).tap()
        await page.get_by_text("対応責任者: 看護師 高橋さん").wait_for()


async def test_somebody_further_down_the_list_can_be_asked(town: Town, phone: Phone) -> None:
    for number in range(8):
        body = {"organisation_id": town["provider"], "kind": "person", "name": f"職員 {number}"}
        made = await town.api("POST", "/v1/parties", body)
        await town.api("POST", f"/v1/parties/{made['id']}/contact-points", {"channel": "inbox"})
    link = await town.link(await town.report(), "nurse")
    await town.act(f"{link}/acknowledge")
    async with phone.open(f"{link}/hand_over", script=False) as page:
        await expect(page.get_by_label("職員 7さん")).to_be_hidden()
        await page.get_by_text("ほかの人から選ぶ").tap()
        await page.get_by_label("職員 7さん").check()
        await page.get_by_role("button", name="引継ぎをお願いする").tap()
        await page.get_by_text("職員 7さん（みどり訪問看護）に引継ぎをお願いしています").wait_for()


async def test_the_first_view_leads_to_what_is_to_be_pressed(town: Town, phone: Phone) -> None:
    link = await town.link(await town.report(), "nurse")
    await town.act(f"{link}/acknowledge")
    async with phone.open(link) as page:
        button = page.get_by_role("button", name="向かっています", exact=True)
        await expect(button).not_to_be_in_viewport()
        await page.get_by_role("link", name="03:42までに［向かっています］を押す").tap()
        await expect(button).to_be_in_viewport()


async def test_the_reference_is_shown_without_a_complaint(phone: Phone) -> None:
    async with phone.open("/docs", script=False) as page:
        await page.get_by_role("link", name="POST /v1/incidents", exact=True).click()
        await expect(
            page.get_by_role("heading", name="POST /v1/incidents", exact=True)
        ).to_be_in_viewport()


async def test_the_keyboard_reaches_the_buttons_in_order(town: Town, phone: Phone) -> None:
    link = await town.link(await town.report(), "nurse")
    async with phone.open(link) as page:
        reached = []
        for _ in range(8):
            await page.keyboard.press("Tab")
            reached.append(await page.evaluate("document.activeElement.innerText"))
        assert reached == [
            YES,
            NO,
            "別の対応中のため行けません",
            "遠くて行けません",
            "飲酒・体調のため行けません",
            "勤務外のため行けません",
            "その他の理由で行けません",
            "ほかの操作",
        ]
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name="119に電話した")).to_be_visible()


@pytest.mark.parametrize("width", [320, 390], ids=str)
async def test_everything_is_large_enough_and_fits(town: Town, phone: Phone, width: int) -> None:
    incident = await town.report("sudden_change", drill=True)
    asked, other = await town.link(incident, "nurse"), await town.link(incident, "nurse2")
    await measure(phone, asked, width)
    await measure(phone, await town.inbox("nurse"), width)
    await measure(phone, "/", width)
    await town.act(f"{asked}/acknowledge")
    for path in (asked, f"{asked}/resolve", f"{asked}/hand_over", other):
        await measure(phone, path, width)


async def measure(phone: Phone, path: str, width: int) -> None:
    """All text of 18 px or more, all that is pressed 48 px high or more, no sideways scrolling."""
    async with phone.open(path, width=width) as page:
        small = await page.evaluate(
            """() => [...document.querySelectorAll("body *")]
                .filter((one) => [...one.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
                .filter((one) => parseFloat(getComputedStyle(one).fontSize) < 18)
                .map((one) => one.outerHTML)"""
        )
        assert small == []
        low = await page.evaluate(
            """() => [...document.querySelectorAll("button, a, summary, .choice label, textarea")]
                .filter((one) => one.offsetParent && one.getBoundingClientRect().height < 48)
                .map((one) => one.outerHTML)"""
        )
        assert low == []
        assert await page.evaluate("document.documentElement.scrollWidth") == width
