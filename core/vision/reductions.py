"""From a feature map to an activation: its spatial mean (the paper's), its maximum with where it stands, or its centre."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from core.domain import Reduction
from core.vision import hooks

N_VALUES: Mapping[Reduction, int] = {"mean": 1, "max": 2, "centre": 1}
"""Values that a reduction gives for a channel: the activation, and for "max" the position."""


def spatial_max(maps: Tensor) -> Tensor:
    """Return the maximum and its position, row by row, the first of equal ones: (B, C, h, w) -> float32 (B, C, 2)."""
    highest, position = maps.flatten(2).float().max(dim=2)
    return torch.stack([highest, position.float()], dim=2)  # (B, C, 2); exact for maps of up to 2**24 positions


def centre(maps: Tensor) -> Tensor:
    """Return the value at row h // 2 and column w // 2, as lucid's neuron objective: (B, C, h, w) -> (B, C)."""
    return maps[:, :, maps.shape[2] // 2, maps.shape[3] // 2].clone()


REDUCTIONS: Mapping[Reduction, hooks.Reduction] = {"mean": hooks.spatial_mean, "max": spatial_max, "centre": centre}
