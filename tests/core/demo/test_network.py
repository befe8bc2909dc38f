"""The embedded network: its nine layers and four branches, its weights file and what the weights can do."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.demo.network import EMBEDDED_WEIGHTS, LAYERS, build
from core.demo.world import CLASSES, draw

BRANCHES = ("branch_1x1", "branch_3x3", "branch_5x5", "branch_pool")
UNUSED_WORLD = 77


@pytest.fixture(scope="module")
def network() -> nn.Module:
    return build()


def _recorded(network: nn.Module, names: list[str], images: Tensor) -> dict[str, Tensor]:
    """Return the outputs of the named modules, as they are after the whole forward pass."""
    outputs: dict[str, Tensor] = {}
    hooks = [
        network.get_submodule(name).register_forward_hook(lambda _module, _given, out, name=name: outputs.update({name: out}))
        for name in names
    ]
    with torch.inference_mode():
        network(images)
    for hook in hooks:
        hook.remove()
    return outputs


def test_build_gives_a_frozen_description(network: nn.Module) -> None:
    """The network comes in eval mode, float32, on the CPU, as plain convolutions with as many outputs as classes."""
    assert not network.training
    assert {(value.dtype, value.device.type) for value in network.parameters()} == {(torch.float32, "cpu")}
    assert not any(isinstance(module, nn.BatchNorm2d) for module in network.modules())
    assert network(torch.rand(2, 3, 96, 128)).shape == (2, len(CLASSES))


def test_layers_and_branches(network: nn.Module) -> None:
    """There are nine inception layers of four branches with at least eight channels each."""
    assert list(LAYERS) == [f"mixed{name}" for name in ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b")]
    outputs = _recorded(network, [f"{layer}.{branch}" for layer in LAYERS for branch in BRANCHES], torch.rand(1, 3, 160, 160))
    assert len(outputs) == 36
    assert min(output.shape[1] for output in outputs.values()) >= 8


@pytest.mark.parametrize("layer", LAYERS)
def test_branches_give_pre_relu_maps(network: nn.Module, layer: str) -> None:
    """A layer's output is the ReLU of its branches' outputs in their order, and these keep their negative values."""
    names = [f"{layer}.{branch}" for branch in BRANCHES]
    outputs = _recorded(network, [*names, layer], torch.rand(2, 3, 160, 160, generator=torch.Generator().manual_seed(0)))
    pre_relu = torch.cat([outputs[name] for name in names], dim=1)
    assert pre_relu.min() < 0
    assert torch.equal(F.relu(pre_relu), outputs[layer])
    assert pre_relu.shape[1] == LAYERS[layer].total


def test_weights_file_is_small_and_the_recorded_one() -> None:
    """The weights take at most 3 MB and are those that the record beside them describes."""
    content = EMBEDDED_WEIGHTS.read_bytes()
    record = json.loads(EMBEDDED_WEIGHTS.with_suffix(".json").read_text(encoding="utf-8"))
    assert len(content) <= 3_000_000
    assert hashlib.sha256(content).hexdigest() == record["weights_sha256"]
    assert tuple(record["classes"]) == CLASSES
    assert record["proportion_correct"] >= 0.85
    assert record["n_held_out"] >= 1500


def test_weights_recognise_fresh_images(network: nn.Module) -> None:
    """At least 80 % of 160 images of a world that was never used before are classified correctly."""
    count = 160
    images = np.stack([np.asarray(draw(UNUSED_WORLD, index)[0]) for index in range(count)])
    batch = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
    with torch.inference_mode():
        answers = torch.cat([network(part).argmax(dim=1) for part in batch.split(32)])
    assert (answers == torch.arange(count) % len(CLASSES)).float().mean() >= 0.8


def test_few_channels_stand_still(network: nn.Module) -> None:
    """Over images of all classes hardly any channel keeps the same activation."""
    images = np.stack([np.asarray(draw(UNUSED_WORLD, index)[0]) for index in range(len(CLASSES))])
    batch = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
    outputs = _recorded(network, [f"{layer}.{branch}" for layer in LAYERS for branch in BRANCHES], batch)
    spread = torch.cat([output.mean(dim=(2, 3)).std(dim=0) for output in outputs.values()])
    assert (spread < 0.01).float().mean() < 0.01
