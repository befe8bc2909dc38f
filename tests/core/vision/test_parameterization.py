from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from lucent.optvis.param.color import color_correlation_normalized, to_valid_rgb
from lucent.optvis.param.images import image as lucent_image
from lucent.optvis.param.spatial import fft_image
from numpy.typing import NDArray
from torch import Tensor

from core.domain import Unit
from core.errors import UsageError
from core.render_spec import Cppn, Fourier, Maco, OptimiserSpec, Parameterization, Pixels, RenderSpec
from core.vision.parameterization import exemplar_parameter, image_function, mean_magnitude, natural_planes, start_parameter

SPEC = RenderSpec("test", 2, 20, 7, border_px=3)
UNIT = Unit("mixed4b", 12)
EVERY: tuple[Parameterization, ...] = (Fourier(), Pixels(), Maco(), Cppn(hidden=4, depth=3))


def spec_of(kind: Parameterization, side: int = 26, *, n_channels: int = 3, border_px: int = 0, steps: int = 128) -> RenderSpec:
    optimiser = OptimiserSpec(steps=steps)
    return RenderSpec("test", 2, side - 2 * border_px, 7, n_channels, border_px, parameterization=kind, optimiser=optimiser)


def smooth(side: int, n_channels: int = 3, seed: int = 0) -> NDArray[np.uint8]:
    """A natural-looking image with black and white in it."""
    coarse = torch.randn(1, n_channels, 5, 5, generator=torch.Generator().manual_seed(seed)) * 130 + 110
    image = torch.nn.functional.interpolate(coarse, size=(side, side), mode="bicubic")[0].clamp(0, 255)
    return np.asarray(image.round().to(torch.uint8).permute(1, 2, 0).numpy())


def quantised(images: Tensor, border_px: int = 0) -> NDArray[np.int64]:
    whole = (images[0] * 255).round().permute(1, 2, 0).numpy().astype(int)
    return whole[border_px : whole.shape[0] - border_px, border_px : whole.shape[1] - border_px]


def magnitude_of(kind: Parameterization, spec: RenderSpec) -> NDArray[np.float64] | None:
    """A tenth of a natural image's, so that no sigmoid saturates and hides what was there."""
    return mean_magnitude([smooth(40, spec.n_channels)], side=spec.side_px) / 10 if isinstance(kind, Maco) else None


def start_of(spec: RenderSpec, scale: float = 1.0) -> Tensor:
    return torch.stack([start_parameter(spec, UNIT, extreme="max", index=index) for index in range(2)]) * scale


@pytest.mark.parametrize("decay_power", [1.0, 1.3])
@pytest.mark.parametrize("side", [16, 33])
def test_the_fourier_image_is_lucids(side: int, decay_power: float) -> None:
    """The same spectrum gives lucent's image, also where the side is odd."""
    spec = spec_of(Fourier(decay_power=decay_power), side)
    spectrum = start_of(spec, 300.0)  # far from grey
    (theirs,), planes_of = fft_image([2, 3, side, side], decay_power=decay_power)
    assert theirs.shape == spectrum.shape
    theirs.data.copy_(spectrum)
    ours = image_function(spec, like=spectrum)(spectrum, 0)
    assert ours.std() > 0.05
    torch.testing.assert_close(ours, to_valid_rgb(planes_of, decorrelate=True)().detach().cpu(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("decorrelate", [True, False])
@pytest.mark.parametrize("side", [16, 33])
def test_the_pixel_image_is_lucids(side: int, decorrelate: bool) -> None:
    """The same pixels give lucent's image, with and without its colours."""
    spec = spec_of(Pixels(decorrelate=decorrelate), side)
    pixels = start_of(spec, 100.0)
    (theirs,), image_of = lucent_image(side, batch=2, fft=False, decorrelate=decorrelate)
    theirs.data.copy_(pixels)
    torch.testing.assert_close(image_function(spec, like=pixels)(pixels, 0), image_of().detach().cpu(), rtol=1e-5, atol=1e-6)


def test_without_decorrelation_a_fourier_image_keeps_its_channels() -> None:
    """Colours are then the sigmoid of each plane, as with lucent's `decorrelate=False`."""
    spec = spec_of(Fourier(decorrelate=False), 16)
    spectrum = start_of(spec, 300.0)
    (theirs,), image_of = lucent_image(16, batch=2, decorrelate=False)
    theirs.data.copy_(spectrum)
    torch.testing.assert_close(image_function(spec, like=spectrum)(spectrum, 0), image_of().detach().cpu(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.kind)
def test_every_parameterization_gives_images_of_its_channels(kind: Parameterization, n_channels: int) -> None:
    """Grayscale or RGB: images (B, C, side, side) in [0, 1], of the parameter's type, each the same alone as in a batch."""
    spec = spec_of(kind, n_channels=n_channels)
    parameter = start_of(spec).double()
    images_of = image_function(spec, like=parameter, magnitude=magnitude_of(kind, spec))
    images = images_of(parameter, 0)
    assert (images.shape, images.dtype) == ((2, n_channels, 26, 26), torch.float64)
    assert 0 <= float(images.min()) <= float(images.max()) <= 1
    torch.testing.assert_close(images_of(parameter[1:], 0), images[1:], rtol=1e-12, atol=1e-14)


def test_a_grayscale_fourier_image_has_no_colours_mixed_in() -> None:
    """One channel equals lucent's, which leaves its correlation of colours out."""
    spec = spec_of(Fourier(), 17, n_channels=1)
    spectrum = start_of(spec, 300.0)
    (theirs,), image_of = lucent_image(17, batch=2, channels=1)
    theirs.data.copy_(spectrum)
    torch.testing.assert_close(image_function(spec, like=spectrum)(spectrum, 0), image_of().detach().cpu(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.kind)
def test_the_start_depends_on_seed_unit_extreme_and_index(kind: Parameterization) -> None:
    """Equal arguments give equal starts; any other seed, unit, extreme or index another one."""
    spec = replace(SPEC, parameterization=kind)
    start = start_parameter(spec, UNIT, extreme="max", index=0)
    assert start.dtype == torch.float32
    torch.manual_seed(5)
    assert torch.equal(start, start_parameter(spec, UNIT, extreme="max", index=0))
    others = [
        start_parameter(replace(spec, seed=8), UNIT, extreme="max", index=0),
        start_parameter(spec, Unit("mixed4b", 13), extreme="max", index=0),
        start_parameter(spec, Unit("mixed4c", 12), extreme="max", index=0),
        start_parameter(spec, UNIT, extreme="min", index=0),
        start_parameter(spec, UNIT, extreme="max", index=1),
    ]
    assert not any(torch.equal(start, other) for other in others)
    assert torch.equal(start, start_parameter(replace(spec, n_images=9), UNIT, extreme="max", index=0))


@pytest.mark.parametrize(
    ("kind", "shape"), [(Fourier(sd=0.02), (3, 26, 14, 2)), (Pixels(sd=0.3), (3, 26, 26)), (Maco(sd=2.0), (3, 26, 14))], ids=str
)
def test_the_start_has_the_specs_spread(kind: Fourier | Pixels | Maco, shape: tuple[int, ...]) -> None:
    """The start is Gaussian with the spec's sd, of the square that is synthesised."""
    start = start_parameter(replace(SPEC, parameterization=kind), UNIT, extreme="max", index=0)
    assert start.shape == shape
    assert float(start.std()) == pytest.approx(kind.sd, rel=0.1)
    assert float(start.mean()) == pytest.approx(0, abs=kind.sd / 8)


def spectrum_of(images: Tensor) -> Tensor:
    """The spectrum of RGB images where the parameter lives: sigmoid and colours undone."""
    colours = torch.from_numpy(np.linalg.inv(color_correlation_normalized.astype(np.float64)))
    planes = torch.einsum("dc,bchw->bdhw", colours, images.logit())
    spectrum: Tensor = torch.fft.rfft2(planes, norm="ortho")
    return spectrum


def frequencies(side: int) -> Tensor:
    rows, columns = np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None, :]
    return torch.from_numpy(np.sqrt(rows**2 + columns**2))


@pytest.mark.parametrize("side", [24, 25])
@pytest.mark.parametrize("kind", [Fourier(sd=1.0), Pixels(sd=1.0), Maco()], ids=lambda kind: kind.kind)
def test_coarse_to_fine_adds_the_finer_frequencies_step_by_step(kind: Fourier | Pixels | Maco, side: int) -> None:
    """No image has energy above the step's limit, which rises from an eighth of all frequencies to all; at the end all are there."""
    whole = spec_of(kind, side, steps=40)
    spec = replace(whole, parameterization=replace(kind, coarse_to_fine=0.5))
    parameter = start_of(spec).double()
    magnitude = magnitude_of(kind, spec)
    images_of = image_function(spec, like=parameter, magnitude=magnitude)
    complete = spectrum_of(image_function(whole, like=parameter, magnitude=magnitude)(parameter, 0))
    at = frequencies(side)
    previous = 0.0
    for step, share in ((0, 1 / 8), (5, 8**-0.75), (10, 8**-0.5), (15, 8**-0.25), (20, 1.0), (40, 1.0)):
        spectrum, passed = spectrum_of(images_of(parameter, step)), at <= share * at.max()
        assert float((spectrum * ~passed).abs().max()) < 1e-9
        torch.testing.assert_close(spectrum * passed, complete * passed, rtol=0, atol=1e-9)
        energy = float(spectrum.abs().square().sum())
        assert energy > previous or step == 40
        previous = energy
    assert torch.equal(images_of(parameter, 20), images_of(parameter, 40))


@pytest.mark.parametrize("side", [24, 25])
def test_maco_keeps_its_magnitudes_whatever_the_phases(side: int) -> None:
    """Each frequency has the given magnitude; in the columns that are their own mirror images, two phases share it: at most theirs."""
    spec = spec_of(Maco(), side)
    magnitude = magnitude_of(Maco(), spec)
    assert magnitude is not None
    wanted = torch.from_numpy(magnitude).expand(2, -1, -1, -1)
    free = slice(1, side // 2 + side % 2)
    for scale in (0.3, 5.0):
        phases = start_of(spec, scale).double()
        found = spectrum_of(image_function(spec, like=phases, magnitude=magnitude)(phases, 0)).abs()
        torch.testing.assert_close(found[..., free], wanted[..., free], rtol=1e-7, atol=1e-9)
        mirrored = (wanted + wanted[..., (-torch.arange(side)) % side, :]) / 2
        assert bool((found <= mirrored + 1e-9)[..., [0, *range(free.stop, side // 2 + 1)]].all())


@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("side", [24, 25])
def test_the_mean_magnitude_of_one_image_is_its_own(side: int, n_channels: int) -> None:
    """One image gives the magnitudes of its own spectrum, several their mean; they have the shape of the phases."""
    first, second = smooth(side, n_channels), smooth(side, n_channels, seed=1)
    own = []
    for image in (first, second):
        planes = np.clip(image / 255, 1 / 64, 63 / 64)
        planes = np.log(planes / (1 - planes))
        if n_channels == 3:
            planes = planes @ np.linalg.inv(color_correlation_normalized.astype(np.float64)).T
        own.append(np.abs(np.fft.rfft2(planes, axes=(0, 1), norm="ortho")).transpose(2, 0, 1))
    np.testing.assert_allclose(mean_magnitude([first], side=side), own[0], rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(mean_magnitude(iter([first, second]), side=side), (own[0] + own[1]) / 2, rtol=1e-8, atol=1e-10)
    assert own[0].shape == start_parameter(spec_of(Maco(), side, n_channels=n_channels), UNIT, extreme="max", index=0).shape


def test_images_of_other_sizes_count_at_the_synthesised_side() -> None:
    """Any natural image is brought to the side; no image at all is a mistake."""
    assert mean_magnitude([smooth(40), smooth(33)], side=24).shape == (3, 24, 13)
    with pytest.raises(UsageError, match="at least one image"):
        mean_magnitude([], side=24)


@pytest.mark.parametrize("magnitude", [None, np.ones((3, 24, 12)), np.ones((1, 24, 13))], ids=["none", "columns", "channels"])
def test_maco_needs_magnitudes_of_its_shape(magnitude: NDArray[np.float64] | None) -> None:
    """A missing spectrum, or one of another size, is named."""
    spec = spec_of(Maco(), 24)
    with pytest.raises(UsageError, match="3 x 24 x 24"):
        image_function(spec, like=start_of(spec), magnitude=magnitude)


@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("side", [26, 27])
@pytest.mark.parametrize(
    "kind", [Fourier(decay_power=1.3), Fourier(decorrelate=False), Pixels(), Pixels(decorrelate=False), Maco()], ids=str
)
def test_an_exemplar_becomes_the_parameter_of_itself(kind: Fourier | Pixels | Maco, side: int, n_channels: int) -> None:
    """A natural image comes back to the bit, but for pixels within 1/64 of black or white, which end there."""
    border_px = 0 if isinstance(kind, Maco) else 3
    image = smooth(side - 2 * border_px, n_channels)
    assert int(image.min()) == 0
    spec = spec_of(kind, side, n_channels=n_channels, border_px=border_px)
    parameter = exemplar_parameter(spec, image)
    assert (parameter.dtype, parameter.shape) == (torch.float32, start_parameter(spec, UNIT, extreme="max", index=0).shape)
    magnitude = mean_magnitude([image], side=side) if isinstance(kind, Maco) else None
    images = image_function(spec, like=parameter, magnitude=magnitude)(parameter[None], 0)
    np.testing.assert_array_equal(quantised(images, border_px), np.clip(image.astype(int), 4, 251))
    if border_px:
        mirrored = np.pad(image, ((3, 3), (3, 3), (0, 0)), mode="reflect").astype(int)
        np.testing.assert_array_equal(quantised(images), np.clip(mirrored, 4, 251))


def test_maco_keeps_other_magnitudes_than_the_exemplars() -> None:
    """An exemplar gives its phases alone: the image has them, with the magnitudes that were given."""
    spec, image = spec_of(Maco(), 26), smooth(26)
    magnitude = mean_magnitude([smooth(26, seed=1)], side=26)
    parameter = exemplar_parameter(spec, image).double()[None]
    spectrum = spectrum_of(image_function(spec, like=parameter, magnitude=magnitude)(parameter, 0))
    torch.testing.assert_close(spectrum.abs()[0], torch.from_numpy(magnitude), rtol=1e-5, atol=1e-5)
    planes = natural_planes(torch.from_numpy(image).permute(2, 0, 1) / 255, decorrelate=True)
    own = torch.fft.rfft2(planes, norm="ortho")
    torch.testing.assert_close(spectrum[0] / spectrum[0].abs(), own / own.abs(), rtol=0, atol=1e-4)


def test_a_pattern_network_cannot_begin_as_an_exemplar() -> None:
    """It is refused, with what can."""
    with pytest.raises(UsageError, match="fourier, pixels or maco"):
        exemplar_parameter(spec_of(Cppn()), smooth(26))
