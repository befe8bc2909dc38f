"""A render spec in words, one sentence a part: how synthetic images were made."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from core.render_spec import Diversity, OptimiserSpec, RenderSpec, Transform

IMPORTED_RECIPE: Final = (
    "**Made elsewhere** by {method}: this workspace has the images, not how they were made.",
    "**Image:** {image_px} px as stored; at most {n} of a unit and extreme.",
    "**Activation:** measured here on the stored image, as a natural image's is.",
)
PARAMETERIZATIONS: Final = {
    "fourier": "Fourier spectrum, sd {sd:g} at the start, falling with frequency to the power {decay_power:g}",
    "pixels": "bare pixels, sd {sd:g} at the start",
    "maco": "phases only, magnitudes of natural images (MACO, Fel et al. 2023)",
    "cppn": "pattern-producing network, {depth} layers of {hidden} channels",
}
STARTS: Final = {
    "noise": "begins as seeded noise, seed {seed}",
    "exemplar": "begins as a natural exemplar of the same rank, held to it with weight {keep:g}, seed {seed}",
}
TRANSFORMS: Final = {
    "pad": "padding of {px} px",
    "jitter": "jitter of {px} px",
    "scale": "scaling by {low:g} to {high:g}",
    "rotate": "rotation by {low} to {high}°",
    "affine": "one affine sample: jitter of {jitter_px} px, scaling by {low:g} to {high:g}, rotation up to {max_rotation_deg}°",
    "crops": "{n} random crops of about {mean_share:.0%} of the side",
    "noise": "noise of sd {sd:g}",
}
MEASURES: Final = {
    "channel": "the mean of the unit's feature map",
    "neuron": "the centre of the unit's feature map",
    "direction": "a direction of {n} channels in the unit's layer",
    "difference": "the unit's activation minus that of {other}",
}


def recipe(spec: RenderSpec) -> tuple[str, ...]:
    """Return the spec in words, one sentence a part; of imported images, whose they are."""
    if spec.imported is not None:
        return tuple(one.format(method=spec.imported.method, image_px=spec.image_px, n=spec.n_images) for one in IMPORTED_RECIPE)
    image = PARAMETERIZATIONS[spec.parameterization.kind].format(**asdict(spec.parameterization))
    start = STARTS[spec.start.kind].format(**asdict(spec.start), seed=spec.seed)
    transforms = "; ".join(_transform(one) for one in spec.transforms) or "none"
    border = f", cropped from {spec.side_px} px" if spec.border_px else ""
    return (
        f"**Preset:** {spec.preset}; {spec.n_images:,} image{'s' if spec.n_images != 1 else ''} optimised together.",
        f"**Objective:** {_measure(spec)}; {_diversity(spec.objective.diversity)}.",
        f"**Image:** {spec.image_px} px{border}; {image}; {start}.",
        f"**Before each step:** {transforms}.",
        f"**Optimiser:** {_optimiser(spec.optimiser)}.",
    )


def _measure(spec: RenderSpec) -> str:
    fields = asdict(spec.objective.measure)
    words = MEASURES[spec.objective.measure.kind].format(**fields, n=len(fields.get("weights", ())))
    return f"{words}, {'after its ReLU' if spec.objective.relu == 'post' else 'as the layer is read'}"


def _diversity(one: Diversity) -> str:
    if one.weight == 0 and one.tuned_to is None:
        return "images do not repel each other"
    balanced = " of the activation's gradient" if one.balance == "gradient" else ""
    tuned = ", searched from there for the largest that still goes beyond nature" if one.tuned_to else ""
    return f"images of a group repel each other with weight {one.weight:g}{balanced}{tuned}"


def _transform(one: Transform) -> str:
    fields = asdict(one)
    span = fields.get("factors") or fields.get("degrees") or (0,)
    return TRANSFORMS[one.kind].format(**fields, low=min(span), high=max(span)).replace("-", "−")


def _optimiser(one: OptimiserSpec) -> str:
    stop = f", ending early where the gradient stays level over {one.flat_stop.window} steps" if one.flat_stop else ""
    leak = f", gradient passing blocked ReLUs for the first {one.relu_leak_steps}" if one.relu_leak_steps else ""
    return f"Adam, learning rate {one.learning_rate:g}, {one.steps:,} steps{leak}{stop}"
