"""Trains the network of the embedded study on its image world: `python -m core.demo.train`, about a quarter of an hour.

Everything is a function of the seed: the images (worlds 1 and 2; the study itself shows world 0), the first weights, the order,
the augmentation. Batch norm is used in training only and folded into the convolutions that are saved.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from core.demo.network import EMBEDDED_WEIGHTS, LAYERS, DemoInception, build
from core.demo.world import CLASSES, generate, image_path

TRAINING_WORLD, HELD_OUT_WORLD = 1, 2
BRANCHES = ("branch_1x1", "branch_3x3", "branch_5x5", "branch_pool")


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that determines the weights, apart from machine and torch version."""

    seed: int = 0
    epochs: int = 10
    n_training: int = 6400
    n_held_out: int = 1600
    batch: int = 32
    sides_px: tuple[int, ...] = (96, 112, 128, 160)
    learning_rate: float = 3e-3
    weight_decay: float = 0.05
    label_smoothing: float = 0.1


@dataclass(frozen=True, slots=True)
class Assessment:
    """How the saved network does on held-out images, and how many of its channels hardly vary there."""

    proportion_correct: float
    n: int
    per_class: dict[str, float]
    near_constant: dict[str, int] = field(default_factory=dict)
    never_positive: dict[str, int] = field(default_factory=dict)


def main() -> None:
    """Draw the images, train, fold, assess, and write the weights and the record of their making."""
    default = Recipe()
    parser = argparse.ArgumentParser(description="Train the network of the embedded study.")
    parser.add_argument("--cache", type=Path, help="folder for the images (default: a temporary one)")
    parser.add_argument("--out", type=Path, default=EMBEDDED_WEIGHTS, help="weights file; its record goes beside it")
    parser.add_argument("--seed", type=int, default=default.seed)
    parser.add_argument("--epochs", type=int, default=default.epochs)
    parser.add_argument("--images", type=int, default=default.n_training)
    arguments = parser.parse_args()
    # On few busy cores, threads that wait for each other made a step five times slower; one thread also fixes the order of sums.
    torch.set_num_threads(1)
    recipe = Recipe(seed=arguments.seed, epochs=arguments.epochs, n_training=arguments.images)
    with tempfile.TemporaryDirectory() as temporary:
        make(recipe, cache=arguments.cache or Path(temporary), out=arguments.out)


def make(recipe: Recipe, *, cache: Path, out: Path) -> None:
    """Write the trained weights to `out` and their record (JSON) beside it."""
    images, labels = _world(cache / "training", recipe.n_training, TRAINING_WORLD)
    held_out = _world(cache / "held-out", recipe.n_held_out, HELD_OUT_WORLD)
    start, start_cpu = time.monotonic(), time.process_time()
    network = _folded(_trained(recipe, images, labels))
    cost = {"training_s": round(time.monotonic() - start), "training_cpu_s": round(time.process_time() - start_cpu)}
    out.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: value.contiguous() for name, value in network.state_dict().items()}, out)
    record = _record(recipe, assess(build(out), *held_out), out, cost)
    out.with_suffix(".json").write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    print(f"{record['proportion_correct']:.1%} of {record['n_held_out']} held-out images correct; wrote {out}")


def assess(network: nn.Module, images: Tensor, labels: Tensor) -> Assessment:
    """Return how `network` does on uint8 images (n, 3, H, W) of known class (n,)."""
    means: dict[str, list[Tensor]] = {}
    peaks: dict[str, list[Tensor]] = {}

    def note(name: str, output: Tensor) -> None:
        means.setdefault(name, []).append(output.mean(dim=(2, 3)))
        peaks.setdefault(name, []).append(output.amax(dim=(2, 3)))

    names = [f"{layer}.{branch}" for layer in LAYERS for branch in BRANCHES]
    hooks = [network.get_submodule(name).register_forward_hook(lambda _m, _i, out, name=name: note(name, out)) for name in names]
    with torch.inference_mode():
        answers = torch.cat([network(part.float() / 255).argmax(dim=1) for part in torch.split(images, 32)])
    for hook in hooks:
        hook.remove()
    right = answers == labels
    return Assessment(
        proportion_correct=float(right.float().mean()),
        n=len(labels),
        per_class={name: float(right[labels == number].float().mean()) for number, name in enumerate(CLASSES)},
        near_constant=_counted(names, {name: torch.cat(parts).std(dim=0) < 0.01 for name, parts in means.items()}),
        never_positive=_counted(names, {name: torch.cat(parts).amax(dim=0) <= 0 for name, parts in peaks.items()}),
    )


def _counted(names: list[str], marked: dict[str, Tensor]) -> dict[str, int]:
    counts = dict.fromkeys(LAYERS, 0)
    for name in names:
        counts[name.split(".")[0]] += int(marked[name].sum())
    return counts


def _world(folder: Path, n: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return n images of a world, uint8 (n, 3, 160, 160), and their classes, int64 (n,); draw those that are missing."""

    def show(done: int, total: int) -> None:
        if done % 400 == 0 or done == total:
            print(f"world {seed}: {done} of {total} images", flush=True)

    generate(folder, n=n, seed=seed, progress=show)
    images = torch.stack([_decoded(image_path(folder, index)) for index in range(n)])
    return images, torch.arange(n) % len(CLASSES)


def _decoded(path: Path) -> Tensor:
    with Image.open(path) as image:
        return torch.from_numpy(np.array(image.convert("RGB"))).permute(2, 0, 1)


def _trained(recipe: Recipe, images: Tensor, labels: Tensor) -> nn.Module:
    """Return the network, with batch norms, trained by the recipe."""
    torch.manual_seed(recipe.seed)
    network = _with_norms(DemoInception(len(CLASSES))).to(memory_format=torch.channels_last).train()
    steps = recipe.epochs * (len(labels) // recipe.batch)
    optimiser = torch.optim.AdamW(_parameter_groups(network, recipe.weight_decay), lr=recipe.learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.learning_rate, total_steps=steps, pct_start=0.2)
    start = time.monotonic()
    for epoch in range(recipe.epochs):
        correct = seen = 0
        for batch, wanted in _batches(recipe, images, labels):
            logits = network(batch)
            objective = F.cross_entropy(logits, wanted, label_smoothing=recipe.label_smoothing)
            optimiser.zero_grad(set_to_none=True)
            torch.autograd.backward(objective)
            optimiser.step()
            schedule.step()
            correct, seen = correct + int((logits.argmax(dim=1) == wanted).sum()), seen + len(wanted)
        print(f"epoch {epoch + 1} of {recipe.epochs}: {correct / seen:.1%} correct, {time.monotonic() - start:.0f} s", flush=True)
    return network.eval()


def _batches(recipe: Recipe, images: Tensor, labels: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield shuffled, augmented batches: float32 (batch, 3, side, side) in [0, 1] and classes (batch,)."""
    for chosen in torch.split(torch.randperm(len(labels)), recipe.batch):
        if len(chosen) < recipe.batch:
            return
        side = recipe.sides_px[int(torch.randint(len(recipe.sides_px), ()))]
        yield augmented(images[chosen].float() / 255, side).contiguous(memory_format=torch.channels_last), labels[chosen]


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


def _with_norms(network: nn.Module) -> nn.Module:
    """Return the network with a batch norm behind every convolution, whose bias goes."""
    for name, conv in list(network.named_modules()):
        if isinstance(conv, nn.Conv2d):
            conv.bias = None
            nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
            network.set_submodule(name, nn.Sequential(conv, nn.BatchNorm2d(conv.out_channels)))
    return network


def _folded(network: nn.Module) -> nn.Module:
    """Return the network with every batch norm folded into its convolution: what `DemoInception` is."""
    for name, pair in list(network.named_modules()):
        if isinstance(pair, nn.Sequential):
            conv, norm = pair[0], pair[1]
            if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                network.set_submodule(name, fuse_conv_bn_eval(conv, norm))
    return network


def _parameter_groups(network: nn.Module, weight_decay: float) -> list[dict[str, object]]:
    """Return weights with decay, and norms and biases without: decayed norms would leave dead channels."""
    weights = [value for value in network.parameters() if value.ndim > 1]
    others = [value for value in network.parameters() if value.ndim <= 1]
    return [{"params": weights, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]


def _record(recipe: Recipe, assessment: Assessment, weights: Path, cost: dict[str, int]) -> dict[str, object]:
    """Return what stands in the JSON beside the weights."""
    return {
        **asdict(recipe),
        "training_world": TRAINING_WORLD,
        "held_out_world": HELD_OUT_WORLD,
        "proportion_correct": round(assessment.proportion_correct, 4),
        "per_class_proportion_correct": {name: round(share, 3) for name, share in assessment.per_class.items()},
        "near_constant_channels": assessment.near_constant,
        "never_positive_channels": assessment.never_positive,
        **cost,
        "torch_version": torch.__version__,
        "classes": list(CLASSES),
        "weights_sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
    }


if __name__ == "__main__":
    main()
