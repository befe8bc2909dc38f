"""Every sentence of the results page that is its own (shared with other pages: text.py; figures' captions: core/figures)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from core.services.answers.answer_sources import SourceKind

# --- whose answers ------------------------------------------------------------------------------------------------------------
ANSWERED_BY: Final = "Answers of"
PEOPLE: Final = "People"
OBSERVERS: Final = "Observers"
IMPORTED: Final = "Imported answers"
SIMULATED: Final = "Simulated people"
KIND_NAMES: Final[dict[SourceKind, str]] = {"people": PEOPLE, "observers": OBSERVERS, "imported": IMPORTED, "simulated": SIMULATED}
WHICH: Final = {OBSERVERS: "Observer", IMPORTED: "Answer set", SIMULATED: "Answer set"}
SOURCE_NOTES: Final = {
    "observers": "Answers of the **machine observer** {name}, not of people.",
    "imported": "**Imported answers**, {name}: not given by this study's people, and never among theirs.",
    "simulated": "Answers of **simulated people**, {name}: no person gave any of them.",
}
BIASED: Final = "biased witness: it sees through the network that it judges"
BASELINE: Final = "baseline: knows nothing about the network"

# --- filters ------------------------------------------------------------------------------------------------------------------
CONDITION: Final = "Condition"
SCHEME: Final = "Scheme"
EXPERTISE: Final = "Expertise"
PARTICIPANTS: Final = "Participants"
DATES: Final = "Dates"
SINCE: Final = "From"
UNTIL: Final = "To"
DESIGN: Final = "Design"
ALL_DESIGNS: Final = "All designs"
ALL_DESIGNS_NOTE: Final = "Pooled over designs, whose schemes and difficulty may differ: choose one to compare like with like."
RULES: Final = "Exclusion rules"
RULES_NOTE: Final = "State rules before looking, and keep them. Nothing is deleted: answers stay stored whatever is chosen."
ATTENTION: Final = "Attention: sessions that break a rule of this set are left out"
MIN_CATCH: Final = "Catch trials: participants with fewer % correct are left out"
MIN_CATCH_HELP: Final = "Over all catch trials of a participant; who has none stays. Empty: no such rule, as in the paper."
NO_RULE: Final = "no rule"
KEEP_NEGATIVE: Final = "Keep negative reaction times"
KEEP_NEGATIVE_HELP: Final = "They come from clocks that were set while a trial was shown. Their answers count in all else either way."
CATCH_LABEL: Final = "catch ≥ {percent} %"
NEGATIVE_LABEL: Final = "negative times kept"
WITHOUT_RULES: Final = "Without these rules: {name} {estimate} points ({low} to {high}); {n}."
PUBLISHED: Final = "Published numbers"
PUBLISHED_NONE: Final = "Headline"
PUBLISHED_NOTE: Final = (
    "The abstract's headline is always drawn, as cited. Finer numbers come from the authors' answers, where these were imported: "
    "`exemplary import FILE... --name NAME`."
)
RESET: Final = "Reset"
RESET_HELP: Final = "Show all answers again"
ALL: Final = "all"
N_ANSWERS: Final = "{name} {n:,}"
DATES_NOTE: Final = "Answers came from {first} to {last} (UTC)."
COUNTED: Final = "**{counted:,} of {total:,} main answers count.**"
NOTHING_LEFT_OUT: Final = "Nothing is left out."
LEFT_OUT: Final = "Left out: {parts}."
LEFT_OUT_BY: Final = "{n:,} by {name}"
RULE_APPLIED: Final = "{n:,} {what}: {rule}"
NOTHING_FITS: Final = "No answer fits these filters."

# --- sections -----------------------------------------------------------------------------------------------------------------
ACCURACY: Final = "Accuracy"
TIME_AND_CONFIDENCE: Final = "Time and confidence"
COURSE: Final = "Course"
UNITS: Final = "Units"
AGREEMENT: Final = "People and observers"
MODELS: Final = "Models"
METHODS: Final = "Methods"
SECTIONS: Final = (ACCURACY, TIME_AND_CONFIDENCE, COURSE, UNITS, AGREEMENT, MODELS, METHODS)
NOT_YET: Final[Mapping[str, str]] = {
    ACCURACY: "No main trial has been answered.",
    TIME_AND_CONFIDENCE: "Reaction times and confidence come with people's answers; there are none here.",
    COURSE: "The course over trials, ratings and the confidence sequence come with people's answers; there are none here.",
    UNITS: "No unit has been answered in both conditions.",
}

# --- headline -----------------------------------------------------------------------------------------------------------------
HEADLINE: Final = "{name}: {estimate} points, 95 % interval {low} to {high}"
HEADLINE_N: Final = "{respondents}, {trials:,} trials"
CONDITION_ACCURACY: Final = "{condition} **{mean:.0f} %** ({low:.0f} to {high:.0f} %)"
NO_CONTRAST: Final = "No participant answered natural and another condition here, so there is no difference to tell."

# --- a figure -----------------------------------------------------------------------------------------------------------------
NUMBERS: Final = "Numbers"
PNG: Final = "PNG"
SVG: Final = "SVG"
CSV: Final = "CSV, the numbers"
SELECT_HELP: Final = "Click a mark to see the trials behind it."

# --- the trials behind it -----------------------------------------------------------------------------------------------------
BEHIND: Final = "The trials behind it"
BEHIND_LINE: Final = "**{n:,} trial{s}** · {what} · {share:.1f} % correct"
BEHIND_NONE: Final = "No trial is behind this mark."
BEHIND_ALL: Final = "all that count"
PICK: Final = "Choose a row to see what was shown."
COLUMNS: Final[Mapping[str, str]] = {
    "when": "Answered (UTC)",
    "participant": "Participant",
    "unit": "Unit",
    "condition": "Condition",
    "scheme": "Scheme",
    "correct": "Correct",
    "confidence": "Confidence",
    "time": "Time (s)",
}
FIELDS: Final[Mapping[str, str]] = {"respondent": "participant", "unit_list": "unit from"}
MAX_REFERENCES: Final = "Max references"
MIN_REFERENCES: Final = "Min references"
QUERIES: Final = "Queries"
NO_REFERENCES: Final = "This trial had no references."
CHOSEN: Final = "chosen"
RIGHT: Final = "right"
RIGHT_HELP: Final = "This query activates the unit strongly."
SIDES: Final = {"top": "top", "bottom": "bottom"}
QUERY_ALT: Final = "query at the {side}"
REFERENCE_ALT: Final = "{what}, image {n}"
NOT_KEPT: Final = "What was on the screen is kept for people's own answers to this study; not for this one."

# --- people and observers -----------------------------------------------------------------------------------------------------
AGREEMENT_NOTE: Final = (
    "Observers are no people: their intervals are over units, people's over participants. Where both answered the same units, their "
    "agreement says how far one stands for the other."
)
BOTH_NARROWED: Final = "Narrowed to the condition{s} {names}: people and observers alike."
PEOPLE_NARROWED: Final = (
    "Narrowed by {filters}: people's answers only. An observer answers the same tasks of every unit, whoever the people are; agreement is "
    "with the answers that are left."
)
COMPARING: Final = "Holding observers against people"
NO_AGREEMENT: Final = "Agreement with people is not known: nobody answered the same units, or the observer has not seen what people saw."
NO_OBSERVER_LEFT: Final = "No observer has answered trials of the chosen conditions."
SAME_UNITS: Final = "On the units that both answered"
OBSERVER: Final = "Observer"
DIFFERENCE_POINTS: Final = "Observer − people, points"
RANK_CORRELATION: Final = "Rank correlation over units"
PEARSON: Final = "Pearson's"
OPEN: Final = "open"
N_SAME: Final = "{units:,} units, {tasks:,} tasks, {trials:,} trials"
N_UNITS: Final = "{units:,} units"
UNDEFINED: Final = "undefined"

# --- models -------------------------------------------------------------------------------------------------------------------
MODELS_NOTE: Final = (
    "These take longer than the page: a mixed model with crossed participants and units, a Bayesian estimate, effect sizes with bootstrap "
    "intervals, and how many more participants would make the difference known. They are fitted to the answers that count now."
)
FIT: Final = "Fit"
FIT_AGAIN: Final = "Fit again"
FITTING: Final = "Fitting to {n:,} answers, {seconds:.0f} s so far."
STALE: Final = "Fitted to {n:,} answers; there are {now:,} now."
METHOD_LINE: Final = "**{name}** ({seconds:.1f} s): {method}"
SEED: Final = "Seed {seed}; {n:,} main answers."
ABSENT: Final = "{name}: {reason}"
PARTS: Final[Mapping[str, str]] = {
    "effect_sizes": "Effect sizes",
    "mixed_model": "Mixed model",
    "bayesian": "Bayesian estimate",
    "power": "Power",
}
PART: Final = "Fitted"
NUMBER: Final = "Number"
ESTIMATE: Final = "Estimate"
INTERVAL_95: Final = "95 % interval"
N: Final = "n"
SECONDS: Final = "Seconds"
N_OVER: Final = "{n:,} {over}"
N_CROSSED: Final = "{participants:,} participants, {units:,} units, {trials:,} trials"
NOT_CONVERGED: Final = "{name}, NOT CONVERGED: not to be relied on"
N_CROSSED_TRIALS: Final = "{participants:,} participants, {trials:,} trials"
MEAN_DIFFERENCE: Final = "natural − synthetic, points"
DZ: Final = "Cohen's dz"
RANK_BISERIAL: Final = "rank-biserial correlation"
ODDS: Final = "odds ratio"
MIXED: Final = "difference for people and units in general, points"
MIXED_ODDS: Final = "log odds ratio"
BAYES: Final = "posterior of the difference, points"
NEEDED: Final = "participants to know the difference to ± {within:.3g} points"
MORE: Final = "{more:,} more"

# --- the rest -----------------------------------------------------------------------------------------------------------------
REPORT: Final = "Report"
REPORT_HELP: Final = "One HTML file: methods, figures, tables, versions and seeds, of the answers that count now."
DESIGNS: Final = "Designs"
DESIGN_LINE: Final = "{name} ({digest}): {sessions:,} sessions, {answers:,} answers"
LINK_NOTE: Final = "The address names all filters: its link shows the same."


def counts_line(counts: Mapping[str, int]) -> str:
    """Return how many answers each option of a filter has."""
    return " · ".join(N_ANSWERS.format(name=name, n=n) for name, n in counts.items())


def filter_label(name: str, chosen: Iterable[str], n_options: int) -> str:
    """Return a filter's button: its name, and what it is narrowed to."""
    chosen = list(chosen)
    if not chosen:
        return f"{name}: {ALL}"
    words = ", ".join(chosen) if len(chosen) < 3 else f"{len(chosen)} of {n_options}"
    return f"{name}: **{words}**"


def rules_label(attention: str, *, min_catch_percent: int | None, keeps_negative: bool) -> str:
    """Return the button of the exclusion rules: which are applied."""
    parts = [] if attention == "none" else [attention]
    parts += [] if min_catch_percent is None else [CATCH_LABEL.format(percent=min_catch_percent)]
    parts += [NEGATIVE_LABEL] if keeps_negative else []
    return f"{RULES}: **{', '.join(parts)}**" if parts else f"{RULES}: none"


def part_words(part: Mapping[str, object]) -> str:
    """Return what a part of a figure has in common, in words."""
    return ", ".join(f"{FIELDS.get(name, name)} {value}" for name, value in part.items()) or BEHIND_ALL
