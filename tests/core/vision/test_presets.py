from __future__ import annotations

import pytest

from core.errors import UnknownName
from core.render_spec import (
    Channel,
    Diversity,
    ExemplarStart,
    Fourier,
    Jitter,
    Maco,
    NoiseStart,
    ObjectiveSpec,
    OptimiserSpec,
    Pad,
    Rotate,
    Scale,
)
from core.vision.presets import PRESETS, preset


def test_paper_is_the_published_method() -> None:
    """The preset `paper` holds the numbers of METHOD section 3."""
    spec = preset("paper", image_px=224, seed=5)
    assert (spec.preset, spec.n_images, spec.image_px, spec.seed, spec.n_channels) == ("paper", 10, 224, 5, 3)
    assert (spec.side_px, spec.border_px) == (256, 16)
    assert spec.parameterization == Fourier(sd=0.01, decay_power=1.0, decorrelate=True, coarse_to_fine=0.0)
    assert spec.start == NoiseStart()
    assert spec.transforms == (
        Jitter(16),
        Scale((1.0, 0.975, 1.025, 0.95, 1.05)),
        Rotate((-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5)),
        Jitter(8),
    )
    assert spec.objective == ObjectiveSpec(Channel(), "layer", Diversity(100.0, "fixed", None))
    assert spec.optimiser == OptimiserSpec(learning_rate=0.05, steps=2560, relu_leak_steps=16, flat_stop=None)


def test_lucid_is_what_render_vis_does() -> None:
    """The preset `lucid` is a single image of 512 steps with lucid's standard transforms."""
    spec = preset("lucid", image_px=160, seed=0)
    assert (spec.n_images, spec.optimiser.steps, spec.optimiser.learning_rate, spec.side_px) == (1, 512, 0.05, 160)
    assert spec.objective.diversity.weight == 0.0
    pad, jitter, scale, rotate, last = spec.transforms
    assert (pad, jitter, last) == (Pad(12, "constant", 0.5), Jitter(8), Jitter(4))
    assert isinstance(scale, Scale)
    assert scale.factors == pytest.approx([0.9, 0.92, 0.94, 0.96, 0.98, 1.0, 1.02, 1.04, 1.06, 1.08, 1.1])
    assert isinstance(rotate, Rotate)
    assert sorted(rotate.degrees) == sorted([*range(-10, 11), *[0] * 5])


def test_each_preset_is_named_for_what_it_does() -> None:
    """MACO optimises phases, accentuation begins as exemplars, the others from noise and a spectrum."""
    kinds = {name: (type(spec.parameterization), type(spec.start)) for name, spec in PRESETS.items()}
    assert kinds == {
        "paper": (Fourier, NoiseStart),
        "lucid": (Fourier, NoiseStart),
        "quick": (Fourier, NoiseStart),
        "maco": (Maco, NoiseStart),
        "accentuate": (Fourier, ExemplarStart),
    }
    assert all(spec.preset == name for name, spec in PRESETS.items())


def test_the_network_and_the_person_decide_the_rest() -> None:
    """Size, seed, number of images and channels are replaced, and nothing else."""
    spec = preset("quick", image_px=160, seed=4, n_images=2, n_channels=1)
    assert (spec.image_px, spec.seed, spec.n_images, spec.n_channels) == (160, 4, 2, 1)
    assert (spec.transforms, spec.objective, spec.optimiser) == (
        PRESETS["quick"].transforms,
        PRESETS["quick"].objective,
        PRESETS["quick"].optimiser,
    )
    assert preset("quick", image_px=160, seed=0).n_images == 9


def test_an_unknown_preset_lists_those_there_are() -> None:
    """A wrong preset is answered with the near ones."""
    with pytest.raises(UnknownName, match="quick"):
        preset("quik", image_px=160, seed=0)
