"""Local response norm as sums of shifted channels: the values of torch's own, which pools in 3-D and takes half of a pass on a CPU.

y = x / d ** beta with d = k + alpha / size * (sum of x ** 2 over `size` neighbouring channels); Krizhevsky et al. 2012, section 3.3,
with alpha divided by the size as torch does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode


class FastResponseNorm(TorchFunctionMode):
    """While active on this thread, local response norms of (B, C, h, w) maps are computed by `response_norm`."""

    def __torch_function__(self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None) -> Any:
        kwargs = kwargs or {}
        if func is F.local_response_norm and args and args[0].dim() == 4:
            return response_norm(*args, **kwargs)
        return func(*args, **kwargs)


def response_norm(input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:  # noqa: A002
    """Return the local response norm of maps (B, C, h, w), as torch.nn.functional.local_response_norm defines it and its arguments."""
    normed: Tensor = _ResponseNorm.apply(input, size, alpha, beta, k)
    return normed


class _ResponseNorm(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, maps: Tensor, size: int, alpha: float, beta: float, k: float) -> Tensor:
        before, after = size // 2, (size - 1) // 2
        divisor, factor, normed = (torch.empty_like(maps) for _ in range(3))
        for given, below, scaled, result in zip(*map(_parts, (maps, divisor, factor, normed)), strict=True):
            divided = _window_sum(_wide(given).square(), before, after).mul_(alpha / size).add_(k)
            below.copy_(divided)
            scaled.copy_(_inverse_power(divided, beta))
            torch.mul(given, scaled, out=result)
        ctx.save_for_backward(maps, divisor, factor)
        ctx.window, ctx.slope = (before, after), 2 * alpha * beta / size
        return normed

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """d y_j / d x_i = [i = j] d_j ** -beta - 2 alpha beta / size * x_i * x_j * d_j ** (-beta - 1), where i is in the window of j."""
        maps, divisor, factor = ctx.saved_tensors
        before, after = ctx.window
        passed = torch.empty_like(maps)
        for gradient, given, below, scaled, result in zip(*map(_parts, (gradients[0], maps, divisor, factor, passed)), strict=True):
            torch.mul(gradient, scaled, out=result)
            through = _window_sum((result * given).div_(below), after, before)
            result.addcmul_(through, given, value=-ctx.slope)
        return passed, None, None, None, None


def _parts(maps: Tensor) -> Sequence[Tensor]:
    """Return the maps image by image on a CPU, whose caches hold one image's and not a batch's; elsewhere all at once."""
    return maps.unbind() if maps.device.type == "cpu" else (maps,)


def _window_sum(values: Tensor, before: int, after: int) -> Tensor:
    """Return for each channel c of maps (..., C, h, w) the sum over channels c - before to c + after that exist."""
    total, n_channels = values.clone(), values.shape[-3]
    for shift in range(1, min(before, n_channels - 1) + 1):
        total.narrow(-3, shift, n_channels - shift).add_(values.narrow(-3, 0, n_channels - shift))
    for shift in range(1, min(after, n_channels - 1) + 1):
        total.narrow(-3, 0, n_channels - shift).add_(values.narrow(-3, shift, n_channels - shift))
    return total


def _inverse_power(values: Tensor, exponent: float) -> Tensor:
    """Return values ** -exponent; the exponents in use (0.5 and 0.75) through roots, which are several times as fast."""
    if exponent == 0.5:
        return values.rsqrt()
    if exponent == 0.75:
        root = values.rsqrt()
        return root * root.sqrt()
    return values.pow(-exponent)


def _wide(values: Tensor) -> Tensor:
    """Return half-precision values as float32, others as they are: sums of squares need the digits."""
    return values.float() if values.dtype in (torch.bfloat16, torch.float16) else values
