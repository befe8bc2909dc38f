from __future__ import annotations

import pytest
import torch
from lucent.optvis.param.cppn import cppn as lucent_cppn

from core.domain import Unit
from core.render_spec import Cppn, RenderSpec
from core.vision.parameterization import image_function, start_parameter
from core.vision.pattern_network import start

SIZES = [(Cppn(), 3), (Cppn(hidden=5, depth=3), 1), (Cppn(hidden=7, depth=1), 3)]


def spec_of(kind: Cppn, n_channels: int, side: int = 15) -> RenderSpec:
    return RenderSpec("test", 2, side, 0, n_channels, 0, parameterization=kind)


@pytest.mark.parametrize(("kind", "n_channels"), SIZES, ids=str)
def test_the_image_is_lucents_with_the_same_weights(kind: Cppn, n_channels: int) -> None:
    """Two networks of a batch draw what lucent's cppn draws with each one's weights."""
    images = []
    weights = []
    for seed in range(2):
        theirs, image_of = lucent_cppn(15, n_channels, kind.hidden, kind.depth)
        parameters = list(theirs)
        generator = torch.Generator().manual_seed(seed)
        for parameter in parameters:
            parameter.data.copy_(torch.randn(parameter.shape, generator=generator) * 0.3)
        weights.append(torch.cat([parameter.detach().flatten() for parameter in parameters]).cpu())
        images.append(image_of().detach().cpu()[0])
    stacked = torch.stack(weights)
    ours = image_function(spec_of(kind, n_channels), like=stacked)(stacked, 0)
    assert ours.std() > 0.01
    torch.testing.assert_close(ours, torch.stack(images), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("kind", "n_channels"), SIZES, ids=str)
def test_it_begins_as_lucents_does(kind: Cppn, n_channels: int) -> None:
    """There are as many weights as lucent's has; biases and the last layer are 0, so that the first image is grey."""
    theirs, _ = lucent_cppn(15, n_channels, kind.hidden, kind.depth)
    shapes = [tuple(parameter.shape) for parameter in theirs]
    weights = start(kind, n_channels, torch.Generator().manual_seed(0))
    parts = weights.split([int(torch.tensor(shape).prod()) for shape in shapes])
    assert all(
        bool((part == 0).all()) == (len(shape) == 1 or at >= len(shapes) - 2)
        for at, (part, shape) in enumerate(zip(parts, shapes, strict=True))
    )
    image = image_function(spec_of(kind, n_channels), like=weights)(weights[None], 0)
    torch.testing.assert_close(image, torch.full_like(image, 0.5))


def test_weights_begin_with_the_variance_of_their_inputs() -> None:
    """The spread of a layer's weights is 1 / sqrt(inputs)."""
    weights = start(Cppn(hidden=24, depth=3), 3, torch.Generator().manual_seed(0))
    first, second = weights[: 2 * 24], weights[3 * 24 : 3 * 24 + 48 * 24]
    assert float(first.std()) == pytest.approx(2**-0.5, rel=0.25)
    assert float(second.std()) == pytest.approx(48**-0.5, rel=0.06)


def test_a_grey_start_gets_a_gradient() -> None:
    """Though the first image is grey, the last layer's weights are moved by any wish for a pattern."""
    spec = spec_of(Cppn(), 3)
    parameter = start_parameter(spec, Unit("a", 0), extreme="max", index=0)[None].requires_grad_(True)
    image = image_function(spec, like=parameter)(parameter, 0)
    (gradient,) = torch.autograd.grad(image[:, :, :7].sum() - image[:, :, 8:].sum(), parameter)
    assert float(gradient.abs().max()) > 1e-3
