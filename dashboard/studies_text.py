"""Every sentence about several studies beside each other."""

from __future__ import annotations

from typing import Final

from core.inference.proportions import Proportion
from core.services.results.study_comparison import StudiesBeside

TITLE: Final = "The studies of this workspace"
READING: Final = "Reading every study's answers"
COLUMNS: Final = ("Study", "Images", "Layers", "Units", "Dead", "Rendered", "People", "Observer")
HELP: Final = {
    "Dead": "Units behind a ReLU that lets nothing of any image through.",
    "Rendered": "Units with synthetic images. They belong to the network, so that its studies share them.",
}
LOOK_AT: Final = "Look at this study, here and on every page"
SHOWN: Final = "**{study}** :gray-badge[shown here]"
NOT_ANSWERED: Final = "–"
UNREADABLE: Final = "{study}: {problem}"
NO_OBSERVER: Final = (
    "No observer has answered two of these studies: let the same one answer each, with `exemplary observe --study STUDY --embedder NAME`."
)
OBSERVER: Final = "Observer: **{name}** ({about}), in each study with that study's tasks."
BIASED: Final = "a biased witness: it sees through the network that it judges"
KINDS: Final = {"network": "another network", "pairwise": "similarity of pairs", "baseline": "a baseline of simple image statistics"}
ACCURACY: Final = "{condition} **{mean:.0f} %** :small[:gray[{low:.0f} to {high:.0f}, n = {n:,}]]"
ACCURACY_NOTE: Final = (
    "Proportion correct with its 95 % Wilson interval; people's of pooled trials, an observer's over units. Networks and images "
    "differ, so that a difference between studies has no single cause."
)


def accuracy(condition: str, one: Proportion) -> str:
    """Return a proportion correct with interval and n."""
    low, high = one.wilson
    return ACCURACY.format(condition=condition, mean=100 * one.mean, low=100 * low, high=100 * high, n=one.n_trials)


def observer(found: StudiesBeside) -> str:
    """Return which observer is compared and what it is, or how to have one."""
    if found.observer is None:
        return NO_OBSERVER
    about = BIASED if found.is_biased else KINDS[found.observer.kind]
    return OBSERVER.format(name=found.observer.name, about=about)
