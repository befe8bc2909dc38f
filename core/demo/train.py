"""Trains the network of the embedded study on its image world: `python -m core.demo.train`, about a quarter of an hour.

The images are worlds 1 and 2; the study itself shows world 0. `core.demo.training` has what this training shares with the observer's.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.demo import training
from core.demo.network import EMBEDDED_WEIGHTS, LAYERS, DemoInception, build
from core.demo.world import CLASSES

TRAINING_WORLD, HELD_OUT_WORLD = 1, 2
BRANCHES = ("branch_1x1", "branch_3x3", "branch_5x5", "branch_pool")


@dataclass(frozen=True, slots=True)
class Recipe(training.Course):
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
    training.run("Train the network of the embedded study.", Recipe(), EMBEDDED_WEIGHTS, make)


def make(recipe: Recipe, *, cache: Path, out: Path) -> None:
    """Write the trained weights to `out` and their record (JSON) beside it."""
    images, labels = training.world_images(cache / "training", recipe.n_training, TRAINING_WORLD)
    held_out = training.world_images(cache / "held-out", recipe.n_held_out, HELD_OUT_WORLD)
    watch = training.Stopwatch()

    def objective(network: nn.Module, batch: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
        logits = network(batch)
        return F.cross_entropy(logits, wanted, label_smoothing=recipe.label_smoothing), logits

    network = training.trained(lambda: DemoInception(len(CLASSES)), recipe, images, labels, objective=objective)
    cost = watch.cost()
    training.save_weights(training.folded(network), out)
    record = _record(recipe, assess(build(out), *held_out), cost)
    training.save_record(record, out)
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


def _record(recipe: Recipe, assessment: Assessment, cost: dict[str, int]) -> dict[str, object]:
    """Return what stands in the JSON beside the weights, but for what every such record has."""
    return {
        **asdict(recipe),
        "training_world": TRAINING_WORLD,
        "held_out_world": HELD_OUT_WORLD,
        "proportion_correct": round(assessment.proportion_correct, 4),
        "per_class_proportion_correct": {name: round(share, 3) for name, share in assessment.per_class.items()},
        "near_constant_channels": assessment.near_constant,
        "never_positive_channels": assessment.never_positive,
        **cost,
    }


if __name__ == "__main__":
    main()
