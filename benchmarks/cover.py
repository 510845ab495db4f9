"""How long a proof of cover takes: of one large protocol, and of all clients in a night.

Nothing but this process runs. The yardstick, measured in turn with the proofs, is a unit of the
same kind of work: a loop of a million steps in plain Python. Times are those of the processor, so
that what else runs on the machine counts less; of each ratio the middle of several rounds is shown.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random  # noqa: TID251  # seeded, so that every run proves the same towns

from app.cover.check import prove, timetable_for
from app.escalation.network import Network
from app.escalation.party import Party, PartyId
from app.rosters.history import Version
from app.rosters.roster import parse_roster
from tests.escalation.network_samples import desk, document, network, person, point

BEGIN = datetime(2026, 11, 23, tzinfo=UTC)
STARTS_ON = "2026-01-01"
MUNICIPALITIES = 10
CLIENTS = 30
CLIENTS_ALL = 10_000
ROUNDS = 5
HOURS = ("24h", ["08:30-17:30"], ["17:30-08:30"], ["00:00-12:00", "18:00-24:00"])
OFFICE = ["mon", "tue", "wed", "thu", "fri"]


def measure_cover(share: float) -> None:
    """Measure, and print a table; `share` of the municipalities."""
    print("\ncover (one core, one process)")
    large = large_network()
    rounds = sorted(
        (proof / unit, proof, unit)
        for unit, proof in (
            (_seconds(million_steps), _seconds(lambda: prove(large, BEGIN))) for _ in range(ROUNDS)
        )
    )
    ratio, proof, unit = rounds[ROUNDS // 2]
    _row("a million steps", f"{unit * 1e3:.0f} ms: the unit below")
    _row("10 steps, 20 people", f"{proof * 1e3:.0f} ms for 400 days, {ratio:.1f} units")
    nights = [
        (_seconds(million_steps), _night(Random(number)))  # noqa: S311
        for number in range(max(int(MUNICIPALITIES * share), 1))
    ]
    each = sum(night for _, night in nights) / len(nights) / CLIENTS
    ratio = each * len(nights) / sum(unit for unit, _ in nights)
    _row(
        "nightly, per client",
        f"{each * 1e3:.1f} ms for 400 days, {ratio:.2f} units "
        f"({CLIENTS} clients of each of {len(nights)} municipalities)",
    )
    _row(f"nightly, {CLIENTS_ALL} clients", f"{each * CLIENTS_ALL:.0f} s, extrapolated")


def million_steps() -> int:
    """The yardstick."""
    total = 0
    for number in range(1_000_000):
        total += number % 7
    return total


def _night(dice: Random) -> float:
    """Seconds for the proofs of one municipality's clients, which share a timetable."""
    directory = municipality(dice)
    networks = [client_network(dice, directory) for _ in range(CLIENTS)]
    begun = time.process_time()
    timetable = timetable_for(BEGIN)
    for one in networks:
        prove(one, BEGIN, timetable=timetable)
    return time.process_time() - begun


def _seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _row(what: str, found: str) -> None:
    print(f"  {what:<22} {found}", flush=True)


# --- a large protocol ------------------------------------------------------------------------


def large_network() -> Network:
    """Two variants of the same ten desks, two persons each, with rosters, and many gaps."""
    persons = [f"p{number}" for number in range(20)]
    parties: list[Party] = []
    for number, name in enumerate(persons):
        points = [
            point(f"{name}-1", hours=HOURS[number % 4]),
            point(f"{name}-2", delay=60),
        ]
        parties.append(person(name, points=points))
    steps: list[dict[str, object]] = []
    for number in range(10):
        own = persons[number * 2 : number * 2 + 2]
        one = desk(f"d{number}", *own, hours=HOURS[number % 3])
        parties.append(_with_roster(one, _night_and_day(own, own)))
        steps.append({"desk": one.id, "ack_within_seconds": 180})
    variants = [
        {"name": "夜", "when": {"hours": ["18:00-08:30"]}, "steps": steps},
        {"name": "全", "steps": steps, "rounds": 2},
    ]
    return network(document(variants=variants), *parties)


def _night_and_day(night: list[str], day: list[str]) -> dict[str, object]:
    turns: dict[str, object] = {"starts_on": STARTS_ON}
    return {
        "rotations": [
            {**turns, "name": "夜", "persons": night, "every": "day", "hours": ["17:30-09:00"]},
            {
                **turns,
                "name": "昼",
                "persons": day,
                "every": "week",
                "hours": ["09:00-17:30"],
                "days": [*OFFICE, "holiday"],
            },
        ]
    }


def _with_roster(one: Party, roster: dict[str, object]) -> Party:
    version = Version(
        number=1,
        document=parse_roster(roster),
        effective_from=datetime(2026, 1, 1, tzinfo=UTC),
        recorded_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    return replace(one, roster=(version,))


# --- a town's clients ------------------------------------------------------------------------


def municipality(dice: Random) -> list[Party]:
    """Three nurses' stations, a care office and a receiving centre, as they are kept for years."""
    found: list[Party] = []
    for number in range(3):
        nurses = [f"nurse-{number}-{one}" for one in range(dice.randint(4, 7))]
        on_call = dice.sample(nurses, dice.randint(3, 4))
        station = desk(f"station-{number}", *nurses)
        found.append(_with_roster(station, _on_call(on_call, nurses, dice)))
        found += [_nurse(one, dice) for one in nurses]
    carers = [f"carer-{one}" for one in range(4)]
    found.append(desk("care-office", *carers, hours=["08:30-17:30"]))
    found += [person(one, points=[point(f"{one}-1", hours=["08:00-19:00"])]) for one in carers]
    centre = [f"centre-{one}" for one in range(6)]
    shifts = desk("centre", *centre, points=[point("centre-0")])
    found.append(_with_roster(shifts, _three_shifts(centre)))
    found += [person(one) for one in centre]
    return found


def _nurse(name: str, dice: Random) -> Party:
    second = [point(f"{name}-2", delay=dice.choice((30, 60, 120)))]
    return person(name, points=[point(f"{name}-1", hours=dice.choice(HOURS[:3])), *second])


def _on_call(on_call: list[str], nurses: list[str], dice: Random) -> dict[str, object]:
    """Turns for nights and days, a second behind each, and two dozen swaps in the year."""
    behind = [{"tier": 2, "name": "控え", "persons": nurses[::-1], "starts_on": STARTS_ON}]
    return {
        "rotations": [*_rotations(on_call, nurses), *behind],
        "overrides": [_swap(nurses, dice) for _ in range(24)],
    }


def _rotations(on_call: list[str], nurses: list[str]) -> Iterator[dict[str, object]]:
    rotations = _night_and_day(on_call, nurses)["rotations"]
    assert isinstance(rotations, list)
    yield from rotations
    days = {"hours": ["09:00-17:30"], "days": ["sat", "sun"]}
    yield {"name": "週末", "persons": on_call, "starts_on": STARTS_ON, "every": "week", **days}


def _swap(nurses: list[str], dice: Random) -> dict[str, object]:
    begin = BEGIN + timedelta(hours=dice.randrange(24 * 400))
    off, on = dice.sample(nurses, 2)
    return {
        "from": begin.isoformat(),
        "to": (begin + timedelta(hours=dice.randint(4, 72))).isoformat(),
        "replaces": off,
        "person": on,
    }


def _three_shifts(persons: list[str]) -> dict[str, object]:
    hours = ("06:00-14:00", "14:00-22:00", "22:00-06:00")
    return {
        "rotations": [
            {
                "name": one,
                "persons": persons[at:] + persons[:at],
                "starts_on": STARTS_ON,
                "hand_over": "06:00",
                "every": {"days": 2},
                "hours": [one],
            }
            for at, one in enumerate(hours)
        ]
    }


def client_network(dice: Random, directory: list[Party]) -> Network:
    """A client: the family at its hours, a station, perhaps the care office, the centre."""
    number = dice.randrange(10**9)
    family = [
        person(
            f"family-{number}-{one}",
            "family",
            [point(f"family-{number}-{one}-1", hours=_waking(dice))],
        )
        for one in range(dice.randint(1, 3))
    ]
    station = f"station-{dice.randrange(3)}"
    nurse = {"desk": station, "ack_within_seconds": 180}
    if _happens(dice, 3):
        nurse["when_busy"] = "pass"
    first, *others = (one.id for one in family)
    relatives = {"person": first, "also_page": others, "ack_within_seconds": 120}
    steps = [relatives, nurse] if _happens(dice, 5) else [nurse, relatives]
    if _happens(dice, 5):
        steps.append({"desk": "care-office", "ack_within_seconds": 300})
    steps.append({"desk": "centre", "ack_within_seconds": 300})
    variants = [{"name": "全て", "rounds": 2, "steps": steps}]
    if _happens(dice, 4):
        at_night = {"hours": [dice.choice(("18:00-08:30", "21:00-07:00"))]}
        variants.insert(0, {"name": "夜間", "when": at_night, "rounds": 2, "steps": steps[1:]})
    return network(document(variants=variants), *_named(directory, steps), *family)


def _happens(dice: Random, in_ten: int) -> bool:
    return dice.randrange(10) < in_ten


def _waking(dice: Random) -> object:
    hours = (f"{dice.randint(6, 8):02}:00-{dice.randint(20, 23)}:00", "18:00-08:00", None)
    chosen = dice.choice(hours)
    return [chosen] if chosen else "24h"


def _named(directory: list[Party], steps: list[dict[str, object]]) -> list[Party]:
    """The desks that the steps name, with their persons: what a check loads."""
    desks = {PartyId(str(step["desk"])) for step in steps if "desk" in step}
    persons = {one for party in directory if party.id in desks for one in party.person_ids}
    return [party for party in directory if party.id in desks | persons]
