"""What the trainings of the embedded networks share: image worlds in memory, augmentation, the course of training, batch norms folded.

Everything is a function of the seed: the images, the first weights, the order, the augmentation. Batch norm is used in training only and
folded into the convolutions that are saved.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from core.demo.world import CLASSES, generate, image_path

Objective = Callable[[nn.Module, Tensor, Tensor], tuple[Tensor, Tensor]]
"""(network, images float32 (B, 3, side, side) in [0, 1], classes int64 (B,)) -> (what is minimised, logits (B, n_classes))"""


@dataclass(frozen=True, slots=True)
class Course:
    """How long, with what and how fast is trained."""

    seed: int
    epochs: int
    n_training: int
    n_held_out: int
    batch: int
    sides_px: tuple[int, ...]
    learning_rate: float
    weight_decay: float


Recipe = TypeVar("Recipe", bound=Course, contravariant=True)


class Make(Protocol[Recipe]):
    """Trains by a recipe: weights to `out`, their record beside them, images in `cache`."""

    def __call__(self, recipe: Recipe, /, *, cache: Path, out: Path) -> None:
        """Train and write."""


def run(description: str, default: Recipe, out: Path, make: Make[Recipe]) -> None:
    """Read the command line of a training and call `make`, on one thread, with a folder for images that may be temporary."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--cache", type=Path, help="folder for the images (default: a temporary one)")
    parser.add_argument("--out", type=Path, default=out, help="weights file; its record goes beside it")
    parser.add_argument("--seed", type=int, default=default.seed)
    parser.add_argument("--epochs", type=int, default=default.epochs)
    parser.add_argument("--images", type=int, default=default.n_training)
    given = parser.parse_args()
    # On few busy cores, threads that wait for each other made a step five times slower; one thread also fixes the order of sums.
    torch.set_num_threads(1)
    recipe = replace(default, seed=given.seed, epochs=given.epochs, n_training=given.images)
    with tempfile.TemporaryDirectory() as temporary:
        make(recipe, cache=given.cache or Path(temporary), out=given.out)


def world_images(folder: Path, n: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return n images of a world, uint8 (n, 3, 160, 160), and their classes, int64 (n,); draw those that are missing."""

    def show(done: int, total: int) -> None:
        if done % 400 == 0 or done == total:
            print(f"world {seed}: {done} of {total} images", flush=True)

    generate(folder, n=n, seed=seed, progress=show)
    images = torch.stack([_decoded(image_path(folder, index)) for index in range(n)])
    return images, torch.arange(n) % len(CLASSES)


def trained(
    build: Callable[[], nn.Module], course: Course, images: Tensor, labels: Tensor, *, objective: Objective, views: int = 1
) -> nn.Module:
    """Return the network that `build` gives, with batch norms, trained on uint8 images (n, 3, H, W); in eval mode.

    views: how many augmented copies of each image a batch has; they follow each other batch-wise: (views * course.batch, ...).
    """
    torch.manual_seed(course.seed)
    network = with_norms(build()).to(memory_format=torch.channels_last).train()
    steps = course.epochs * (len(labels) // course.batch)
    optimiser = torch.optim.AdamW(_parameter_groups(network, course.weight_decay), lr=course.learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, course.learning_rate, total_steps=steps, pct_start=0.2)
    start = time.monotonic()
    for epoch in range(course.epochs):
        correct = seen = 0
        for batch, wanted in _batches(course, images, labels, views):
            minimised, logits = objective(network, batch, wanted)
            optimiser.zero_grad(set_to_none=True)
            torch.autograd.backward(minimised)
            optimiser.step()
            schedule.step()
            correct, seen = correct + int((logits.argmax(dim=1) == wanted).sum()), seen + len(wanted)
        print(f"epoch {epoch + 1} of {course.epochs}: {correct / seen:.1%} correct, {time.monotonic() - start:.0f} s", flush=True)
    return network.eval()


def augmented(images: Tensor, side: int) -> Tensor:
    """Return float32 images (B, 3, side, side): each turned, scaled, shifted, mirrored, recoloured and made noisy a little."""
    count = len(images)
    turn, zoom = torch.randn(count) * 0.12, torch.empty(count).uniform_(0.8, 1.15)
    mirror = torch.randint(0, 2, (count,)) * 2.0 - 1.0
    shift = torch.empty(count, 2).uniform_(-0.12, 0.12)
    cos, sin = turn.cos() * zoom, turn.sin() * zoom
    rows = torch.stack([torch.stack([cos * mirror, -sin, shift[:, 0]], dim=1), torch.stack([sin * mirror, cos, shift[:, 1]], dim=1)], dim=1)
    places = F.affine_grid(rows, [count, 3, side, side], align_corners=False)
    moved = F.grid_sample(images, places, padding_mode="reflection", align_corners=False)
    gain = torch.empty(count, 1, 1, 1).uniform_(0.8, 1.2) * torch.empty(count, 3, 1, 1).uniform_(0.92, 1.08)
    contrast = torch.empty(count, 1, 1, 1).uniform_(0.75, 1.25)
    noisy = (moved * gain - 0.5) * contrast + 0.5 + torch.randn_like(moved) * torch.empty(count, 1, 1, 1).uniform_(0.0, 0.05)
    return noisy.clamp_(0.0, 1.0)


def with_norms(network: nn.Module) -> nn.Module:
    """Return the network with a batch norm behind every convolution, whose bias goes."""
    for name, conv in list(network.named_modules()):
        if isinstance(conv, nn.Conv2d):
            conv.bias = None
            nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
            network.set_submodule(name, nn.Sequential(conv, nn.BatchNorm2d(conv.out_channels)))
    return network


def folded(network: nn.Module) -> nn.Module:
    """Return the network with every batch norm folded into its convolution: what it was before `with_norms`."""
    for name, pair in list(network.named_modules()):
        if isinstance(pair, nn.Sequential) and len(pair) == 2:
            conv, norm = pair[0], pair[1]
            if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                network.set_submodule(name, fuse_conv_bn_eval(conv, norm))
    return network


def save_weights(network: nn.Module, out: Path, *, dtype: torch.dtype = torch.float32) -> None:
    """Write the weights as safetensors; the folder is made."""
    out.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: value.to(dtype).contiguous() for name, value in network.state_dict().items()}, out)


def save_record(record: Mapping[str, object], weights: Path) -> None:
    """Write the record (JSON) of how weights were made beside them, with what belongs to every one: torch, classes, digest."""
    common = {
        "torch_version": torch.__version__,
        "classes": list(CLASSES),
        "weights_sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
    }
    weights.with_suffix(".json").write_text(json.dumps({**record, **common}, indent=2) + "\n", encoding="utf-8")


class Stopwatch:
    """Counts seconds from its making: on the clock, and of this process's CPU."""

    def __init__(self) -> None:
        self.start, self.start_cpu = time.monotonic(), time.process_time()

    def cost(self) -> dict[str, int]:
        """Return both, rounded, by the names they have in a record."""
        return {"training_s": round(time.monotonic() - self.start), "training_cpu_s": round(time.process_time() - self.start_cpu)}


def _decoded(path: Path) -> Tensor:
    with Image.open(path) as image:
        return torch.from_numpy(np.array(image.convert("RGB"))).permute(2, 0, 1)


def _batches(course: Course, images: Tensor, labels: Tensor, views: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield shuffled, augmented batches: float32 (views * batch, 3, side, side) in [0, 1] and classes (views * batch,)."""
    for chosen in torch.split(torch.randperm(len(labels)), course.batch):
        if len(chosen) < course.batch:
            return
        side = course.sides_px[int(torch.randint(len(course.sides_px), ()))]
        several = chosen.repeat(views)
        yield augmented(images[several].float() / 255, side).contiguous(memory_format=torch.channels_last), labels[several]


def _parameter_groups(network: nn.Module, weight_decay: float) -> list[dict[str, object]]:
    """Return weights with decay, and norms and biases without: decayed norms would leave dead channels."""
    weights = [value for value in network.parameters() if value.ndim > 1]
    others = [value for value in network.parameters() if value.ndim <= 1]
    return [{"params": weights, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]
