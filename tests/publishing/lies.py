"""Witnesses that are away, or answer what no witness would."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import httpx

from app.clock import Clock
from app.ledger.notes.key import SignerKey
from app.ledger.notes.note import note_bytes, signed
from app.ledger.notes.witness import parse_add_checkpoint
from app.publishing.cosigning import Fault
from tests.publishing.outside import Handler


def lies_of(key: SignerKey, clock: Clock) -> Sequence[tuple[Handler, Fault]]:
    """Ways to answer in the name of a witness, and what is to be thought of each."""
    return [
        (_refuse, Fault.AWAY),
        (_wait, Fault.AWAY),
        (_said(200, b"x" * 200_000), Fault.AWAY),
        (_said(503), Fault.AWAY),
        # By another key with its name; over something else; nothing, or no signature at all.
        (_cosigned(replace(key, seed=b"x" * 32), clock), Fault.NONSENSE),
        (_cosigned(key, clock, text="something else\n"), Fault.NONSENSE),
        (_said(200), Fault.NONSENSE),
        (_said(200, b"hello\n"), Fault.NONSENSE),
        (_said(302), Fault.NONSENSE),
        (_said(409, b"many\n"), Fault.NONSENSE),
        (_said(404), Fault.UNKNOWN_LOG),
        (_said(403), Fault.UNKNOWN_LOG),
        # It has a larger log than ours is, or says that ours does not continue what it has.
        (_said(409, b"100000\n"), Fault.CONFLICT),
        (_said(422), Fault.CONFLICT),
        # Times that would convict entries that are honest.
        (_cosigned(key, clock, hours=-1), Fault.CLOCK),
        (_cosigned(key, clock, hours=1), Fault.CLOCK),
    ]


async def _refuse(_request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused")


async def _wait(_request: httpx.Request) -> httpx.Response:
    await asyncio.Event().wait()
    raise AssertionError("nobody sets it")


def _said(status: int, content: bytes = b"") -> Handler:
    async def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, content=content)

    return answer


def _cosigned(key: SignerKey, clock: Clock, *, text: str | None = None, **late: float) -> Handler:
    async def answer(request: httpx.Request) -> httpx.Response:
        note = parse_add_checkpoint(await request.aread()).checkpoint
        made = signed(text or note.text, key, at=clock() + timedelta(**late))
        return httpx.Response(200, content=note_bytes(made).rpartition(b"\n\n")[2])

    return answer
