"""A way out of dead ReLUs: while it lasts, gradient passes a ReLU that blocks all of it for an image.

From lucid (misc/redirected_relu_grad): where not a single value of an image lets gradient through, it goes through everywhere but
where it would push a negative value further down, or one above a ReLU6's ceiling further up. The forward values stay as they are.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from core.vision.probe import RELU_FUNCTIONS


class LeakyGradient(TorchFunctionMode):
    """While active on this thread, ReLUs (nn.ReLU and functional, in place or not; ReLU6 and hardtanh from 0 too) redirect fully
    blocked gradient.

    The gradient must be that of something to be maximised: there, a negative gradient pushes a value down.
    """

    def __torch_function__(self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None) -> Any:
        kwargs = kwargs or {}
        found = _ceiling_and_place(func, *args, **kwargs) if args else None
        if found is None:
            return func(*args, **kwargs)
        ceiling, in_place = found
        redirected = _RedirectedRelu.apply(args[0], ceiling)
        return args[0].copy_(redirected) if in_place else redirected


def _ceiling_and_place(func: Any, *args: Any, **kwargs: Any) -> tuple[float, bool] | None:
    """Return where the function's values end, and whether it works in place; None where it is no ReLU."""
    if func in RELU_FUNCTIONS:
        return math.inf, func in (torch.relu_, Tensor.relu_) or _argument(1, "inplace", False, args, kwargs)
    if func is F.relu6:
        return 6.0, _argument(1, "inplace", False, args, kwargs)
    if func is F.hardtanh and _argument(1, "min_val", -1.0, args, kwargs) == 0:
        return float(_argument(2, "max_val", 1.0, args, kwargs)), _argument(3, "inplace", False, args, kwargs)
    return None


def _argument(place: int, name: str, default: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return args[place] if len(args) > place else kwargs.get(name, default)


class _RedirectedRelu(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, given: Tensor, ceiling: float) -> Tensor:
        negative = given < 0
        ctx.has_ceiling = ceiling < math.inf
        ctx.save_for_backward(negative, *([given > ceiling] if ctx.has_ceiling else []))
        return given.clamp(0, ceiling) if ctx.has_ceiling else given.relu()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        gradient = gradients[0]
        negative, *above = ctx.saved_tensors
        passed = gradient.masked_fill(negative | above[0] if above else negative, 0)
        blocked = ~passed.flatten(1).any(dim=1)
        if not bool(blocked.any()):
            return passed, None
        worse = negative & (gradient < 0)
        if above:
            worse |= above[0] & (gradient > 0)
        redirected = gradient.masked_fill(worse, 0)
        return torch.where(blocked.view(-1, *[1] * (gradient.dim() - 1)), redirected, passed), None
