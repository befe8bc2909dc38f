from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from core.demo.network import EMBEDDED_WEIGHTS
from core.render_spec import Affine, Channel, Diversity, Measure, ObjectiveSpec, OptimiserSpec, RenderSpec, Transform
from core.vision.networks import LoadedNetwork, load_network

TINY = Path(__file__).with_name("tiny_network.py")
REAL = Path(__file__).parents[4] / "shared" / "real"
CPU = torch.device("cpu")


@pytest.fixture
def load_tiny() -> Callable[[], LoadedNetwork]:
    return lambda: load_network(f"{TINY}:build", device=CPU)


@pytest.fixture
def tiny(load_tiny: Callable[[], LoadedNetwork]) -> LoadedNetwork:
    return load_tiny()


@pytest.fixture
def tiny_double(load_tiny: Callable[[], LoadedNetwork]) -> LoadedNetwork:
    network = load_tiny()
    network.module.double()
    return network


@pytest.fixture(scope="session")
def embedded() -> LoadedNetwork:
    if not EMBEDDED_WEIGHTS.is_file():
        pytest.skip("the embedded network's weights are not there yet")
    return load_network("demo", device=CPU)


@pytest.fixture(scope="session")
def real_network() -> LoadedNetwork:
    if not REAL.is_dir():
        pytest.skip(f"needs {REAL}")
    return load_network(f"{REAL / 'googlenet_bvlc.py'}:build", device=CPU)


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Eleven files of different sizes: smooth random fields."""
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    paths = []
    for number in range(11):
        coarse = Image.fromarray(rng.integers(0, 256, (6, 6, 3), dtype=np.uint8))
        paths.append(folder / f"{number:02d}.png")
        coarse.resize((40 + 3 * number, 60 - 2 * number), Image.Resampling.BICUBIC).save(paths[-1])
    return paths


@pytest.fixture
def small_spec() -> Callable[..., RenderSpec]:
    """A recipe for the tiny network: 40 px synthesised, 32 shown; `parts` are further fields of the spec."""

    def spec(
        *,
        transforms: tuple[Transform, ...] = (Affine(jitter_px=4, max_rotation_deg=3),),
        measure: Measure | None = None,
        relu: str = "layer",
        n_images: int = 3,
        steps: int = 10,
        diversity: float | Diversity = 0.5,
        seed: int = 0,
        leak: int = 3,
        image_px: int = 32,
        border_px: int = 4,
        **parts: Any,
    ) -> RenderSpec:
        return RenderSpec(
            **{
                "preset": "test",
                "n_images": n_images,
                "image_px": image_px,
                "seed": seed,
                "border_px": border_px,
                "transforms": transforms,
                "objective": ObjectiveSpec(
                    measure=measure or Channel(),
                    relu=relu,  # type: ignore[arg-type]
                    diversity=diversity if isinstance(diversity, Diversity) else Diversity(diversity),
                ),
                "optimiser": OptimiserSpec(steps=steps, relu_leak_steps=leak),
            }
            | parts
        )

    return spec
