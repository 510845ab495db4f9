"""The lines of a report, and the verdict that ends it."""

from collections.abc import Iterator
from typing import TextIO

from app.ledger.disclosure import Verdict
from app.ledger.notes.text import encode64
from app.ledger.speaking.sentences import said, said_of
from app.offline.report import Check, Ended, Report
from app.offline.wording.english import ENGLISH
from app.offline.wording.japanese import JAPANESE
from app.offline.wording.words import Words


def write_unusable(reason: str, *, language: str, out: TextIO) -> None:
    """Say that nothing could be checked, and why."""
    print(_words(language).unusable.format(reason=said(reason, language)), file=out)


def write_report(report: Report, *, language: str, out: TextIO, shown: int) -> None:
    """Say what was checked, counted and found; at most `shown` findings are listed."""
    words = _words(language)
    root = encode64(report.root) if report.root is not None else "-"
    lines = [
        words.kinds[report.kind],
        words.head.format(origin=report.origin or "-", size=report.size, root=root),
        *_counted(report, words),
        *_origins(report, words),
        *_kept(report, words),
        *_signed(report, words),
        *_seen(report, words),
        *([words.for_reading] if report.has_reading else []),
        *_found(report, words, language, shown),
        *_verdict(report, words),
    ]
    print("\n".join(lines), file=out)


def _counted(report: Report, words: Words) -> Iterator[str]:
    yield words.checked.format(incidents=report.incidents, entries=report.entries)
    if report.own_entries:
        yield f"  {words.own_entries.format(count=report.own_entries)}"
    yield words.digests
    yield from (f"  {words.verdicts[one]}: {report.verdicts[one]}" for one in Verdict)
    if not report.has_disclosures:
        yield f"  {words.no_disclosures}"
    yield words.judged.format(count=report.judged)
    for one, count in sorted(report.unjudged.items()):
        yield f"  {words.unjudged[one]}: {count}"


def _origins(report: Report, words: Words) -> Iterator[str]:
    """Whose place the log took."""
    if report.took is not None and report.took.root is not None:
        root = encode64(report.took.root)
        yield words.took.format(origin=report.took.origin, size=report.took.size, root=root)
        if report.former is None:
            yield words.took_alone
    elif report.took is not None:
        yield words.took_unknown
    if report.former is not None:
        yield words.former.format(origin=report.former.origin, size=report.former.size)


def _kept(report: Report, words: Words) -> Iterator[str]:
    """What became of the checkpoints that the auditor kept."""
    yield from (words.continued.format(size=size) for size in report.continued)
    if report.former is not None:
        origin = report.former.origin
        for size in report.former.continued:
            yield words.former_continued.format(origin=origin, size=size)
    yield from (words.named.format(size=size) for size in report.named)
    for one in report.uncompared:
        is_own = one.origin == report.origin
        text = words.other_head if is_own else words.uncompared
        yield text.format(origin=one.origin, size=one.size, own=report.size)
    if not report.kept:
        yield words.not_kept


def _signed(report: Report, words: Words) -> Iterator[str]:
    """By whose key the signature was verified."""
    if not report.is_key_given:
        yield words.own_key
    elif report.is_key_followed:
        yield words.followed.format(key=report.key)
    elif not report.counts[Check.SIGNATURE]:
        yield words.given_key


def _seen(report: Report, words: Words) -> Iterator[str]:
    if not report.seen:
        yield words.own_clock
        return
    yield words.seen.format(count=report.seen)
    if not report.is_trust_given:
        yield words.own_witnesses


def _found(report: Report, words: Words, language: str, shown: int) -> Iterator[str]:
    listed = report.gravest_first[:shown]
    for one in listed:
        found = said_of(one.where, one.detail, language)
        yield f"[{one.rule}] {words.rules[one.rule]}: {found}"
    if report.count > len(listed):
        yield words.omitted.format(count=report.count - len(listed))


def _verdict(report: Report, words: Words) -> Iterator[str]:
    """All that the check comes to, and what it leaves open."""
    if report.last_seq is not None:
        text = words.up_to_closed if report.is_closed else words.up_to_open
        yield text.format(seq=report.last_seq)
    match report.ended:
        case Ended.FOUND:
            each = ", ".join(f"{rule} {count}" for rule, count in sorted(report.counts.items()))
            yield words.counts.format(each=each)
            yield words.found.format(count=report.count)
        case Ended.NOT_CHECKED:
            yield words.none_compared
        case Ended.CLEAN:
            unjudged, withheld = report.unjudged.total(), report.verdicts[Verdict.WITHHELD]
            text = words.clean_as_far if unjudged or withheld else words.clean
            yield text.format(unjudged=unjudged, withheld=withheld)


def _words(language: str) -> Words:
    return JAPANESE if language.startswith("ja") else ENGLISH
