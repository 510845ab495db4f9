"""Guessing links, inboxes and keys is limited; whoever has a good one always gets through."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from app.installation.misses import ADDRESSES_MAX, Misses, TooManyMisses
from app.settings import Settings, read_settings
from tests.pages.test_browser import served
from tests.pages.world import HTML, JSON, Town

NOW = datetime(2026, 11, 20, 18, 12, tzinfo=UTC)
ALLOWED = Settings().misses_per_minute
UNKNOWN_LINK, UNKNOWN_INBOX = "/r/" + "A" * 43, "/inbox/" + "A" * 54
UNKNOWN_KEY = {"Authorization": "Bearer rk_" + "x" * 43}


def is_over(misses: Misses, address: str, now: datetime = NOW) -> bool:
    """Whether one more miss is too many."""
    try:
        misses.count(address, now)
    except TooManyMisses:
        return True
    return False


def use_up(misses: Misses, address: str, now: datetime = NOW, count: int = ALLOWED) -> None:
    """All misses of an address."""
    for _ in range(count):
        misses.count(address, now)


# --- the bucket --------------------------------------------------------------------------------


@pytest.fixture
def misses() -> Misses:
    """As many as are set without a setting."""
    return Misses(per_minute=ALLOWED)


def test_so_many_at_once_and_one_more_is_too_many(misses: Misses) -> None:
    use_up(misses, "192.0.2.1")
    assert is_over(misses, "192.0.2.1")
    assert not is_over(misses, "192.0.2.2")


# Seconds since the bucket was emptied, and how many misses it holds again.
@pytest.mark.parametrize(
    ("seconds", "refilled"), [(1.9, 0), (2, 1), (3.9, 1), (30, 15), (60, 30), (3600, 30)], ids=str
)
def test_the_bucket_fills_again_evenly(misses: Misses, seconds: float, refilled: int) -> None:
    use_up(misses, "192.0.2.1")
    later = NOW + timedelta(seconds=seconds)
    use_up(misses, "192.0.2.1", later, refilled)
    assert is_over(misses, "192.0.2.1", later)


def test_what_is_refused_costs_nothing_more(misses: Misses) -> None:
    use_up(misses, "192.0.2.1")
    for tenth in range(21):
        over = is_over(misses, "192.0.2.1", NOW + timedelta(seconds=tenth / 10))
        assert over is (tenth < 20)


def test_a_clock_set_back_neither_refills_nor_holds_up(misses: Misses) -> None:
    use_up(misses, "192.0.2.1", NOW + timedelta(hours=1))
    assert is_over(misses, "192.0.2.1", NOW)
    assert not is_over(misses, "192.0.2.1", NOW + timedelta(seconds=2))


# Addresses that stand for the same caller, and one that does not.
@pytest.mark.parametrize(
    ("one", "same", "other"),
    [
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1"),
        ("::ffff:192.0.2.1", "192.0.2.1", "::ffff:192.0.2.2"),
        ("fe80::1%eth0", "fe80::2", "fe90::1"),
        ("", "", "192.0.2.1"),
        ("x" * 100, "x" * 101, "x"),
    ],
    ids=["network", "mapped", "zone", "none", "nonsense"],
)
def test_addresses_are_told_apart_by_who_chooses_them(
    misses: Misses, one: str, same: str, other: str
) -> None:
    use_up(misses, one)
    assert is_over(misses, same)
    assert not is_over(misses, other)


def test_the_table_is_bounded_and_forgets_the_oldest_first(misses: Misses) -> None:
    use_up(misses, "192.0.2.1")
    use_up(misses, "192.0.2.2")
    for number in range(ADDRESSES_MAX - 1):
        misses.count(f"10.0.{number // 256}.{number % 256}", NOW)
    assert len(vars(misses)["_left"]) == ADDRESSES_MAX
    assert is_over(misses, "192.0.2.2")
    assert not is_over(misses, "192.0.2.1")


def test_the_setting_says_how_many() -> None:
    settings = read_settings({"RENRAKUMO_MISSES_PER_MINUTE": "2"})
    misses = Misses(per_minute=settings.misses_per_minute)
    use_up(misses, "192.0.2.1", count=2)
    assert is_over(misses, "192.0.2.1")


# --- over HTTP ---------------------------------------------------------------------------------


class Nameless:
    """An application to which nobody's address is known."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app({**scope, "client": None}, receive, send)


async def miss(town: Town, path: str, count: int = ALLOWED) -> None:
    """Ask so often for what is not there."""
    for _ in range(count):
        assert (await town.http.get(path, headers=HTML)).status_code == 404


def assert_limited(problem: httpx.Response) -> None:
    """It is the problem of too many misses."""
    assert problem.status_code == 429
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.headers["retry-after"] == "60"
    assert problem.json()["type"] == "urn:renrakumo:problem:too-many-misses"


@pytest.mark.parametrize("path", [UNKNOWN_LINK, "/r/x", UNKNOWN_INBOX, "/inbox/x"])
async def test_the_miss_after_the_last_is_429_for_people_and_for_programs(
    town: Town, path: str
) -> None:
    await miss(town, path)
    page = await town.http.get(path, headers=HTML)
    assert page.status_code == 429
    assert page.headers["retry-after"] == "60"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "正しいリンクはいつでも開けます" in page.text
    assert_limited(await town.http.get(path, headers=JSON))
    # The same bucket for all of them.
    assert_limited(await town.http.get(UNKNOWN_LINK, headers=JSON))
    assert_limited(await town.http.post(f"{UNKNOWN_LINK}/acknowledge", headers=JSON))
    assert_limited(await town.http.get("/v1/incidents", headers=UNKNOWN_KEY))
    town.clock.push(minutes=1)
    await miss(town, path)


async def test_unknown_keys_are_limited_and_known_ones_are_not(town: Town) -> None:
    for _ in range(ALLOWED):
        refused = await town.http.get("/v1/incidents", headers=UNKNOWN_KEY)
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"] == "Bearer"
        assert refused.json()["type"] == "urn:renrakumo:problem:key-unknown"
    assert_limited(await town.http.get("/v1/incidents", headers=UNKNOWN_KEY))
    assert_limited(await town.http.post("/v1/incidents", json={}, headers=UNKNOWN_KEY))
    assert (await town.api("GET", "/v1/incidents"))["items"] == []
    # Whoever has no key at all guesses nothing.
    assert (await town.http.get("/v1/incidents")).status_code == 401


async def test_a_good_link_is_never_limited(town: Town) -> None:
    await miss(town, UNKNOWN_LINK)
    incident = await town.report()
    link, inbox = await town.link(incident, "nurse"), await town.inbox("nurse")
    assert "対応します" in await town.see(link)
    assert "返事を待っています" in await town.see(inbox)
    # Nor is what is wrong about it a miss.
    for _ in range(ALLOWED + 1):
        assert (await town.http.get(f"{link}/destroy", headers=HTML)).status_code == 404
        assert (await town.http.get(f"{link}/destroy", headers=JSON)).status_code == 404
        assert (await town.press(f"{link}/note")).status_code == 422
        assert (await town.press(f"{link}/arrive")).status_code == 409
    await town.act(f"{link}/acknowledge")


async def test_wrong_acts_of_a_good_link_use_nothing_up(town: Town) -> None:
    link = await town.link(await town.report(), "nurse")
    for _ in range(ALLOWED + 1):
        assert (await town.http.get(f"{link}/destroy", headers=HTML)).status_code == 404
    assert (await town.http.get(UNKNOWN_LINK, headers=HTML)).status_code == 404


async def test_a_stale_link_is_a_miss(town: Town) -> None:
    link = await town.link(await town.report(), "nurse")
    await town.act(f"{link}/acknowledge")
    await town.act(f"{link}/resolve", outcome="client_safe")
    town.clock.push(hours=24)
    for _ in range(ALLOWED):
        assert (await town.http.get(link, headers=HTML)).status_code == 410
    assert (await town.http.get(link, headers=HTML)).status_code == 429


async def test_behind_a_proxy_the_caller_is_who_it_stands_for(town: Town) -> None:
    async with served(town.app) as base, httpx.AsyncClient(base_url=base) as http:
        for _ in range(ALLOWED):
            await http.get(UNKNOWN_LINK, headers=HTML | {"X-Forwarded-For": "198.51.100.7"})
        for address, status in (
            ("198.51.100.7", 429),
            ("x, 198.51.100.7", 429),
            ("192.0.2.9", 404),
        ):
            response = await http.get(UNKNOWN_LINK, headers=HTML | {"X-Forwarded-For": address})
            assert response.status_code == status, address


async def test_others_are_not_held_up_by_who_guesses(town: Town) -> None:
    await miss(town, UNKNOWN_LINK)
    transport = httpx.ASGITransport(town.app, client=("198.51.100.7", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://renrakumo.test") as http:
        assert (await http.get(UNKNOWN_LINK, headers=HTML)).status_code == 404
    # A server behind a socket of the file system knows no address.
    unknown = httpx.ASGITransport(Nameless(town.app))
    async with httpx.AsyncClient(transport=unknown, base_url="http://renrakumo.test") as http:
        assert (await http.get(UNKNOWN_LINK, headers=HTML)).status_code == 404
        assert (await http.get("/v1/incidents", headers=UNKNOWN_KEY)).status_code == 401
