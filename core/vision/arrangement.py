"""How a module lays out its output, and the one layout that reductions see: feature maps (B, C, h, w).

Transformers give tokens (B, T, C) or maps with the channels last (B, h, w, C). Their patch tokens are put back where the patches are in
the image, so that a channel has a feature map; prefix tokens (class, distillation, register), which are nowhere in the image, are left
out. The activation of a transformer block's unit is thereby the mean over its patch tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt
from typing import Literal

from torch import Tensor, nn

Arrangement = Literal["maps", "tokens", "channels_last"]
PREFIX_TOKENS = frozenset(
    {"class_token", "cls_token", "dist_token", "distillation_token", "reg_token", "reg_tokens", "register_token", "register_tokens"}
)
"""What parameters of prefix tokens are called in torchvision, timm, transformers and DINOv2."""


def as_maps(values: Tensor, arrangement: Arrangement, *, n_prefix: int = 0) -> Tensor:
    """Return a view of a module's output as feature maps (B, C, h, w); gradient goes through.

    maps: (B, C, h, w) as they are; a vector (B, C) is maps of one position. channels_last: (B, h, w, C). tokens: (B, T, C), of which the
    first `n_prefix` are left out; the rest is a square grid, row by row, where its number is a square, else one column (B, C, T, 1).
    """
    if arrangement == "channels_last":
        return values.permute(0, 3, 1, 2)
    if arrangement == "tokens":
        return _grid(values[:, n_prefix:].transpose(1, 2))
    return values if values.dim() == 4 else values[:, :, None, None]


def arrangement_of(module: nn.Module, shape: Sequence[int]) -> Arrangement:
    """Return how the output of this shape, made from a square image, is laid out.

    Three dimensions are tokens. Four have their channels last where the first two are the equal sides and the last is the width that a
    layer norm or linear map inside the module works on.
    """
    if len(shape) == 3:
        return "tokens"
    if len(shape) == 4 and shape[1] == shape[2] != shape[3] and any(_works_on(inner, shape[3]) for inner in module.modules()):
        return "channels_last"
    return "maps"


def n_channels_of(arrangement: Arrangement, shape: Sequence[int]) -> int:
    """Return how many channels an output of this shape has."""
    return shape[1] if arrangement == "maps" else shape[-1]


def prefix_tokens(network: nn.Module) -> int:
    """Return how many prefix tokens a network has: what it says itself (timm's num_prefix_tokens), else by its parameters' names."""
    said = (getattr(module, "num_prefix_tokens", None) for module in network.modules())
    number = next((value for value in said if isinstance(value, int)), None)
    if number is not None:
        return number
    tokens = [weight for name, weight in network.named_parameters() if name.rpartition(".")[2] in PREFIX_TOKENS]
    return sum(token.shape[-2] if token.dim() > 1 else 1 for token in tokens)


def prefix_in(n_tokens: int, n_prefix: int) -> int:
    """Return how many of a module's `n_tokens` are prefix tokens: none where they only join later (all tokens make up a square)."""
    return 0 if _is_square(n_tokens) and not _is_square(n_tokens - n_prefix) else n_prefix


def _grid(tokens: Tensor) -> Tensor:
    side = isqrt(tokens.shape[2])
    is_square = _is_square(tokens.shape[2])
    return tokens.reshape(*tokens.shape[:2], side, side) if is_square else tokens.unsqueeze(3)  # (B, C, side, side) | (B, C, T, 1)


def _is_square(number: int) -> bool:
    return number > 0 and isqrt(number) ** 2 == number


def _works_on(module: nn.Module, width: int) -> bool:
    if isinstance(module, nn.LayerNorm):
        return module.normalized_shape[-1] == width
    return isinstance(module, nn.Linear) and module.out_features == width
