"""Every sentence about synthetic images on a unit's page: how far to trust them, how they were made, their course and their path."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from core.domain import Extreme, RenderCourse, Unit
from core.render_spec import RenderSpec
from core.standing import Standing, n_beyond

# --- trust ------------------------------------------------------------------------------------------------------------------
BEYOND: Final = "{n} of {total} go beyond every natural image"
FLAG: Final = "**Do not trust:** on average {place}. {n} of {total} go beyond it."
LEVEL: Final = "level with the most extreme natural image"
PLACE: Final = "{amount} {side} the most extreme natural image"
STANDING: Final = "percentile {percentile:.4g} of natural images, {place}"
MARK: Final = "falls short"
MARK_HELP: Final = "This image does not activate the unit beyond every natural image."
MARK_ALT: Final = "{alt}, does not go beyond every natural image"

# --- render sets ------------------------------------------------------------------------------------------------------------
RENDER_SETS: Final = "Made with"
RENDER_SET_ALONE: Final = "Made with {name}"
RENDER_SET: Final = "{preset} · {n} · {steps:,} steps"
IMPORTED_SET: Final = "{method}, made elsewhere · {n}"
SEED: Final = "seed {seed}"
SET_HELP: Final = "Named by the digest of all that determines them: {names}"
HOW: Final = "How these were made"
HOW_JSON: Final = "Spec {digest}, as JSON for `synthesize --spec`"
IMPORTED_JSON: Final = "Spec {digest}, as JSON"
DOWNLOADS: Final = "Download"
SHEET: Final = "Contact sheet (PNG)"
COURSE_GIF: Final = "Course, {extreme} (GIF)"
ZIP: Final = "Images (ZIP)"
MACHINE: Final = "**Machine:** {at_once} images at once on {device}; this changes the rounding, not the recipe."
WEIGHT_HELD: Final = "**Diversity weight of the last step:** {weights}."

# --- course -----------------------------------------------------------------------------------------------------------------
COURSE: Final = "Course of the synthesis"
COURSE_NOTE: Final = (
    "What is maximised (the unit's activation, unless the recipe says otherwise) in each step, averaged over the transformed images of a "
    "group; one line a group. Dashed: the most extreme natural image at each end. Below: each group's first image on its way."
)
NO_COURSE: Final = "How these images came about was not recorded."
NATURAL_RULE: Final = "most extreme natural image, {extreme}"
GROUP: Final = "Group shown below"
STEP: Final = "step {step:,}"
SNAPSHOTS: Final[dict[Extreme, str]] = {"max": "Towards maximal activation", "min": "Towards minimal activation"}
SNAPSHOT_ALT: Final = "{extreme} image at step {step:,}"
SNAPSHOT_DETAIL: Final = "{extreme} image, group {group}, on its way: step {step:,} of {n_steps:,}"

# --- path -------------------------------------------------------------------------------------------------------------------
PATH: Final = "Path through the network"
PATH_NOTE: Final = (
    "How much synthetic images take the path of natural ones through the network: 1 as much as the unit's exemplars among themselves, "
    "0 as random images (Geirhos et al. 2023, [arXiv:2306.04719](https://arxiv.org/abs/2306.04719)). Lines: means; pale: single images."
)
PATH_EDGE: Final = "Values beyond the axis stand at its edge."
NO_PATH: Final = "Not known yet; once the network is mined, this computes it:"
PATH_COMMAND: Final = "exemplary synthesize --network {network} --units {unit} --preset {preset}"
PATH_SEED: Final = " --seed {seed}"
IMPORT_COMMAND: Final = "exemplary import-references FOLDER --method {method} --network {network}"
RANDOM_RULE: Final = "random"
EXEMPLARS_RULE: Final = "exemplars"
OWN_LAYER: Final = "this unit"

# --- images that were made elsewhere ------------------------------------------------------------------------------------------
IMPORTED: Final = "Images by {method}"
IMPORTED_ALT: Final = "{extreme} image {index} by {method}"
IMPORTED_DETAIL: Final = "{extreme} image {index} made elsewhere by {method} · activation {activation:.4g}"
IMPORTED_MARK: Final = "{method} {extreme}"


def n_images(n: int) -> str:
    """Return how many images."""
    return f"{n:,} image{'s' if n != 1 else ''}"


def set_size(n_max: int, n_min: int) -> str:
    """Return how many images a set has at each extreme."""
    return f"{n_max} + {n_min} images"


def place(margin: float, margin_sd: float) -> str:
    """Return how far beyond or short of the most extreme natural image; in activations where these do not vary."""
    if margin == 0:
        return LEVEL
    amount = f"{abs(margin_sd):.2g} sd" if math.isfinite(margin_sd) else f"{abs(margin):.3g}"
    return PLACE.format(amount=amount, side="beyond" if margin > 0 else "short of")


def standing(one: Standing) -> str:
    """Return an image's percentile and margin."""
    return STANDING.format(percentile=one.percentile, place=place(one.margin, one.margin_sd))


def beyond(standings: Sequence[Standing]) -> str:
    """Return how many images beat nature."""
    return BEYOND.format(n=n_beyond(standings), total=len(standings))


def flag(standings: Sequence[Standing]) -> str | None:
    """Return why these images are not to be trusted: on average they do not beat the most extreme natural image. None where they do."""
    margin = sum(one.margin for one in standings) / len(standings)
    if margin > 0:
        return None
    margin_sd = sum(one.margin_sd for one in standings) / len(standings)
    return FLAG.format(place=place(margin, margin_sd), n=n_beyond(standings), total=len(standings))


def path_command(network: str, unit: Unit, spec: RenderSpec) -> str:
    """Return the command that computes the paths of a set's images, without making new ones where it is of a preset."""
    if spec.imported is not None:
        return IMPORT_COMMAND.format(method=spec.imported.method, network=network)
    seed = PATH_SEED.format(seed=spec.seed) if spec.seed else ""
    return PATH_COMMAND.format(network=network, unit=unit, preset=spec.preset) + seed


def set_name(spec: RenderSpec, n: str) -> str:
    """Return what a set of images is called: its preset and steps, or the method that made it elsewhere."""
    if spec.imported is not None:
        return IMPORTED_SET.format(method=spec.imported.method, n=n)
    return RENDER_SET.format(preset=spec.preset, n=n, steps=spec.optimiser.steps)


def machine(courses: Sequence[RenderCourse]) -> tuple[str, ...]:
    """Return the facts of the machine and the run; nothing where no course is known."""
    if not courses:
        return ()
    at_once = " and ".join(sorted({str(one.n_at_once) for one in courses}))
    devices = " and ".join(sorted({one.device for one in courses}))
    weights = ", ".join(dict.fromkeys(f"{one.extreme} {one.diversity_weight:.3g}" for one in courses))
    return MACHINE.format(at_once=at_once, device=devices), WEIGHT_HELD.format(weights=weights)
