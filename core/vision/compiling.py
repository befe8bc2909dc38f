"""The pass to activations compiled by torch.compile: recorded as one graph of one batch shape, checked, and timed against the ordinary one.

Hooks, the early stop, autocast and the faster response norm are Python, at which a compiler would break or recompile. So the pass is run
once and what it computes is recorded: a graph from the images to the reduced maps, and nothing behind them. It keeps nothing between
calls, so all workers of a device share it. What torch tries out to choose kernels, and would choose differently another time, is off:
a run that goes on after an interruption has the same bits.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor

from core.errors import ExemplaryError, NetworkError
from core.vision.hooks import Forward

ROUNDS = 5  # both passes take turns so many times
TOLERANCE = {True: 5e-2, False: 1e-4}  # of a layer's largest value, in half and in full precision

Compiler = Callable[[torch.fx.GraphModule], Forward]
Clock = Callable[[], float]


class CompileError(NetworkError):
    """Why a pass is not compiled, in words that fit between brackets."""


@dataclass(frozen=True, slots=True)
class Times:
    """Median seconds that the ordinary and the compiled pass take for a batch."""

    plain_s: float
    compiled_s: float


def by_inductor(graph: torch.fx.GraphModule) -> Forward:
    """Return the graph compiled by torch's own compiler, which does so at the first call."""
    return cast(Forward, torch.compile(graph, fullgraph=True, dynamic=False, options={"deterministic": True}))


class CompiledPasses:
    """One pass, compiled for each device on which it is asked for, when it is first asked for."""

    def __init__(self, compiler: Compiler = by_inductor) -> None:
        self._compiler = compiler
        self._guard = threading.Lock()
        self._of_device: dict[torch.device, Forward] = {}

    def of(self, forward: Forward, images: Tensor) -> Forward:
        """Return the pass compiled for images like these, on their device and in their shape; raise CompileError where it cannot be."""
        with self._guard:
            if images.device not in self._of_device:
                self._of_device[images.device] = _compiled(forward, images, self._compiler)
            return self._of_device[images.device]


def checked(plain: Forward, compiled: Forward, images: Tensor, *, is_half: bool) -> None:
    """Raise CompileError where activations of the images are not those of the ordinary pass, up to rounding."""
    limit = TOLERANCE[is_half]
    for wanted, found in zip(map(_values, plain(images)), map(_values, compiled(images)), strict=True):
        apart = float((found - wanted).abs().max()) if found.shape == wanted.shape else float("nan")
        if not apart <= limit * float(wanted.abs().max()):
            raise CompileError(f"its activations differ by more than {limit:g} of their size from the ordinary ones")


def timed(plain: Forward, compiled: Forward, images: Tensor, *, clock: Clock = time.perf_counter) -> Times:
    """Return what a batch takes either way; both must have run before."""
    rounds = [[_seconds(forward, images, clock) for forward in (plain, compiled)] for _ in range(ROUNDS)]
    plain_s, compiled_s = (statistics.median(seconds) for seconds in zip(*rounds, strict=True))
    return Times(plain_s, compiled_s)


def _compiled(forward: Forward, images: Tensor, compiler: Compiler) -> Forward:
    from torch.fx.experimental.proxy_tensor import make_fx

    try:
        found = compiler(make_fx(forward)(images))
        found(images)
    except ExemplaryError:
        raise
    except Exception as error:  # whatever a network does that cannot be recorded, and whatever a compiler lacks
        raise CompileError(_reason(error)) from error
    return found


def _reason(error: BaseException) -> str:
    """Return the first line of the innermost error: torch wraps a compiler's."""
    inner = getattr(error, "inner_exception", None)
    if isinstance(inner, BaseException):
        return _reason(inner)
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0].rstrip('.:')}" if lines else type(error).__name__


def _values(activations: Tensor) -> Tensor:
    """Return the activations without the positions that maxima come with, which jump between near-ties."""
    return (activations[..., 0] if activations.dim() == 3 else activations).float()


def _seconds(forward: Forward, images: Tensor, clock: Clock) -> float:
    _wait(images.device)
    began = clock()
    forward(images)
    _wait(images.device)
    return clock() - began


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
