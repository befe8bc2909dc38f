"""Reading a render spec back from JSON: parts by their kinds, values of their fields' types, or one sentence that says what is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from core.domain import as_content
from core.errors import UsageError
from core.render_spec import (
    Affine,
    CentreNeuron,
    Channel,
    Cppn,
    Crops,
    Difference,
    Direction,
    Diversity,
    ExemplarStart,
    FlatStop,
    Fourier,
    Imported,
    Jitter,
    Maco,
    Noise,
    NoiseStart,
    ObjectiveSpec,
    OptimiserSpec,
    Pad,
    Pixels,
    RenderSpec,
    Rotate,
    Scale,
)

_KINDS: Mapping[str, Mapping[str, Any]] = {
    "parameterization": {"fourier": Fourier, "pixels": Pixels, "maco": Maco, "cppn": Cppn},
    "start": {"noise": NoiseStart, "exemplar": ExemplarStart},
    "transforms": {"pad": Pad, "jitter": Jitter, "scale": Scale, "rotate": Rotate, "affine": Affine, "crops": Crops, "noise": Noise},
    "measure": {"channel": Channel, "neuron": CentreNeuron, "direction": Direction, "difference": Difference},
}

_OF_IMPORTED = ("preset", "n_images", "image_px", "n_channels", "imported")  # all that is known of images that were made elsewhere


def spec_content(spec: RenderSpec) -> dict[str, Any]:
    """Return the spec as JSON data for people and programs to read: every part, but of imported images only what is known of them."""
    content = as_content(spec)
    return content if spec.imported is None else {name: content[name] for name in _OF_IMPORTED}


def imported_spec(imported: Imported, *, n_images: int, image_px: int, n_channels: int) -> RenderSpec:
    """Return the spec of images that were made elsewhere: square, at most `n_images` of a unit and extreme."""
    return RenderSpec(
        preset=imported.method,
        n_images=n_images,
        image_px=image_px,
        seed=0,
        n_channels=n_channels,
        border_px=0,
        transforms=(),
        optimiser=OptimiserSpec(steps=0, relu_leak_steps=0),
        imported=imported,
    )


def spec_from_json(content: Mapping[str, Any]) -> RenderSpec:
    """Return the spec that `dataclasses.asdict` (or stored JSON) describes. Raises UsageError for what no spec has."""
    try:
        if content.get("imported") and "objective" not in content:
            known = {name: content[name] for name in ("n_images", "image_px", "n_channels")}
            return imported_spec(_made(Imported, content["imported"]), **known)
        objective, optimiser = dict(content["objective"]), dict(content["optimiser"])
        parts = {
            "parameterization": _part("parameterization", content["parameterization"]),
            "start": _part("start", content["start"]),
            "transforms": tuple(_part("transforms", one) for one in content["transforms"]),
            "objective": _made(
                ObjectiveSpec,
                objective | {"measure": _part("measure", objective["measure"]), "diversity": _made(Diversity, objective["diversity"])},
            ),
            "optimiser": _made(
                OptimiserSpec, optimiser | {"flat_stop": optimiser["flat_stop"] and _made(FlatStop, optimiser["flat_stop"])}
            ),
        }
        if content.get("imported"):
            parts["imported"] = _made(Imported, content["imported"])
        spec: RenderSpec = _made(RenderSpec, dict(content) | parts)
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"This is no render spec ({error}); a spec is what `exemplary show UNIT --json` gives for a render.") from error
    return spec


def _part(place: str, content: Mapping[str, Any]) -> Any:
    known = _KINDS[place]
    if content["kind"] not in known:
        raise ValueError(f"{place} has the kind {content['kind']!r}, known are {', '.join(known)}")
    return _made(known[content["kind"]], content)


def _made(record: Any, content: Mapping[str, Any]) -> Any:
    """Return the record with these values; numbers get the field's own type, so that 100 and 100.0 have one digest."""
    types = {one.name: one.type for one in fields(record)}
    return record(**{name: _typed(types.get(name, ""), _frozen(value), name) for name, value in content.items()})


def _typed(wanted: object, value: Any, name: str) -> Any:
    if wanted == "float" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if wanted in ("float", "int", "str", "bool") and type(value).__name__ != wanted:
        raise ValueError(f"{name} is a {wanted}, but came {value!r}")
    if isinstance(wanted, str) and wanted.startswith("Literal[") and f"'{value}'" not in wanted.replace('"', "'"):
        raise ValueError(f"{name} is one of {wanted[8:-1]}, but came {value!r}")
    if name in ("factors", "degrees") and not value:
        raise ValueError(f"{name} names nothing to draw from")
    if name == "other" and not re.fullmatch(r".+:[0-9]+", str(value)):
        raise ValueError(f"other is a unit, layer:channel, but came {value!r}")
    return value


def _frozen(value: Any) -> Any:
    return tuple(_frozen(one) for one in value) if isinstance(value, list | tuple) else value
