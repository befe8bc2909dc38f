"""Commands as a user types them, from what was asked: so that a check can say which one goes on, or does something again. No torch."""

from __future__ import annotations

import shlex
from dataclasses import MISSING, fields
from typing import Any

from core.domain import MiningSpec
from core.services.mining.mining_plan import TOP_K
from core.services.renders.render_requests import SynthesisRequest

_OPTIONS = {"design": "--for-preset", "n_images": "--images", "n_groups": "--groups"}  # those that are not called as the field is


def mine_command(spec: MiningSpec) -> str:
    """Return the command that mines the spec's layers as it says."""
    parts = ["exemplary mine --network", shlex.quote(spec.network), "--images", shlex.quote(spec.image_set)]
    parts += ["--layers", *map(shlex.quote, spec.layers)]
    defaults = {"--top": (spec.top_k, TOP_K), "--reduction": (spec.reduction, "mean"), "--activations": (spec.activation_type, "float32")}
    parts += [f"{option} {value}" for option, (value, usual) in defaults.items() if value != usual]
    return " ".join(parts + (["--half"] if spec.precision == "half" else []))


def synthesize_command(request: SynthesisRequest) -> str:
    """Return the command that makes the request."""
    parts = ["exemplary synthesize"]
    for field in fields(request):
        value: Any = getattr(request, field.name)
        if field.default is not MISSING and value == field.default:
            continue
        parts.append(_OPTIONS.get(field.name, "--" + field.name.replace("_", "-")))
        if not isinstance(value, bool):
            parts += [shlex.quote(str(one)) for one in (value if isinstance(value, tuple) else (value,))]
    return " ".join(parts)
