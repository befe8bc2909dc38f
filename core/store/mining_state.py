"""How far a mining job has come: the shards that are written and the merged summary of their layers, replaced whole after every shard."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.histogram import Histogram
from core.ranking import Moments, Summary
from core.store.activations import Shard
from core.store.workspace import publish_file

_ARRAYS = ("top_keys", "bottom_keys", "low", "high")


@dataclass(frozen=True, slots=True)
class MiningState:
    """What is done: by layer, the written shards and the summary of their images; `n_images` of the job's are in them."""

    n_images: int
    shards: Mapping[str, tuple[Shard, ...]]
    summaries: Mapping[str, Summary]


NOTHING = MiningState(0, {}, {})


def save(path: Path, state: MiningState) -> None:
    """Put the state in place of the former one, whole or not at all."""
    arrays: dict[str, Any] = {}
    for number, summary in enumerate(state.summaries.values()):
        arrays |= {f"{number}/{name}": getattr(summary, name) for name in _ARRAYS}
        arrays |= {f"{number}/{name}": value for name, value in summary.bins._asdict().items()}
        for name in ("first_image", "n", "mean", "squares"):
            arrays[f"{number}/moments/{name}"] = np.array([getattr(one, name) for one in summary.moments])
    about = {
        "n_images": state.n_images,
        "layers": list(state.summaries),
        "top_k": [summary.top_k for summary in state.summaries.values()],
        "shards": {layer: [asdict(shard) for shard in shards] for layer, shards in state.shards.items()},
    }
    temporary = path.with_suffix(".tmp.npz")
    np.savez(temporary, about=np.frombuffer(json.dumps(about).encode(), np.uint8), **arrays)
    publish_file(temporary, path)


def load(path: Path) -> MiningState:
    """Return the state that was saved last; NOTHING where none was."""
    if not path.exists():
        return NOTHING
    with np.load(path) as arrays:
        about = json.loads(arrays["about"].tobytes())
        summaries = {
            layer: _summary(arrays, number, top_k)
            for number, (layer, top_k) in enumerate(zip(about["layers"], about["top_k"], strict=True))
        }
    shards = {layer: tuple(Shard(**shard) for shard in of_layer) for layer, of_layer in about["shards"].items()}
    return MiningState(about["n_images"], shards, summaries)


def _summary(arrays: Mapping[str, Any], number: int, top_k: int) -> Summary:
    moments = (arrays[f"{number}/moments/{name}"] for name in ("first_image", "n", "mean", "squares"))
    bins = Histogram(*(arrays[f"{number}/{name}"] for name in Histogram._fields))
    return Summary(
        top_k=top_k,
        moments=tuple(Moments(int(first), int(n), mean, squares) for first, n, mean, squares in zip(*moments, strict=True)),
        bins=bins,
        **{name: arrays[f"{number}/{name}"] for name in _ARRAYS},
    )
