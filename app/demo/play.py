"""One incident with short times, played against the running server, to watch."""

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

import httpx
from rich.console import Console
from rich.table import Table

from app.demo.seed import read_demo
from app.ledger.speaking.codes import code_said
from app.settings import Settings

LOOK_EVERY_SECONDS = 0.2
PATIENCE_SECONDS = 60
WIDTH_WITHOUT_TERMINAL = 120
JSON = {"Accept": "application/json"}
JAPAN: Final = ZoneInfo("Asia/Tokyo")
WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "opened": "受信・責任開始",
        "step_started": "次の段階へ",
        "paged": "呼出",
        "reminded": "再呼出",
        "sent": "送信済",
        "transferred": "責任者の変更",
        "declined": "対応できません",
        "offered": "引継ぎの申し出",
        "offer_ended": "引継ぎの申し出終了",
        "en_route": "向かっています",
        "arrived": "到着",
        "closed": "終了",
    }
)


class DemoStuck(Exception):
    """The demonstration cannot go on; the text says why, in Japanese."""


async def play(settings: Settings) -> int:
    """Play; returns the exit code: 0 when all went as it should.

    1: it could not be played to its end; its incident has been cancelled. 2: nobody answers.
    """
    console = Console(soft_wrap=True)
    if not console.is_terminal:
        console.width = WIDTH_WITHOUT_TERMINAL
    made = read_demo(settings)
    if made is None:
        console.print("No demonstration data: start the server with `make run` first.")
        return 2
    async with httpx.AsyncClient(base_url=settings.public_url) as http:
        try:
            return await _Play(http, made, console).run()
        except httpx.TransportError:
            console.print(f"Nobody answers at {settings.public_url}: is `make run` running?")
            return 2


class _Play:
    def __init__(self, http: httpx.AsyncClient, made: dict[str, Any], console: Console) -> None:
        self._http, self._made, self._console = http, made, console
        self._coordinator = {"Authorization": f"Bearer {made['keys']['coordinator']}"}
        self._seen = 0
        self._begun: datetime | None = None
        self._incident_id = ""

    async def run(self) -> int:
        try:
            await self._story()
        except (DemoStuck, httpx.HTTPStatusError) as error:
            reason = str(error) if isinstance(error, DemoStuck) else "サーバーに断られました"
            self._console.print(f"\n演習を中止しました（{reason}。{await self._cancel()}）。")
            return 1
        return 0

    async def _story(self) -> None:
        self._say("利用者が転倒。事業者のアプリが通報します（訓練）。")
        await self._report()
        self._say("ヘルパーは気づきません。3 秒後に看護師へ。")
        await self._wait_for("step_started", count=2)
        self._say("看護師 佐藤が受信箱を開き、リンクから「対応します」を押します。")
        nurse = await self._link_of("佐藤 美咲")
        await self._act(nurse, "acknowledge")
        await self._act(nurse, "en_route")
        self._say("佐藤は別の訪問が入り、高橋へ引き継ぎます。責任は高橋が受けるまで移りません。")
        await self._act(nurse, "hand_over", to_party_id=self._made["ids"]["高橋 由美"])
        colleague = await self._link_of("高橋 由美")
        await self._act(colleague, "accept")
        await self._act(colleague, "arrive")
        await self._act(colleague, "resolve", outcome="client_safe")
        await self._show_entries()
        await self._show_intervals()

    async def _report(self) -> None:
        provider = {"Authorization": f"Bearer {self._made['keys']['provider']}"}
        body = {"client_id": self._made["clients"]["訓練 太郎"], "type": "fall", "drill": True}
        answer = await self._http.post("/v1/incidents", json=body, headers=provider)
        answer.raise_for_status()
        self._incident_id = answer.json()["id"]

    async def _cancel(self) -> str:
        """Leave no drill open; what became of it."""
        if not self._incident_id:
            return "事案は作られていません"
        path = f"/v1/incidents/{self._incident_id}/cancel"
        answer = await self._http.post(path, json={}, headers=self._coordinator)
        if answer.is_error:
            return f"訓練の事案 {self._incident_id} は開いたままです"
        return "訓練の事案は取り消しました"

    async def _act(self, link: str, name: str, **body: str) -> None:
        answer = await self._http.post(f"{link}/{name}", json=body or None, headers=JSON)
        answer.raise_for_status()
        await self._show_entries()

    async def _link_of(self, person: str) -> str:
        """The responder's link, as the person finds it in their inbox, the newest first."""
        path = httpx.URL(self._made["inboxes"][person]).path
        found = re.search(r'href="(/r/[A-Za-z0-9_-]+)"', (await self._http.get(path)).text)
        if found is None:
            raise DemoStuck(f"{person} の受信箱に呼出がありません。当番か確かめてください")
        return found[1]

    async def _wait_for(self, type_: str, *, count: int) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                while True:
                    entries = await self._show_entries()
                    if sum(entry["type"] == type_ for entry in entries) >= count:
                        return
                    await asyncio.sleep(LOOK_EVERY_SECONDS)
        raise DemoStuck(f"{PATIENCE_SECONDS} 秒待っても「{WORDS[type_]}」になりません")

    async def _show_entries(self) -> list[dict[str, Any]]:
        path = f"/v1/incidents/{self._incident_id}/entries"
        answer = await self._http.get(path, params={"limit": 500}, headers=self._coordinator)
        answer.raise_for_status()
        entries: list[dict[str, Any]] = answer.json()["items"]
        for entry in entries[self._seen :]:
            if entry["type"] in WORDS:
                self._show(entry)
        self._seen = len(entries)
        return entries

    def _show(self, entry: dict[str, Any]) -> None:
        at = datetime.fromisoformat(entry["at"])
        self._begun = self._begun or at
        cause = f"（{code_said(entry['cause'])}）" if entry["cause"] else ""
        self._console.print(
            f"  {(at - self._begun).total_seconds():6.2f} s  {WORDS[entry['type']]}{cause}"
            f"  {_name(entry['actor'])}  責任者: {_name(entry['to'])}"
        )

    async def _show_intervals(self) -> None:
        path = f"/v1/incidents/{self._incident_id}/responsibility"
        answer = await self._http.get(path, headers=self._coordinator)
        answer.raise_for_status()
        table = Table("対応責任者", "機関", "から", "まで", "理由", "根拠", caption="日本時間")
        for one in answer.json()["intervals"]:
            holder = one["holder"]
            table.add_row(
                holder["name"],
                str(holder["organisation"]),
                _clock(one["from"]),
                _clock(one["to"]),
                code_said(one["cause"]),
                code_said(one["basis"]),
            )
        self._console.print(table)

    def _say(self, text: str) -> None:
        self._console.print(f"\n[bold]{text}[/bold]")


def _clock(instant: str | None) -> str:
    """The time of day in Japan, to the millisecond; nothing for what has no end yet."""
    if instant is None:
        return ""
    at = datetime.fromisoformat(instant).astimezone(JAPAN)
    return f"{at:%H:%M:%S}.{at.microsecond // 1000:03}"


def _name(party: dict[str, Any] | str | None) -> str:
    if party is None:
        return "—"
    if isinstance(party, dict):
        party = str(party.get("name") or party.get("id"))
    return "システム" if party == "system" else party
