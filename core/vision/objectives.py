"""What synthesis maximises. Groups never interact: each image's gradient comes from its own group's objective.

An objective is evaluated on the feature maps alone; its gradient there is what is passed back through the network. That makes the
diversity's share of the gradient cheap to know (`balance`), and leaves the network's pass as it is whatever the objective.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from core.domain import Extreme, Unit
from core.render_spec import CentreNeuron, Channel, Difference, Direction, Measure, ObjectiveSpec


@dataclass(frozen=True, slots=True)
class Evaluated:
    """An objective on feature maps: what each image measures (G, m), what each group maximises (G,), the diversity weight that held
    (G,), and the gradient of the sum at each of the maps given."""

    activations: Tensor
    objectives: Tensor
    weights: Tensor
    gradients: tuple[Tensor, ...]


def evaluate(
    maps: Tensor,
    objective: ObjectiveSpec,
    *,
    units: Sequence[Unit],
    extremes: Sequence[Extreme],
    weights: Tensor,
    n_images: int,
    other_maps: Tensor | None = None,
) -> Evaluated:
    """Return the objective of maps (G, m, C, h, w), m = n_images or a multiple of it (crops of an image follow each other).

    `weights` (G,) are the groups' diversity weights. `other_maps` (G, m, C2, h2, w2): of a Difference's other layer, None where it is
    the same.
    """
    leaves = [one.detach().requires_grad_(True) for one in (maps, other_maps) if one is not None]
    signs = torch.tensor([1.0 if extreme == "max" else -1.0 for extreme in extremes], device=maps.device, dtype=leaves[0].dtype)
    with torch.enable_grad():
        measured = measure(leaves[0], objective, units=units, other_maps=leaves[-1])  # (G, m)
        wanted = signs * measured.mean(dim=1)
        gradients = torch.autograd.grad(wanted.sum(), leaves)
        if n_images == 1 or not bool((weights != 0).any()):
            return Evaluated(measured.detach(), wanted.detach(), torch.zeros_like(wanted), gradients)
        shown = _by_image(_read(leaves[0], objective), n_images)
        alike, gradient = similarity(shown.detach())
        (repelled,) = torch.autograd.grad(shown, leaves[0], gradient) if shown is not leaves[0] else (gradient,)
    if objective.diversity.balance == "gradient":
        norms = _norms(repelled)  # 0 where all maps are dead: nothing to balance
        weights = torch.where(norms > 0, weights * _norms(gradients[0]) / norms, 0.0)
    combined = gradients[0] - weights.view(-1, 1, 1, 1, 1) * repelled
    return Evaluated(measured.detach(), (wanted - weights * alike).detach(), weights, (combined, *gradients[1:]))


def measure(maps: Tensor, objective: ObjectiveSpec, *, units: Sequence[Unit], other_maps: Tensor) -> Tensor:
    """Return what is measured of each image: maps (G, m, C, h, w) -> (G, m); the sign of "min" is left out."""
    maps, asked = _read(maps, objective), objective.measure
    match asked:
        case Channel():
            return unit_activations(maps, [unit.channel for unit in units])
        case CentreNeuron():
            row, column = maps.shape[-2] // 2, maps.shape[-1] // 2
            return _of_channels(maps, [unit.channel for unit in units])[:, :, row, column]
        case Direction():
            return _along(maps, asked)
        case Difference():
            other = int(asked.other.rpartition(":")[2])
            return unit_activations(maps, [unit.channel for unit in units]) - _read(other_maps, objective)[:, :, other].mean(dim=(2, 3))


def unit_activations(maps: Tensor, channels: Sequence[int]) -> Tensor:
    """Return the spatial mean of each group's channel for its images: maps (G, m, C, h, w) -> (G, m)."""
    return _of_channels(maps, channels).mean(dim=(2, 3))


def similarity(maps: Tensor) -> tuple[Tensor, Tensor]:
    """Return how alike a group's images are, (G,), and its gradient at the maps (G, n, C, h, w).

    It is the mean over images i of the sum over j != i of the inner product of their Gram matrices X_i X_i' (C x C, of the channels),
    each scaled to L2 norm 1: lucid's diversity with the sign left out. X_i is (C, h * w).
    """
    flat = maps.flatten(3)  # (G, n, C, h * w)
    _, n_images, channels, positions = flat.shape
    by_gram = n_images * channels**2 * positions <= (n_images * positions) ** 2 * channels
    alike, gradient = _by_gram_matrices(flat) if by_gram else _by_positions(flat)
    return alike, gradient.view_as(maps)


def other_layer(asked: Measure) -> str | None:
    """Return the layer of a Difference's other unit; None for other measures."""
    return asked.other.rpartition(":")[0] if isinstance(asked, Difference) else None


def _read(maps: Tensor, objective: ObjectiveSpec) -> Tensor:
    if objective.relu == "layer":
        return maps
    above: Tensor = maps.flatten(0, 1).relu().view(maps.shape)  # one row an image: a leaky ReLU decides image by image
    return above


def _of_channels(maps: Tensor, channels: Sequence[int]) -> Tensor:
    """Return each group's own channel: maps (G, m, C, h, w) -> (G, m, h, w)."""
    groups = torch.arange(len(channels), device=maps.device)
    return maps[groups, :, torch.tensor(channels, device=maps.device)]


def _along(maps: Tensor, direction: Direction) -> Tensor:
    """Return the mean over positions of the product with a direction, or of the cosine: maps (G, m, C, h, w) -> (G, m)."""
    weights = torch.zeros(maps.shape[2], device=maps.device, dtype=maps.dtype)
    for channel, weight in direction.weights:
        weights[channel] = weight
    if direction.cosine:
        cosines: Tensor = F.cosine_similarity(weights.view(1, 1, -1, 1, 1), maps, dim=2)
        return cosines.mean(dim=(2, 3))
    products: Tensor = (maps * weights.view(1, 1, -1, 1, 1)).sum(dim=2)
    return products.mean(dim=(2, 3))


def _by_image(maps: Tensor, n_images: int) -> Tensor:
    """Return an image's crops side by side, as more positions of one map: (G, n * k, C, h, w) -> (G, n, C, k * h, w)."""
    n_groups, m, channels, height, width = maps.shape
    if m == n_images:
        return maps
    crops = maps.view(n_groups, n_images, m // n_images, channels, height, width)
    return crops.transpose(2, 3).reshape(n_groups, n_images, channels, m // n_images * height, width)


def _norms(gradient: Tensor) -> Tensor:
    norms: Tensor = torch.linalg.vector_norm(gradient.flatten(1), dim=1)
    return norms


def _by_gram_matrices(flat: Tensor) -> tuple[Tensor, Tensor]:
    """Return similarity and gradient of (G, n, C, p) through the Gram matrices.

    With K_i = X_i X_i', its norm k_i and S = sum of K_i / k_i, the similarity is (|S|^2 - n) / n and its gradient at X_i is
    4 / (n k_i) (S - <S, K_i / k_i> K_i / k_i) X_i.
    """
    n_images = flat.shape[1]
    grams = flat @ flat.transpose(2, 3)  # (G, n, C, C)
    norms = _positive(torch.linalg.vector_norm(grams, dim=(2, 3)))  # (G, n)
    grams = grams / norms[:, :, None, None]
    total = grams.sum(dim=1)  # (G, C, C)
    inner = (grams.flatten(2) @ total.flatten(1)[:, :, None])[:, :, 0]  # (G, n)
    alike = (inner - grams.square().sum(dim=(2, 3))).sum(dim=1) / n_images
    towards = total[:, None] - inner[:, :, None, None] * grams
    return alike, (4 / n_images / norms)[:, :, None, None] * (towards @ flat)


def _by_positions(flat: Tensor) -> tuple[Tensor, Tensor]:
    """Return the same through products of positions P_ij = X_i' X_j, |P_ij|^2 being <K_i, K_j>: cheaper for many channels."""
    n_groups, n_images, channels, positions = flat.shape
    side_by_side = flat.transpose(1, 2).reshape(n_groups, channels, -1)  # (G, C, n * p)
    products = (side_by_side.transpose(1, 2) @ side_by_side).view(n_groups, n_images, positions, n_images, positions)
    squares = products.square().sum(dim=(2, 4))  # (G, n, n)
    norms = _positive(torch.diagonal(squares, dim1=1, dim2=2).sqrt())  # (G, n)
    scales = 1 / (norms[:, :, None] * norms[:, None, :])
    cosines = squares * scales
    own = torch.diag_embed(cosines.sum(dim=2)) * scales
    weighed = products * (scales - own)[:, :, None, :, None]
    gradient = 4 / n_images * side_by_side @ weighed.view(n_groups, n_images * positions, -1)
    alike = (cosines.sum(dim=(1, 2)) - torch.diagonal(cosines, dim1=1, dim2=2).sum(dim=1)) / n_images
    return alike, gradient.view(n_groups, channels, n_images, positions).transpose(1, 2).contiguous()


def _positive(norms: Tensor) -> Tensor:
    return norms.clamp_min(torch.finfo(norms.dtype).tiny ** 0.5)
