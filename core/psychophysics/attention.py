"""Attention rules as data: which sessions an analysis leaves out, stated before looking. Answers are never deleted by them.

Presets: `none` (Borowski et al. 2021 exclude nobody), `imi`, `causal2021` and `replication2021` (METHOD section 11, with the variant for
sessions without references), and `exemplary`, whose thresholds are ours.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.answer_set import SessionFacts
from core.errors import UnknownName
from core.experiment import Answer


@dataclass(frozen=True, slots=True)
class AttentionRules:
    """Thresholds that a session must keep; None: no such rule. A rule whose fact was not recorded is not broken, and counted as not judged.

    `min_catch`: proportion correct on catch trials. `min_each_side`: how often each side was chosen, `max_one_sided_share`: the share of
    the side chosen more often, both over main and catch trials. `min_reaction_time_ms`: the fastest plausible reaction time; at most
    `max_fast_share` of main trials may be faster. `without_references`: what holds instead in sessions of the none condition alone.
    """

    name: str
    source: str
    min_catch: float | None = None
    min_instruction_s: float | None = None
    min_total_s: float | None = None
    max_total_s: float | None = None
    min_each_side: int | None = None
    max_one_sided_share: float | None = None
    max_practice_rounds: int | None = None
    min_reaction_time_ms: float | None = None
    max_fast_share: float = 0.0
    without_references: AttentionRules | None = None

    def of(self, record: SessionRecord) -> AttentionRules:
        """Return the rules that hold for a session."""
        return self.without_references if self.without_references is not None and record.is_without_references else self

    @property
    def stated(self) -> tuple[str, ...]:
        """Return the names of the rules that there are, in order."""
        return tuple(rule for rule in RULES if getattr(self, rule) is not None)


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """What rules judge a session by; None: not known. Sides and reaction times are those of answers, wherever they were recorded."""

    session: str
    respondent: str
    n_catch: int = 0
    n_catch_correct: float = 0.0
    n_top: int = 0
    n_bottom: int = 0
    reaction_times_ms: tuple[float, ...] = ()
    is_without_references: bool = False
    instruction_s: float | None = None
    total_s: float | None = None
    n_practice_rounds: int | None = None


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that a session broke: what the rule wants and what came."""

    rule: str
    wanted: float
    came: float


RULES: Final[Mapping[str, str]] = {  # field of AttentionRules -> what it asks for
    "min_catch": "proportion correct on catch trials of at least {:g}",
    "min_instruction_s": "at least {:g} s for the instructions",
    "min_total_s": "at least {:g} s in all",
    "max_total_s": "at most {:g} s in all",
    "min_each_side": "each side chosen at least {:g} times",
    "max_one_sided_share": "at most {:.0%} of answers on one side",
    "max_practice_rounds": "at most {:g} rounds of practice",
    "min_reaction_time_ms": "reaction times of at least {:g} ms",
}

NONE: Final = AttentionRules("none", "Borowski et al. 2021 exclude nobody")
IMI: Final = AttentionRules(
    name="imi",
    source="Zimmermann, Klein, Brendel 2023",
    min_catch=0.8,
    min_instruction_s=15,
    min_total_s=135,
    max_total_s=2500,
    min_each_side=5,
    max_practice_rounds=3,
)
_CAUSAL_NONE: Final = AttentionRules(
    name="causal2021",
    source="Zimmermann et al. 2021, condition without references",
    min_catch=0.6,
    min_instruction_s=15,
    min_total_s=40,
    max_total_s=900,
    min_each_side=1,
    max_practice_rounds=5,
)
CAUSAL_2021: Final = AttentionRules(
    name="causal2021",
    source="Zimmermann et al. 2021",
    min_catch=0.6,
    min_instruction_s=20,
    min_total_s=90,
    max_total_s=900,
    min_each_side=1,
    max_practice_rounds=5,
    without_references=_CAUSAL_NONE,
)
REPLICATION_2021: Final = AttentionRules(
    name="replication2021",
    source="Zimmermann et al. 2021, replication of experiment I online",
    min_catch=0.6,
    min_instruction_s=15,
    min_total_s=90,
    max_total_s=600,
    min_each_side=1,
)
EXEMPLARY: Final = AttentionRules(
    name="exemplary",
    source="thresholds of this tool, from no publication",
    min_catch=0.75,
    max_one_sided_share=0.9,
    min_reaction_time_ms=200,
    max_fast_share=0.1,
)
PRESETS: Final[Mapping[str, AttentionRules]] = {one.name: one for one in (NONE, IMI, CAUSAL_2021, REPLICATION_2021, EXEMPLARY)}


def attention_rules(name: str) -> AttentionRules:
    """Return the rules of this name. Raises UnknownName."""
    if name not in PRESETS:
        raise UnknownName("set of attention rules", name, PRESETS)
    return PRESETS[name]


def judge(record: SessionRecord, rules: AttentionRules) -> tuple[Violation, ...]:
    """Return the rules that a session breaks; thresholds themselves are kept. What is not known breaks no rule."""
    rules = rules.of(record)
    found = []
    for rule in rules.stated:
        came = _came(record, rule, rules)
        wanted: float = getattr(rules, rule)
        if came is not None and _is_broken(rule, came, wanted):
            found.append(Violation(rule, wanted, came))
    return tuple(found)


def unjudged(record: SessionRecord, rules: AttentionRules) -> tuple[str, ...]:
    """Return the rules for which nothing was recorded in a session."""
    rules = rules.of(record)
    return tuple(rule for rule in rules.stated if _came(record, rule, rules) is None)


def attentive(
    answers: Sequence[Answer], sessions: Iterable[SessionFacts], rules: AttentionRules
) -> tuple[list[Answer], tuple[tuple[str, int], ...]]:
    """Return the answers of sessions that keep the rules; and each rule as a sentence with how many sessions break it, the last for all."""
    if not rules.stated:
        return list(answers), ()
    records = session_records(answers, sessions)
    broken = {record.session: {violation.rule for violation in judge(record, rules)} for record in records}
    unknown = Counter(rule for record in records for rule in unjudged(record, rules))
    counted = [
        (
            sentence(rules, rule) + (f"; not recorded of {unknown[rule]} sessions, which stay" if unknown[rule] else ""),
            sum(rule in of for of in broken.values()),
        )
        for rule in rules.stated
    ]
    in_all = f"{rules.name}: sessions that break at least one of these rules are left out of everything", sum(map(bool, broken.values()))
    return [answer for answer in answers if not broken[session_of(answer)]], (*counted, in_all)


def session_records(answers: Iterable[Answer], sessions: Iterable[SessionFacts] = ()) -> tuple[SessionRecord, ...]:
    """Return one record for each session that has answers, in order of their first answers."""
    facts = {one.session: one for one in sessions}
    by_session: defaultdict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        by_session[session_of(answer)].append(answer)
    return tuple(_record(session, given, facts.get(session)) for session, given in by_session.items())


def session_of(answer: Answer) -> str:
    """Return the session of an answer; of observers and the oldest answers, which name none, the respondent stands for it."""
    return answer.session or answer.respondent


def sentence(rules: AttentionRules, rule: str) -> str:
    """Return what a rule asks for, with where it comes from; a rule that has another threshold without references says both."""
    thresholds = [getattr(one, rule) for one in (rules, rules.without_references) if one is not None]
    text = f"{rules.name}: {RULES[rule].format(thresholds[0])}".replace("%", " %")
    if len(set(thresholds)) > 1:
        text += f" ({thresholds[1]:g} without references)"
    if rule == "min_reaction_time_ms" and rules.max_fast_share:
        text += f" in all but {100 * rules.max_fast_share:g} % of main trials"
    return f"{text} ({rules.source})"


def _record(session: str, answers: Sequence[Answer], facts: SessionFacts | None) -> SessionRecord:
    catch = [answer.proportion_correct for answer in answers if answer.kind == "catch"]
    sides = [answer.choice for answer in answers if answer.kind in ("main", "catch")]
    times = [answer.reaction_time_ms for answer in answers if answer.kind == "main" and answer.reaction_time_ms is not None]
    return SessionRecord(
        session=session,
        respondent=answers[0].respondent,
        n_catch=len(catch),
        n_catch_correct=sum(catch),
        n_top=sides.count("top"),
        n_bottom=sides.count("bottom"),
        reaction_times_ms=tuple(times),
        is_without_references=all(answer.condition == "none" for answer in answers),
        instruction_s=facts.instruction_s if facts else None,
        total_s=facts.total_s if facts else None,
        n_practice_rounds=facts.n_practice_rounds if facts else None,
    )


def _came(record: SessionRecord, rule: str, rules: AttentionRules) -> float | None:
    """Return what a session has of what a rule is about; None where that is not known."""
    sides, times = (record.n_top, record.n_bottom), record.reaction_times_ms
    if rule == "min_catch":
        return record.n_catch_correct / record.n_catch if record.n_catch else None
    if rule in ("min_each_side", "max_one_sided_share"):
        if not sum(sides):
            return None
        return min(sides) if rule == "min_each_side" else max(sides) / sum(sides)
    if rule == "min_reaction_time_ms":
        # The fastest time that counts: so many may be faster.
        return sorted(times)[min(int(rules.max_fast_share * len(times)), len(times) - 1)] if times else None
    known: Mapping[str, float | None] = {
        "min_instruction_s": record.instruction_s,
        "min_total_s": record.total_s,
        "max_total_s": record.total_s,
        "max_practice_rounds": record.n_practice_rounds,
    }
    return known[rule]


def _is_broken(rule: str, came: float, wanted: float) -> bool:
    return came > wanted if rule.startswith("max_") else came < wanted
