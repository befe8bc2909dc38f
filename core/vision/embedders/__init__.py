"""Embedders of machine observers: networks, perceptual metrics of other packages, and simple baselines.

open_embedder
  of_networks (any network's layer, the embedded study's observer) | of_packages (LPIPS, DreamSim) | of_statistics (baselines)
    feeding (images as large as they are taken, in batches) -> kinds (what an embedder is)
"""

from __future__ import annotations

import torch

from core.embedder_names import BASELINES, DEMO_OBSERVER, DREAMSIM, LPIPS, OWN, checked_source, split_layer
from core.errors import UsageError
from core.vision.embedders.kinds import Embedder, PairwiseEmbedder, Pixels, Vectors
from core.vision.embedders.of_networks import LayerEmbedder, open_demo_observer, open_layer
from core.vision.embedders.of_packages import open_dreamsim, open_lpips
from core.vision.embedders.of_statistics import StatisticEmbedder
from core.vision.networks import LoadedNetwork

__all__ = ["Embedder", "PairwiseEmbedder", "Pixels", "Vectors", "open_embedder"]


def open_embedder(source: str, *, device: torch.device, network: LoadedNetwork | None = None) -> Embedder | PairwiseEmbedder:
    """Return the embedder of this name (see `core.embedder_names`), on `device`; `network` is the studied one, which "own" means.

    Raises UnknownName or UsageError for a wrong name, NetworkError where it cannot be built, downloaded or run.
    """
    base, _, variant = checked_source(source).partition(":")
    if base == OWN:
        if network is None:
            raise UsageError("The embedder own is the studied network's own layer, but no studied network was given.")
        return LayerEmbedder(network, network.layer(variant) if variant else network.card.layers[-1])
    if base in BASELINES:
        return StatisticEmbedder(base)
    if base == DEMO_OBSERVER:
        return open_demo_observer(device)
    if base == LPIPS:
        return open_lpips(variant, device)
    if base == DREAMSIM:
        return open_dreamsim(variant, device)
    return open_layer(*split_layer(source), device)
