"""Which floating type rendering and measuring compute in: half precision where the device is faster with it, full precision elsewhere.

Only the passes of the optimisation are halved, by autocast: convolutions and products in bfloat16, sums of squares and the objective in
float32, parameters and optimiser in float32. What an image does is always measured in full precision.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from core.settings import Precision


def half_type(device: torch.device, dtype: torch.dtype, precision: Precision) -> torch.dtype | None:
    """Return bfloat16 where rendering is to use it, None for full precision.

    "auto" takes it on CUDA devices and CPUs that multiply bfloat16 themselves (others emulate it, many times slower). A network that is
    not float32 is rendered as it is.
    """
    if precision == "full" or dtype != torch.float32:
        return None
    return torch.bfloat16 if precision == "half" or _is_fast(device) else None


def _is_fast(device: torch.device) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type == "cpu":
        able = torch.cpu.get_capabilities()
        return bool(able.get("avx512_bf16") or able.get("amx_bf16"))
    return False


class _Switch:
    """torch's leave to round to TensorFloat-32 (of 10 bits) in CUDA's convolutions, which is one for the whole process, and given unless
    somebody says otherwise. (Products are not rounded unless somebody says so.) It is taken away while anyone needs float32 itself, and is
    as it was when the last of them is done."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._n_inside = 0
        self._former = True

    def enter(self) -> None:
        with self._guard:
            if not self._n_inside:
                self._former = torch.backends.cudnn.allow_tf32
                torch.backends.cudnn.allow_tf32 = False
            self._n_inside += 1

    def leave(self) -> None:
        with self._guard:
            self._n_inside -= 1
            if not self._n_inside:
                torch.backends.cudnn.allow_tf32 = self._former


_TENSOR_FLOAT_32 = _Switch()


@contextmanager
def full_precision() -> Iterator[None]:
    """Let CUDA convolve in float32 itself while the context lasts; contexts may overlap in any way, also of several threads."""
    _TENSOR_FLOAT_32.enter()
    try:
        yield
    finally:
        _TENSOR_FLOAT_32.leave()
