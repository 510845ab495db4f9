"""What was found out about a protocol, as a text that a coordinator reads."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from typing import Final
from zoneinfo import ZoneInfo

from app.cover.check import Proof
from app.cover.distribution import Distribution, distributions
from app.cover.gaps import Counterexample
from app.cover.worst_case import LatestPage, WorstCase
from app.escalation.network import JAPAN
from app.foresight.examined import Examined
from app.foresight.speaking import wording
from app.foresight.speaking.sentences import in_words
from app.foresight.speaking.speech import Speech
from app.foresight.survey import Missing, Recurring, survey
from app.protocols.authoring.labels import Said
from app.protocols.kinds import IncidentType, Language, Severity, label
from app.protocols.problems import Problem

# Nobody reads on; JSON has everything.
TURNS_SHOWN: Final = 5
STEPS_SHOWN: Final = 100
PARTIES_SHOWN: Final = 50
PROBLEMS_SHOWN: Final = 200
_TYPES_NAMED: Final = 2
_MINUTE: Final = timedelta(minutes=1)


def report(examined: Examined, language: Language) -> str:
    """The whole report, each line ended; recurring gaps are one line."""
    lines = _Report(examined=examined, speech=_speech(examined, language)).lines()
    return "".join(f"{line}\n" for line in lines)


def _speech(examined: Examined, language: Language) -> Speech:
    zone: ZoneInfo = examined.network.zone if examined.network else JAPAN
    return Speech(language=language, zone=zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Report:
    """Writes one report, part by part."""

    examined: Examined
    speech: Speech

    def lines(self) -> Iterator[str]:
        """All lines, in order."""
        say, examined = self.speech, self.examined
        title = examined.protocol.title if examined.protocol else say(wording.UNREAD)
        yield say(wording.TITLE, title)
        proof = examined.proof
        if proof is not None:
            begin, end, days = (
                say.at(proof.begin),
                say.at(proof.end),
                (proof.end - proof.begin).days,
            )
            yield say(wording.HORIZON, begin, end, days=days, zone=say.zone.key)
        yield ""
        yield self._verdict()
        yield from self._problems(wording.ERRORS, examined.errors)
        yield from self._problems(wording.WARNINGS, examined.warnings)
        if proof is not None:
            yield from self._proved(proof)

    def _verdict(self) -> str:
        if not self.examined.is_ok:
            return self.speech(wording.NOT_TO_PUBLISH)
        has_gaps = self.examined.has_gaps
        if self.examined.proof is not None and not has_gaps and self.examined.proof.unplanned:
            return self.speech(wording.MAY_BE_PUBLISHED)
        return self.speech(wording.WITH_GAPS if has_gaps else wording.WITHOUT_GAPS)

    def _heading(self, said: Said, *values: object) -> Iterator[str]:
        yield ""
        yield f"■ {self.speech(said, *values)}"

    def _problems(self, heading: Said, problems: Sequence[Problem]) -> Iterator[str]:
        if not problems:
            return
        yield from self._heading(heading, len(problems))
        names, language = self.examined.names, self.speech.language
        for one in problems[:PROBLEMS_SHOWN]:
            where = self.speech.place(one.pointer, self.examined.protocol)
            yield f"- {where}: {in_words(one.detail, language, names)}"
        if len(problems) > PROBLEMS_SHOWN:
            yield f"- {self.speech(wording.FURTHER, len(problems) - PROBLEMS_SHOWN)}"

    def _proved(self, proof: Proof) -> Iterator[str]:
        network = self.examined.network
        assert network is not None, "what was proved has a network"
        # Without a gap there is nothing to look for again.
        has_any = proof.gap_count > 0 or bool(proof.unplanned)
        found = survey(network, proof.begin, proof.end) if has_any else ()
        planned = [one for one in found if one.planned]
        unplanned = [one for one in found if not one.planned]
        yield from self._gaps(wording.GAPS, planned)
        if unplanned:
            yield from self._gaps(wording.UNPLANNED, unplanned)
            yield f"  {self.speech(wording.UNPLANNED_NOTE)}"
        yield from self._worst(proof.worst_case)
        yield from self._distributions(distributions(network, proof.begin), proof)

    def _gaps(self, heading: Said, missing: Sequence[Missing]) -> Iterator[str]:
        yield from self._heading(heading, sum(one.count for one in missing))
        if not missing:
            yield f"- {self.speech(wording.NONE)}"
        for one in missing[:STEPS_SHOWN]:
            yield from self._missing(one)
        if len(missing) > STEPS_SHOWN:
            yield f"- {self.speech(wording.FURTHER, len(missing) - STEPS_SHOWN)}"

    def _missing(self, one: Missing) -> Iterator[str]:
        say = self.speech
        step = say.step(self.examined.protocol, one.variant, one.step)
        if one.restricted:
            step += say(wording.RESTRICTED)
        cause = say(wording.CAUSES[one.cause])
        length = self._length(one.length)
        yield "- " + say(wording.GAP_OF, step=step, cause=cause, count=one.count, length=length)
        turns = one.by_length
        yield from (f"  - {self._turn(turn)}" for turn in turns[:TURNS_SHOWN])
        if others := turns[TURNS_SHOWN:]:
            count = sum(turn.count for turn in others)
            length = self._length(sum((turn.length for turn in others), timedelta(0)))
            yield f"  - {say(wording.FURTHER_TURNS, count=count, length=length)}"
        if one.example is not None:
            yield f"  {self._example(one.example)}"

    def _turn(self, one: Recurring) -> str:
        turn, say = one.turn, self.speech
        part = say.part_of_day(turn.begins, turn.ends, turn.days)
        return say(
            wording.TURN,
            days=say.days(one.on),
            part=f"{part} " if part else "",
            span=say.span(turn.begins, turn.ends, turn.days),
            count=one.count,
            length=self._length(one.length),
            first=say.at(one.first_at),
        )

    def _example(self, one: Counterexample) -> str:
        said = wording.EXAMPLE_SENT_ON if one.after else wording.EXAMPLE
        return self.speech(
            said,
            opened=self.speech.at(one.opened_at),
            incident=self.speech.incident(one.type, one.severity),
            after=self.speech.seconds(one.after.total_seconds()),
            at=self.speech.at(one.at),
        )

    def _worst(self, worst: WorstCase) -> Iterator[str]:
        say, names = self.speech, self.examined.names
        protocol = self.examined.protocol
        assert protocol is not None, "what was proved has a protocol"
        yield from self._heading(wording.WORST)
        yield "- " + say(wording.WORST_VARIANT, say.variant(protocol, worst.variant))
        first, last = worst.first_page, worst.accountable
        yield "- " + say(wording.FIRST_HUMAN, after=say.seconds(first.after), at=say.at(first.at))
        yield "- " + say(
            wording.ACCOUNTABLE,
            name=names.get(protocol.accountable, protocol.accountable),
            after=say.seconds(last.after),
            at=say.at(last.at),
            incident=say.incident(last.type, last.severity),
        )
        for page in _first_of_each(worst.pages)[:PARTIES_SHOWN]:
            yield "- " + say(
                wording.PARTY,
                name=names.get(page.party_id, page.party_id),
                after=say.seconds(page.latest.after),
                step=page.step,
                at=say.at(page.latest.at),
            )

    def _distributions(self, found: Sequence[Distribution], proof: Proof) -> Iterator[str]:
        yield from self._heading(wording.DISTRIBUTION, self.speech.at(proof.begin))
        alike: dict[tuple[object, ...], list[Distribution]] = {}
        for one in found:
            shares = tuple((share.after, share.share, share.waiting) for share in one.shares)
            alike.setdefault(shares, []).append(one)
        for many in alike.values():
            yield f"- {self._quantiles(many, is_all=len(alike) == 1)}"
            if waiting := sum(share.waiting for share in many[0].shares):
                yield f"  {self.speech(wording.WAITS, round(100 * waiting))}"

    def _quantiles(self, many: Sequence[Distribution], *, is_all: bool) -> str:
        one = many[0]
        p50, p90, p99, longest = (
            self.speech.seconds(after)
            for after in (*(one.quantile(part) for part in (0.5, 0.9, 0.99)), one.longest)
        )
        incidents = self._incidents(chain.from_iterable(each.pairs for each in many))
        return self.speech(
            wording.ALWAYS if len(one.shares) == 1 else wording.QUANTILES,
            incidents=self.speech(wording.ALL_INCIDENTS) if is_all else incidents,
            p50=p50,
            p90=p90,
            p99=p99,
            longest=longest,
            example=self.speech.at(one.shares[-1].example),
        )

    def _incidents(self, pairs: Iterable[tuple[IncidentType, Severity]]) -> str:
        """Some types by their names, with their severities unless all are meant."""
        severities: dict[IncidentType, list[Severity]] = {}
        for incident_type, severity in pairs:
            severities.setdefault(incident_type, []).append(severity)
        language, say = self.speech.language, self.speech
        comma = wording.COMMA.of(language)
        named = []
        for incident_type, of_it in list(severities.items())[:_TYPES_NAMED]:
            said = label(incident_type, language)
            if len(of_it) < len(Severity):
                some = comma.join(label(one, language) for one in of_it)
                said = say(wording.OF_SEVERITY, said, some)
            named.append(said)
        listed, others = comma.join(named), len(severities) - _TYPES_NAMED
        return say(wording.AND_MORE, listed, others) if others > 0 else listed

    def _length(self, length: timedelta) -> str:
        """In whole minutes, as `check` counts."""
        minutes = -(-length // _MINUTE)
        return self.speech.seconds(minutes * 60)


def _first_of_each(pages: Iterable[LatestPage]) -> Sequence[LatestPage]:
    """The page by which each party is asked first, in the order in which they are."""
    found: dict[str, LatestPage] = {}
    for page in sorted(pages, key=lambda one: (one.latest.after, one.round, one.step)):
        found.setdefault(page.party_id, page)
    return list(found.values())
