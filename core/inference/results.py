"""What answers say: every number of one set of answers, as one frozen record that survives JSON (METHOD section 8).

Main trials only, but for `catch_accuracy` and `repeat_consistency`. What nobody answered is absent, never zero. Every number comes with
its n and method.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, get_args

from core.answer_set import SessionFacts, UnitRating
from core.design_spec import Condition
from core.experiment import Answer
from core.inference.accuracy import (
    CatchAccuracy,
    accuracy,
    accuracy_by,
    accuracy_by_scheme_and_expertise,
    catch_accuracy,
    hand_picked_pool,
    repeat_consistency,
)
from core.inference.anova import Effect, RepeatedMeasures
from core.inference.answer_table import AnswerTable, Word, table_of
from core.inference.attention_table import by_session
from core.inference.calibration import Calibration, calibration
from core.inference.cells import MEASURES, Measure
from core.inference.confidence import ChiSquared, ConfidenceShares, chi_squared, confidence, confidence_counts, confidence_of
from core.inference.confidence_sequence import ConfidenceSequence, confidence_sequences
from core.inference.contrasts import Contrast, SignedRank, contrast, of_shared_units, paired_test, pairs_of
from core.inference.factorial import condition_anova, design_anova
from core.inference.groups import nested
from core.inference.intuitiveness import MeanRating, intuitiveness
from core.inference.learning import LearningPoint, learning
from core.inference.outcomes import outcomes
from core.inference.proportions import Proportion
from core.inference.reaction_times import WHICH, ReactionTime, Which, answered, reaction_time, reaction_time_of
from core.inference.record_json import about, content_of, record_of
from core.inference.rules import Exclusion, ExclusionRules, exclusions_of, n_negative_times, ruled
from core.inference.scope import DesignUse, Scope, designs_in, in_scope, ratings_within, with_designs
from core.inference.signal_detection import SignalDetection, signal_detection
from core.inference.type_two import TypeTwo, type_two

By = Mapping[Condition, Mapping[str, Proportion]]
Breakdown = Literal["scheme", "expertise", "layer", "branch", "unit_list", "unit", "participant", "block"]
BREAKDOWNS: Final[Mapping[Breakdown, Word]] = {name: "respondent" if name == "participant" else name for name in get_args(Breakdown)}


@dataclass(frozen=True, slots=True)
class Results:
    """All numbers of one set of answers. Where a mapping is by condition, conditions without answers are absent."""

    n_answers: int = field(metadata=about("answers in the scope, practice and catch trials and excluded answers included"))
    n_main_answers: int = field(metadata=about("answers to main trials that count"))
    n_participants: int = field(metadata=about("respondents with main trials that count"))
    exclusions: tuple[Exclusion, ...] = field(metadata=about("the rules that were applied, and how many each left out"))
    scope: Scope = field(metadata=about("which answers these numbers are of, empty: all; with the rules of exclusion"))
    designs: tuple[DesignUse, ...] = field(
        metadata=about("designs that answers in the scope came from, with their specs' digests")
    )
    accuracy: Mapping[Condition, Proportion] = field(metadata=about("proportion correct by condition"))
    accuracy_by_scheme: By = field(metadata=about("by condition and presentation scheme"))
    accuracy_by_scheme_and_expertise: Mapping[Condition, Mapping[str, Mapping[str, Proportion]]] = field(
        metadata=about("by condition, presentation scheme and expertise")
    )
    accuracy_by_expertise: By = field(metadata=about("by condition and expertise"))
    accuracy_by_layer: By = field(metadata=about("by condition and layer"))
    accuracy_by_branch: By = field(metadata=about("by condition and branch of the unit's layer, hand-picked units among its units"))
    accuracy_by_unit_list: By = field(metadata=about("by condition and list of the design that the unit is from"))
    hand_picked_pool: By = field(
        metadata=about("hand-picked and random units of the branches that hand-picked units are of (pool), by condition")
    )
    accuracy_by_unit: By = field(metadata=about("by condition and unit, layer:channel"))
    accuracy_by_participant: By = field(metadata=about("by condition and participant"))
    accuracy_by_block: By = field(metadata=about("by condition and block of the session, from 0"))
    catch_accuracy: CatchAccuracy = field(metadata=about("catch trials answered correctly"))
    repeat_consistency: Mapping[str, Proportion] = field(
        metadata=about("repeated trials answered as at their first showing: all, and by condition")
    )
    reaction_time: Mapping[Which, Mapping[Condition, ReactionTime]] = field(
        metadata=about("reaction times in seconds by condition, of all, correct and incorrect trials", spread="reaction_time_{}_s")
    )
    confidence: Mapping[Which, Mapping[Condition, ConfidenceShares]] = field(
        metadata=about("shares of confidence 1, 2 and 3 by condition, of all, correct and incorrect trials", spread="confidence_{}")
    )
    reaction_time_by: Mapping[Which, Mapping[Breakdown, Mapping[Condition, Mapping[str, ReactionTime]]]] = field(
        metadata=about("reaction times in seconds of all, correct and incorrect trials by scheme, expertise, layer ... and condition")
    )
    confidence_by: Mapping[Which, Mapping[Breakdown, Mapping[Condition, Mapping[str, ConfidenceShares]]]] = field(
        metadata=about("shares of confidence of all, correct and incorrect trials by scheme, expertise, layer ... and condition")
    )
    confidence_chi2: Mapping[Which, ChiSquared | None] = field(
        metadata=about(
            "whether confidence differs between conditions; null below two conditions or levels",
            spread="confidence_chi2_{}",
        )
    )
    contrast: Mapping[str, Contrast] = field(metadata=about("difference of proportions correct, A_minus_B"))
    wilcoxon: Mapping[Measure, Mapping[str, SignedRank]] = field(
        metadata=about(
            "signed-rank tests over participants, A_vs_B; with several schemes also natural against synthetic in each and in all",
            spread="wilcoxon_{}",
        )
    )
    rm_anova: Mapping[Measure, RepeatedMeasures | None] = field(
        metadata=about(
            "conditions over participant means; null where fewer than two participants answered in all of them", spread="rm_anova_{}"
        )
    )
    mixed_anova: Mapping[Measure, Mapping[str, Effect]] = field(
        metadata=about(
            "condition x scheme within, expertise between, by effect; empty where there is neither a second scheme nor a second group, or "
            "where too few participants answered in every cell",
            spread="mixed_anova_{}",
        )
    )
    signal_detection: Mapping[Condition, SignalDetection] = field(
        metadata=about("sensitivity d' in two-alternative forced choice, by condition")
    )
    type_two: Mapping[Condition, TypeTwo] = field(
        metadata=about("whether confidence tells right answers from wrong ones: the type-2 ROC and the area under it, by condition")
    )
    calibration: Mapping[Condition, Calibration] = field(metadata=about("proportion correct at each confidence, and gamma, by condition"))
    confidence_sequence: Mapping[str, ConfidenceSequence] = field(
        metadata=about(
            "difference of proportions correct, A_minus_B, in an interval that holds however often one looks and stops; of people only"
        )
    )
    learning: Mapping[Condition, tuple[LearningPoint, ...]] = field(
        metadata=about("proportion correct along the main trials of a session, by condition, in at most ten bins; of people only")
    )
    intuitiveness: Mapping[str, Mapping[str, MeanRating]] = field(
        metadata=about("ratings at begin and end, and end_minus_begin, by layer of the rated unit and of all")
    )

    @property
    def contrasts(self) -> tuple[Contrast, ...]:
        return tuple(self.contrast.values())

    def as_dict(self) -> dict[str, Any]:
        """Return JSON content."""
        content: dict[str, Any] = content_of(self)
        return content

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Results:
        """Return the results that `as_dict` wrote."""
        found: Results = record_of(cls, content)
        return found


def results(
    answers: Iterable[Answer] | AnswerTable,
    *,
    ratings: Iterable[UnitRating] = (),
    rules: ExclusionRules | None = None,
    scope: Scope | None = None,
    sessions: Iterable[SessionFacts] = (),
    same_units: bool = False,
    in_progress: Collection[str] = (),
) -> Results:
    """Return all numbers of the answers in a scope (default: all of them; negative reaction times are left out of reaction times).

    `rules`: instead of the scope's.
    `sessions`: what attention rules judge by beside the answers; a rule about what was not recorded leaves out nobody, and says so.
    `same_units`: contrasts are over the units answered in both conditions (observers answer all that each condition has images of).
    `in_progress`: participants with main trials still to come, who do not count in confidence sequences yet.
    """
    scope = scope or Scope()
    scope = scope if rules is None else replace(scope, rules=rules)
    facts = tuple(sessions)
    whole = with_designs(answers if isinstance(answers, AnswerTable) else table_of(answers), facts)
    chosen = in_scope(whole, scope)
    found = ruled(whole, scope.rules, by_session(facts), chosen)
    table = whole.where(found.kept)
    main = table.of("kind", "main")
    exclude_negative = scope.rules.negative_reaction_times
    counted = outcomes(main)
    contrasts = [contrast(of_shared_units(main, pair) if same_units else main, *pair) for pair in pairs_of(main.present("condition"))]
    return Results(
        n_answers=int(chosen.sum()),
        n_main_answers=len(main),
        n_participants=len(main.present("respondent")),
        exclusions=exclusions_of(scope.rules, found, n_negative_times(table)),
        scope=scope,
        designs=designs_in(whole.where(chosen)),
        accuracy=accuracy(main),
        accuracy_by_scheme=accuracy_by(main, "scheme"),
        accuracy_by_scheme_and_expertise=accuracy_by_scheme_and_expertise(main),
        accuracy_by_expertise=accuracy_by(main, "expertise"),
        accuracy_by_layer=accuracy_by(main, "layer"),
        accuracy_by_branch=accuracy_by(main, "branch"),
        accuracy_by_unit_list=accuracy_by(main, "unit_list"),
        hand_picked_pool=hand_picked_pool(main),
        accuracy_by_unit=accuracy_by(main, "unit"),
        accuracy_by_participant=accuracy_by(main, "respondent"),
        accuracy_by_block=accuracy_by(main, "block"),
        catch_accuracy=catch_accuracy(table),
        repeat_consistency=repeat_consistency(table),
        reaction_time={which: reaction_time(main, which=which, exclude_negative=exclude_negative) for which in WHICH},
        confidence={which: confidence(main, which=which) for which in WHICH},
        reaction_time_by={which: _times_by(answered(main, which), exclude_negative=exclude_negative) for which in WHICH},
        confidence_by={which: _confidence_by(answered(main, which)) for which in WHICH},
        confidence_chi2={which: chi_squared(confidence_counts(answered(main, which), "condition").values()) for which in WHICH},
        contrast={f"{one.a}_minus_{one.b}": one for one in contrasts if one is not None},
        wilcoxon={measure: _signed_ranks(main, measure, exclude_negative=exclude_negative) for measure in MEASURES},
        rm_anova={measure: condition_anova(main, measure, exclude_negative=exclude_negative) for measure in MEASURES},
        mixed_anova={measure: design_anova(main, measure, exclude_negative=exclude_negative) for measure in MEASURES},
        signal_detection=signal_detection(counted),
        type_two=type_two(counted),
        calibration=calibration(counted),
        confidence_sequence={} if same_units else confidence_sequences(main, pairs_of(main.present("condition")), in_progress=in_progress),
        learning={} if same_units else learning(main),
        intuitiveness=intuitiveness(ratings_within(ratings, facts, scope)),
    )


def _times_by(asked: AnswerTable, *, exclude_negative: bool) -> dict[Breakdown, dict[Condition, dict[str, ReactionTime]]]:
    return {
        name: nested(reaction_time_of(asked, "condition", word, exclude_negative=exclude_negative)) for name, word in BREAKDOWNS.items()
    }


def _confidence_by(asked: AnswerTable) -> dict[Breakdown, dict[Condition, dict[str, ConfidenceShares]]]:
    return {name: nested(confidence_of(asked, "condition", word)) for name, word in BREAKDOWNS.items()}


def _signed_ranks(main: AnswerTable, measure: Measure, *, exclude_negative: bool) -> dict[str, SignedRank]:
    """Return the tests of all pairs of conditions; with several schemes also natural against synthetic in each, and in all."""
    pairs = pairs_of(main.present("condition"))
    found = {f"{a}_vs_{b}": paired_test(main, measure, a, b, exclude_negative=exclude_negative) for a, b in pairs}
    schemes = main.present("scheme")
    if len(schemes) > 1:
        by_scheme = {scheme: paired_test(main.of("scheme", scheme), measure, exclude_negative=exclude_negative) for scheme in schemes}
        found |= by_scheme | {"all": found["natural_vs_synthetic"]}
    return {name: test for name, test in found.items() if test is not None}
