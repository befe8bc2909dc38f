"""Named render specs. No torch here: the command line lists them and pages read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from core.domain import ObjectiveSpec, OptimiserSpec, ParameterizationSpec, RenderSpec, TransformSpec
from core.errors import UnknownName

# Borowski et al. 2021, METHOD section 3: 10 images optimised together, 2,560 steps, diversity 100.
_PAPER = RenderSpec(
    preset="paper",
    n_images=10,
    image_px=224,
    seed=0,
    transforms=TransformSpec(kind="paper"),
    objective=ObjectiveSpec(diversity=100.0),
    optimiser=OptimiserSpec(learning_rate=0.05, steps=2560),
)
# What lucid's render_vis does where nothing else is asked for: one image, 512 steps, its standard transforms.
_LUCID = RenderSpec(
    preset="lucid",
    n_images=1,
    image_px=224,
    seed=0,
    transforms=TransformSpec(
        kind="paper", pad_px=12, jitter_px=(8, 4), scales=tuple(1 + step / 50 for step in range(-5, 6)), max_rotation_deg=10
    ),
    objective=ObjectiveSpec(diversity=0.0),
    optimiser=OptimiserSpec(learning_rate=0.05, steps=512),
)
# Nine images in few steps: an affine sample per image and step at a fixed size, of a smaller range than the paper's. Chosen on the
# embedded network: spectra that fall more steeply than lucid's get further in 48 steps, with less high-frequency noise. The diversity
# weight is in units of activation: fit for activations with an sd of about 1 over images, as there, and without effect where it is
# tens; then the images differ by their starts and transforms.
_QUICK = RenderSpec(
    preset="quick",
    n_images=9,
    image_px=224,
    seed=0,
    parameterization=ParameterizationSpec(sd=0.005, decay_power=1.3),
    transforms=TransformSpec(kind="fused", pad_px=4, jitter_px=(2, 2), scales=(1.0, 0.975, 1.025), max_rotation_deg=3),
    objective=ObjectiveSpec(diversity=0.02),
    optimiser=OptimiserSpec(learning_rate=0.05, steps=48, relu_leak_steps=8),
)
PRESETS: Mapping[str, RenderSpec] = {spec.preset: spec for spec in (_PAPER, _LUCID, _QUICK)}


def preset(name: str, *, image_px: int, seed: int, n_images: int | None = None) -> RenderSpec:
    """Return the preset's spec for a network with crops of `image_px`; `n_images` replaces the preset's own number.

    Raises UnknownName, listing the presets, where there is none of this name.
    """
    if name not in PRESETS:
        raise UnknownName("render preset", name, PRESETS)
    spec = PRESETS[name]
    return replace(spec, image_px=image_px, seed=seed, n_images=spec.n_images if n_images is None else n_images)
