"""What the computing tests share: a small network of a user's own, and what was computed with it."""

from __future__ import annotations

from pathlib import Path

from core.domain import Render, Study, Unit
from core.services import studies
from core.services.renders.render_requests import SynthesisRequest
from core.settings import Settings
from core.store import catalogue_read, render_read
from core.store.publication import CatalogueReader
from core.store.workspace import Workspace

N_IMAGES = 224  # of the embedded world
LAYERS = ("mixed3a", "mixed5b")  # of the embedded network, mined
SMALL_PX = 32
SMALL = """
import torch
from torch import nn


class Small(nn.Module):
    def __init__(self, n_channels, at_most):
        super().__init__()
        self.stem = nn.Conv2d(n_channels, 6, 5, padding=2)
        self.body = nn.Conv2d(6, 8, 3)
        self.head = nn.Linear(8, 5)
        self.at_most = at_most

    def forward(self, images):
        if torch.is_grad_enabled() and len(images) > self.at_most:
            raise torch.OutOfMemoryError(f"{len(images)} images do not fit")
        maps = self.body(self.stem(images - 0.5).relu()).relu()
        return self.head(maps.mean(dim=(2, 3)))


def small():
    torch.manual_seed(3)
    return Small(3, 1000)


def gray():
    torch.manual_seed(3)
    return Small(1, 1000)


def cramped():
    torch.manual_seed(3)
    return Small(3, 4)
"""
SMALL_TOML = """input_px = 32
resize_px = 32
[[layers]]
name = "stem"
modules = ["stem"]
pre_relu = true
[[layers]]
name = "body"
modules = ["body"]
pre_relu = true
"""


def write_small(folder: Path, function: str = "small", *, toml: str = SMALL_TOML) -> str:
    """Write the small network into FOLDER/FUNCTION.py and return its source; its short name is that of the function."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{function}.py").write_text(SMALL)
    (folder / f"{function}.toml").write_text(toml)
    return f"{folder / f'{function}.py'}:{function}"


def asked(*units: str, network: str = "small", n_images: int | None = 2, steps: int | None = 4, **more: object) -> SynthesisRequest:
    """Return a request that takes little time."""
    return SynthesisRequest(network, units, n_images=n_images, steps=steps, **more)  # type: ignore[arg-type]


def study_of(settings: Settings, key: str = "small/shapes") -> Study:
    """Return a study of the workspace."""
    return studies.choose_study(CatalogueReader(Workspace(settings.workspace)), key=key)


def renders_of(settings: Settings, *units: Unit, network: str = "small") -> tuple[Render, ...]:
    """Return the synthetic images of the units (of all where none is named)."""
    cursor = CatalogueReader(Workspace(settings.workspace)).cursor()
    return render_read.renders(cursor, catalogue_read.network(cursor, network), units or None)


def addresses(renders: tuple[Render, ...]) -> dict[tuple[str, str, int], str]:
    """Return the address of every image by unit, extreme and index."""
    return {(str(one.unit), one.extreme, one.index): one.address for one in renders}
