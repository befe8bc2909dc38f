from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from lucent.optvis.param.images import image as lucent_image

from core.domain import ParameterizationSpec, RenderSpec, TransformSpec, Unit
from core.vision.parameterization import image_function, side_px, start_parameter

SPEC = RenderSpec("test", 2, 20, 7, transforms=TransformSpec(pad_px=3))
UNIT = Unit("mixed4b", 12)


@pytest.mark.parametrize("side", [16, 33])
def test_the_fourier_image_is_lucids(side: int) -> None:
    """The same spectrum gives lucent's image, also where the side is odd."""
    (spectrum,), image_of = lucent_image(side, batch=2)
    spectrum = spectrum.detach().cpu() * 300  # far from grey
    ours = image_function(ParameterizationSpec(), side=side, like=spectrum)(spectrum)
    (theirs_spectrum,), image_of = lucent_image(side, batch=2)
    theirs_spectrum.data.copy_(spectrum)
    assert ours.std() > 0.05
    torch.testing.assert_close(ours, image_of().detach().cpu(), rtol=1e-5, atol=1e-6)


def test_the_start_depends_on_seed_unit_extreme_and_index() -> None:
    """Equal arguments give equal starts; any other seed, unit, extreme or index another one."""
    start = start_parameter(SPEC, UNIT, extreme="max", index=0)
    assert torch.equal(start, start_parameter(SPEC, UNIT, extreme="max", index=0))
    others = [
        start_parameter(replace(SPEC, seed=8), UNIT, extreme="max", index=0),
        start_parameter(SPEC, Unit("mixed4b", 13), extreme="max", index=0),
        start_parameter(SPEC, Unit("mixed4c", 12), extreme="max", index=0),
        start_parameter(SPEC, UNIT, extreme="min", index=0),
        start_parameter(SPEC, UNIT, extreme="max", index=1),
    ]
    assert not any(torch.equal(start, other) for other in others)
    assert torch.equal(start, start_parameter(replace(SPEC, n_images=9), UNIT, extreme="max", index=0))


def test_the_start_has_the_specs_spread() -> None:
    """The start is Gaussian with the spec's sd."""
    start = start_parameter(SPEC, UNIT, extreme="max", index=0)
    assert start.shape == (3, 26, 14, 2)
    assert float(start.std()) == pytest.approx(0.01, rel=0.1)


def test_pixels_are_a_parameter_too() -> None:
    """Without a Fourier transform and decorrelation the image is the sigmoid of its pixels."""
    spec = replace(SPEC, parameterization=ParameterizationSpec(kind="pixels", sd=1.0, decorrelate=False))
    start = start_parameter(spec, UNIT, extreme="max", index=0)[None]
    images = image_function(spec.parameterization, side=side_px(spec), like=start)(start)
    torch.testing.assert_close(images, torch.sigmoid(start))


def test_padding_is_only_added_for_transforms() -> None:
    """The synthesised square is padded on every side, but not where nothing is transformed."""
    assert side_px(SPEC) == 26
    assert side_px(replace(SPEC, transforms=TransformSpec(kind="none"))) == 20
