"""The rules and the proof are pure: they import nothing that acts, and say when nothing aloud."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted(
    path
    for room in ("escalation", "foresight", "ledger", "protocols", "rosters")
    for path in (ROOT / "app" / room).rglob("*.py")
)
# Whatever reads a clock, draws lots, opens something, waits, or knows the machine it runs on.
IMPURE = frozenset(
    {
        "asyncio",
        "concurrent",
        "glob",
        "io",
        "logging",
        "multiprocessing",
        "os",
        "pathlib",
        "platform",
        "queue",
        "random",
        "secrets",
        "select",
        "shutil",
        "signal",
        "socket",
        "sqlite3",
        "ssl",
        "structlog",
        "subprocess",
        "sys",
        "tempfile",
        "threading",
        "time",
        "urllib",
    }
)
CLOCKS = frozenset({"now", "utcnow", "today", "uuid1", "uuid4", "uuid6", "uuid7"})
BUILTINS = frozenset({"open", "print", "input", "eval", "exec", "__import__", "hash", "id"})
OUR_ROOMS = frozenset({"cover", "escalation", "foresight", "ledger", "protocols", "rosters"})


def faults(source: str) -> Iterator[str]:
    """What of a source is not pure."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from (f"imports {one.name}" for one in names if is_impure(one.name))
            case ast.ImportFrom(module=str(module)) if is_impure(module):
                yield f"imports from {module}"
            case ast.AsyncFunctionDef() | ast.Await() | ast.AsyncFor() | ast.AsyncWith():
                yield f"waits in line {node.lineno}"
            case ast.Call(func=ast.Attribute(attr=name)) if name in CLOCKS:
                yield f"calls {name}() in line {node.lineno}"
            case ast.Call(func=ast.Name(id=name)) if name in BUILTINS:
                yield f"calls {name}() in line {node.lineno}"
            case ast.Global() | ast.Nonlocal():
                yield f"keeps a state in line {node.lineno}"
            case _:
                pass


def is_impure(module: str) -> bool:
    """Whether a module acts; of ours, every room but the pure ones may."""
    top, _, rest = module.partition(".")
    return top in IMPURE or (top == "app" and rest.partition(".")[0] not in OUR_ROOMS)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: "/".join(path.parts[-3:]))
def test_file_of_a_pure_room_is_pure(path: Path) -> None:
    assert list(faults(path.read_text())) == []


def test_every_pure_room_is_looked_at() -> None:
    names = {f"{path.parent.name}/{path.name}" for path in SOURCES}
    assert {
        "escalation/decide.py",
        "moves/walk.py",
        "ledger/fold.py",
        "notes/note.py",
        "protocols/protocol.py",
        "rosters/duty.py",
        "tree/merkle.py",
    } <= names


# The measure itself: what it finds, and what it lets pass.
MEASURE = {
    "clock": ("import datetime\ndatetime.datetime.now()", 1),
    "clock by name": ("from datetime import datetime\ndatetime.now()", 1),
    "time": ("from time import time", 1),
    "lots": ("import random", 1),
    "random id": ("import uuid\nuuid.uuid4()", 1),
    "secret": ("from secrets import token_bytes", 1),
    "environment": ("import os.path", 1),
    "file": ("open('x')", 1),
    "async": ("async def f():\n    await g()", 2),
    "another room": ("from app.store.incident import x", 1),
    "settings": ("import app.settings", 1),
    "order of a set": ("hash('x')", 1),
    "global": ("def f():\n    global x", 1),
    "derived id": ("import uuid\nuuid.UUID(bytes=b'', version=8)", 0),
    "parameter": ("def f(now):\n    return now", 0),
    "own room": ("from app.ledger.entry import Leaf", 0),
}


@pytest.mark.parametrize(("source", "count"), MEASURE.values(), ids=MEASURE)
def test_measure_finds_what_is_not_pure(source: str, count: int) -> None:
    assert len(list(faults(source))) == count
