"""What the documents say of the program is what the program does.

The closed sets are held in `test_docs_words.py`; `test_docs_walk.py` runs what is shown.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
from prometheus_client import Counter, Gauge, Histogram
from typer import Typer
from typer.main import get_command_from_info

from app import telemetry
from app.__main__ import GRACEFUL_SECONDS, cli
from app.auth import BELIEVED_FOR
from app.channels.lane import WIDTH
from app.commands.contact.asking import PAUSE
from app.commands.respond import USABLE_AFTER_CLOSE
from app.commands.sheets.importing import ROWS_MAX as SHEET_ROWS_MAX
from app.engine.contact_checks import PER_MINUTE
from app.engine.dispatcher import QUEUE_MAX
from app.escalation.delivery import GIVE_UP_AFTER, RETRY_AFTER
from app.escalation.moves.course import ETA_AT_MOST
from app.installation.answer import KEPT_FOR
from app.installation.paging import LIMIT_DEFAULT, LIMIT_MAX
from app.ledger.entry import LEAF_BYTES_MAX
from app.problems.answering import BODY_BYTES_MAX, LARGE_BODIES
from app.problems.table import OF_STATUS, PROBLEMS
from app.protocols.fields import LIST_MAX
from app.protocols.protocol import Protocol
from app.routes.audit.interval_table import ROWS_MAX
from app.routes.incidents import BATCH_MAX
from app.settings import PREFIX, Settings, read_settings
from app.store.contact.asking import REMIND_AFTER, UNREAD_AFTER
from app.writer import writer
from tests.documents import ALL, ROOT, TEXT, coded, rows, section, words

Options = frozenset[str]


# --- settings --------------------------------------------------------------------------------


def test_every_setting_is_listed_with_its_default() -> None:
    listed = {words(row[0])[0]: row[2].strip("`") for row in rows("operations", "Variable")}
    assert listed == {
        PREFIX + name.upper(): "none" if default in {None, ()} else str(default)
        for name, default in read_settings({})
    }


def test_limits_of_settings_are_those_of_the_program() -> None:
    for name, unit, *_ in rows("operations", "Variable"):
        field = Settings.model_fields[words(name)[0].removeprefix(PREFIX).lower()]
        bounds = [
            getattr(one, bound)
            for one in field.metadata
            for bound in ("ge", "gt", "le")
            if hasattr(one, bound)
        ]
        assert [int(one) for one in bounds if one] == [
            int(one) for one in re.findall(r"\d+", unit) if int(one) and "characters" not in unit
        ], name


def test_only_settings_that_exist_are_named() -> None:
    named = set(re.findall(rf"{PREFIX}[A-Z_]*[A-Z]", ALL))
    assert named == {PREFIX + name.upper() for name in Settings.model_fields}


# --- the command line ------------------------------------------------------------------------


def commands(group: Typer = cli, *path: str) -> Iterator[tuple[str, Options]]:
    """Every command with its long options."""
    for one in group.registered_groups:
        assert one.typer_instance
        assert one.name
        yield from commands(one.typer_instance, *path, one.name)
    for info in group.registered_commands:
        command = get_command_from_info(
            info, pretty_exceptions_short=False, rich_markup_mode=group.rich_markup_mode
        )
        options = {option for parameter in command.params for option in parameter.opts}
        name = " ".join((*path, command.name or ""))
        yield name, frozenset(option for option in options if option.startswith("--"))


def test_every_command_is_listed_with_its_options() -> None:
    existing = dict(commands())
    listed: dict[str, set[str]] = {name: set() for name in existing}
    for text in coded("operations", "Command"):
        listed[command_in(text, existing)] |= set(re.findall(r"--[a-z-]+", text))
    for name in ("serve", "work"):
        listed[name].add("--no-migrate")
    assert "`serve` and `work` also take `--no-migrate`" in TEXT["operations"]
    assert listed == existing


@pytest.mark.parametrize("text", sorted(set(re.findall(r"-m app ([a-z][a-zA-Z -]*)", ALL))))
def test_command_that_is_shown_exists(text: str) -> None:
    existing = dict(commands())
    name = command_in(text, existing)
    assert set(re.findall(r"--[a-z-]+", text)) <= existing[name]


def command_in(text: str, existing: Mapping[str, Options]) -> str:
    """The command that a text begins with."""
    [name] = [one for one in existing if f"{text} ".startswith(f"{one} ")]
    return name


def test_targets_of_make_that_are_shown_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    shown = {one for text in words(ALL) for one in re.findall(r"^make ([a-z]+)$", text)}
    shown |= set(re.findall(r"^make ([a-z]+)$", ALL, re.MULTILINE))
    assert {"run", "test", "demo"} <= shown <= targets


# --- what can be watched ---------------------------------------------------------------------


def test_every_metric_is_listed_with_its_labels() -> None:
    listed = {words(row[0])[0]: tuple(words(row[1])) for row in rows("operations", "Metric")}
    metrics = [one for one in vars(telemetry).values() if isinstance(one, MetricTypes)]
    assert metrics
    assert listed == {metric_name(one): labels_of(one) for one in metrics}


MetricTypes: Final = (Counter, Gauge, Histogram)


def metric_name(metric: Counter | Gauge | Histogram) -> str:
    [described] = metric.describe()
    return f"{described.name}_total" if isinstance(metric, Counter) else described.name


def labels_of(metric: Counter | Gauge | Histogram) -> tuple[str, ...]:
    names: tuple[str, ...] = vars(metric)["_labelnames"]
    return names


def test_metrics_that_are_named_anywhere_exist() -> None:
    named = set(re.findall(r"\brenrakumo_[a-z_]+", ALL))
    assert named == set(coded("operations", "Metric"))


def test_every_event_of_the_log_is_listed_with_its_level() -> None:
    listed = {words(row[0])[0]: row[1] for row in rows("operations", "Event")}
    assert listed == dict(events())


def events() -> Iterator[tuple[str, str]]:
    """The events that the program logs, and at which level."""
    for path in sorted((ROOT / "app").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="log" | "_log"), attr=level),
                    args=[ast.Constant(value=str(event)), *_],
                ):
                    yield event, level


# --- the interface ---------------------------------------------------------------------------


def test_every_problem_is_listed_with_its_status() -> None:
    kinds = (*PROBLEMS.values(), *OF_STATUS.values())
    listed = {words(row[0])[0]: int(row[1]) for row in rows("api", "Slug", "Status")}
    assert listed == {kind.slug: kind.status for kind in kinds}


def test_pauses_between_tries_are_those_of_the_program() -> None:
    seconds = [int(one.total_seconds()) for one in RETRY_AFTER]
    short = ", ".join(str(one) for one in seconds if one < 60)
    minutes = ", ".join(str(one // 60) for one in seconds if 60 <= one < 3600)
    hours = int(GIVE_UP_AFTER.total_seconds()) // 3600
    assert seconds[-1] == 3600
    said = f"after {short} seconds, {minutes} minutes, then hourly, for {hours} hours"
    assert said in " ".join(TEXT["api"].split())


Schema = dict[str, Any]


def members(schema: Schema, defs: Schema, path: str = "") -> Iterator[tuple[str, Schema, bool]]:
    """Every member of a protocol document: path, schema, whether it is required."""
    for name, member in schema["properties"].items():
        yield path + name, member, name in schema.get("required", ())
        parts = re.findall(r"#/\$defs/(Approval|Variant|Step|Condition)\b", str(member))
        if parts:
            below = f"{path}{name}." if name == "when" else f"{path}{name}[]."
            yield from members(defs[parts[0]], defs, below)


def test_every_member_of_a_protocol_is_listed_with_default_and_limits() -> None:
    schema = Protocol.model_json_schema()
    listed = {words(row[0])[0]: row[1:] for row in rows("api", "Member", "Unit, form")}
    described = list(members(schema, schema["$defs"]))
    assert list(listed) == [path for path, _, _ in described]
    for path, member, is_required in described:
        _, default, meaning = listed[path]
        assert default.strip("`") in defaults_of(member, is_required=is_required), path
        [kind] = [one for one in member.get("anyOf", [member]) if one.get("type") == "integer"] or [
            {}
        ]
        if kind:
            limits = f"{kind['minimum']:,} to {kind['maximum']:,}"
            assert meaning.startswith(limits), path


def defaults_of(member: Schema, *, is_required: bool) -> set[str]:
    if is_required:
        return {"required"}
    default = member.get("default")
    return {"absent", "any"} if default is None else {str(default)}


def test_limits_are_those_of_the_program() -> None:
    batch, sheet, calendar = LARGE_BODIES.values()
    hours = {name: int(one.total_seconds()) // 3600 for name, one in HOURS.items()}
    assert dict(rows("operations", "What", "Limit")) == {
        "body of a request": f"{BODY_BYTES_MAX // 1024} KiB; `POST /v1/incidents/batch`"
        f" {batch // 1024**2} MiB and {BATCH_MAX} reports; a sheet {sheet // 1024**2} MiB and"
        f" {SHEET_ROWS_MAX:,} rows; a calendar {calendar // 1024**2} MiB",
        "items of a page of a list": f"{LIMIT_MAX}, by default {LIMIT_DEFAULT}",
        "rows of a CSV": f"{ROWS_MAX:,}",
        "answers kept under an `Idempotency-Key`": f"{hours['kept']} hours",
        "changes that wait for the writer": f"{writer.WAITING_MAX:,}, then 503;"
        f" at most {writer.BATCH_MAX} in one commit",
        "messages queued in a process": f"{QUEUE_MAX:,}, the rest waits in the database",
        "messages on the way to one host": f"{WIDTH}",
        "tries of a message": f"until {hours['tries']} hours have passed",
        "a revoked key in other processes": "believed for up to"
        f" {int(BELIEVED_FOR.total_seconds())} seconds",
        "a responder's link": f"until {hours['link']} hours after the incident was closed",
        "an expected arrival (`eta`)": f"{hours['eta']} hours ahead",
        "a leaf of the ledger": f"{LEAF_BYTES_MAX:,} bytes",
        "a protocol": f"{LIST_MAX} variants of {LIST_MAX} steps, 256 KiB",
    }


HOURS: Final = {
    "kept": KEPT_FOR,
    "tries": GIVE_UP_AFTER,
    "link": USABLE_AFTER_CLOSE,
    "eta": ETA_AT_MOST,
}


def test_patience_at_the_end_is_that_of_the_program() -> None:
    assert f"up to {GRACEFUL_SECONDS} seconds" in section("operations", "Stopping")


# --- maps ------------------------------------------------------------------------------------


def test_readme_names_every_room_and_every_document() -> None:
    rooms = {path.name for path in (ROOT / "app").iterdir() if (path / "__init__.py").exists()}
    assert set(re.findall(r"^\| `app/(\w+)` \|", TEXT["README"], re.MULTILINE)) == rooms
    linked = set(re.findall(r"\]\(([\w/]+\.md)\)", TEXT["README"]))
    written = {str(one.relative_to(ROOT)) for one in (ROOT / "docs").glob("*.md")}
    assert linked == {*written, "docs/decisions/README.md", "CHANGELOG.md"}


def test_every_decision_is_in_the_index_under_its_title() -> None:
    folder = ROOT / "docs/decisions"
    index = re.findall(
        r"^\| \[(\d+)\]\((.+)\) \| (.+) \|$",
        (folder / "README.md").read_text("utf-8"),
        re.MULTILINE,
    )
    titles = [
        (path.name, path.read_text("utf-8").splitlines()[0])
        for path in sorted(folder.glob("[0-9]*.md"))
    ]
    assert titles
    assert [(name, f"# {number}. {title}") for number, name, title in index] == titles


def test_times_of_contact_checks_are_those_of_the_program() -> None:
    text = " ".join(section("operations", "Contact checks").split())
    assert f"at most {PER_MINUTE} a minute" in text
    assert f"counts as unread after {UNREAD_AFTER.days}." in text
    assert (REMIND_AFTER.days, PAUSE.total_seconds()) == (3, 60)
    assert "sent once more after three days" in text
    assert "younger than a minute" in section("api", "Contact checks")
    assert f"ends after {UNREAD_AFTER.days} days" in " ".join(
        section("api", "Contact checks").split()
    )
