"""Trains the embedded study's observer network on image worlds of its own: `python -m core.demo.train_observer`, some ten minutes.

Two augmented views of every image are embedded. They must find each other among the batch (InfoNCE: van den Oord et al. 2018; as in
SimCLR, Chen et al. 2020) and find their class (a cosine classifier): what is minimised is the sum of both.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.demo import training
from core.demo.observer_network import EMBEDDING, OBSERVER_WEIGHTS, SIDE_PX, DemoObserver, build
from core.demo.world import CLASSES

TRAINING_WORLD, HELD_OUT_WORLD = 3, 4  # the studied network was trained on world 1 and held out 2; the study shows world 0
N_NEIGHBOURS = 5


@dataclass(frozen=True, slots=True)
class Recipe(training.Course):
    """All that determines the weights, apart from machine and torch version."""

    seed: int = 11
    epochs: int = 8
    n_training: int = 4800
    n_held_out: int = 800
    batch: int = 48
    sides_px: tuple[int, ...] = (64, 80, 96)
    learning_rate: float = 4e-3
    weight_decay: float = 0.05
    label_smoothing: float = 0.1
    view_weight: float = 0.5
    view_temperature: float = 0.2


@dataclass(frozen=True, slots=True)
class Assessment:
    """How the saved network does on held-out images.

    same_class_neighbours: share of an image's five nearest (by cosine) that are of its class. same_image_found: share of images whose
    nearest, among all others and an augmented view of it, is that view.
    """

    proportion_correct: float
    same_class_neighbours: float
    same_image_found: float


def main() -> None:
    """Draw the images, train, fold, assess, and write the weights and the record of their making."""
    training.run("Train the observer network of the embedded study.", Recipe(), OBSERVER_WEIGHTS, make)


def make(recipe: Recipe, *, cache: Path, out: Path) -> None:
    """Write the trained weights, float16, and their record (JSON) beside them."""
    images, labels = training.world_images(cache / "training", recipe.n_training, TRAINING_WORLD)
    held_out = training.world_images(cache / "held-out", recipe.n_held_out, HELD_OUT_WORLD)
    watch = training.Stopwatch()

    def objective(network: nn.Module, batch: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
        embeddings = network(batch)
        logits = cast(DemoObserver, network).logits(embeddings)
        named = F.cross_entropy(logits, wanted, label_smoothing=recipe.label_smoothing)
        return named + recipe.view_weight * views_apart(embeddings, temperature=recipe.view_temperature), logits

    network = training.trained(lambda: DemoObserver(len(CLASSES)), recipe, images, labels, objective=objective, views=2)
    cost = watch.cost()
    training.save_weights(training.folded(network), out, dtype=torch.float16)
    assessment = assess(build(out), *held_out)
    worlds = {"training_world": TRAINING_WORLD, "held_out_world": HELD_OUT_WORLD, "embedding": EMBEDDING, "side_px": SIDE_PX}
    rounded = {name: round(share, 4) for name, share in asdict(assessment).items()}
    training.save_record({**asdict(recipe), **worlds, **rounded, **cost}, out)
    print(f"{assessment.proportion_correct:.1%} of {recipe.n_held_out} held-out images correct; wrote {out}")


def views_apart(embeddings: Tensor, *, temperature: float) -> Tensor:
    """Return the mean InfoNCE of embeddings (2 n, d) whose second half are other views of the first: each must find its other view."""
    directions = F.normalize(embeddings, dim=1)
    cosines = directions @ directions.T / temperature
    itself = torch.eye(len(cosines), dtype=torch.bool)
    partner = torch.arange(len(cosines)).roll(len(cosines) // 2)
    return F.cross_entropy(cosines.masked_fill(itself, -torch.inf), partner)


def assess(network: DemoObserver, images: Tensor, labels: Tensor) -> Assessment:
    """Return how `network` does on uint8 images (n, 3, H, W) of known class (n,)."""
    small = F.interpolate(images.float() / 255, size=SIDE_PX, mode="bilinear", antialias=True)
    torch.manual_seed(0)
    embeddings, of_views = embedded(network, small), embedded(network, training.augmented(small, SIDE_PX))
    directions, views = F.normalize(embeddings, dim=1), F.normalize(of_views, dim=1)
    cosines = (directions @ directions.T).fill_diagonal_(-2.0)
    nearest = cosines.topk(N_NEIGHBOURS, dim=1).indices
    with torch.inference_mode():
        right = network.logits(embeddings).argmax(dim=1) == labels
    return Assessment(
        proportion_correct=float(right.float().mean()),
        same_class_neighbours=float((labels[nearest] == labels[:, None]).float().mean()),
        same_image_found=float(((directions * views).sum(dim=1) > cosines.amax(dim=1)).float().mean()),
    )


def embedded(network: DemoObserver, images: Tensor) -> Tensor:
    """Return embeddings (n, 96) of float32 images (n, 3, H, W) in [0, 1], batch by batch."""
    with torch.inference_mode():
        return torch.cat([network(part) for part in torch.split(images, 32)])


if __name__ == "__main__":
    main()
