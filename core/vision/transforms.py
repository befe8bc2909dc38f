"""Random transforms between image and network. What is drawn depends on the seed, the step and the image's index in its group alone."""

from __future__ import annotations

import hashlib
import math

import torch
from torch import Tensor
from torch.nn import functional as F

from core.domain import RenderSpec, TransformSpec


def transformed(images: Tensor, spec: RenderSpec, *, step: int) -> Tensor:
    """Return what the network sees in this step of images (G * n_images, 3, side, side), group after group.

    `paper`: one draw for the whole batch; jitter (a random crop), resize (bilinear), rotation about the centre (bilinear, black
    outside, as in lucid), jitter: the size changes from step to step. `fused`: one draw per image of a group, the same for every
    group; one affine sample of image_px x image_px, mirrored at the border. `none`: the central crop.
    """
    if spec.transforms.kind == "none":
        return centre_crop(images, spec.image_px)
    generator = torch.Generator().manual_seed(_seed_of(spec.seed, step))
    if spec.transforms.kind == "paper":
        return _paper(images, spec.transforms, generator)
    thetas = _affines(spec, images.shape[-1], generator)
    return _affine_sample(images, thetas, spec.image_px)


def centre_crop(images: Tensor, side: int) -> Tensor:
    """Return the central side x side of images (B, 3, H, W)."""
    top, left = (images.shape[-2] - side) // 2, (images.shape[-1] - side) // 2
    return images[..., top : top + side, left : left + side]


def _paper(images: Tensor, spec: TransformSpec, generator: torch.Generator) -> Tensor:
    first, second = spec.jitter_px
    images = _jittered(images, first, generator)
    scale = spec.scales[_integer(len(spec.scales), generator)]
    side = int(scale * images.shape[-1])
    images = F.interpolate(images, size=(side, side), mode="bilinear", align_corners=False)
    degrees = _integer(2 * spec.max_rotation_deg + 1, generator) - spec.max_rotation_deg
    images = _affine_sample(images, _affine(degrees, 1.0, 0.0, 0.0)[None], side, padding="zeros")
    return _jittered(images, second, generator)


def _jittered(images: Tensor, jitter_px: int, generator: torch.Generator) -> Tensor:
    """Return a random crop that is `jitter_px` smaller on each axis."""
    top, left = _integer(jitter_px + 1, generator), _integer(jitter_px + 1, generator)
    height, width = images.shape[-2] - jitter_px, images.shape[-1] - jitter_px
    return images[..., top : top + height, left : left + width]


def _affines(spec: RenderSpec, side: int, generator: torch.Generator) -> Tensor:
    """Return one affine map per image of a group, float64 (n_images, 2, 3), in the coordinates of `affine_grid`."""
    return torch.stack([_drawn_affine(spec, side, generator) for _ in range(spec.n_images)])


def _drawn_affine(spec: RenderSpec, side: int, generator: torch.Generator) -> Tensor:
    transforms = spec.transforms
    scale = transforms.scales[_integer(len(transforms.scales), generator)]
    degrees = _integer(2 * transforms.max_rotation_deg + 1, generator) - transforms.max_rotation_deg
    reach = sum(transforms.jitter_px) / side  # half the jitter in pixels, where the side is 2 units long
    right, down = ((2 * torch.rand(2, generator=generator, dtype=torch.float64) - 1) * reach).tolist()
    return _affine(degrees, spec.image_px / side / scale, right, down)


def _affine(degrees: float, zoom: float, right: float, down: float) -> Tensor:
    cos, sin = zoom * math.cos(math.radians(degrees)), zoom * math.sin(math.radians(degrees))
    return torch.tensor([[cos, -sin, right], [sin, cos, down]], dtype=torch.float64)


def _affine_sample(images: Tensor, thetas: Tensor, side: int, padding: str = "reflection") -> Tensor:
    """Return images (G * n, 3, side, side), sampled under the affine maps (n, 2, 3) of one group: the same for every group."""
    thetas = thetas.to(device=images.device, dtype=images.dtype)
    grid = F.affine_grid(thetas, [len(thetas), 3, side, side], align_corners=False)
    grids = grid.repeat(len(images) // len(thetas), 1, 1, 1)
    return F.grid_sample(images, grids, mode="bilinear", padding_mode=padding, align_corners=False)


def _integer(below: int, generator: torch.Generator) -> int:
    return int(torch.randint(below, (), generator=generator))


def _seed_of(seed: int, step: int) -> int:
    return int.from_bytes(hashlib.sha256(f"transform:{seed}:{step}".encode()).digest()[:8], "big") >> 1
