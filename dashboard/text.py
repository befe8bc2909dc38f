"""Every sentence that a reviewer reads on a page (about synthetic images: render_text.py; what participants read: participant_text)."""

from __future__ import annotations

from typing import Final

from core.domain import Study
from core.experiment import RespondentKind
from core.selection import SHARE_WARNING as WIDE_SHARE

TITLE: Final = "Exemplary"
QUESTION: Final = "Do feature visualizations explain a unit better than natural images?"
PAPER: Final = (
    "Borowski et al. (2021) asked people: with synthetic references 82 ± 4 % of choices were right, with natural exemplars 92 ± 2 %."
)

PAGE_TITLES: Final = {
    "overview": "Overview",
    "feature-maps": "Feature maps",
    "image": "Image",
    "compare": "Compare",
    "review": "Review",
    "self-test": "Self-test",
    "results": "Results",
    "jobs": "Jobs",
}
PAGE_HELP: Final = {
    "overview": "What this study is, how the comparison stands, what to do next.",
    "feature-maps": "Every unit: natural exemplars beside synthetic images.",
    "compare": "Two to four units side by side, on one scale.",
    "image": "Which units an image excites: one of the study's, or your own photo.",
    "review": "Judge units together, one after the other, by keyboard.",
    "self-test": "Take part: pick which of two images activates a unit.",
    "results": "The conditions compared, people and observers apart, live.",
    "jobs": "Mining, synthesis and observers: start, watch, stop.",
}

# --- overview ---------------------------------------------------------------------------------------------------------------
STUDY: Final = "Study"
IMAGES: Final = "Images"
UNITS: Final = "Units"
RENDERS: Final = "Synthetic images"
ANSWERS: Final = "Answers by people"
NEXT: Final = "What to do next"
HEADLINE: Final = "The comparison so far"
BROWSE: Final = "Browse feature maps"
BROWSE_WHY: Final = "See what each unit responds to: natural exemplars beside synthetic images."
TAKE_TEST: Final = "Take a self-test"
TAKE_TEST_WHY: Final = "Answer a few trials and see your own answers move the comparison."
SEE_RESULTS: Final = "See the results"
SEE_RESULTS_WHY: Final = "Accuracy, reaction time and confidence by condition, live."
OWN_DATA: Final = "Use your own network and photos"
OWN_COMMANDS: Final = """exemplary index path/to/photos --name photos
exemplary mine --network path/to/network.py:build --images photos
exemplary synthesize --network network --units mixed4b:465 mixed4a:12
exemplary simulate --network network"""
OWN_NOTE: Final = (
    "`--network` also takes `inception_v1` (the paper's network), `googlenet` and other torchvision classifiers by name. "
    "Each command has `--help`; interrupted, it resumes."
)
EMPTY_TITLE: Final = "Nothing has been mined yet"
EMPTY_BODY: Final = (
    "A study is a network looked at through a set of images. Build the embedded study (a small trained network and 4,000 procedural "
    "images, offline, a few minutes on two cores), or point Exemplary at your own network and photos."
)
TO_OVERVIEW: Final = "Begin on the overview"
BUILD_DEMO: Final = "Build the embedded study"
GO_ON_BUILDING: Final = "Go on building the embedded study"
GO_ON_BUILDING_WHY: Final = "The embedded study is not whole yet: it lacks {missing}. Building goes on where it was."
LACKS_RENDERS: Final = "synthetic images"
LACKS_OBSERVERS: Final = "observers"
IMAGES_HELP: Final = "{n_labels:,} labels; {n_skipped:,} files skipped"
UNITS_HELP: Final = "in {n:,} layers"
RENDERS_HELP: Final = "of {n:,} units"
UNKNOWN_COUNT: Final = "–"
JOB_PROGRESS: Final = "{label} ({done:,} of {total:,})"
JOB_STARTING: Final = "starting"
JOB_ENDED: Final = "its process ended"
JOB_FAILED: Final = "The last job, {name}, {state}: {label}. Starting it again resumes it."

# --- feature maps -----------------------------------------------------------------------------------------------------------
LAYER: Final = "Layer"
BRANCH: Final = "Branch"
ALL_LAYERS: Final = "All layers"
SEARCH: Final = "Search"
SEARCH_HINT: Final = "mixed4b:46 or a class name"
RENDERED_ONLY: Final = "With synthetic images"
MADE_ONLY: Final = "With synthetic or imported images"
TILE_SUBTITLE: Final = "{branch} · max {high:.3g}"
NO_UNITS: Final = "No unit fits these filters."
CLEAR_FILTERS: Final = "Clear filters"
BACK: Final = "All feature maps"
NATURAL: Final = "Natural exemplars"
SYNTHETIC: Final = "Synthetic images"
EXTREME_TITLES: Final = {"max": "Maximally activating", "min": "Minimally activating"}
UNIT_HEADER: Final = (
    "{study} · branch {branch} · {relu} spatial mean over {n:,} images: mean {mean:.3g}, sd {sd:.3g}, from {low:.3g} to {high:.3g}"
)
PRE_RELU: Final = "pre-ReLU"
POST_RELU: Final = "post-ReLU"
NO_NATURAL: Final = "No exemplars at this extreme."
NO_SYNTHETIC: Final = "This set has no synthetic images at this extreme."
NATURAL_ALT: Final = "{extreme} exemplar, rank {rank}, {label}"
NATURAL_DETAIL: Final = "{extreme} exemplar, rank {rank} · {label} · activation {activation:.4g}"
SYNTHETIC_ALT: Final = "synthetic {extreme} image {index}"
SYNTHETIC_DETAIL: Final = "synthetic {extreme} image {index} · preset {preset} · activation {activation:.4g}"
NATURAL_MARK: Final = "natural {extreme}"
SYNTHETIC_MARK: Final = "synthetic {extreme}"
NOT_RENDERED: Final = "No synthetic images of this unit yet. Make them with"
HISTOGRAM: Final = "Activation over all images"
HISTOGRAM_NOTE: Final = "Grey: all {n:,} images. Marks: the nine most extreme natural exemplars and the synthetic images at each end."
TOP_CLASSES: Final = "Top classes"
TOP_CLASSES_NOTE: Final = "Among the {n} most activating images"
SPREAD: Final = (
    "Its {n_sets} stimulus sets' {extreme} images are of {n} classes, at least {fewest} in a set; {share} are of the most frequent, "
    "{label}."
)
DOMINATED: Final = (
    "Of its {n_sets} stimulus sets' {extreme} images **{share} are of one class, {label}** ({n} classes in all): the class alone may "
    "tell the answer."
)

# --- self-test (what participants read: participant_text) ----------------------------------------------------------------------
TEST_TOO_FEW: Final = (
    "A self-test needs {wanted} units that respond differently to different images; this study has {n}. Mine more layers or more images."
)
TEST_UNAVAILABLE: Final = (
    "Synthetic references need at least {wanted} units with nine synthetic images at each extreme; this study has {n}: "
    "`exemplary synthesize --units ...`."
)

# --- results ----------------------------------------------------------------------------------------------------------------
NOBODY_YET: Final[dict[RespondentKind, str]] = {
    "people": "Nobody has answered yet. Take a self-test: your answers appear here at once.",
    "observers": "No observer has answered yet; let one with `exemplary observe`.",
}
RESPONDENTS: Final[dict[RespondentKind, str]] = {"people": "People", "observers": "Observers"}
RESULTS_TITLE: Final = "Results"
DESIGN: Final = "People's answers to"
ALL_DESIGNS: Final = "All designs"
ALL_DESIGNS_NOTE: Final = "Pooled over designs, whose schemes and difficulty may differ: choose one to compare like with like."
BIASED: Final = "it sees through the network that it judges"
BIASED_NOTE: Final = "The observer is a biased witness: it sees through the network that it judges."
CONTRAST: Final = "natural − synthetic"
CONTRAST_OF: Final = "{a} − {b}"
CONTRAST_SENTENCE: Final = "{estimate} points, 95 % interval {low} to {high} ({respondents}, {trials:,} trials)"
EXCLUSION: Final = "Exclusion: {rule} ({n:,} {what})."
METHODS: Final = "Methods, exclusions, references"
SHARE_NOTE: Final = "Natural references span the {percent:.1f} % most extreme images at each end (the paper's: 0.4 %)."
SHARE_WARNING: Final = "That is more than 2 %, so natural references are weaker than the paper's; add images for a fairer test."


def share_note(share: float) -> str:
    """Return how extreme the natural references are, with a warning where they are much weaker than the paper's."""
    note = SHARE_NOTE.format(percent=100 * share)
    return f"{note} {SHARE_WARNING}" if share > WIDE_SHARE else note


def respondent_count(n: int, kind: RespondentKind) -> str:
    """Return how many people or observers."""
    one, many = ("participant", "participants") if kind == "people" else ("observer", "observers")
    return f"{n:,} {one if n == 1 else many}"


def answer_count(n_answers: int, n_respondents: int, kind: RespondentKind) -> str:
    """Return how many main answers came from how many."""
    return f"{n_answers:,} main answer{'s' if n_answers != 1 else ''} by {respondent_count(n_respondents, kind)}"


def unit_count(n: int) -> str:
    """Return how many units were found."""
    return f"{n:,} unit{'s' if n != 1 else ''}"


def study_line(study: Study) -> str:
    """Return which network is looked at through which images."""
    network = study.network
    return f"Network **{network.name}**, {len(network.layers)} layers · images **{study.image_set.name}**, {study.image_set.n_images:,}"
