from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from core.domain import RenderSpec, TransformSpec
from core.vision.transforms import centre_crop, transformed

SPEC = RenderSpec("test", 2, 32, 7, transforms=TransformSpec(kind="fused", pad_px=6, jitter_px=(4, 2)))
PAPER = replace(SPEC, transforms=replace(SPEC.transforms, kind="paper"))
IMAGES = torch.rand(4, 3, 44, 44, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("spec", [SPEC, PAPER])
def test_draws_depend_on_seed_and_step_alone(spec: RenderSpec) -> None:
    """The same seed and step transform alike, whatever the global generator's state; another step or seed differs."""
    first = transformed(IMAGES, spec, step=3)
    torch.manual_seed(99)
    assert torch.equal(first, transformed(IMAGES, spec, step=3))
    for other in (transformed(IMAGES, spec, step=4), transformed(IMAGES, replace(spec, seed=8), step=3)):
        assert other.shape != first.shape or not torch.equal(first, other)


@pytest.mark.parametrize("spec", [SPEC, PAPER])
def test_a_group_is_transformed_alike_whoever_is_beside_it(spec: RenderSpec) -> None:
    """The first group of two has the values it has alone."""
    both = transformed(IMAGES, spec, step=5)
    torch.testing.assert_close(both[:2], transformed(IMAGES[:2], spec, step=5), rtol=0, atol=0)


def test_fused_keeps_the_size_and_differs_between_images() -> None:
    """The fused transform gives image_px and draws anew for every image of a group."""
    same = IMAGES[:1].expand(2, -1, -1, -1)
    seen = transformed(same, SPEC, step=1)
    assert seen.shape == (2, 3, 32, 32)
    assert not torch.equal(seen[0], seen[1])


def test_fused_without_range_is_the_central_crop() -> None:
    """With no jitter, scale or rotation the affine sample is the central crop."""
    still = replace(SPEC, transforms=TransformSpec(kind="fused", pad_px=6, jitter_px=(0, 0), scales=(1.0,), max_rotation_deg=0))
    torch.testing.assert_close(transformed(IMAGES, still, step=0), centre_crop(IMAGES, 32), rtol=1e-4, atol=1e-5)


def test_fused_shows_no_border() -> None:
    """Where the sample reaches beyond the image it is mirrored: a white image stays white."""
    white = torch.ones(2, 3, 44, 44)
    assert all(float(transformed(white, SPEC, step=step).min()) > 0.999 for step in range(20))


def test_paper_changes_the_size_within_the_published_range() -> None:
    """Jitter takes off its pixels and the scale is one of five: sizes come from these alone."""
    sizes = {transformed(IMAGES, PAPER, step=step).shape[-1] for step in range(60)}
    assert sizes == {int(scale * 40) - 2 for scale in PAPER.transforms.scales}


def test_none_is_the_central_crop() -> None:
    """Without transforms the network sees the central image_px."""
    still = replace(SPEC, transforms=TransformSpec(kind="none"))
    assert torch.equal(transformed(IMAGES, still, step=0), IMAGES[:, :, 6:38, 6:38])
