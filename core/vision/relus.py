"""A way out of dead ReLUs: while it lasts, gradient passes a ReLU that blocks all of it for an image.

From lucid (misc/redirected_relu_grad): where not a single value of an image lets gradient through, it goes through everywhere but
where it would push a negative value further down. The forward values stay those of a ReLU.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from core.vision.probe import RELU_FUNCTIONS


class LeakyGradient(TorchFunctionMode):
    """While active on this thread, ReLUs (nn.ReLU and functional, in place or not) redirect fully blocked gradient.

    The gradient must be that of something to be maximised: there, a negative gradient pushes a value down.
    """

    def __torch_function__(self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None) -> Any:
        kwargs = kwargs or {}
        if func not in RELU_FUNCTIONS or not args:
            return func(*args, **kwargs)
        given = args[0]
        redirected = _RedirectedRelu.apply(given)
        in_place = func in (torch.relu_, Tensor.relu_) or bool(kwargs.get("inplace", len(args) > 1 and args[1]))
        return given.copy_(redirected) if in_place else redirected


class _RedirectedRelu(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, given: Tensor) -> Tensor:
        negative = given < 0
        ctx.save_for_backward(negative)
        return given.relu()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (negative,) = ctx.saved_tensors
        gradient = gradients[0]
        passed = gradient.masked_fill(negative, 0)
        blocked = ~passed.flatten(1).any(dim=1)
        if not bool(blocked.any()):
            return passed
        redirected = gradient.masked_fill(negative & (gradient < 0), 0)
        return torch.where(blocked.view(-1, *[1] * (gradient.dim() - 1)), redirected, passed)
