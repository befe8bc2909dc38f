"""LPIPS and DreamSim through their packages: what they are given, what becomes of it, and one sentence for all that is missing."""

from __future__ import annotations

import sys
import urllib.error
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.errors import NetworkError, UsageError
from core.vision.embedders import open_embedder
from core.vision.embedders.of_networks import ModuleEmbedder
from core.vision.embedders.of_packages import LpipsDistance

CPU = torch.device("cpu")


class FakeLpips(nn.Module):
    """Root mean square difference, called as LPIPS is."""

    def __init__(self, *, net: str, version: str, verbose: bool) -> None:
        super().__init__()
        print("Setting up")
        self.weight = nn.Parameter(torch.tensor(float(len(net))))
        assert (version, verbose) == ("0.1", False)

    def forward(self, a: Tensor, b: Tensor, normalize: bool = False) -> Tensor:
        assert normalize
        assert 0 <= a.min() <= a.max() <= 1
        return (a - b).pow(2).mean(dim=(1, 2, 3), keepdim=True).sqrt()


class FakeDreamSim(nn.Module):
    """Colour means of the quarters of an image; squeezes as DreamSim does."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))

    def embed(self, images: Tensor) -> Tensor:
        assert images.shape[1:] == (3, 224, 224)
        return nn.functional.adaptive_avg_pool2d(images, 2).flatten(1).squeeze()


@pytest.fixture
def lpips(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    package = ModuleType("lpips")
    package.LPIPS = FakeLpips  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "lpips", package)
    return package


@pytest.fixture
def dreamsim(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> ModuleType:
    package = ModuleType("dreamsim")

    def build(*, pretrained: bool, device: str, cache_dir: str, dreamsim_type: str) -> tuple[nn.Module, object]:
        print("Downloading checkpoint")
        torch.hub.set_dir(cache_dir)
        assert (pretrained, device, dreamsim_type) == (True, "cpu", "ensemble")
        return FakeDreamSim(), None

    package.dreamsim = build  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "dreamsim", package)
    torch.hub.set_dir(tmp_path / "hub")
    yield package
    torch.hub._hub_dir = None


def images(n: int, side: int = 64) -> np.ndarray:
    return np.random.default_rng(n).integers(0, 256, (n, side, side, 3)).astype(np.uint8)


def test_lpips_distances(lpips: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    """Distances are of images in the same place, in [0, 1] as floats; batches change none; the package prints nothing."""
    embedder = open_embedder("lpips", device=CPU)
    assert isinstance(embedder, LpipsDistance)
    a, b = images(19), images(19)[::-1].copy()
    expected = np.sqrt(((a / 255.0 - b / 255.0) ** 2).mean(axis=(1, 2, 3)))
    np.testing.assert_allclose(embedder.distances(a, b), expected, rtol=1e-5)
    np.testing.assert_array_equal(embedder.distances(a, a), 0)
    assert (embedder.kind, embedder.network_digest, embedder.name) == ("pairwise", None, "lpips alex")
    assert embedder.digest != open_embedder("lpips:squeeze", device=CPU).digest
    assert capsys.readouterr().out == ""
    with pytest.raises(UsageError, match="one size"):
        embedder.distances(a, images(19, side=32))


def test_dreamsim_embeds(dreamsim: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    """DreamSim is given 224 px; its embedding is used as it comes; torch's download folder is what it was."""
    before = torch.hub.get_dir()
    embedder = open_embedder("dreamsim", device=CPU)
    assert isinstance(embedder, ModuleEmbedder)
    found = embedder.embed(images(9))
    assert (found.shape, embedder.dimension, embedder.z_scored) == ((9, 12), 12, False)
    np.testing.assert_array_equal(embedder.embed(images(9)[:1]), found[:1])
    assert torch.hub.get_dir() == before
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("name", ["lpips", "dreamsim"])
def test_missing_package(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package one sentence names the extra to install."""
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(NetworkError, match=rf"install exemplary\[{name}\]"):
        open_embedder(name, device=CPU)


def test_missing_download(lpips: ModuleType, dreamsim: ModuleType) -> None:
    """Weights that cannot be downloaded are one sentence that names the folder they go into."""

    def offline(*arguments: Any, **options: Any) -> Any:
        raise urllib.error.URLError("Name or service not known")

    lpips.LPIPS = offline  # type: ignore[attr-defined]
    dreamsim.dreamsim = offline  # type: ignore[attr-defined]
    for name, folder in (("lpips:vgg", "checkpoints"), ("dreamsim", "dreamsim")):
        with pytest.raises(NetworkError, match=f"{name}.* cannot be downloaded .*{folder}"):
            open_embedder(name, device=CPU)


def test_real_lpips_with_random_weights() -> None:
    """The real package, where it is installed, is called as it wants: an image is at distance 0 of itself, and order does not matter."""
    lpips = pytest.importorskip("lpips", reason="lpips is not installed: exemplary[lpips]")
    torch.manual_seed(0)
    with pytest.warns(UserWarning, match="weights"):  # torchvision's, of how lpips calls it
        module = lpips.LPIPS(pnet_rand=True, verbose=False).eval().requires_grad_(False)
    distance = LpipsDistance("lpips alex", "0", module, CPU)
    a, b = images(3), images(4)[:3]
    np.testing.assert_allclose(distance.distances(a, a), 0, atol=1e-6)
    assert (distance.distances(a, b) > 0).all()
    np.testing.assert_allclose(distance.distances(a, b), distance.distances(b, a), rtol=1e-4)
