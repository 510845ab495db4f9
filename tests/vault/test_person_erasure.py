"""Persons: nothing of them is readable in the database, and after erasing them nothing at all."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from app.commands.audit.verify import verify_url
from app.ledger.disclosure import Verdict
from tests.engine.checking import check_everything
from tests.engine.databases import number, rows
from tests.keys import VAULT
from tests.sealing.conftest import House
from tests.vault.files import columns_found, database_files, files_of, sealed_bytes, written
from tests.vault.test_erasure import exported

# Each is said somewhere about persons or a client, and nowhere else in the house.
NURSE, HOOK, WEBHOOK_SECRET = "樋口 佳代", "higuchi-hook-8841", "whsec_" + "aGlndWNoaS1r" * 4
PHONE_LABEL, APPROVER = "樋口さんの携帯", "大河内 施設長"
CLIENT, KANA, PHONE, ADDRESS = (
    "榊原 千鶴子",
    "サカキバラ チヅコ",
    "0790-55-1234",
    "北山町四丁目七番",
)
SON, SON_PHONE = "榊原 健吾", "080-7711-2233"
OF_NURSE = (NURSE, HOOK, WEBHOOK_SECRET, PHONE_LABEL)
SAID = (*OF_NURSE, APPROVER, CLIENT, KANA, PHONE, ADDRESS, SON, SON_PHONE)
# The same in one spelling, and what an index could hold of it.
SPELT = ("樋口佳代", "榊原千鶴子", "サカキバラチヅコ", "0790551234", "08077112233")


# What is sealed or hashed of a person, by the person's id.
SEALED = (
    ("wrapped", "data_key WHERE subject_id = '{}'"),
    ("sealed_name", "party WHERE id = '{}'"),
    ("address", "contact_point WHERE party_id = '{}'"),
    ("secret", "contact_point WHERE party_id = '{}'"),
    ("label", "calendar_feed WHERE party_id = '{}'"),
    ("token", "search_token WHERE subject_id = '{}'"),
)


def found_in(files: Iterable[Path], said: Iterable[str]) -> set[str]:
    """Which texts are readable in files."""
    data = b"\0".join(path.read_bytes() for path in files)
    return {text for text in said if any(form in data for form in written(text))}


@pytest.fixture
async def incident(house: House) -> str:
    """A closed incident that the nurse held and has noted something in; then she has left."""
    town = house.town
    await town.add_person(NURSE, desks=["first"])
    await town.add_contact_point(NURSE, address=f"{town.sink_url}/{HOOK}", secret=WEBHOOK_SECRET)
    await town.make("/v1/calendar-feeds", {"party_id": town[NURSE], "label": PHONE_LABEL})
    approval = {"approved_by": APPROVER, "approved_on": "2026-11-01"}
    change = {"accountable_desk_id": town["office"], "accountable_approval": approval}
    await town.make(f"/v1/organisations/{town['municipality']}", change, method="PATCH")
    await town.add_client(
        CLIENT,
        kana=KANA,
        phones=[PHONE],
        address=ADDRESS,
        family_contacts=[{"name": SON, "phone": SON_PHONE}],
    )
    await town.publish({"desk": "first"}, client=CLIENT)
    opened = str((await town.opened(client=CLIENT))["id"])
    await house.node.engine.dispatcher.drain()
    await town.acted(opened, "acknowledge", NURSE)
    await town.acted(opened, "resolve", NURSE, outcome="client_safe")
    await house.sealer.run_once()
    return opened


async def erase(house: House) -> None:
    path = f"/v1/parties/{house.town[NURSE]}"
    await house.town.make(path, {"retired": True}, method="PATCH")
    response = await house.town.call(
        "POST", f"{path}/erase", {"ground": "requested"}, key="coordinator"
    )
    assert response.status_code == 200, response.text
    assert response.json()["incidents"] == 1


async def test_no_name_number_or_address_is_readable_in_the_database(
    house: House, incident: str, request: pytest.FixtureRequest
) -> None:
    shown = await house.town.get(f"/v1/incidents/{incident}/responsibility")
    assert NURSE in [one["holder"]["name"] for one in shown["intervals"]]
    files = database_files(house.place.url, request)
    assert found_in(files, (*SAID, *SPELT)) == set()
    # What is found is there, and the search finds it.
    assert found_in(files, ["みどり訪問看護"]) == {"みどり訪問看護"}


async def test_nothing_of_an_erased_person_remains_and_the_ledger_verifies(
    house: House,
    incident: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    before = await exported(house, tmp_path / "before")
    assert NURSE in found_in(files_of(tmp_path / "before"), OF_NURSE)
    url = house.place.url
    sealed = await sealed_bytes(url, [(one, at.format(house.town[NURSE])) for one, at in SEALED])
    there = columns_found(database_files(url, request), sealed)
    assert there == {column for column, _ in SEALED}
    await erase(house)
    await house.sealer.run_once()
    after = await exported(house, tmp_path / "after")
    assert found_in(files_of(tmp_path / "after"), OF_NURSE) == set()
    files = database_files(url, request)
    assert (found_in(files, (*SAID, *SPELT)), columns_found(files, sealed)) == (set(), set())
    logged = "".join(capfd.readouterr())
    assert "person_erased" in logged, "the search finds what was logged"
    assert not [text for text in SAID if text in logged]
    assert (after.findings, after.verdicts[Verdict.ERASED]) == ([], 1)
    assert after.verdicts[Verdict.OPENED] == before.verdicts[Verdict.OPENED] - 1
    assert (await verify_url(house.place.url, VAULT)).findings == ()
    await check_everything(house.place.url)
    shown = await house.town.get(f"/v1/incidents/{incident}/responsibility")
    assert [one["holder"]["id"] for one in shown["intervals"]][-1] == house.town[NURSE]


async def test_erased_person_is_an_empty_shell(house: House, incident: str) -> None:
    town, id_ = house.town, house.town[NURSE]
    await erase(house)
    shown = await town.get(f"/v1/parties/{id_}")
    assert (shown["name"], shown["erased_at"]) == (None, shown["retired_at"])
    (point,) = (await town.get(f"/v1/parties/{id_}/contact-points"))["items"]
    assert (point["address"], point["retired_at"]) == ("", shown["erased_at"])
    (feed,) = (await town.get(f"/v1/calendar-feeds?party_id={id_}"))["items"]
    assert (feed["label"], feed["revoked_at"]) == (None, shown["erased_at"])
    url, where = house.place.url, f"WHERE subject_id = '{id_}'"
    for table in ("data_key", "search_token"):
        assert await number(url, f"SELECT count(*) FROM {table} {where}") == 0  # noqa: S608
    led = f"SELECT address, secret FROM contact_point WHERE party_id = '{id_}'"  # noqa: S608
    assert await rows(url, led) == [{"address": None, "secret": None}]
    path = f"/v1/parties/{id_}/erase"
    again = await town.make(path, {"ground": "retention_ended"})
    assert (again["erased_at"], again["incidents"]) == (shown["erased_at"], 0)
    assert incident


async def test_who_is_still_there_or_no_person_is_not_erased(house: House, incident: str) -> None:
    town, body = house.town, {"ground": "requested"}
    path = f"/v1/parties/{town[NURSE]}/erase"
    for party, key, expected in (
        (town[NURSE], "coordinator", 409),
        (town["first"], "coordinator", 409),
        (town["municipality"], "coordinator", 409),
        (town[NURSE], "provider", 403),
        ("nobody", "coordinator", 404),
    ):
        response = await town.call("POST", f"/v1/parties/{party}/erase", body, key=key)
        assert response.status_code == expected, response.text
    assert (await town.call("POST", path, {"ground": "boredom"})).status_code == 422
    assert (await town.get(f"/v1/parties/{town[NURSE]}"))["name"] == NURSE
    assert incident
