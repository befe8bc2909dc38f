"""Taking feature maps out of a forward pass: hooks that are gone afterwards, whatever happened, and a pass that stops early.

A feature map is reduced (or cloned) inside the hook that sees it: an in-place ReLU may overwrite it right after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any, Literal

import torch
from torch import Tensor, nn

from core.domain import Layer
from core.errors import NetworkError
from core.vision.arrangement import Arrangement, as_maps
from core.vision.response_norm import FastResponseNorm

Reduction = Callable[[Tensor], Tensor]
Forward = Callable[[Tensor], tuple[Tensor, ...]]


@dataclass(frozen=True, slots=True)
class Tap:
    """Where the feature maps of one branch are seen: what `module` is given or gives in its call number `call` of a forward pass.

    A reduction always receives maps (B, C, h, w): `arrangement` says how what is seen there is laid out, `n_prefix` how many tokens at
    its beginning are no patches. The mean of a transformer block's maps is the mean over its patch tokens.
    """

    module: nn.Module
    point: Literal["input", "output"] = "output"
    call: int = 0
    arrangement: Arrangement = "maps"
    n_prefix: int = 0


def spatial_mean(maps: Tensor) -> Tensor:
    """Return the mean over all positions: (B, C, h, w) -> (B, C)."""
    return maps.mean(dim=(2, 3), dtype=torch.promote_types(maps.dtype, torch.float32))  # half precision would round the means to ties


def cloned(maps: Tensor) -> Tensor:
    """Return a copy that later in-place operations do not reach: (B, C, h, w) -> (B, C, h, w)."""
    return maps.clone()


@contextmanager
def tapped(module: nn.Module, taps: Mapping[str, Sequence[Tap]], *, layers: Sequence[Layer], reduction: Reduction) -> Iterator[Forward]:
    """Give a function images -> one tensor per asked layer, its branches reduced and concatenated over dim 1, in order.

    The forward pass stops as soon as every asked feature map was seen. The hooks are removed when the context ends, also by an
    exception. `images` is float32 (B, 3, H, W) in [0, 1]. The function raises NetworkError where a layer was not reached.
    """
    catcher = _Catcher(tuple(tap for layer in layers for tap in taps[layer.name]), reduction)
    ends = list(accumulate((len(taps[layer.name]) for layer in layers), initial=0))

    def forward(images: Tensor) -> tuple[Tensor, ...]:
        parts = catcher.run(module, images)
        return tuple(_joined(parts[start:stop]) for start, stop in pairwise(ends))

    with ExitStack() as stack:
        for hook in catcher.register():
            stack.callback(hook.remove)
        yield forward


def _joined(parts: Sequence[Tensor]) -> Tensor:
    return parts[0] if len(parts) == 1 else torch.cat(tuple(parts), dim=1)


class _AllSeen(BaseException):
    """Ends a forward pass whose rest is not needed. Not an Exception: a network's own `except Exception` must not swallow it."""


class _Catcher:
    """The reduced feature maps of one forward pass at a time, by tap."""

    def __init__(self, taps: tuple[Tap, ...], reduction: Reduction) -> None:
        self.taps = taps
        self.reduction = reduction
        self.seen: dict[int, Tensor] = {}
        self.calls: dict[int, int] = {}

    def register(self) -> Iterator[torch.utils.hooks.RemovableHandle]:
        for number, tap in enumerate(self.taps):
            if tap.point == "input":
                yield tap.module.register_forward_pre_hook(self._before(number))
            else:
                yield tap.module.register_forward_hook(self._after(number))

    def run(self, module: nn.Module, images: Tensor) -> list[Tensor]:
        self.seen, self.calls = {}, {}
        try:
            with FastResponseNorm():
                module(images)
        except _AllSeen:
            pass
        except AssertionError as error:  # transformers check the size of what they are given
            raise NetworkError(
                f"The network refuses images of {images.shape[-1]} px ({error}); where its size is fixed, render with transforms that keep "
                "the size, as the presets quick, maco and accentuate do."
            ) from error
        finally:
            seen, self.seen = self.seen, {}
        if len(seen) < len(self.taps):
            raise NetworkError(f"The forward pass reached {len(seen)} of {len(self.taps)} feature maps; the layers do not fit the network.")
        return [seen[number] for number in range(len(self.taps))]

    def _before(self, number: int) -> Callable[[nn.Module, tuple[Any, ...]], None]:
        return lambda _module, inputs: self._take(number, inputs[0])

    def _after(self, number: int) -> Callable[[nn.Module, tuple[Any, ...], Any], None]:
        return lambda _module, _inputs, output: self._take(number, output)

    def _take(self, number: int, values: Tensor) -> None:
        call = self.calls.get(number, 0)
        self.calls[number] = call + 1
        tap = self.taps[number]
        if call != tap.call:
            return
        self.seen[number] = self.reduction(as_maps(values, tap.arrangement, n_prefix=tap.n_prefix))
        if len(self.seen) == len(self.taps):
            raise _AllSeen
