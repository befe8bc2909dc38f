"""What answers say: every number of one set of answers, as one frozen record that survives JSON (METHOD section 8).

Main trials only, but for `catch_accuracy` and `repeat_consistency`. What nobody answered is absent, never zero. Every number comes with
its n and method.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from core.answer_set import SessionFacts, UnitRating
from core.design_spec import Condition
from core.experiment import Answer
from core.inference.accuracy import CatchAccuracy, repeat_consistency_of
from core.inference.anova import Effect, RepeatedMeasures
from core.inference.answer_table import AnswerTable, table_of
from core.inference.attention_table import by_session
from core.inference.calibration import Calibration, calibration
from core.inference.cells import MEASURES, Measure
from core.inference.columns import by_name
from core.inference.confidence import ChiSquared, ConfidenceShares, chi_squared
from core.inference.confidence_sequence import ConfidenceSequence, sequences_of
from core.inference.contrasts import Contrast, SignedRank, contrast_of_cells, pairs_of
from core.inference.factorial import condition_anova_of, design_anova_of
from core.inference.from_tally import (
    by_scheme_and_expertise,
    cells_in,
    confidences_by,
    groups_in,
    hand_picked_pool,
    looks_in,
    shares_by,
    signed_ranks,
    times_by,
)
from core.inference.intuitiveness import MeanRating, intuitiveness
from core.inference.learning import LearningPoint, bin_width, learning_of
from core.inference.outcomes import outcomes_of
from core.inference.proportions import Proportion
from core.inference.reaction_times import WHICH, ReactionTime, Which
from core.inference.record_json import about, content_of, record_of
from core.inference.rules import Exclusion, ExclusionRules, exclusions_of, ruled
from core.inference.scope import DesignUse, Scope, designs_in, in_scope, ratings_within, under_way, with_designs
from core.inference.signal_detection import SignalDetection, signal_detection
from core.inference.tally import BY_CONDITION, Breakdown, Tally, main_rows, tally_of
from core.inference.type_two import TypeTwo, type_two

By = Mapping[Condition, Mapping[str, Proportion]]


@dataclass(frozen=True, slots=True)
class Results:
    """All numbers of one set of answers. Where a mapping is by condition, conditions without answers are absent."""

    n_answers: int = field(metadata=about("answers in the scope, practice and catch trials and excluded answers included"))
    n_main_answers: int = field(metadata=about("answers to main trials that count"))
    n_participants: int = field(metadata=about("respondents with main trials that count"))
    exclusions: tuple[Exclusion, ...] = field(metadata=about("the rules that were applied, and how many each left out"))
    scope: Scope = field(metadata=about("which answers these numbers are of, empty: all; with the rules of exclusion"))
    designs: tuple[DesignUse, ...] = field(metadata=about("designs that answers in the scope came from, with their specs' digests"))
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
    in_progress: Collection[str] | None = None,
) -> Results:
    """Return all numbers of the answers in a scope (default: all of them; negative reaction times are left out of reaction times).

    `rules`: instead of the scope's.
    `sessions`: what attention rules judge by beside the answers; a rule about what was not recorded leaves out nobody, and says so.
    `in_progress`: sessions with main trials still to come, which do not count in confidence sequences yet; None: those that `sessions`
    tell more main trials of than were answered.
    """
    scope = scope or Scope()
    scope = scope if rules is None else replace(scope, rules=rules)
    facts = tuple(sessions)
    table = with_designs(answers if isinstance(answers, AnswerTable) else table_of(answers), facts)
    chosen = in_scope(table, scope)
    found = ruled(table, scope.rules, by_session(facts), chosen)
    tally = tally_of(table, found.kept, exclude_negative=scope.rules.negative_reaction_times)
    return results_of(
        tally,
        lambda who: table.where(main_rows(table, found.kept) & (table["respondent"].codes == who)),
        scope=scope,
        in_progress=under_way(table, {one.session: one.n_main or 0 for one in facts}) if in_progress is None else in_progress,
        came=Came(
            int(chosen.sum()),
            exclusions_of(scope.rules, found, tally.n_negative),
            designs_in(table, chosen),
            ratings_within(ratings, facts, scope),
        ),
    )


@dataclass(frozen=True, slots=True)
class Came:
    """What results say of how they came about: answers in the scope, rules and what they left out, designs; and the ratings in it."""

    n_answers: int
    exclusions: tuple[Exclusion, ...]
    designs: tuple[DesignUse, ...]
    ratings: tuple[UnitRating, ...]


def results_of(
    tally: Tally, rows_of: Callable[[int], AnswerTable], *, scope: Scope, came: Came, in_progress: Collection[str] = ()
) -> Results:
    """Return all numbers of a tally; `rows_of`: a table that has the main trials that count of a respondent, by number."""
    counts, levels = tally.counts, tally.levels
    conditions = levels["condition"]
    whole, pairs = tally.parts[BY_CONDITION], pairs_of(tally.present("condition"))
    cells = {measure: cells_in(tally, measure, BY_CONDITION) for measure in MEASURES}
    designed = {measure: cells_in(tally, measure, ("condition", "scheme")) for measure in MEASURES}
    group = groups_in(tally)
    counted = outcomes_of(conditions, counts.outcomes.swapaxes(0, 1), counts.outcome_score.swapaxes(0, 1), counts.chosen.swapaxes(0, 1))
    shares = shares_by(tally)
    wilcoxon = signed_ranks(tally, cells, pairs)  # before the contrasts, which have the same tests of accuracy
    contrasts = [contrast_of_cells(cells["accuracy"], *pair) for pair in pairs]
    n_bins = -(-tally.n_trials // bin_width(tally.n_trials))
    course = (counts.course_score.transpose(1, 2, 0)[:, :n_bins], counts.course_n.transpose(1, 2, 0)[:, :n_bins])
    return Results(
        n_answers=came.n_answers,
        n_main_answers=tally.n_main,
        n_participants=int(tally.there.sum()),
        exclusions=came.exclusions,
        scope=scope,
        designs=came.designs,
        accuracy=by_name(whole.shares, conditions),
        accuracy_by_scheme=shares["scheme"],
        accuracy_by_scheme_and_expertise=by_scheme_and_expertise(tally),
        accuracy_by_expertise=shares["expertise"],
        accuracy_by_layer=shares["layer"],
        accuracy_by_branch=shares["branch"],
        accuracy_by_unit_list=shares["unit_list"],
        hand_picked_pool=hand_picked_pool(tally),
        accuracy_by_unit=shares["unit"],
        accuracy_by_participant=shares["participant"],
        accuracy_by_block=shares["block"],
        catch_accuracy=CatchAccuracy(float(counts.catch_score.sum()), int(counts.n_catch.sum())),
        repeat_consistency=repeat_consistency_of(conditions, counts.same, counts.n_repeated),
        reaction_time={which: by_name(whole.times[which], conditions) for which in WHICH},
        confidence={which: by_name(whole.confidences[which], conditions) for which in WHICH},
        reaction_time_by=times_by(tally),
        confidence_by=confidences_by(tally),
        confidence_chi2={which: chi_squared(map(tuple, whole.confidences[which].counts.tolist())) for which in WHICH},
        contrast={f"{one.a}_minus_{one.b}": one for one in contrasts if one is not None},
        wilcoxon=wilcoxon,
        rm_anova={measure: condition_anova_of(cells[measure]) for measure in MEASURES},
        mixed_anova={measure: design_anova_of(designed[measure], group) for measure in MEASURES},
        signal_detection=signal_detection(counted),
        type_two=type_two(counted),
        calibration=calibration(counted),
        confidence_sequence=sequences_of(looks_in(tally), rows_of, pairs, in_progress=in_progress),
        learning=learning_of(course, conditions, tally.n_trials),
        intuitiveness=intuitiveness(came.ratings),
    )
