from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision import models

from core.errors import NetworkError
from core.vision.discovery import discover
from core.vision.probe import Probe

IMAGES = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(0))


class Branches(nn.Module):
    """Two branches, put together by a function."""

    def __init__(self, put_together: object) -> None:
        super().__init__()
        self.branch_b = nn.Conv2d(3, 4, 1)
        self.branch_a = nn.Conv2d(3, 2, 3, padding=1)
        self.put_together = put_together

    def forward(self, x: Tensor) -> Tensor:
        return self.put_together(self.branch_b(x), self.branch_a(x))


def found(network: nn.Module) -> list[tuple[str, int, list[str], bool]]:
    torch.manual_seed(0)
    for weight in network.parameters():
        nn.init.normal_(weight)
    layers = [item.layer for item in discover(Probe(network.eval(), IMAGES))]
    return [(layer.name, layer.n_channels, [branch.name for branch in layer.branches], layer.pre_relu) for layer in layers]


def inside(module: nn.Module) -> nn.Module:
    network = nn.Sequential()
    network.add_module("mixed", module)
    return network


def test_branches_before_the_parents_relu_are_pre_relu() -> None:
    """Branches whose concatenated ReLU is the parent's output are a pre-ReLU layer, in the order of channels."""
    network = inside(Branches(lambda b, a: F.relu(torch.cat((b, a), 1))))
    assert found(network) == [("mixed", 6, ["b", "a"], True)]
    network = inside(Branches(lambda b, a: torch.cat((F.relu(a), F.relu(b)), 1)))
    assert found(network) == [("mixed", 6, ["a", "b"], True)]


def test_branches_without_a_relu_after_are_not_called_pre_relu() -> None:
    """Where no ReLU follows in the parent, branches are what they are."""
    assert found(inside(Branches(lambda b, a: torch.cat((b, a), 1)))) == [("mixed", 6, ["b", "a"], False)]


def test_branches_that_do_not_make_up_the_output_are_not_called_pre_relu() -> None:
    """Modules called branch_* are a layer whatever the parent does, but nothing is claimed that was not seen."""
    assert found(inside(Branches(lambda b, a: torch.tanh(torch.cat((b, a), 1))))) == [("mixed", 6, ["b", "a"], False)]


def test_a_relu_inside_each_branch_is_looked_behind() -> None:
    """Branches that end in a ReLU, in place or not, are taken before it."""
    layer = Branches(lambda b, a: torch.cat((b, a), 1))
    layer.branch_b = nn.Sequential(nn.Conv2d(3, 4, 1), nn.ReLU(inplace=True))
    layer.branch_a = nn.Sequential(nn.Conv2d(3, 2, 1), nn.BatchNorm2d(2), nn.ReLU())
    assert found(inside(layer)) == [("mixed", 6, ["b", "a"], True)]


def test_plain_convolutions_are_layers_where_there_are_no_blocks() -> None:
    """In a chain of convolutions each is a layer, pre-ReLU where a ReLU is given its output."""

    class Chain(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 5, 3)

        def forward(self, x: Tensor) -> Tensor:
            return self.second(F.relu(self.first(x)))

    assert found(Chain()) == [("first", 4, ["all"], True), ("second", 5, ["all"], False)]


def test_blocks_between_a_wide_stem_and_head_are_layers() -> None:
    """A chain called blocks, as in timm's efficient networks, is looked into even where the convolutions beside it weigh much."""
    network = nn.Sequential()
    network.add_module("conv_stem", nn.Conv2d(3, 4, 3))
    network.add_module("blocks", nn.Sequential(*(nn.Sequential(nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4)) for _ in range(3))))
    network.add_module("conv_head", nn.Conv2d(4, 64, 1))
    assert found(network) == [(f"blocks.{number}", 4, ["all"], False) for number in range(3)]


def test_a_network_without_feature_maps_is_refused() -> None:
    """A network of vectors has no layer to show."""
    with pytest.raises(NetworkError, match="No layer with feature maps"):
        found(nn.Sequential(nn.Flatten(), nn.Linear(768, 4)))


def layouts(network: nn.Module, side: int) -> list[tuple[str, int, str, int]]:
    items = discover(Probe(network.eval(), torch.rand(1, 3, side, side)))
    return [(item.layer.name, item.layer.n_channels, item.taps[0].arrangement, item.taps[0].n_prefix) for item in items]


def test_the_layers_of_a_vision_transformer_are_its_blocks() -> None:
    """Every encoder block is a layer of tokens, the class token known as a prefix."""
    network = models.VisionTransformer(image_size=32, patch_size=8, num_layers=2, num_heads=2, hidden_dim=12, mlp_dim=24)
    assert layouts(network, 32) == [(f"encoder.layers.encoder_layer_{number}", 12, "tokens", 1) for number in range(2)]


@pytest.mark.parametrize("block", [models.swin_transformer.SwinTransformerBlock, models.swin_transformer.SwinTransformerBlockV2])
def test_the_layers_of_a_swin_transformer_are_its_blocks(block: type[nn.Module]) -> None:
    """Every block of every stage is a layer with its channels last, patch merging and embedding are none."""
    merging = "PatchMergingV2" if block.__name__.endswith("V2") else "PatchMerging"
    network = models.SwinTransformer(
        patch_size=[4, 4],
        embed_dim=12,
        depths=[1, 2],
        num_heads=[2, 4],
        window_size=[4, 4],
        block=block,
        downsample_layer=getattr(models.swin_transformer, merging),
    )
    assert layouts(network, 32) == [
        ("features.1.0", 12, "channels_last", 0),
        ("features.3.0", 24, "channels_last", 0),
        ("features.3.1", 24, "channels_last", 0),
    ]


def test_torchs_own_encoder_layers_are_blocks() -> None:
    """A user's network of nn.TransformerEncoderLayer, without a class token, has each as a layer; its convolution is none."""

    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.patches = nn.Conv2d(3, 8, 4, stride=4)
            encoder = nn.TransformerEncoderLayer(8, 2, 32, batch_first=True)
            self.encoder = nn.TransformerEncoder(encoder, 3, enable_nested_tensor=False)
            self.head = nn.Linear(8, 5)

        def forward(self, x: Tensor) -> Tensor:
            return self.head(self.encoder(self.patches(x).flatten(2).mT).mean(dim=1))

    assert layouts(Own(), 16) == [(f"encoder.layers.{number}", 8, "tokens", 0) for number in range(3)]
