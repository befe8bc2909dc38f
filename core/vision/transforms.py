"""Random transforms between image and network. What is drawn depends on the seed, the step and the image's place in its group alone."""

from __future__ import annotations

import hashlib
import math

import torch
from torch import Tensor
from torch.nn import functional as F

from core.render_spec import Affine, Crops, Jitter, Noise, Pad, RenderSpec, Rotate, Scale, Transform

SMALLEST_SHARE = 0.05  # of the image's side: the least that a random crop shows


def transformed(images: Tensor, spec: RenderSpec, *, step: int) -> Tensor:
    """Return what the network sees in this step of images (G * n_images, C, side, side), group after group.

    The spec's transforms follow each other. Pad, jitter, scale and rotate make one draw for the whole batch, as the paper's do, and
    may change the size; affine, crops and noise draw for every image of a group, the same for every group. Crops make several
    images of one, which then follow each other.
    """
    generator = torch.Generator().manual_seed(_seed_of(spec.seed, step))
    n_groups = len(images) // spec.n_images
    for transform in spec.transforms:
        images = _applied(transform, images, spec, n_groups, generator)
    return images


def centre_crop(images: Tensor, side: int) -> Tensor:
    """Return the central side x side of images (B, C, H, W)."""
    top, left = (images.shape[-2] - side) // 2, (images.shape[-1] - side) // 2
    return images[..., top : top + side, left : left + side]


def _applied(transform: Transform, images: Tensor, spec: RenderSpec, n_groups: int, generator: torch.Generator) -> Tensor:
    n_drawn = len(images) // n_groups
    match transform:
        case Pad():
            value = transform.value if transform.mode == "constant" else 0.0
            return F.pad(images, [transform.px] * 4, mode=transform.mode, value=value)
        case Jitter():
            return _jittered(images, transform.px, generator)
        case Scale():
            side = int(transform.factors[_integer(len(transform.factors), generator)] * images.shape[-1])
            return F.interpolate(images, size=(side, side), mode="bilinear", align_corners=False)
        case Rotate():
            degrees = transform.degrees[_integer(len(transform.degrees), generator)]
            return _affine_sample(images, _affine(degrees, 1.0, 0.0, 0.0)[None], images.shape[-1], padding="zeros")
        case Affine():
            thetas = torch.stack([_drawn_affine(transform, images.shape[-1], spec.image_px, generator) for _ in range(n_drawn)])
            return _affine_sample(images, thetas, spec.image_px)
        case Crops():
            thetas = torch.stack([_drawn_crop(transform, generator) for _ in range(n_drawn * transform.n)])
            return _affine_sample(images.repeat_interleave(transform.n, dim=0), thetas, spec.image_px)
        case Noise():
            drawn = torch.randn((n_drawn, *images.shape[1:]), generator=generator) * transform.sd
            return images + drawn.to(device=images.device, dtype=images.dtype).repeat(n_groups, 1, 1, 1)


def _jittered(images: Tensor, jitter_px: int, generator: torch.Generator) -> Tensor:
    """Return a random crop that is `jitter_px` smaller on each axis."""
    top, left = _integer(jitter_px + 1, generator), _integer(jitter_px + 1, generator)
    height, width = images.shape[-2] - jitter_px, images.shape[-1] - jitter_px
    return images[..., top : top + height, left : left + width]


def _drawn_affine(transform: Affine, side: int, image_px: int, generator: torch.Generator) -> Tensor:
    """Return one affine map, float64 (2, 3), in the coordinates of `affine_grid`, where the side is 2 units long."""
    scale = transform.factors[_integer(len(transform.factors), generator)]
    degrees = _integer(2 * transform.max_rotation_deg + 1, generator) - transform.max_rotation_deg
    reach = transform.jitter_px / side  # half the jitter in pixels
    right, down = ((2 * torch.rand(2, generator=generator, dtype=torch.float64) - 1) * reach).tolist()
    return _affine(degrees, image_px / side / scale, right, down)


def _drawn_crop(transform: Crops, generator: torch.Generator) -> Tensor:
    """Return the affine map of a square crop that lies within the image."""
    drawn = transform.mean_share + transform.sd_share * float(torch.randn((), generator=generator, dtype=torch.float64))
    share = min(1.0, max(SMALLEST_SHARE, drawn))
    right, down = ((2 * torch.rand(2, generator=generator, dtype=torch.float64) - 1) * (1 - share)).tolist()
    return _affine(0.0, share, right, down)


def _affine(degrees: float, zoom: float, right: float, down: float) -> Tensor:
    cos, sin = zoom * math.cos(math.radians(degrees)), zoom * math.sin(math.radians(degrees))
    return torch.tensor([[cos, -sin, right], [sin, cos, down]], dtype=torch.float64)


def _affine_sample(images: Tensor, thetas: Tensor, side: int, padding: str = "reflection") -> Tensor:
    """Return images (G * n, C, side, side), sampled under the affine maps (n, 2, 3) of one group: the same for every group."""
    thetas = thetas.to(device=images.device, dtype=images.dtype)
    grid = F.affine_grid(thetas, [len(thetas), images.shape[1], side, side], align_corners=False)
    grids = grid.repeat(len(images) // len(thetas), 1, 1, 1)
    return F.grid_sample(images, grids, mode="bilinear", padding_mode=padding, align_corners=False)


def _integer(below: int, generator: torch.Generator) -> int:
    return int(torch.randint(below, (), generator=generator))


def _seed_of(seed: int, step: int) -> int:
    return int.from_bytes(hashlib.sha256(f"transform:{seed}:{step}".encode()).digest()[:8], "big") >> 1
