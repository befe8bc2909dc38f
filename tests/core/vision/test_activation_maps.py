"""A unit's maps and what they depend on, beside slow and obvious computations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from core.activation_map import Box, extreme_position
from core.domain import LOGITS, Branch, Layer, NetworkCard, Preprocessing, Unit
from core.errors import UnknownName, UsageError
from core.vision.activation_maps import AT_ONCE, activation_maps, responses, theoretical_field
from core.vision.hooks import Tap
from core.vision.mining import measure
from core.vision.networks import LoadedNetwork

UNIT = Unit("mixed2", 7)  # of the branch 3x3, its fourth channel


def pictures_of(n: int, side: int = 32, n_channels: int = 3, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (n, side, side, n_channels), dtype=np.uint8)


def obvious_map(network: LoadedNetwork, image: NDArray[np.uint8], unit: Unit) -> NDArray[np.float32]:
    """One image through the whole network, every branch of the layer kept as it is given out."""
    seen: dict[int, torch.Tensor] = {}  # branches need not be computed in the order of their channels
    handles = [
        tap.module.register_forward_hook(lambda _m, _i, output, place=place: seen.update({place: output.clone()}))  # type: ignore[misc]
        for place, tap in enumerate(network.taps[unit.layer])
    ]
    with torch.no_grad():
        network.module(torch.from_numpy(image / 255).permute(2, 0, 1)[None].to(network.dtype))
    for handle in handles:
        handle.remove()
    return np.asarray(torch.cat([seen[place] for place in sorted(seen)], dim=1)[0, unit.channel].numpy())


@pytest.mark.parametrize("n", [1, 3, 7])
@pytest.mark.parametrize("unit", [Unit("mixed1", 0), Unit("mixed1", 9), UNIT], ids=str)
def test_maps_equal_the_obvious_ones(tiny: LoadedNetwork, n: int, unit: Unit) -> None:
    """Every unit of every branch, whole batches or not: the maps are those of one image at a time."""
    images = pictures_of(n, tiny.card.preprocessing.crop_px)
    found = activation_maps(tiny, images, unit)
    expected = np.stack([obvious_map(tiny, image, unit) for image in images])
    assert found.dtype == np.float32 and found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("extreme", [None, "max"])
def test_means_are_the_measured_activations(tiny: LoadedNetwork, extreme: str | None) -> None:
    """The mean over a map is what mining finds for the unit, with or without a gradient."""
    images = pictures_of(5, tiny.card.preprocessing.crop_px)
    layer = tiny.layer(UNIT.layer)
    mined = measure(tiny, images, layers=[layer], batch=4)[:, UNIT.channel]
    maps, _ = responses(tiny, images, UNIT, extreme)  # type: ignore[arg-type]
    np.testing.assert_allclose(maps.mean(axis=(1, 2)), mined, rtol=1e-4, atol=1e-5)


def test_an_image_does_not_depend_on_its_batch(tiny: LoadedNetwork) -> None:
    """In whatever company an image comes, its map and gradient are the same."""
    images = pictures_of(AT_ONCE + 1, tiny.card.preprocessing.crop_px)
    maps, gradients = responses(tiny, images, UNIT, "max")
    for number in (0, AT_ONCE):
        alone = responses(tiny, images[number : number + 1], UNIT, "max")
        np.testing.assert_allclose(alone[0][0], maps[number], rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(alone[1][0], gradients[number], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("extreme", ["max", "min"])
def test_gradients_equal_finite_differences(tiny_double: LoadedNetwork, extreme: str) -> None:
    """How much the most extreme value changes with a pixel is what changing the pixel shows."""
    images = pictures_of(1, tiny_double.card.preprocessing.crop_px, seed=4)
    maps, gradients = responses(tiny_double, images, UNIT, extreme)  # type: ignore[arg-type]
    place = extreme_position(maps[0], extreme)  # type: ignore[arg-type]
    assert place is not None
    pixels = torch.from_numpy(images / 255).permute(0, 3, 1, 2)
    seen: list[torch.Tensor] = []
    tap = tiny_double.taps["mixed2"][1].module
    with torch.no_grad():
        handle = tap.register_forward_hook(lambda _m, _i, output: seen.append(output.clone()))
        for row, column in [(2 * place[0], 2 * place[1]), (5, 7), (16, 16)]:
            total = 0.0
            for colour in range(3):
                for step in (1e-6, -1e-6):
                    changed = pixels.clone()
                    changed[0, colour, row, column] += step
                    tiny_double.module(changed)
                total += abs(float(seen[-2][0, 3][place] - seen[-1][0, 3][place])) / 2e-6
            assert total == pytest.approx(float(gradients[0, row, column]), rel=1e-3, abs=1e-6)
        handle.remove()


def test_no_extreme_has_no_gradient(tiny: LoadedNetwork) -> None:
    """Where every position is equal, or no extreme is asked for, nothing is most extreme and depends on nothing."""
    images = pictures_of(2, tiny.card.preprocessing.crop_px)
    assert not responses(tiny, images, UNIT, None)[1].any()
    logits = responses(tiny, images, Unit(LOGITS, 1), "max")
    assert logits[0].shape == (2, 1, 1) and logits[1].any(axis=(1, 2)).all()  # one position is the most extreme


def test_maps_of_the_output(tiny: LoadedNetwork) -> None:
    """A class has a map of one position: its logit."""
    images = pictures_of(2, tiny.card.preprocessing.crop_px)
    with torch.no_grad():
        logits = tiny.module(torch.from_numpy(images / 255).permute(0, 3, 1, 2).float())
    np.testing.assert_allclose(activation_maps(tiny, images, Unit(LOGITS, 2))[:, 0, 0], logits[:, 2], rtol=1e-4, atol=1e-5)


def test_nothing_is_left_behind(tiny: LoadedNetwork) -> None:
    """No hook, no gradient on the weights."""
    responses(tiny, pictures_of(2, tiny.card.preprocessing.crop_px), UNIT, "max")
    theoretical_field(tiny, UNIT)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in tiny.module.modules())
    assert all(weight.grad is None and not weight.requires_grad for weight in tiny.module.parameters())


@pytest.mark.parametrize(
    ("images", "unit", "batch", "error", "hint"),
    [
        (np.zeros((2, 32, 32, 1), np.uint8), UNIT, 3, UsageError, "uint8"),
        (np.zeros((2, 32, 32, 3), np.float32), UNIT, 3, UsageError, "float32"),
        (np.zeros((0, 32, 32, 3), np.uint8), UNIT, 3, UsageError, "n > 0"),
        (np.zeros((2, 32, 32, 3), np.uint8), UNIT, 0, UsageError, "batch"),
        (np.zeros((2, 32, 32, 3), np.uint8), Unit("mixed2", 13), 3, UsageError, "0 to 12"),
        (np.zeros((2, 32, 32, 3), np.uint8), Unit("mixed9", 0), 3, UnknownName, "mixed2"),
    ],
)
def test_what_does_not_fit_is_a_sentence(
    tiny: LoadedNetwork, images: NDArray[np.uint8], unit: Unit, batch: int, error: type[Exception], hint: str
) -> None:
    """Arguments that do not fit are refused before anything is computed."""
    with pytest.raises(error, match=hint):
        activation_maps(tiny, images, unit, batch=batch)


# --- receptive fields ---------------------------------------------------------------------------------------------------------

Stage = tuple[str, int, int, int]  # kind, kernel, stride, padding


class Stack(nn.Module):
    def __init__(self, stages: Sequence[Stage]) -> None:
        super().__init__()
        parts: list[nn.Module] = []
        width = 3
        for kind, kernel, stride, padding in stages:
            if kind == "pool":
                parts.append(nn.MaxPool2d(kernel, stride, padding))
            else:
                parts += [nn.Conv2d(width, 6, kernel, stride, padding), nn.ReLU(inplace=True)]
                width = 6
        self.stages = nn.Sequential(*parts)
        self.last = nn.Conv2d(width, 5, 1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.last(self.stages(images))


def stack_network(stages: Sequence[Stage], side: int) -> LoadedNetwork:
    torch.manual_seed(1)
    module = Stack(stages).eval().requires_grad_(False)
    layer = Layer("last", 5, (Branch("all", 0, 5),), pre_relu=True)
    card = NetworkCard("stack", "stack", "0" * 16, Preprocessing(side, side), (layer,))
    return LoadedNetwork(card, module, torch.device("cpu"), {"last": (Tap(module.last),)})


def analytical(stages: Sequence[Stage], position: int, side: int) -> tuple[int, int]:
    """First and last + 1 pixel that a position depends on: back through the stages, each kernel begins at stride x place - padding."""
    first = last = position
    for _, kernel, stride, padding in reversed(stages):
        first, last = first * stride - padding, last * stride - padding + kernel - 1
    return max(0, first), min(side, last + 1)


STACKS: dict[str, list[Stage]] = {
    "one kernel": [("conv", 5, 1, 2)],
    "valid": [("conv", 5, 1, 0), ("conv", 3, 1, 0)],
    "strided": [("conv", 7, 2, 3), ("pool", 3, 2, 1), ("conv", 3, 1, 1)],
    "even kernels": [("conv", 4, 2, 1), ("pool", 2, 2, 0), ("conv", 2, 1, 0)],
    "deep": [("conv", 3, 2, 1), ("conv", 3, 1, 1), ("pool", 3, 2, 1), ("conv", 3, 1, 1), ("conv", 5, 1, 2)],
    "beyond the image": [("conv", 7, 2, 3), ("pool", 3, 2, 1), ("conv", 7, 1, 3), ("conv", 7, 1, 3)],
}


@pytest.mark.parametrize("name", STACKS)
def test_the_theoretical_field_is_the_analytical_one(name: str) -> None:
    """For known kernels, strides and paddings the field of the centre is the computed one, clipped to the image."""
    side = 65
    network = stack_network(STACKS[name], side)
    unit = Unit("last", 3)
    height = activation_maps(network, pictures_of(1, side), unit).shape[1]
    first, stop = analytical(STACKS[name], height // 2, side)
    assert theoretical_field(network, unit) == Box(first, first, stop, stop)


@pytest.mark.parametrize("name", STACKS)
def test_a_gradient_lies_in_the_analytical_field(name: str) -> None:
    """At whatever position an image's map is most extreme, nothing outside that position's field matters, and something inside does."""
    side, n_found = 65, 0
    network = stack_network(STACKS[name], side)
    for extreme in ("max", "min"):
        maps, gradients = responses(network, pictures_of(4, side, seed=2), Unit("last", 2), extreme)  # type: ignore[arg-type]
        for values, gradient in zip(maps, gradients, strict=True):
            place = extreme_position(values, extreme)  # type: ignore[arg-type]
            if place is None:  # behind the last ReLU several positions are equal
                assert not gradient.any()
                continue
            n_found += 1
            (top, bottom), (left, right) = (analytical(STACKS[name], one, side) for one in place)
            outside = gradient.copy()
            outside[top:bottom, left:right] = 0
            assert not outside.any() and gradient.any()
    assert n_found >= 4


def test_a_field_is_the_whole_image_where_everything_is_mixed() -> None:
    """A unit behind a mean over all positions depends on every pixel."""

    class Mixed(Stack):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            maps = self.stages(images)
            return self.last(maps + maps.mean(dim=(2, 3), keepdim=True))

    network = stack_network(STACKS["one kernel"], 33)
    torch.manual_seed(1)
    network.module = Mixed(STACKS["one kernel"]).eval().requires_grad_(False)
    network.taps = {"last": (Tap(network.module.last),)}  # type: ignore[arg-type]
    assert theoretical_field(network, Unit("last", 0)) == Box(0, 0, 33, 33)


def test_a_map_that_depends_on_nothing_is_a_sentence() -> None:
    """A network that does not look at the image has no receptive field."""
    network = stack_network(STACKS["one kernel"], 17)
    network.module.stages[0].weight.zero_()  # type: ignore[union-attr, operator, index]
    with pytest.raises(UsageError, match="does not depend on the image"):
        theoretical_field(network, Unit("last", 0))


@pytest.mark.real
def test_the_real_networks_fields_are_known(real_network: LoadedNetwork) -> None:
    """GoogLeNet's receptive fields by kernel arithmetic: 43 px for 3x3 and 27 for 1x1 in mixed3a, 91 for 5x5 in mixed3b."""
    sizes = {"mixed3a": {"1x1": 27, "3x3": 43}, "mixed3b": {"5x5": 91}}
    for name, of_branch in sizes.items():
        for branch in real_network.layer(name).branches:
            if branch.name in of_branch:
                box = theoretical_field(real_network, Unit(name, branch.start))
                assert (box.width, box.height) == (of_branch[branch.name], of_branch[branch.name])


@pytest.mark.real
def test_the_real_networks_maps_have_the_mined_means(
    real_network: LoadedNetwork, real: Path, load_photos: Callable[..., NDArray[np.uint8]]
) -> None:
    """On photos, the means over maps of units of three layers are their measured activations."""
    images = load_photos(real, 4)
    for unit in (Unit("mixed3a", 40), Unit("mixed4c", 345), Unit("mixed5b", 900)):
        mined = measure(real_network, images, layers=[real_network.layer(unit.layer)], batch=4)[:, unit.channel]
        np.testing.assert_allclose(activation_maps(real_network, images, unit).mean(axis=(1, 2)), mined, rtol=1e-4, atol=1e-3)


@pytest.fixture
def load_photos() -> Callable[..., NDArray[np.uint8]]:
    from core import imaging

    def load(real: Path, n: int) -> NDArray[np.uint8]:
        paths = sorted((real / "photos" / "imagenette").rglob("*.jpg"))[::100][:n]
        return np.stack([imaging.crop_pixels(imaging.decode(path.read_bytes()), Preprocessing(256, 224)) for path in paths])

    return load
