from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as reference

from core.render_spec import Affine, Crops, Jitter, Noise, Pad, RenderSpec, Rotate, Scale, Transform
from core.vision.presets import PRESETS
from core.vision.transforms import centre_crop, transformed

SPEC = RenderSpec("test", 2, 32, 7, border_px=6)
IMAGES = torch.rand(4, 3, 44, 44, generator=torch.Generator().manual_seed(0))
EVERY: tuple[Transform, ...] = (Pad(3), Jitter(4), Scale(), Rotate(), Affine(4), Crops(2), Noise())
PAPER = PRESETS["paper"].transforms
RAMP = torch.arange(44.0).expand(2, 3, 44, 44).contiguous()  # a pixel's value is its column
STILL = Affine(jitter_px=0, factors=(1.0,), max_rotation_deg=0)


def seen(transforms: Transform | tuple[Transform, ...], images: Tensor = IMAGES, *, step: int = 0, seed: int = 7) -> Tensor:
    chosen = transforms if isinstance(transforms, tuple) else (transforms,)
    return transformed(images, replace(SPEC, transforms=chosen, seed=seed), step=step)


@pytest.mark.parametrize("transforms", [*EVERY[1:], PAPER, (Affine(4), Noise()), (Crops(2), Crops(3), Noise())], ids=str)
def test_draws_depend_on_seed_and_step_alone(transforms: Transform | tuple[Transform, ...]) -> None:
    """The same seed and step transform alike, whatever the global generator's state; other steps and seeds differ."""
    first = seen(transforms, step=3)
    torch.manual_seed(99)
    assert torch.equal(first, seen(transforms, step=3))
    for others in ([seen(transforms, step=step) for step in range(4, 9)], [seen(transforms, step=3, seed=seed) for seed in range(5)]):
        assert any(other.shape != first.shape or not torch.equal(first, other) for other in others)


@pytest.mark.parametrize("transforms", [*EVERY, PAPER, (Crops(2), Noise())], ids=str)
def test_a_group_is_transformed_alike_whoever_is_beside_it(transforms: Transform | tuple[Transform, ...]) -> None:
    """Each group of two has the values it has alone, and equal groups look equal."""
    both = seen(transforms, step=5)
    alone = [seen(transforms, IMAGES[:2], step=5), seen(transforms, IMAGES[2:], step=5)]
    torch.testing.assert_close(both, torch.cat(alone), rtol=0, atol=0)
    first, second = seen(transforms, IMAGES[:2].repeat(2, 1, 1, 1), step=5).chunk(2)
    torch.testing.assert_close(first, second, rtol=0, atol=0)


@pytest.mark.parametrize("transform", [Affine(4), Crops(1), Noise()], ids=str)
def test_affine_crops_and_noise_draw_for_every_image_of_a_group(transform: Transform) -> None:
    """Two equal images of a group are not seen alike."""
    first, second = seen(transform, IMAGES[:1].expand(2, -1, -1, -1))
    assert not torch.equal(first, second)


def test_no_transforms_show_the_image_as_it_is() -> None:
    """Without transforms the network sees the whole square."""
    assert torch.equal(seen(()), IMAGES)


@pytest.mark.parametrize("pad", [Pad(3, value=0.25), Pad(5, mode="reflect")], ids=str)
def test_pad_is_numpys(pad: Pad) -> None:
    """Pixels are added on every side, of one value or mirrored."""
    values = {"constant_values": pad.value} if pad.mode == "constant" else {}
    wanted = np.pad(IMAGES.numpy(), ((0, 0), (0, 0), (pad.px, pad.px), (pad.px, pad.px)), mode=pad.mode, **values)  # type: ignore[call-overload]
    np.testing.assert_array_equal(seen(pad).numpy(), wanted)


def test_jitter_is_one_of_all_crops() -> None:
    """Jitter cuts `px` off each axis, everywhere it can, the same for the whole batch."""
    crops = {(top, left): IMAGES[:, :, top : top + 42, left : left + 42] for top in range(3) for left in range(3)}
    found = set()
    for step in range(80):
        shown = seen(Jitter(2), step=step)
        found |= {place for place, crop in crops.items() if torch.equal(crop, shown)}
    assert found == set(crops)


def test_scale_is_torchvisions_resize() -> None:
    """The whole batch is resized, bilinear, by one of the factors; each of them is drawn."""
    factors = (0.75, 1.0, 1.25)
    sides = set()
    for step in range(30):
        shown = seen(Scale(factors), step=step)
        sides.add(shown.shape[-1])
        wanted = reference.resize(IMAGES, [shown.shape[-1]] * 2, InterpolationMode.BILINEAR, antialias=False)
        torch.testing.assert_close(shown, wanted)
    assert sides == {33, 44, 55}


@pytest.mark.parametrize("side", [44, 41])
@pytest.mark.parametrize("degrees", [5, -10, 90])
def test_rotate_is_torchvisions_rotation(degrees: int, side: int) -> None:
    """A rotation is about the centre, anticlockwise, bilinear, and black outside."""
    images = IMAGES[:, :, :side, :side]
    wanted = reference.rotate(images, degrees, InterpolationMode.BILINEAR)
    torch.testing.assert_close(seen(Rotate((degrees,)), images), wanted, rtol=1e-4, atol=1e-4)


def test_rotate_draws_every_angle() -> None:
    """Each of the angles comes, as one draw for the whole batch."""
    found = set()
    for step in range(60):
        shown = seen(Rotate((-3, 0, 4)), step=step)
        found |= {
            angle for angle in (-3, 0, 4) if torch.allclose(shown, reference.rotate(IMAGES, angle, InterpolationMode.BILINEAR), atol=1e-4)
        }
    assert found == {-3, 0, 4}


def test_paper_changes_the_size_within_the_published_range() -> None:
    """Jitter 16, a scale of five, a rotation and jitter 8: 256 px become these sizes and no other."""
    sizes = {seen(PAPER, torch.rand(2, 1, 256, 256), step=step).shape[-1] for step in range(40)}
    assert sizes == {int(factor * 240) - 8 for factor in (1.0, 0.975, 1.025, 0.95, 1.05)}


def test_an_affine_sample_without_range_is_the_central_crop() -> None:
    """With no jitter, scale or rotation the affine sample is the central crop."""
    torch.testing.assert_close(seen(STILL), centre_crop(IMAGES, 32), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(centre_crop(IMAGES, 32), reference.center_crop(IMAGES, [32, 32]))


def test_an_affine_sample_scales_and_rotates_as_torchvision_does() -> None:
    """Every image is one of the angles and factors, enlarged by the factor about the centre and cropped; all of them come."""
    choices = {
        (angle, factor): reference.affine(IMAGES, -angle, [0, 0], factor, [0.0, 0.0], InterpolationMode.BILINEAR)[:, :, 6:-6, 6:-6]
        for angle in (-1, 0, 1)
        for factor in (1.05, 1.25)
    }
    found = set()
    for step in range(40):
        for index, shown in enumerate(seen(Affine(0, (1.05, 1.25), 1), step=step)[:2]):
            fits = [choice for choice, wanted in choices.items() if torch.allclose(shown, wanted[index], atol=1e-3)]
            assert len(fits) == 1
            found.add(fits[0])
    assert found == set(choices)


def test_an_affine_sample_is_shifted_by_at_most_half_the_jitter() -> None:
    """The window moves over the range of the jitter, sideways and downwards alike, and no further."""
    wanted = RAMP[0, 0, 6:38, 6:38]
    for ramp in (RAMP, RAMP.transpose(2, 3).contiguous()):
        target = wanted if ramp is RAMP else wanted.T
        shifts = []
        for step in range(60):
            for shown in seen(replace(STILL, jitter_px=8), ramp, step=step):
                shift = float((shown[0] - target).mean())
                torch.testing.assert_close(shown[0], target + shift, rtol=0, atol=1e-3)
                shifts.append(shift)
        assert max(map(abs, shifts)) <= 4
        assert min(shifts) < -3.3
        assert max(shifts) > 3.3


def test_an_affine_sample_shows_no_border() -> None:
    """Where the sample reaches beyond the image it is mirrored: a white image stays white."""
    white = torch.ones(2, 3, 36, 36)
    assert all(float(seen(Affine(24), white, step=step).min()) > 0.999 for step in range(20))


def test_crops_are_squares_that_lie_within_the_image() -> None:
    """Each image gives `n` crops in a row, of the drawn share of its side, straight, within its borders, resized to image_px."""
    whole = torch.cat([RAMP[:, :1], RAMP[:, :1].transpose(2, 3)], dim=1)  # column and row of each pixel
    shares, centres = [], []
    for step in range(60):
        shown = seen(Crops(n=3, mean_share=0.4, sd_share=0.1), whole, step=step)
        assert shown.shape == (6, 2, 32, 32)
        for columns, rows in shown:
            torch.testing.assert_close(columns[0], columns[-1], rtol=0, atol=1e-4)
            torch.testing.assert_close(rows[:, 0], rows[:, -1], rtol=0, atol=1e-4)
            share = float(columns[0, 20] - columns[0, 10]) * 3.2 / 44
            assert float(rows[20, 0] - rows[10, 0]) * 3.2 / 44 == pytest.approx(share, abs=1e-4)
            left = float(columns[0, 16]) + 0.5 - 16.5 / 32 * share * 44
            assert -1e-3 <= left <= 44 * (1 - share) + 1e-3
            line = left + (torch.arange(32) + 0.5) / 32 * share * 44 - 0.5
            torch.testing.assert_close(columns[0], line.clamp(0, 43), rtol=0, atol=1e-3)
            shares.append(share)
            centres.append(float(columns[0, 16]))
    assert np.mean(shares) == pytest.approx(0.4, abs=0.02)
    assert np.std(shares) == pytest.approx(0.1, abs=0.02)
    assert min(centres) < 13
    assert max(centres) > 31


@pytest.mark.parametrize(("mean", "share"), [(-5.0, 0.05), (9.0, 1.0)])
def test_a_crop_is_never_nothing_and_never_more_than_the_image(mean: float, share: float) -> None:
    """A drawn side beyond the limits is held to them."""
    shown = seen(Crops(1, mean, 0.0), RAMP)[0, 0, 0]
    assert float(shown[20] - shown[10]) * 3.2 / 44 == pytest.approx(share, abs=1e-3)


def test_noise_has_the_specs_spread() -> None:
    """What is added is normal around 0 with the given sd, independent from pixel to pixel."""
    added = seen(Noise(0.2)) - IMAGES
    assert float(added.std()) == pytest.approx(0.2, rel=0.03)
    assert float(added.mean()) == pytest.approx(0, abs=0.01)
    assert abs(float((added[..., 1:] * added[..., :-1]).mean())) < 0.002


def test_crops_get_noise_each() -> None:
    """After crops, noise is drawn for every crop: the crops of one white image differ."""
    first, second = seen((Crops(2), Noise()), torch.ones(1, 3, 44, 44).expand(2, -1, -1, -1))[:2]
    assert not torch.equal(first, second)


def test_transforms_pass_gradient_and_keep_the_type() -> None:
    """Every transform is differentiable in float64."""
    for transform in EVERY:
        images = IMAGES.double().requires_grad_(True)
        shown = seen(transform, images)
        assert shown.dtype == torch.float64
        (gradient,) = torch.autograd.grad(shown.sum(), images)
        assert float(gradient.abs().sum()) > 0
