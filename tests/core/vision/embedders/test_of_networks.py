"""Embedders that are networks: what they give is what mining measures; each image's vector is its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from core.domain import Preprocessing
from core.errors import NetworkError, UnknownName, UsageError
from core.vision.embedders import open_embedder
from core.vision.embedders.feeding import resized
from core.vision.embedders.of_networks import LayerEmbedder
from core.vision.mining import measure
from core.vision.networks import LoadedNetwork, load_network

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def network() -> LoadedNetwork:
    return load_network("demo", device=CPU)


@pytest.fixture(scope="module")
def photos() -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, (11, 160, 160, 3)).astype(np.uint8)


def test_own_layer_is_what_mining_measures(network: LoadedNetwork, photos: np.ndarray) -> None:
    """The studied network's own embedding is the activations of the layer asked for, else of its deepest."""
    for source, layer in (("own", "mixed5b"), ("own:mixed3b", "mixed3b")):
        embedder = open_embedder(source, device=CPU, network=network)
        assert isinstance(embedder, LayerEmbedder)
        found = embedder.embed(photos)
        assert found.shape == (11, embedder.dimension)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, measure(network, photos, layers=[network.layer(layer)], batch=4), rtol=1e-3, atol=1e-5)
        assert embedder.network_digest == network.card.network_digest
        assert embedder.z_scored


def test_network_by_its_source(photos: np.ndarray, network: LoadedNetwork) -> None:
    """Any network is an embedder by its deepest layer, or by the one behind a #, its output too."""
    deepest, other, output = (open_embedder(source, device=CPU) for source in ("demo", "demo#mixed4a", "demo#logits"))
    assert [one.name for one in (deepest, other, output)] == ["demo mixed5b", "demo mixed4a", "demo logits"]
    assert len({one.digest for one in (deepest, other, output)}) == 3
    assert deepest.digest == open_embedder("own", device=CPU, network=network).digest
    assert isinstance(output, LayerEmbedder)
    with torch.inference_mode():
        logits = network.module(torch.from_numpy(photos[:2]).permute(0, 3, 1, 2).float() / 255)
    np.testing.assert_allclose(output.embed(photos[:2]), logits.numpy(), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("source", ["own", "demo-observer"])
def test_vectors_do_not_depend_on_others(source: str, network: LoadedNetwork, photos: np.ndarray) -> None:
    """The bits of a vector are the same whichever images come with it, and none give none."""
    embedder = open_embedder(source, device=CPU, network=network)
    together = embedder.embed(photos)
    np.testing.assert_array_equal(embedder.embed(photos[9:]), together[9:])
    np.testing.assert_array_equal(embedder.embed(photos[::-1]), together[::-1])
    assert embedder.embed(photos[:0]).shape == (0, embedder.dimension)


def test_images_of_any_size(network: LoadedNetwork) -> None:
    """Images of another size, shape or number of channels are made what the network takes."""
    embedder = open_embedder("own:mixed3a", device=CPU, network=network)
    for shape in ((2, 48, 48, 3), (2, 200, 120, 3), (2, 64, 64, 1)):
        assert embedder.embed(np.full(shape, 90, np.uint8)).shape == (2, embedder.dimension)


def test_resized() -> None:
    """What fits stays as it is; the rest is scaled to the short side and cut in the centre; what is no image is refused."""
    noise = np.random.default_rng(1).integers(0, 256, (2, 40, 80, 3)).astype(np.uint8)
    assert resized(noise[:, :, :40], 40) is not None
    np.testing.assert_array_equal(resized(noise[:, :, :40], 40), noise[:, :, :40])
    np.testing.assert_array_equal(resized(noise, 40), noise[:, :, 20:60])
    assert resized(noise, 20, n_channels=1).shape == (2, 20, 20, 1)
    with pytest.raises(UsageError, match="uint8"):
        resized(noise.astype(np.float32), 40)


def test_file_of_ones_own(tmp_path: Path) -> None:
    """A Python file with a function that returns a module is an embedder, grayscale networks included."""
    (tmp_path / "mine.py").write_text(
        "import torch\nfrom torch import nn\n\ndef build():\n"
        "    torch.manual_seed(0)\n"
        "    return nn.Sequential(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 4))\n",
        encoding="utf-8",
    )
    (tmp_path / "mine.toml").write_text("input_px = 32\n", encoding="utf-8")
    embedder = open_embedder(f"{tmp_path}/mine.py:build", device=CPU)
    assert isinstance(embedder, LayerEmbedder)
    assert embedder.network.card.preprocessing == Preprocessing(resize_px=37, crop_px=32, n_channels=1)
    assert embedder.embed(np.zeros((3, 50, 50, 3), np.uint8)).shape == (3, 6)


@pytest.mark.parametrize(
    ("source", "error"),
    [("own", UsageError), ("resnet5", UnknownName), ("demo#mixed9z", UnknownName), ("nothing.py:build", NetworkError), ("", UsageError)],
)
def test_refused(source: str, error: type[Exception]) -> None:
    """What cannot be opened is refused with one sentence of our own."""
    with pytest.raises(error):
        open_embedder(source, device=CPU)
