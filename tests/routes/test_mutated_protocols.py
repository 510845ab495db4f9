"""A thousand spoilt documents: each is refused with its place, or published and cannot run out."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import httpx
import pytest

from tests.routes.world import Api, Json, World

# Together a thousand, half of them on each database.
SEEDS: Final = range(5)
DOCUMENTS: Final = 100
TODAY: Final = date(2026, 11, 20)
Path = tuple[str | int, ...]

JUNK: Final[tuple[Any, ...]] = (
    *(None, True, False, -1, 0, 1, 86_400, 86_401, 10**30, 1.5, "", " ", "x" * 5_000),
    *("\u202e", "24h", "2026-11-01", "2026-13-01", "next", "次", [], {}, [None], {"a": 1}, [[]]),
    *(["fall"], ["18:00-08:30"], ["25:00-26:00"], ["holiday"], "Asia/Tokyo", "Mars/Olympus"),
)
# Members that the document does not have yet, some of which nobody knows.
MORE: Final = (
    *("title", "timezone", "accountable", "approvals", "variants", "when", "types", "severities"),
    *("days", "hours", "rounds", "steps", "desk", "person", "inform", "also_page", "on_decline"),
    *("ack_within_seconds", "remind_every_seconds", "arrive_within_seconds", "when_busy", "tier"),
    *("name", "repeat_window_seconds", "owner", "__proto__"),
)


class Chance:
    """Choices that are the same in every run: the digests of a seed and a count."""

    def __init__(self, seed: int) -> None:
        """Begin with this seed."""
        self._seed, self._drawn = seed, 0

    def below(self, limit: int) -> int:
        """A number from 0 to one less than the limit."""
        self._drawn += 1
        drawn = hashlib.sha256(f"{self._seed} {self._drawn}".encode()).digest()
        return int.from_bytes(drawn) % limit

    def choice(self, among: Sequence[Any]) -> Any:  # noqa: ANN401  # JSON
        """One of them."""
        return among[self.below(len(among))]


@dataclass
class Ground:
    """Who there is, by what may be done with them; written down here, not asked of the API."""

    sound: frozenset[str]
    closed: frozenset[str]
    others: frozenset[str]
    organisation_of: dict[str, str]

    @property
    def ids(self) -> list[str]:
        return sorted(self.sound | self.closed | self.others)


async def build_ground(api: Api, world: World) -> Ground:
    """Desks that may be accountable, desks that may not, and everybody else."""
    ids: dict[str, str] = {}

    async def desk(name: str, *, point: Json | None, **fields: object) -> None:
        body = {"organisation_id": world["provider"], "kind": "desk", "name": name, **fields}
        ids[name] = (await api.make("/v1/parties", body))["id"]
        if point is not None:
            await api.make(f"/v1/parties/{ids[name]}/contact-points", {"channel": "inbox", **point})

    await desk("phone", point={})
    await desk("day", point={}, hours=["09:00-17:00"])
    await desk("silent", point=None)
    await desk("half", point={"hours": ["08:00-20:00"]})
    await desk("gone", point={})
    await api.patch(f"/v1/parties/{ids['gone']}", {"retired": True})
    of_provider = dict.fromkeys((world["desk"], *ids.values()), world["provider"])
    return Ground(
        sound=frozenset({world["desk"], ids["phone"]}),
        closed=frozenset({ids["day"], ids["silent"], ids["half"], ids["gone"]}),
        others=frozenset({world["nurse"], world["foreign_desk"], world["a"], "no-such-party"}),
        organisation_of=of_provider,
    )


def whole(world: World, ground: Ground) -> Json:
    """A document that may be published and uses every kind of member."""
    first, second = sorted(ground.sound)
    return {
        "title": "佐藤様 緊急時対応",
        "timezone": "Asia/Tokyo",
        "accountable": first,
        "accountable_remind_every_seconds": 60,
        "approvals": [
            {
                "organisation": world["provider"],
                "approved_by": "山田 管理者",
                "approved_on": "2026-11-01",
                "reference": "協定書 第12号",
            }
        ],
        "variants": [
            {
                "name": "夜間",
                "when": {"types": ["fall"], "severities": ["high"], "hours": ["18:00-08:30"]},
                "rounds": 2,
                "steps": [
                    {
                        "name": "first",
                        "desk": second,
                        "ack_within_seconds": 120,
                        "also_page": [world["nurse"]],
                        "on_decline": "last",
                    },
                    {"desk": min(ground.closed), "inform": [first]},
                    {"name": "last", "person": world["nurse"]},
                ],
            },
            {"name": "いつでも", "steps": [{"desk": second, "ack_within_seconds": 60}]},
        ],
        "repeat_window_seconds": 600,
    }


def places(document: object, here: Path = ()) -> Iterator[Path]:
    """Every place in a document, the whole first."""
    yield here
    match document:
        case dict():
            for name, child in document.items():
                yield from places(child, (*here, name))
        case list():
            for number, child in enumerate(document):
                yield from places(child, (*here, number))


def at(document: Any, path: Path) -> Any:  # noqa: ANN401  # JSON
    for part in path:
        document = document[part]
    return document


def spoil(document: Json, ids: list[str], chance: Chance) -> Json:
    """The document with one to three things changed."""
    spoilt = deepcopy(document)
    for _ in range(chance.choice((1, 1, 2, 3))):
        path = chance.choice([one for one in places(spoilt) if one] or [("title",)])
        parent, last = at(spoilt, path[:-1]), path[-1]
        match chance.below(6):
            case 0:
                del parent[last]
            case 1:
                parent[last] = deepcopy(chance.choice(JUNK))
            case 2:
                parent[last] = chance.choice(ids)
            case 3:
                # Somebody else, where somebody is named: most often whoever is accountable.
                named = [one for one in places(spoilt) if at(spoilt, one) in ids]
                where = chance.choice([*named, *([("accountable",)] * len(named))])
                at(spoilt, where[:-1])[where[-1]] = chance.choice(ids)
            case 4 if isinstance(parent, list):
                parent.extend(deepcopy([parent[last]]) * chance.choice((1, 25)))
            case 4:
                parent[chance.choice(MORE)] = deepcopy(chance.choice((*JUNK, *ids)))
            case _:
                other = chance.choice([one for one in places(spoilt) if one])
                parent[last] = deepcopy(at(spoilt, other))
    return spoilt


def assert_places_are_named(response: httpx.Response, document: Json) -> None:
    """Each pointer leads to something that was sent, or to what is missing from it."""
    errors = response.json()["errors"]
    assert errors
    for error in errors:
        parts = [one.replace("~1", "/").replace("~0", "~") for one in error["pointer"].split("/")]
        here: Any = document
        for number, part in enumerate(parts[1:], 2):
            is_there = (
                part in here
                if isinstance(here, dict)
                else isinstance(here, list) and part.isdecimal() and int(part) < len(here)
            )
            if not is_there:
                # A missing member is named where it should be.
                assert isinstance(here, dict), (error, document)
                assert number == len(parts), (error, document)
                break
            here = here[part] if isinstance(here, dict) else here[int(part)]


def assert_cannot_run_out(document: Json, ground: Ground) -> None:
    """By its own rules: who falls back on it is reachable at every hour, by agreement."""
    desk = document["accountable"]
    assert desk in ground.sound
    approved = [
        one
        for one in document["approvals"]
        if one["organisation"] == ground.organisation_of[desk]
        and date.fromisoformat(one["approved_on"]) <= TODAY
    ]
    assert approved
    assert "when" not in document["variants"][-1] or document["variants"][-1]["when"] is None
    assert all(one["steps"] for one in document["variants"])


async def assert_somebody_holds_to_the_end(api: Api, path: str, document: Json) -> None:
    """Nobody answers: still there is one holder at every instant, the accountable desk last."""
    for kind, severity, opened in (
        ("fall", "high", "2026-12-30T14:00:00.000Z"),
        ("no_response", "low", "2026-11-24T03:00:00.000Z"),
    ):
        script = {"type": kind, "severity": severity, "at": opened}
        response = await api.call("POST", f"{path}/simulate", script)
        assert response.status_code == 200, response.text
        past = response.json()
        held = past["intervals"]
        assert held[0]["from"] == opened
        assert all(one["holder"] for one in held)
        assert [one["to"] for one in held[:-1]] == [one["from"] for one in held[1:]]
        if past["exhausted"]:
            assert held[-1]["holder"]["id"] == document["accountable"]
        else:
            # What was ended by the length of a rehearsal is still being asked.
            asked = sum(
                step.get("ack_within_seconds", 180) for step in document["variants"][0]["steps"]
            )
            assert past["status"] == "triggered"
            assert asked > 3_600


@pytest.mark.parametrize("seed", SEEDS)
async def test_spoilt_document_is_refused_with_its_place_or_cannot_run_out(
    api: Api, world: World, seed: int
) -> None:
    ground = await build_ground(api, world)
    chance = Chance(seed)
    path = f"/v1/clients/{world['client']}/protocol"
    document = whole(world, ground)
    assert (await api.call("PUT", path, document)).status_code == 201
    answers: Counter[int] = Counter()
    for _ in range(DOCUMENTS):
        spoilt = spoil(document, ground.ids, chance)
        before = await api.get(path)
        response = await api.call("PUT", path, spoilt)
        answers[response.status_code] += 1
        if response.status_code == 422:
            assert_places_are_named(response, spoilt)
            assert await api.get(path) == before
            continue
        assert response.status_code in {200, 201}, (response.text, spoilt)
        published = (await api.get(path))["document"]
        assert_cannot_run_out(published, ground)
        await assert_somebody_holds_to_the_end(api, path, published)
    # Neither is a rarity.
    assert answers[422] >= DOCUMENTS // 4
    assert answers[200] + answers[201] >= DOCUMENTS // 20
