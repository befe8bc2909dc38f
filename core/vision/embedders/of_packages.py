"""LPIPS and DreamSim, through their packages: optional, and their weights are downloaded by them when they are first used."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import cast

import torch
from torch import Tensor, nn

from core.domain import digest
from core.embedder_names import DREAMSIM, DREAMSIM_TYPES, LPIPS, LPIPS_TRUNKS, EmbedderKind
from core.errors import NetworkError, UsageError
from core.vision.embedders.feeding import BATCH, in_batches, resized
from core.vision.embedders.kinds import Pixels, Vectors
from core.vision.embedders.of_networks import ModuleEmbedder
from core.vision.networks import weights_digest
from core.vision.sources import downloading

DREAMSIM_PX = 224


@dataclass(frozen=True, slots=True)
class LpipsDistance:
    """LPIPS (Zhang et al. 2018), version 0.1: distances of pairs of images of one size."""

    name: str
    digest: str
    module: nn.Module
    device: torch.device
    kind: EmbedderKind = field(default="pairwise", init=False)
    network_digest: str | None = field(default=None, init=False)

    @property
    def description(self) -> str:
        """Return one line that says what the similarity is."""
        return f"minus the LPIPS distance of two images (Zhang et al. 2018), {self.name.partition(' ')[2]}"

    def distances(self, a: Pixels, b: Pixels) -> Vectors:
        """Return float32 (n,). Raises UsageError where `a` and `b` are not equally many images of one size."""
        if a.shape[:-1] != b.shape[:-1]:
            raise UsageError(f"LPIPS compares images of one size, one by one, but came {a.shape} and {b.shape}.")
        side = min(a.shape[1:3])
        pair = (resized(a, side), resized(b, side))
        return in_batches(self._distances, *pair, batch=BATCH[self.device.type], device=self.device, dimension=1)[:, 0]

    def _distances(self, a: Tensor, b: Tensor) -> Tensor:
        return cast(Tensor, self.module(a, b, normalize=True)).reshape(-1, 1)


def open_lpips(trunk: str, device: torch.device) -> LpipsDistance:
    """Return LPIPS with this trunk. Raises NetworkError where the package or its trunk's weights are missing."""
    lpips = _package(LPIPS)
    trunk = trunk or LPIPS_TRUNKS[0]
    with downloading(f"{LPIPS}:{trunk}"), _quiet():
        module: nn.Module = lpips.LPIPS(net=trunk, version="0.1", verbose=False)
    module = module.eval().requires_grad_(False).to(device)
    return LpipsDistance(f"{LPIPS} {trunk}", digest({"lpips": weights_digest(module)}), module, device)


def open_dreamsim(variant: str, device: torch.device) -> ModuleEmbedder:
    """Return DreamSim of this type. Raises NetworkError where the package or its weights are missing."""
    dreamsim = _package(DREAMSIM)
    variant = variant or DREAMSIM_TYPES[0]
    folder = Path(torch.hub.get_dir()) / DREAMSIM
    folder.mkdir(parents=True, exist_ok=True)
    with downloading(f"{DREAMSIM}:{variant}", folder), _hub_kept(), _quiet():
        module, _ = dreamsim.dreamsim(pretrained=True, device=str(device), cache_dir=str(folder), dreamsim_type=variant)
    inner = DreamSimEmbedding(module).eval().requires_grad_(False)
    blank = torch.zeros((1, 3, DREAMSIM_PX, DREAMSIM_PX), device=device)
    with torch.inference_mode():
        dimension = inner(blank).shape[1]
    return ModuleEmbedder(
        name=f"{DREAMSIM} {variant}",
        description=f"DreamSim {variant} (Fu et al. 2023), cosine of its embedding",
        digest=digest({"dreamsim": weights_digest(module), "variant": variant}),
        module=inner,
        side_px=DREAMSIM_PX,
        dimension=dimension,
        device=device,
    )


class DreamSimEmbedding(nn.Module):
    """DreamSim as a module whose output is the embedding, whose cosine is its similarity."""

    def __init__(self, dreamsim: nn.Module) -> None:
        super().__init__()
        self.dreamsim = dreamsim

    def forward(self, images: Tensor) -> Tensor:
        """Return embeddings (B, d) of `images`: float32 (B, 3, 224, 224) in [0, 1]."""
        return cast(Tensor, self.dreamsim.embed(images)).reshape(len(images), -1)  # type: ignore[operator]


def _package(name: str) -> ModuleType:
    try:
        with _quiet():
            return import_module(name)
    except ImportError as error:
        raise NetworkError(f"The embedder {name} needs the package {name} ({error}); install exemplary[{name}].") from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what these packages print, and what torch warns of their calls, from the person who cannot change it."""
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _hub_kept() -> Iterator[None]:
    """Put torch's download folder back afterwards: DreamSim changes it for the whole process."""
    folder = torch.hub.get_dir()
    try:
        yield
    finally:
        torch.hub.set_dir(folder)
