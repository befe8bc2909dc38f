"""Which floating type rendering computes in: half precision where the device is faster with it, full precision elsewhere.

Only the passes of the optimisation are halved, by autocast: convolutions and products in bfloat16, sums of squares and the objective in
float32, parameters and optimiser in float32. What an image does is always measured in full precision.
"""

from __future__ import annotations

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
