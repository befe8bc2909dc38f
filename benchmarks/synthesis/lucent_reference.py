"""The reference of the speed benchmark: lucent 0.1.8's own `render_vis` with the paper's recipe, on any network.

`lucent.optvis.render` imports kornia <= 0.4.1 and IPython, which Exemplary leaves out. They go into a folder of the benchmark's own,
once, from the checkout's root (git ignores `build`; the environment's packages come before those in it):

    .venv/bin/uv pip install --no-config --python .venv --target benchmarks/build --no-deps kornia==0.4.1
    .venv/bin/uv pip install --no-config --python .venv --target benchmarks/build ipython
    .venv/bin/python benchmarks/synthesis/lucent_reference.py mixed3a mixed4c mixed5b

What is lucent's stays lucent's: a step runs the whole network, also past the layer; weights get gradients where they require them; the
device is CUDA where there is one; hooks are never removed. Its jitter shifts right and down by 0 to d - 1 px within the frame, its
scales below 1 are padded back to it, both with black: of a frame of 256 px the network sees 256, 263 or 269 px on a side.
"""

from __future__ import annotations

import copy
import runpy
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

DEFAULT_NETWORK = Path(__file__).resolve().parents[2].parent / "shared" / "real" / "googlenet_bvlc.py"
PAD_PX, SCALES, DEGREES, LEARNING_RATE = 16, [1, 0.975, 1.025, 0.95, 1.05], list(range(-5, 6)), 0.05  # Borowski et al. 2021
WARM_UP, LAYER = 2, "pre_relu"
QUIET = {"preprocess": False, "progress": False, "show_image": False}

sys.path.append(str(Path(__file__).resolve().parents[1] / "build"))  # kornia and IPython: lucent is imported where it is used


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is synthesised: `n_images` of a channel together, `image_px` on a side and the padding around, `diversity` its weight."""

    channel: int
    n_images: int = 9
    image_px: int = 224
    diversity: float = 100.0
    extreme: Literal["max", "min"] = "max"


class PreRelu(nn.Module):
    """A copy of a network with one more module, `pre_relu`, that gives the named modules' outputs, concatenated in that order.

    lucent reads single modules, but a layer's maps before the ReLU are in several. Its hooks stay on this copy, not on the network.
    `sides` are those of the images that it was given, pass after pass. `in_place`: the network's ReLUs overwrite what they are given.
    """

    def __init__(self, network: nn.Module, modules: Sequence[str], *, in_place: bool = False) -> None:
        super().__init__()
        self.network = copy.deepcopy(network).eval()
        self.pre_relu = nn.Identity()
        self.sides: list[int] = []
        self._in_place = in_place
        self._parts = {path: torch.empty(0) for path in modules}
        for path in modules:
            self.network.get_submodule(path).register_forward_hook(partial(self._keep, path))

    def _keep(self, path: str, _module: nn.Module, _inputs: Any, output: Tensor) -> None:
        self._parts[path] = output.clone() if self._in_place else output

    def forward(self, images: Tensor) -> Tensor:
        self.sides.append(images.shape[-1])
        output: Tensor = self.network(images)
        self.pre_relu(torch.cat(list(self._parts.values()), dim=1))
        return output


def load_network(path: Path = DEFAULT_NETWORK) -> nn.Module:
    """Return what the `build` of a Python file returns. Raises FileNotFoundError with one sentence where the file is absent."""
    if not path.is_file():
        raise FileNotFoundError(f"Skipped: the network's file {path.name} is not here.")
    return runpy.run_path(str(path))["build"]()  # type: ignore[no-any-return]


def branch_modules(network: nn.Module, layer: str) -> tuple[str, ...]:
    """Return the paths of the last modules within a layer's children named branch..., in their order."""
    branches = [(name, child) for name, child in network.get_submodule(layer).named_children() if name.startswith("branch")]
    return tuple(".".join(filter(None, (layer, name, list(child.named_modules())[-1][0]))) for name, child in branches)


def hook_count(module: nn.Module) -> int:
    """Return how many forward hooks a module and all within it have, those before and those after the pass."""
    return sum(len(inner._forward_hooks) + len(inner._forward_pre_hooks) for inner in module.modules())


def render(
    model: PreRelu, recipe: Recipe, *, steps: int, at: Iterable[int] = (), seed: int = 0, seconds: list[float] | None = None
) -> dict[int, NDArray[np.float32]]:
    """Return the images after `steps` steps, and after those of `at`: float32 (n, side, side, 3) in [0, 1], with the padding.

    Seeds torch's and NumPy's global generators, which lucent draws from, and leaves lucent's hooks on `model`. To `seconds` is added
    how long each step took: drawing, both passes and the update, nothing else.
    """
    thresholds = sorted({*at, steps})
    return dict(zip(thresholds, _render_vis(model, recipe, thresholds, seed, [] if seconds is None else seconds), strict=True))


def time_per_image_step(model: PreRelu, recipe: Recipe, *, steps: int = 5, seed: int = 0) -> float:
    """Return the median milliseconds of `steps` steps after the first ones, divided by the images in them.

    Take a fresh PreRelu: the hooks of earlier renders run in every pass.
    """
    seconds: list[float] = []
    render(model, recipe, steps=WARM_UP + steps, seed=seed, seconds=seconds)
    return 1000 * float(np.median(seconds[WARM_UP:])) / recipe.n_images


def _objective(recipe: Recipe) -> Callable[[Callable[[str], Tensor]], Tensor]:
    """Return what lucent minimises; its `channel` is minus the mean activation, and its `diversity` minus the similarity."""
    from lucent.optvis import objectives

    spread = recipe.diversity * objectives.diversity(LAYER) if recipe.diversity else 0
    sign = 1 if recipe.extreme == "max" else -1
    return sign * objectives.channel(LAYER, recipe.channel) - spread  # type: ignore[no-any-return]


def _timed_adam(parameters: Any, seconds: list[float]) -> torch.optim.Adam:
    optimiser, starts = torch.optim.Adam(parameters, lr=LEARNING_RATE), [0.0]

    def now() -> float:
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        return time.perf_counter()

    optimiser.register_step_pre_hook(lambda *_: starts.append(now()))
    optimiser.register_step_post_hook(lambda *_: seconds.append(now() - starts[-1]))
    return optimiser


def _render_vis(model: PreRelu, recipe: Recipe, thresholds: Sequence[int], seed: int, seconds: list[float]) -> list[NDArray[np.float32]]:
    from lucent.optvis import param, transform
    from lucent.optvis.render import render_vis

    torch.manual_seed(seed)
    np.random.seed(seed)
    return render_vis(  # type: ignore[no-any-return]
        model.to(transform.device),
        _objective(recipe),
        param_f=lambda: param.image(w=recipe.image_px + 2 * PAD_PX, batch=recipe.n_images, fft=True, decorrelate=True),
        optimizer=lambda parameters: _timed_adam(parameters, seconds),
        transforms=[transform.jitter(16), transform.random_scale(SCALES), transform.random_rotate(DEGREES), transform.jitter(8)],
        thresholds=thresholds,
        **QUIET,
    )


if __name__ == "__main__":
    torch.set_num_threads(2)
    try:
        network = load_network()
    except FileNotFoundError as absent:
        print(absent)
    else:
        for layer, weight in [(layer, weight) for layer in sys.argv[1:] for weight in (100.0, 0.0)]:
            milliseconds = time_per_image_step(PreRelu(network, branch_modules(network, layer)), Recipe(0, diversity=weight))
            print(f"{layer}, diversity {weight:g}: {milliseconds:.1f} ms per image and step", flush=True)
