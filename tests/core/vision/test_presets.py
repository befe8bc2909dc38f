from __future__ import annotations

import pytest

from core.domain import ObjectiveSpec, OptimiserSpec, ParameterizationSpec, TransformSpec
from core.errors import UnknownName
from core.vision.presets import PRESETS, preset


def test_paper_is_the_published_method() -> None:
    """The preset `paper` holds the numbers of METHOD section 3."""
    spec = preset("paper", image_px=224, seed=5)
    assert (spec.preset, spec.n_images, spec.image_px, spec.seed) == ("paper", 10, 224, 5)
    assert spec.parameterization == ParameterizationSpec("fourier", 0.01, 1.0, True)
    assert spec.transforms == TransformSpec("paper", 16, (16, 8), (1.0, 0.975, 1.025, 0.95, 1.05), 5)
    assert spec.objective == ObjectiveSpec("channel_mean", 100.0)
    assert spec.optimiser == OptimiserSpec("adam", 0.05, 2560, 16)


def test_lucid_is_one_image_without_diversity() -> None:
    """The preset `lucid` is a single image of 512 steps."""
    spec = preset("lucid", image_px=160, seed=0)
    assert (spec.n_images, spec.optimiser.steps, spec.objective.diversity) == (1, 512, 0.0)


def test_the_number_of_images_can_be_replaced() -> None:
    """`n_images` replaces the preset's number and nothing else."""
    assert preset("quick", image_px=160, seed=0, n_images=2).n_images == 2
    assert preset("quick", image_px=160, seed=0).n_images == 9


def test_an_unknown_preset_lists_those_there_are() -> None:
    """A wrong preset is answered with the near ones."""
    with pytest.raises(UnknownName, match="quick"):
        preset("quik", image_px=160, seed=0)
    assert set(PRESETS) == {"paper", "lucid", "quick"}
