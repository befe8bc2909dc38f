"""The small Inception network of the embedded study: nine layers of four branches, plain convolutions, quick on a CPU.

Each `branch_*` module of a layer gives that branch's pre-ReLU feature maps; the layer's output is the ReLU of their
concatenation in the order 1x1 | 3x3 | 5x5 | pool.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

EMBEDDED_WEIGHTS: Path = Path(__file__).with_name("weights") / "demo_inception.safetensors"


@dataclass(frozen=True, slots=True)
class Widths:
    """Channels of one inception layer: what each branch gives, and what the 3x3 and the 5x5 branch are reduced to before."""

    one: int
    reduce_three: int
    three: int
    reduce_five: int
    five: int
    pool: int

    @property
    def total(self) -> int:
        """Channels of the layer's concatenated output."""
        return self.one + self.three + self.five + self.pool


LAYERS: dict[str, Widths] = {
    "mixed3a": Widths(16, 16, 24, 8, 12, 12),
    "mixed3b": Widths(24, 24, 40, 8, 16, 16),
    "mixed4a": Widths(32, 24, 48, 12, 24, 24),
    "mixed4b": Widths(32, 24, 48, 12, 24, 24),
    "mixed4c": Widths(32, 24, 48, 12, 24, 24),
    "mixed4d": Widths(32, 24, 48, 12, 24, 24),
    "mixed4e": Widths(48, 32, 64, 16, 32, 32),
    "mixed5a": Widths(48, 32, 64, 16, 32, 32),
    "mixed5b": Widths(64, 48, 96, 24, 48, 48),
}
STEM_CHANNELS = (16, 32, 48)
POOL_BEFORE = frozenset({"mixed3a", "mixed4a", "mixed5a"})


class InceptionLayer(nn.Module):
    """Four parallel branches: float32 (B, c_in, h, w) -> (B, widths.total, h, w)."""

    def __init__(self, c_in: int, widths: Widths) -> None:
        super().__init__()
        self.branch_1x1 = nn.Conv2d(c_in, widths.one, 1)
        self.reduce_3x3 = nn.Conv2d(c_in, widths.reduce_three, 1)
        self.branch_3x3 = nn.Conv2d(widths.reduce_three, widths.three, 3, padding=1)
        self.reduce_5x5 = nn.Conv2d(c_in, widths.reduce_five, 1)
        self.branch_5x5 = nn.Conv2d(widths.reduce_five, widths.five, 5, padding=2)
        self.branch_pool = nn.Conv2d(c_in, widths.pool, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the ReLU of the concatenated branches; the branches' own outputs stay as they are."""
        branches = (
            self.branch_1x1(x),
            self.branch_3x3(F.relu(self.reduce_3x3(x))),
            self.branch_5x5(F.relu(self.reduce_5x5(x))),
            self.branch_pool(F.max_pool2d(x, 3, stride=1, padding=1)),
        )
        return F.relu(torch.cat(branches, dim=1))


class DemoInception(nn.Module):
    """A classifier of the embedded image world; its nine layers are the attributes mixed3a ... mixed5b.

    At 160 x 160 the feature maps are 20 x 20 (3a, 3b), 10 x 10 (4a to 4e) and 5 x 5 (5a, 5b).
    """

    def __init__(self, n_classes: int) -> None:
        super().__init__()
        first, second, third = STEM_CHANNELS
        self.conv1 = nn.Conv2d(3, first, 4, stride=2, padding=1)
        self.conv2 = nn.Conv2d(first, second, 3, stride=2, padding=1)
        self.conv3 = nn.Conv2d(second, third, 1)
        c_in = third
        for name, widths in LAYERS.items():
            self.add_module(name, InceptionLayer(c_in, widths))
            c_in = widths.total
        self.classifier = nn.Linear(c_in, n_classes)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits (B, n_classes) of `images`: float32 (B, 3, H, W) RGB in [0, 1], H and W at least 96."""
        x = images * 4.0 - 2.0
        for stem in (self.conv1, self.conv2, self.conv3):
            x = F.relu(stem(x))
        for name in LAYERS:
            if name in POOL_BEFORE:
                x = F.max_pool2d(x, 3, stride=2, padding=1)
            x = self.get_submodule(name)(x)
        logits: Tensor = self.classifier(x.mean(dim=(2, 3)))
        return logits


def build(weights: Path | None = None) -> nn.Module:
    """Return the trained network in eval mode, float32, on the CPU; its number of classes is that of the weights file."""
    state = load_file(weights or EMBEDDED_WEIGHTS)
    network = DemoInception(n_classes=len(state["classifier.bias"]))
    network.load_state_dict({name: value.float() for name, value in state.items()})
    return network.eval()
