"""The second network of the embedded study, trained apart: the eye of its machine observer.

It has nothing in common with the studied network but the kind of images: residual blocks of depthwise convolutions instead of Inception
layers, other images, another seed, and another aim. It is trained to put views of one image, and images of one class, in one direction of
a 96-dimensional embedding, whose cosine is the observer's similarity.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

OBSERVER_WEIGHTS: Path = Path(__file__).with_name("weights") / "demo_observer.safetensors"
STAGES = ((32, 1), (64, 2), (128, 3))  # channels, blocks; each stage halves the side
EMBEDDING = 96
SIDE_PX = 96  # of what it is given when it observes; its training shows views of 64 to 96 px of images of 160 px
EXPANSION = 2
SHARPNESS = 12.0  # logits are so many times the cosines of embedding and class


class ResidualBlock(nn.Module):
    """Adds to its input what a depthwise 5 x 5 convolution and two 1 x 1 convolutions make of it: (B, c, h, w) -> (B, c, h, w)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.across = nn.Conv2d(channels, channels, 5, padding=2, groups=channels)
        self.widen = nn.Conv2d(channels, EXPANSION * channels, 1)
        self.narrow = nn.Conv2d(EXPANSION * channels, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the input plus the change."""
        change: Tensor = self.narrow(F.relu(self.widen(self.across(x))))
        return x + change


class DemoObserver(nn.Module):
    """Embeds images of the embedded world; its three stages have maps of 24 x 24, 12 x 12 and 6 x 6 at 96 x 96."""

    def __init__(self, n_classes: int) -> None:
        super().__init__()
        c_in = 3
        for number, (channels, blocks) in enumerate(STAGES):
            patch = 4 if number == 0 else 2
            self.add_module(f"reduce{number + 1}", nn.Conv2d(c_in, channels, patch, stride=patch))
            self.add_module(f"stage{number + 1}", nn.Sequential(*(ResidualBlock(channels) for _ in range(blocks))))
            c_in = channels
        self.project = nn.Linear(c_in, EMBEDDING)
        self.classes = nn.Parameter(torch.randn(n_classes, EMBEDDING))

    def forward(self, images: Tensor) -> Tensor:
        """Return embeddings (B, 96), not normalised, of `images`: float32 (B, 3, H, W) RGB in [0, 1], H and W at least 64."""
        x = images * 4.0 - 2.0
        for number in range(1, len(STAGES) + 1):
            x = self.get_submodule(f"stage{number}")(self.get_submodule(f"reduce{number}")(x))
        embeddings: Tensor = self.project(F.relu(x).mean(dim=(2, 3)))
        return embeddings

    def logits(self, embeddings: Tensor) -> Tensor:
        """Return logits (B, n_classes) of embeddings (B, 96): cosines with the classes' directions, sharpened."""
        return SHARPNESS * F.normalize(embeddings, dim=1) @ F.normalize(self.classes, dim=1).T


def build(weights: Path | None = None) -> DemoObserver:
    """Return the trained network in eval mode, float32, on the CPU; its number of classes is that of the weights file."""
    state = load_file(weights or OBSERVER_WEIGHTS)
    network = DemoObserver(n_classes=len(state["classes"]))
    network.load_state_dict({name: value.float() for name, value in state.items()})
    return network.eval()
