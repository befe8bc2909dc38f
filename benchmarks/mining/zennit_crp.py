"""Against zennit-crp's pass: FeatureVisualization, which keeps the 40 most activating and most relevant images of every channel."""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import torch
from script import Photos, linked, mined_s, plain
from subject import CORES, Subject, middle, timed

from core.errors import UsageError
from core.vision.networks import LoadedNetwork

BUILD = Path(__file__).parents[1] / "build" / "crp"
BATCH = 32  # that of FeatureVisualization.run
MOST_IMAGES = 256  # zennit-crp may take a second for each


def run(one: Subject, arguments: argparse.Namespace) -> dict[str, Any]:
    """All layers' channels, from files, taking turns: zennit-crp as it is, zennit-crp's activations alone, ours with everything it does."""
    _check_installed()
    some, network = one.first(min(arguments.images, MOST_IMAGES)), plain(one)
    rows = []
    with tempfile.TemporaryDirectory() as root, _threads(CORES):
        links = linked(some, Path(root))
        for number in range(arguments.rounds):
            whole = timed(lambda number=number: crp(some, network, Path(root, f"whole-{number}")))
            with mock.patch("crp.attribution.CondAttribution.__call__", _forward):
                alone = timed(lambda number=number: crp(some, network, Path(root, f"alone-{number}")))
            rows.append({"crp_s": whole, "crp_activations_s": alone, "mine_s": mined_s(some, links, Path(root, str(number)))})
            print("  " + ", ".join(f"{name} {value:.1f}" for name, value in rows[-1].items()), flush=True)
    ratio, alone = (middle([row[name] / row["mine_s"] for row in rows]) for name in ("crp_s", "crp_activations_s"))
    print(f"crp: {len(some.images)} images, {ratio:.1f} times as fast as zennit-crp, {alone:.1f} times where it leaves relevance out")
    return {"rounds": rows, "ratio": ratio, "ratio_activations": alone}


def crp(one: Subject, network: LoadedNetwork, out: Path) -> None:
    """Run zennit-crp's pass over the photos, on the convolutions whose outputs are the layers' channels; no attribution rules."""
    from crp.attribution import CondAttribution
    from crp.concepts import ChannelConcept
    from crp.visualization import FeatureVisualization

    names = {id(module): name for name, module in network.module.named_modules()}
    layers = {names[id(tap.module)]: ChannelConcept() for layer in network.card.layers for tap in network.taps[layer.name]}
    found = FeatureVisualization(CondAttribution(network.module), Labelled(one), layers, path=str(out))
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        found.run(None, 0, len(one.images), batch_size=BATCH)


class Labelled(Photos):
    """Photos of one class, so that zennit-crp keeps its statistics of classes for one alone."""

    def __getitem__(self, number: int) -> tuple[torch.Tensor, int]:  # type: ignore[override]
        return super().__getitem__(number), 0


def _forward(attribution: Any, images: torch.Tensor, *_conditions: Any, **_more: Any) -> None:
    """Let the hooks see activations alone: where nothing needs a gradient, zennit-crp leaves relevance out."""
    with torch.no_grad():
        attribution.model(images)


@contextlib.contextmanager
def _threads(n_threads: int) -> Iterator[None]:
    former = torch.get_num_threads()
    torch.set_num_threads(n_threads)
    yield
    torch.set_num_threads(former)


def _check_installed() -> None:
    if BUILD.is_dir() and str(BUILD) not in sys.path:
        sys.path.append(str(BUILD))
    if importlib.util.find_spec("crp") is None:
        raise UsageError("zennit-crp is not installed; `make benchmark-mining` puts it into benchmarks/build.")
