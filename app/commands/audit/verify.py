"""Checking a whole database: every incident against its chain, a bounded part at a time."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import islice
from types import MappingProxyType
from typing import Final, TextIO

from sqlmodel import Session

from app.commands.audit.finding import Check, Finding
from app.commands.audit.stored.documents import Documents
from app.commands.audit.stored.tree import verify_log
from app.commands.audit.verify_incident import verify_incident
from app.database import DatabaseError
from app.database.reading import Reader, open_reader
from app.ledger.speaking.sentences import said
from app.ledger.verify import Rule
from app.store.audit.places import stored_logs
from app.store.audit.verification import StoredChain, missing_triggers, read_chains
from app.vault import Vault

__all__ = ["Check", "Finding", "Report", "run_verify", "verify_database", "verify_url"]

INCIDENTS_AT_ONCE: Final = 100
# A database that is wrong everywhere needs no list of millions.
FINDINGS_MAX: Final = 1_000

CLEAN, FOUND, NOT_CHECKED = 0, 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How much was checked, and what is wrong; `omitted` findings are counted, not listed."""

    entries: int
    incidents: int
    findings: tuple[Finding, ...]
    omitted: int = 0


async def verify_database(database: Reader, *, now: datetime | None = None) -> Report:
    """Check every incident, in the order of their ids, and then every log.

    Some incidents at a time are read from one snapshot and then checked, each log as a whole from
    one, so a server may go on writing and sealing: what it adds later is not seen here, and nothing
    is half seen. `now` is when it is; None if it does not matter how long entries wait for a seal.

    Raises:
        DatabaseError: it cannot be read.
    """
    findings = [
        Finding(Check.GUARD, None, None, f"the trigger {one} is gone")
        for one in await database.read(missing_triggers)
    ]
    entries = incidents = omitted = 0
    after = ""
    while True:
        look = partial(read_chains, after=after, limit=INCIDENTS_AT_ONCE)
        chains = await database.read(look)
        if not chains:
            break
        # Hashing is work: on a thread, so that a server that checks itself goes on answering.
        found = await asyncio.to_thread(_check, chains)
        room = FINDINGS_MAX - len(findings)
        findings += found[:room]
        omitted += len(found[room:])
        entries += sum(len(one.entries) for one in chains)
        incidents += sum(one.own is None for one in chains)
        after = chains[-1].incident_id
    for log_id in await database.read(stored_logs):
        room = FINDINGS_MAX - len(findings)
        check = partial(_check_log, log_id=log_id, now=now, room=room)
        listed, more = await database.read(check)
        findings += listed
        omitted += more
    return Report(entries=entries, incidents=incidents, findings=tuple(findings), omitted=omitted)


def _check(chains: Sequence[StoredChain]) -> list[Finding]:
    documents = Documents()
    return [found for one in chains for found in verify_incident(one, documents).findings]


def _check_log(
    session: Session, *, log_id: str, now: datetime | None, room: int
) -> tuple[list[Finding], int]:
    """The first findings of a log, and how many more there are."""
    wrong = verify_log(session, log_id, now)
    return list(islice(wrong, room)), sum(1 for _ in wrong)


async def verify_url(url: str, vault: Vault, *, now: datetime | None = None) -> Report:
    """Check the database at `url`, beside whoever serves it, changing nothing; `now` as above.

    Raises:
        DatabaseError: there is none, or it cannot be read.
    """
    async with open_reader(url, vault) as reader:
        return await verify_database(reader, now=now)


async def run_verify(
    url: str, vault: Vault, *, language: str, out: TextIO, now: datetime | None = None
) -> int:
    """Check the database at `url` and say what was found, in Japanese ("ja…") or English.

    Returns:
        0 when nothing is wrong, 1 with findings, 2 when it could not be checked.
    """
    words = _JAPANESE if language.startswith("ja") else _ENGLISH
    try:
        report = await verify_url(url, vault, now=now)
    except DatabaseError as error:
        print(words.failed.format(reason=said(str(error), language)), file=out)
        return NOT_CHECKED
    for one in report.findings:
        place = words.entry.format(incident=one.incident_id, seq=one.seq)
        if one.seq is None:
            place = words.incident.format(incident=one.incident_id)
        if one.incident_id is None:
            place = words.database
        detail = said(one.detail, language)
        print(f"{place}: [{one.rule}] {words.rules[one.rule]}: {detail}", file=out)
    if report.omitted:
        print(words.omitted.format(count=report.omitted), file=out)
    print(words.checked.format(entries=report.entries, incidents=report.incidents), file=out)
    count = len(report.findings) + report.omitted
    print(words.found.format(count=count) if count else words.clean, file=out)
    return FOUND if count else CLEAN


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    failed: str
    database: str
    incident: str
    entry: str
    omitted: str
    checked: str
    found: str
    clean: str
    rules: Mapping[Rule | Check, str]


_JAPANESE: Final = _Words(
    failed="検証できませんでした: {reason}",
    database="データベース",
    incident="事案 {incident}",
    entry="事案 {incident} 記録 {seq}",
    omitted="ほかに {count} 件（表示を省略）",
    checked="事案 {incidents} 件、記録 {entries} 件を検証しました。",
    found="問題が {count} 件見つかりました。",
    clean="問題はありません。",
    rules=MappingProxyType(
        {
            Rule.FORM: "記録の形式",
            Rule.R1: "記録の連番とつながり",
            Rule.R2: "時刻の順序",
            Rule.R3: "対応責任者の受け渡し",
            Rule.R4: "対応責任者の空白",
            Rule.R5: "責任の根拠",
            Rule.R6: "仮名と機関・担当の対応",
            Rule.R7: "手順書のとおりでない引継ぎ",
            Rule.DISCLOSURE: "開示内容",
            Check.ROW: "事案の行と記録の不一致",
            Check.COLUMNS: "検索用の列と記録の不一致",
            Check.STATE: "進行状態の不一致",
            Check.TIMER: "次の動作の時刻",
            Check.REFERENCE: "呼出と連絡の参照",
            Check.GUARD: "台帳の保護",
            Check.TREE: "台帳の木と署名",
            Check.L1: "台帳での位置",
            Check.L2: "封印の遅れ",
        }
    ),
)
_ENGLISH: Final = _Words(
    failed="Could not be checked: {reason}",
    database="database",
    incident="incident {incident}",
    entry="incident {incident}, entry {seq}",
    omitted="and {count} more",
    checked="Checked. Incidents: {incidents}; entries: {entries}.",
    found="Faults found: {count}.",
    clean="Nothing is wrong.",
    rules=MappingProxyType(
        {
            Rule.FORM: "form of the entry",
            Rule.R1: "numbers and links of the entries",
            Rule.R2: "order of time",
            Rule.R3: "passing of responsibility",
            Rule.R4: "nobody responsible",
            Rule.R5: "basis of responsibility",
            Rule.R6: "whom a pseudonym stands for",
            Rule.R7: "not as the protocol has it",
            Rule.DISCLOSURE: "what is disclosed",
            Check.ROW: "incident and entries disagree",
            Check.COLUMNS: "search columns and entry disagree",
            Check.STATE: "state and incident disagree",
            Check.TIMER: "timer",
            Check.REFERENCE: "pages and messages",
            Check.GUARD: "guard of the ledger",
            Check.TREE: "tree and head of the log",
            Check.L1: "places in the log",
            Check.L2: "sealed too late",
        }
    ),
)
