"""What synthesis maximises. Groups never interact: each image's gradient comes from its own group's objective."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from core.domain import Extreme, Unit


def unit_activations(maps: Tensor, units: Sequence[Unit]) -> Tensor:
    """Return the spatial mean of each group's unit for its images: maps (G, n, C, h, w) -> (G, n)."""
    channels = torch.tensor([unit.channel for unit in units], device=maps.device)
    chosen = maps[torch.arange(len(units), device=maps.device), :, channels]
    return chosen.mean(dim=(2, 3))


def group_objectives(maps: Tensor, activations: Tensor, *, extremes: Sequence[Extreme], diversity: float) -> Tensor:
    """Return what each group maximises, (G,): its mean activation (its negative for "min") - diversity x similarity of its images."""
    signs = torch.tensor([1.0 if extreme == "max" else -1.0 for extreme in extremes], device=maps.device, dtype=maps.dtype)
    objectives = signs * activations.mean(dim=1)
    return objectives - diversity * similarity(maps) if diversity and maps.shape[1] > 1 else objectives


def similarity(maps: Tensor) -> Tensor:
    """Return the mean over a group's images i of the sum over j != i of the inner product of their normalised Gram matrices.

    maps (G, n, C, h, w) -> (G,). A Gram matrix is C x C, of the channels, scaled to L2 norm 1 (lucid's diversity with the sign left
    out). With X_i of shape (C, h * w), <X_i X_i', X_j X_j'> = ||X_i' X_j||^2: the cheaper of the two forms is computed.
    """
    flat = maps.flatten(3)  # (G, n, C, h * w)
    _, n_images, channels, positions = flat.shape
    cost_gram = n_images * channels**2 * (positions + n_images)
    cost_cross = n_images**2 * positions**2 * channels
    products = _gram_products(flat) if cost_gram <= cost_cross else _cross_products(flat)
    own = torch.diagonal(products, dim1=1, dim2=2).clamp_min(torch.finfo(flat.dtype).tiny).sqrt()  # (G, n): norms of the Gram matrices
    cosines = products / (own[:, :, None] * own[:, None, :])
    return (cosines.sum(dim=(1, 2)) - torch.diagonal(cosines, dim1=1, dim2=2).sum(dim=1)) / n_images


def _gram_products(flat: Tensor) -> Tensor:
    """Return <G_i, G_j> through the Gram matrices: (G, n, C, p) -> (G, n, n)."""
    grams = (flat @ flat.transpose(2, 3)).flatten(2)  # (G, n, C * C)
    return grams @ grams.transpose(1, 2)


def _cross_products(flat: Tensor) -> Tensor:
    """Return <G_i, G_j> through products of positions, ||X_i' X_j||^2: (G, n, C, p) -> (G, n, n)."""
    cross = torch.einsum("gicp,gjcq->gijpq", flat, flat)
    return cross.square().sum(dim=(3, 4))
