"""A town in which generated requests find what they name: incidents in every state, spare things.

A generated id is the id of nothing: nearly every request would end at 404 and prove little. What
a request may spoil (a client, a key, an incident) is made anew for each. A new operation whose
paths or bodies name something else than is named here needs a row in `REPLACED`.
"""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from app.auth import Role
from app.commands.acts import ACTS
from app.ledger.notes.checkpoint import Checkpoint, checkpoint_text
from app.ledger.notes.key import verifier_key_text
from app.ledger.notes.note import signed
from app.ledger.notes.witness import AddCheckpoint, add_checkpoint_bytes
from app.ledger.tree.merkle import EMPTY_ROOT
from app.sealing.kept import KeptHeads
from tests.engine.checking import check_everything
from tests.engine.node import KEY, Node, running_node
from tests.engine.town import Town, build_town
from tests.ledger.notes.samples import LOG_KEY
from tests.peers.sink import Sink, running_sink
from tests.sealing.conftest import sealer_of

ACT_BY_LINK: Final = "POST /r/{token}/{act}"
# Whom the client's protocol asks first, and who is offered the incident when they hand it over.
NURSE: Final = "first_nurse"
COLLEAGUE: Final = "second_nurse"
# What must have been done before, so that the state allows the act.
BEFORE: Final[Mapping[str, Sequence[str]]] = {
    "en_route": ["acknowledge"],
    "arrive": ["acknowledge"],
    "hand_over": ["acknowledge"],
    "accept": ["acknowledge", "hand_over"],
    "resolve": ["acknowledge"],
    "correct": ["acknowledge"],
}
# One incident in each state, for whoever reads: the acts after its report.
STATES: Final[Sequence[Sequence[str]]] = (
    [],
    ["decline"],
    ["acknowledge"],
    ["acknowledge", "en_route"],
    ["acknowledge", "arrive"],
    ["acknowledge", "hand_over"],
    ["acknowledge", "hand_over", "accept"],
    ["acknowledge", "resolve"],
    ["cancel"],
)

Names = dict[str, object]


def act_of(operation: str, names: Names) -> str:
    """The act that a POST does, if it does one."""
    return str(names["act"]) if operation == ACT_BY_LINK else operation.rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An incident, and the token of the link by which its next act is done."""

    id: str
    token: str


@dataclass
class Ground:
    """The town, what is there to be read, and how many requests were fitted to it."""

    node: Node
    town: Town
    sink: Sink
    turn: int = 0
    shown: list[Opened] = field(default_factory=list)

    async def opened(self, acts: Sequence[str]) -> Opened:
        """A new incident after these acts."""
        town = self.town
        incident_id = (await town.opened())["id"]
        fields = {
            "hand_over": {"to_party_id": town[COLLEAGUE]},
            "resolve": {"outcome": "client_safe"},
        }
        for act in acts:
            person = COLLEAGUE if act == "accept" else NURSE
            await town.acted(incident_id, act, person, **fields.get(act, {}))
        await self.node.engine.dispatcher.drain()
        asked = COLLEAGUE if acts[-1:] == ["hand_over"] else NURSE
        return Opened(id=incident_id, token=self._token(asked, incident_id))

    async def made(self, path: str, *, owner: str = "provider", **fields: object) -> str:
        """The id of something new that belongs to an organisation of the town."""
        body = {"organisation_id": self.town[owner]} if owner else {}
        made: str = (await self.town.make(path, body | fields))["id"]
        return made

    async def key(self, role: Role) -> str:
        """An access key of this role, made by the operator."""
        if role is Role.OPERATOR:
            return KEY
        owner = "provider" if role is Role.PROVIDER else "municipality"
        body = {"organisation_id": self.town[owner], "role": role}
        key: str = (await self.town.make("/v1/keys", body))["key"]
        return key

    async def names(self, operation: str, *, acts: bool) -> Names:
        """What the names of ids, in paths, queries and bodies, stand for in the next request.

        `acts` says whether an act must find an incident that allows it.
        """
        shown = self.shown[self.turn % len(self.shown)]
        names = self._standing_names() | {
            "incident_id": shown.id,
            "token": shown.token,
            "act": list(ACTS)[self.turn % len(ACTS)],
        }
        if operation in REPLACED:
            names |= await REPLACED[operation](self)
        act = act_of(operation, names)
        if acts and operation.startswith("POST ") and act in ACTS:
            opened = await self.opened(BEFORE.get(act, []))
            person = self.town[COLLEAGUE if act == "accept" else NURSE]
            names |= {"incident_id": opened.id, "token": opened.token, "party_id": person}
        return names

    def _standing_names(self) -> Names:
        town = self.town
        return {
            "accountable": town["office"],
            "add_checkpoint": _empty_log(),
            "accountable_desk_id": town["office"],
            "address": f"{self.sink.url}/spare",
            "also_page": [town["third_nurse"]],
            "client_id": town["client"],
            "contact_point_id": town["point"],
            "desk": town["second"],
            "desk_id": town["first"],
            "desk_ids": [town["spare"]],
            "holder_id": town[NURSE],
            "inform": [town["third"]],
            "key_id": town["key"],
            "municipality_id": town["municipality"],
            "municipality_ids": [town["municipality"]],
            "number": 1,
            "organisation": town["provider"],
            "organisation_id": town["provider"],
            "party_id": town["spare"],
            "path": "entries/000.p/5",
            "person": town["third_nurse"],
            "served_by": [town["provider"]],
            "to_party_id": town[COLLEAGUE],
            "week": (self.node.clock.now + timedelta(days=7)).date().isoformat(),
        }

    def _token(self, asked: str, incident_id: str) -> str:
        for message in reversed(self.sink.to(f"/{asked}")):
            data = message.json["data"]
            if data.get("incident_id") == incident_id and "links" in data:
                return self.node.path(data["links"]["respond"]).removeprefix("/r/")
        raise AssertionError(f"{asked} was never asked")


@asynccontextmanager
async def prepared_ground(database_url: str) -> AsyncIterator[Ground]:
    """The town on a migrated database; at the end everything that must hold is checked."""
    logs = (verifier_key_text(LOG_KEY.verifier),)
    async with running_sink() as sink, running_node(database_url, witnessed_logs=logs) as node:
        ground = Ground(node, await build_town(node.http, sink.url), sink)
        await _furnish(ground)
        with tempfile.TemporaryDirectory() as folder:
            await sealer_of(node, KeptHeads(Path(folder))).run_once()
        # Ready, although nothing ticks by itself here.
        await node.round()
        yield ground
    await check_everything(database_url)


def _empty_log() -> str:
    """A request to cosign a log that this installation witnesses."""
    text = checkpoint_text(Checkpoint(origin=LOG_KEY.name, size=0, root=EMPTY_ROOT))
    request = AddCheckpoint(old_size=0, proof=(), checkpoint=signed(text, LOG_KEY))
    return add_checkpoint_bytes(request).decode()


async def _furnish(ground: Ground) -> None:
    town, municipality = ground.town, f"/v1/organisations/{ground.town['municipality']}"
    await town.add_desk("spare")
    await town.add_client("other")
    await town.publish({"desk": "second"}, client="other")
    default = town.protocol([{"desk": "third"}])
    await town.make(f"{municipality}/protocol", default, method="PUT")
    town.ids["point"] = (await town.add_contact_point("spare", channel="inbox"))["id"]
    town.ids["key"] = await ground.made("/v1/keys", role="provider")
    # Closed so long ago that its link has ended; then one that nobody has answered.
    ground.shown.append(await ground.opened(["acknowledge", "resolve"]))
    await ground.node.pass_time(hours=25)
    ground.shown.append(await ground.opened([]))
    await ground.node.pass_time(minutes=10)
    ground.shown.extend([await ground.opened(acts) for acts in STATES])


async def _client(ground: Ground) -> Names:
    place = {"municipality_id": ground.town["municipality"], "name": "利用者"}
    return {"client_id": await ground.made("/v1/clients", owner="", **place)}


async def _retired(ground: Ground) -> Names:
    names = await _client(ground)
    await ground.town.make(f"/v1/clients/{names['client_id']}", {"retired": True}, method="PATCH")
    return names


async def _disclosed(ground: Ground) -> Names:
    return {"incident_id": (await ground.opened([])).id}


async def _organisation(ground: Ground) -> Names:
    """The municipality, which may have an accountable desk, and a new provider by turns."""
    municipality = ground.town["municipality"]
    if ground.turn % 4 == 1:
        return {"organisation_id": municipality, "organisation_kind": "municipality"}
    fields = {"kind": "provider", "name": "事業者", "municipality_ids": [municipality]}
    made = await ground.made("/v1/organisations", owner="", **fields)
    return {"organisation_id": made, "organisation_kind": "provider"}


async def _party(ground: Ground) -> Names:
    kind = "desk" if ground.turn % 4 == 1 else "person"
    made = await ground.made("/v1/parties", kind=kind, name="新人")
    return {"party_id": made, "party_kind": kind}


async def _left(ground: Ground) -> Names:
    """Somebody who has left and may be erased."""
    made = await ground.made("/v1/parties", kind="person", name="退職者")
    await ground.town.make(f"/v1/parties/{made}", {"retired": True}, method="PATCH")
    return {"party_id": made}


async def _contact_point(ground: Ground) -> Names:
    path = f"/v1/parties/{ground.town['spare']}/contact-points"
    fields = {"channel": "webhook", "address": f"{ground.sink.url}/spare"}
    return {"contact_point_id": await ground.made(path, owner="", **fields)}


async def _key(ground: Ground) -> Names:
    return {"key_id": await ground.made("/v1/keys", role="provider")}


async def _key_holder(ground: Ground) -> Names:
    """Providers have keys of one role, municipalities of others."""
    whose = "provider" if ground.turn % 4 == 1 else "municipality"
    return {"organisation_id": ground.town[whose]}


async def _other(ground: Ground) -> Names:
    """Whose protocol may change; the client's own decides whom incidents ask."""
    town = ground.town
    return {"client_id": town["other"], "organisation_id": town["municipality"]}


async def _desk(ground: Ground) -> Names:
    """A desk without a roster, with a person and what their roster would say."""
    desk = await ground.made("/v1/parties", kind="desk", name="当番")
    person = await ground.made("/v1/parties", kind="person", name="当番者", desk_ids=[desk])
    rotation = {"name": "夜勤", "persons": [person], "starts_on": "2026-11-01"}
    names = dict.fromkeys(("person_id", "replaces_id", "person"), person)
    return {"desk_id": desk, **names, "roster": {"rotations": [rotation]}}


async def _roster(ground: Ground) -> Names:
    names = await _desk(ground)
    fields = {"desk_id": names["desk_id"], "document": names["roster"]}
    return {**names, "roster_id": await ground.made("/v1/rosters", owner="", **fields)}


async def _feed(ground: Ground) -> Names:
    names = await _desk(ground)
    made = await ground.town.make("/v1/calendar-feeds", {"party_id": names["desk_id"]})
    token = made["url"].rpartition("/")[2].removesuffix(".ics")
    return {"feed_id": made["id"], "party_id": names["desk_id"], "token": token}


async def _calendar(ground: Ground) -> Names:
    """A roster, and a file that names its person."""
    names = await _roster(ground)
    lines = ("UID:1", f"SUMMARY:{names['person_id']}", "DTSTART:20271122T000000Z", "DURATION:PT8H")
    text = "\r\n".join(
        ("BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR", "")
    )
    return {**names, "calendar": text}


async def _template(_ground: Ground) -> Names:
    return {"name": "generic"}


async def _inbox(ground: Ground) -> Names:
    path = f"/v1/parties/{ground.town['spare']}/contact-points/{ground.town['point']}"
    return {"token": (await ground.town.get(path))["address"].rpartition("/")[2]}


async def _municipality(ground: Ground) -> Names:
    """The inbox of the municipality."""
    return {"token": await _inbox_token(ground, ground.town["municipality"])}


async def _inbox_check(ground: Ground) -> Names:
    """The inbox's owner tests another of their contact points; each pauses for a minute."""
    return {**await _inbox(ground), **await _contact_point(ground)}


async def _check(ground: Ground) -> Names:
    point = (await _contact_point(ground))["contact_point_id"]
    path = f"/v1/parties/{ground.town['spare']}/contact-points/{point}/test"
    check = await ground.made(path, owner="")
    return {"token": ground.node.installation.link_key.notice_token(check)}


async def _on_duty(ground: Ground) -> Names:
    """A person with an inbox who is on duty each day, and a colleague of theirs."""
    desk = await ground.made("/v1/parties", kind="desk", name="当番")
    person, colleague = [
        await ground.made("/v1/parties", kind="person", name=f"当番者{one}", desk_ids=[desk])
        for one in "甲乙"
    ]
    rotation = {"name": "夜勤", "persons": [person], "starts_on": "2026-11-01"}
    document = {"rotations": [rotation]}
    await ground.made("/v1/rosters", owner="", desk_id=desk, document=document)
    names: Names = {"party_id": person, "desk_id": desk, "substitute_id": colleague}
    return {**names, "token": await _inbox_token(ground, person)}


async def _absent(ground: Ground) -> Names:
    """Somebody who has said on their own page that they cannot."""
    names = await _on_duty(ground)
    body = {"from": "2026-11-22T00:00:00Z", "to": "2026-11-22T08:00:00Z"}
    path = f"/inbox/{names['token']}/duty/absence"
    await ground.town.make(path, body)
    return {name: one for name, one in names.items() if name != "substitute_id"}


async def _asked(ground: Ground) -> Names:
    """A request to a colleague, and what whoever is in the path may say to it."""
    names = await _on_duty(ground)
    person, colleague = str(names["party_id"]), str(names["substitute_id"])
    body = {"from": "2026-11-22T00:00:00Z", "to": "2026-11-22T08:00:00Z"}
    path = f"/v1/parties/{person}/absences"
    made = await ground.town.make(path, {**body, "substitute_id": colleague})
    answer = ("withdraw", "accept", "decline")[ground.turn // 2 % 3]
    named = {"answer": answer, "substitution_id": made["desks"][0]["substitution"]["id"]}
    if answer == "withdraw":
        return {**names, **named}
    token = await _inbox_token(ground, colleague)
    return {**names, **named, "party_id": colleague, "token": token}


async def _inbox_token(ground: Ground, person: str) -> str:
    path = f"/v1/parties/{person}/contact-points"
    point = await ground.made(path, owner="", channel="inbox")
    return str((await ground.town.get(f"{path}/{point}"))["address"]).rpartition("/")[2]


_PERSON: Final = "/v1/parties/{party_id}"
_ROSTER: Final = "/v1/rosters/{roster_id}"
_PROTOCOLS: Final = (
    "/v1/clients/{client_id}/protocol",
    "/v1/organisations/{organisation_id}/protocol",
)
REPLACED: Final[Mapping[str, Callable[[Ground], Awaitable[Names]]]] = {
    "POST /v1/rosters/{roster_id}/calendar": _calendar,
    "GET /v1/rosters/{roster_id}/calendar.ics": _roster,
    "DELETE /v1/calendar-feeds/{feed_id}": _feed,
    "GET /calendars/{token}.ics": _feed,
    "PATCH /v1/clients/{client_id}": _client,
    "POST /v1/clients/{client_id}/erase": _retired,
    "POST /v1/incidents/{incident_id}/erase": _disclosed,
    "PATCH /v1/organisations/{organisation_id}": _organisation,
    "PATCH /v1/parties/{party_id}": _party,
    "PATCH /v1/parties/{party_id}/contact-points/{contact_point_id}": _contact_point,
    "POST /v1/keys": _key_holder,
    "DELETE /v1/keys/{key_id}": _key,
    "GET /v1/protocol-templates/{name}": _template,
    "POST /v1/protocol-templates/{name}/fill": _template,
    "POST /v1/parties/{party_id}/contact-points/{contact_point_id}/test": _contact_point,
    "GET /inbox/{token}": _inbox,
    "GET /inbox/{token}/gaps": _municipality,
    "GET /inbox/{token}/duty": _on_duty,
    "GET /inbox/{token}/duty/absence": _on_duty,
    "POST /inbox/{token}/duty/absence": _on_duty,
    "POST /inbox/{token}/duty/absence/withdraw": _absent,
    f"POST {_PERSON}/absences/withdraw": _absent,
    "POST /inbox/{token}/duty/{substitution_id}/{answer}": _asked,
    f"POST {_PERSON}/erase": _left,
    f"POST {_PERSON}/absences": _on_duty,
    f"GET {_PERSON}/substitutions": _asked,
    f"POST {_PERSON}/substitutions/{{substitution_id}}/{{answer}}": _asked,
    "GET /inbox/{token}/contacts": _inbox,
    "POST /inbox/{token}/contact-points/{contact_point_id}/test": _inbox_check,
    "GET /c/{token}": _check,
    "POST /c/{token}/confirm": _check,
    "POST /v1/rosters": _desk,
    **{f"{method} {_ROSTER}": _roster for method in ("GET", "PUT")},
    **{f"POST {_ROSTER}/{what}": _roster for what in ("shifts", "overrides")},
    **{f"GET {_ROSTER}/{what}": _roster for what in ("versions", "versions/{number}", "on-duty")},
    **{
        f"{operation[0]} {path}{operation[1]}": _other
        for path in _PROTOCOLS
        for operation in (
            *(("PUT", ""), ("GET", ""), ("POST", "/check"), ("POST", "/simulate")),
            ("POST", "/distribution"),
            *(("GET", "/differences"), ("GET", "/versions"), ("GET", "/versions/{number}")),
        )
    },
}
