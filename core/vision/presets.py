"""Named render specs. No torch here: the command line lists them and pages read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from core.errors import UnknownName
from core.render_spec import (
    Affine,
    Crops,
    Diversity,
    ExemplarStart,
    Fourier,
    Jitter,
    Maco,
    Noise,
    ObjectiveSpec,
    OptimiserSpec,
    Pad,
    RenderSpec,
    Rotate,
    Scale,
)

# Borowski et al. 2021, METHOD section 3: 10 images optimised together, 2,560 steps, diversity 100.
_PAPER = RenderSpec(
    preset="paper",
    n_images=10,
    image_px=224,
    seed=0,
    border_px=16,
    parameterization=Fourier(),
    transforms=(Jitter(16), Scale((1.0, 0.975, 1.025, 0.95, 1.05)), Rotate(tuple(range(-5, 6))), Jitter(8)),
    objective=ObjectiveSpec(diversity=Diversity(100.0)),
    optimiser=OptimiserSpec(learning_rate=0.05, steps=2560),
)
# What lucid's render_vis does where nothing else is asked for: one image, 512 steps, its standard transforms.
_LUCID = RenderSpec(
    preset="lucid",
    n_images=1,
    image_px=224,
    seed=0,
    border_px=0,
    parameterization=Fourier(),
    transforms=(
        Pad(12),
        Jitter(8),
        Scale(tuple(1 + (i - 5) / 50 for i in range(11))),
        Rotate((*range(-10, 11), 0, 0, 0, 0, 0)),
        Jitter(4),
    ),
    optimiser=OptimiserSpec(learning_rate=0.05, steps=512),
)
# Nine images in few steps: an affine sample per image and step at a fixed size, of a smaller range than the paper's. Chosen on the
# embedded network and a real GoogLeNet: spectra that fall more steeply than lucid's get further in 64 steps, with less
# high-frequency noise.
_QUICK = RenderSpec(
    preset="quick",
    n_images=9,
    image_px=224,
    seed=0,
    border_px=4,
    parameterization=Fourier(sd=0.005, decay_power=1.3),
    transforms=(Affine(jitter_px=4, factors=(1.0, 0.975, 1.025), max_rotation_deg=3),),
    objective=ObjectiveSpec(diversity=Diversity(0.03, balance="gradient")),
    optimiser=OptimiserSpec(learning_rate=0.1, steps=64, relu_leak_steps=8),
)
# Fel et al. 2023: natural magnitudes, phases optimised on random crops with noise; fewer and larger crops than theirs, for a CPU.
_MACO = RenderSpec(
    preset="maco",
    n_images=9,
    image_px=224,
    seed=0,
    border_px=0,
    parameterization=Maco(),
    transforms=(Crops(n=2, mean_share=0.6, sd_share=0.15), Noise(0.05)),
    objective=ObjectiveSpec(diversity=Diversity(0.03, balance="gradient")),
    optimiser=OptimiserSpec(learning_rate=0.2, steps=192),
)
# Feature accentuation (Hamblin et al. 2024): what the unit sees in its exemplars, strengthened, held to them.
_ACCENTUATE = RenderSpec(
    preset="accentuate",
    n_images=9,
    image_px=224,
    seed=0,
    border_px=4,
    parameterization=Fourier(decay_power=1.3),
    start=ExemplarStart(keep=1.0),
    transforms=(Affine(jitter_px=4, factors=(1.0, 0.975, 1.025), max_rotation_deg=3),),
    optimiser=OptimiserSpec(learning_rate=0.02, steps=48, relu_leak_steps=0),
)
PRESETS: Mapping[str, RenderSpec] = {spec.preset: spec for spec in (_PAPER, _LUCID, _QUICK, _MACO, _ACCENTUATE)}


def preset(name: str, *, image_px: int, seed: int, n_images: int | None = None, n_channels: int = 3) -> RenderSpec:
    """Return the preset's spec for a network with crops of `image_px`; `n_images` replaces the preset's own number.

    Raises UnknownName, listing the presets, where there is none of this name.
    """
    if name not in PRESETS:
        raise UnknownName("render preset", name, PRESETS)
    spec = PRESETS[name]
    n_images = spec.n_images if n_images is None else n_images
    return replace(spec, image_px=image_px, seed=seed, n_images=n_images, n_channels=n_channels)
