"""Baselines as embedders."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.embedder_names import BASELINES
from core.image_statistics import STATISTICS
from core.vision.embedders import open_embedder
from core.vision.embedders.of_statistics import StatisticEmbedder


@pytest.mark.parametrize("name", BASELINES)
def test_baselines_embed_their_statistic(name: str) -> None:
    """A baseline is labelled as one, has the statistic's numbers in any number of images, and no network."""
    embedder = open_embedder(name, device=torch.device("cpu"))
    assert isinstance(embedder, StatisticEmbedder)
    pixels = np.random.default_rng(2).integers(0, 256, (35, 40, 40, 3)).astype(np.uint8)
    found = embedder.embed(pixels)
    np.testing.assert_allclose(found, STATISTICS[name](pixels), rtol=1e-4, atol=1e-4)
    assert found.shape == (35, embedder.dimension)
    assert embedder.embed(pixels[:0]).shape == (0, embedder.dimension)
    assert (embedder.kind, embedder.network_digest, embedder.z_scored) == ("baseline", None, True)
    assert embedder.description.startswith("baseline")


def test_baselines_differ() -> None:
    """Each has a digest of its own."""
    assert len({open_embedder(name, device=torch.device("cpu")).digest for name in BASELINES}) == len(BASELINES)
