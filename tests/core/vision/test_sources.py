from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from core.domain import Preprocessing
from core.errors import NetworkError, UnknownName
from core.vision.hooks import spatial_mean, tapped
from core.vision.networks import load_network
from core.vision.sources import _fed_by_timm, build

CPU = torch.device("cpu")
TINY = Path(__file__).with_name("tiny_network.py")


def written(folder: Path, toml: str | None = None, code: str | None = None) -> str:
    path = folder / "own.py"
    path.write_text(TINY.read_text() if code is None else code)
    if toml is not None:
        path.with_suffix(".toml").write_text(toml)
    return f"{path}:build"


def test_layers_can_be_declared_beside_the_file(tmp_path: Path) -> None:
    """A TOML beside the file names layers, their modules, branches and whether they are pre-ReLU."""
    toml = """
input_px = 48
[[layers]]
name = "first"
modules = ["mixed1.branch_pool", "mixed1.branch_1x1"]
branches = ["pool", "1x1"]
pre_relu = true
[[layers]]
name = "stem"
modules = ["stem"]
"""
    card = load_network(written(tmp_path, toml), device=CPU).card
    assert (card.preprocessing.resize_px, card.preprocessing.crop_px) == (55, 48)
    first, stem = card.layers
    assert (first.name, first.n_channels, first.pre_relu) == ("first", 5, True)
    assert [(branch.name, branch.start, branch.stop) for branch in first.branches] == [("pool", 0, 2), ("1x1", 2, 5)]
    assert (stem.n_channels, stem.pre_relu, [branch.name for branch in stem.branches]) == (6, False, ["all"])


TRANSFORMER = """
import torch
from torch import nn

class Own(nn.Module):
    def __init__(self, batch_first):
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 4, stride=4)
        self.cls_token = nn.Parameter(torch.ones(1, 1, 8))
        self.encoder = nn.Sequential(*(nn.TransformerEncoderLayer(8, 2, 16, batch_first=batch_first) for _ in range(2)))
        self.batch_first = batch_first

    def forward(self, x):
        tokens = torch.cat((self.cls_token.expand(len(x), -1, -1), self.patches(x).flatten(2).mT), 1)
        return self.encoder(tokens if self.batch_first else tokens.transpose(0, 1))

def build():
    torch.manual_seed(0)
    return Own(True)

def sequence_first():
    return Own(False)
"""
DECLARED = "input_px = 16\n[[layers]]\nname = 'last'\nmodules = ['encoder.1']"


def test_a_transformers_layer_can_be_declared(tmp_path: Path) -> None:
    """A declared module that gives tokens is a layer of maps: its mean is that of the patch tokens, and gradient reaches the image."""
    network = load_network(written(tmp_path, DECLARED, TRANSFORMER), device=CPU)
    assert [(layer.name, layer.n_channels, layer.pre_relu) for layer in network.card.layers] == [("last", 8, False)]
    images = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0)).requires_grad_()
    with tapped(network.module, network.taps, layers=network.card.layers, reduction=spatial_mean) as forward:
        (means,) = forward(images)
    torch.testing.assert_close(means, network.module(images)[:, 1:].mean(dim=1))
    (gradient,) = torch.autograd.grad(means[0, 0], images)
    assert gradient[0].any() and not gradient[1].any()


def test_a_declared_layer_that_does_not_begin_with_the_batch_is_refused(tmp_path: Path) -> None:
    """Tokens before images would be taken for images: the sentence says what to declare instead."""
    source = written(tmp_path, DECLARED, TRANSFORMER).replace(":build", ":sequence_first")
    with pytest.raises(NetworkError, match=r"output \(17, 1, 8\) for 1 image does not begin with the batch; .*batch_first"):
        load_network(source, device=CPU)


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("input_px = 'wide'", "own.toml cannot be understood"),
        ("input_px = [", "own.toml cannot be understood"),
        ("input_px = 64\nresize_px = 32", "0 < input_px <= resize_px"),
        ("[[layers]]\nname = 'a'\nmodules = ['mixed9']", "'mixed9', but the network has no such module"),
        ("[[layers]]\nname = 'a'\nmodules = ['classifier']", "no .*output from it"),
        ("[[layers]]\nname = 'a'\nmodules = ['stem', 'mixed1']\nbranches = ['x']", "as many branches as modules"),
        ("[[layers]]\nmodules = ['stem']", "own.toml cannot be understood"),
    ],
)
def test_a_wrong_declaration_is_one_sentence(tmp_path: Path, toml: str, words: str) -> None:
    """What is wrong in the TOML is said with the file's or the layer's name."""
    with pytest.raises(NetworkError, match=words):
        load_network(written(tmp_path, toml), device=CPU)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (f"{TINY}:nothing", "has no function 'nothing'"),
        (f"{TINY}:number", "must return a torch.nn.Module, but returned int"),
        (f"{TINY}:broken", "failed with RuntimeError: the weights are elsewhere"),
        (f"{TINY}", "path/to/file.py:function"),
        ("missing/file.py:build", "no file"),
    ],
)
def test_a_wrong_file_or_function_is_one_sentence(source: str, words: str) -> None:
    """A file, function or return value that does not fit is named."""
    with pytest.raises(NetworkError, match=words) as caught:
        load_network(source, device=CPU)
    assert "\n" not in str(caught.value)


def test_a_file_that_does_not_import_is_one_sentence(tmp_path: Path) -> None:
    """An error while importing the user's file is passed on with its kind."""
    with pytest.raises(NetworkError, match=r"own.py failed with ModuleNotFoundError"):
        load_network(written(tmp_path, code="import no_such_module_anywhere"), device=CPU)


def test_a_file_can_import_its_neighbours(tmp_path: Path) -> None:
    """Neighbours of the user's file are found, and forgotten afterwards: another folder may use the same names."""
    for width in (4, 6):
        folder = tmp_path / str(width)
        folder.mkdir()
        (folder / "neighbour.py").write_text(f"WIDTH = {width}\n")
        code = (
            "import neighbour\nfrom torch import nn\n"
            "def build():\n    return nn.Sequential(nn.Conv2d(3, neighbour.WIDTH, 3), nn.ReLU(), nn.Conv2d(neighbour.WIDTH, 2, 3))\n"
        )
        path_before = list(sys.path)
        card = load_network(written(folder, "input_px = 32", code), device=CPU).card
        assert [(layer.name, layer.n_channels) for layer in card.layers] == [("0", width), ("2", 2)]
        assert sys.path == path_before
        assert "neighbour" not in sys.modules


def test_a_network_that_cannot_run_is_one_sentence(tmp_path: Path) -> None:
    """A network that fails on an image of its crop size is refused with the reason."""
    code = "from torch import nn\ndef build():\n    return nn.Sequential(nn.Conv2d(4, 2, 3), nn.Conv2d(2, 2, 3))\n"
    with pytest.raises(NetworkError, match="cannot be run on an image of 3 channels and 32 px"):
        load_network(written(tmp_path, "input_px = 32", code), device=CPU)


def test_without_timm_its_networks_are_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the package is missing, the extra that brings it is named."""
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(NetworkError, match=r"'timm:resnet18.a1_in1k' needs the package timm .* install exemplary\[timm\]"):
        load_network("timm:resnet18.a1_in1k", device=CPU)


def test_a_timm_network_is_fed_as_timm_evaluates_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sizes, interpolation, mean and sd are timm's own; its layers are found; a wrong name lists near ones."""
    timm = pytest.importorskip("timm")
    create = timm.create_model
    monkeypatch.setattr(timm, "create_model", lambda name, pretrained: create(name, pretrained=False))
    built = build("timm:vit_tiny_patch16_224.augreg_in21k_ft_in1k")
    assert built.preprocessing == Preprocessing(resize_px=248, crop_px=224, interpolation="bicubic")
    assert (built.mean, built.sd) == ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    network = load_network("timm:vit_tiny_patch16_224.augreg_in21k_ft_in1k", device=CPU)
    assert network.card.name == "timm-vit_tiny_patch16_224.augreg_in21k_ft_in1k"
    assert [layer.name for layer in network.card.layers] == [f"blocks.{number}" for number in range(12)]
    assert all((tap.arrangement, tap.n_prefix) == ("tokens", 1) for layer in network.card.layers for tap in network.taps[layer.name])
    with pytest.raises(UnknownName, match="resnet18"):
        build("timm:resnet18x")


@pytest.mark.parametrize("other", [{"interpolation": "lanczos"}, {"crop_mode": "squash"}, {"input_size": (4, 224, 224)}])
def test_a_timm_network_that_is_fed_otherwise_is_refused(other: dict[str, object]) -> None:
    """An interpolation, crop or number of channels that images do not get is refused, never replaced."""
    config = {
        "input_size": (3, 224, 224),
        "interpolation": "bicubic",
        "crop_mode": "center",
        "crop_pct": 0.9,
        "mean": (0,) * 3,
        "std": (1,) * 3,
    }
    assert _fed_by_timm("timm:x", config, nn.Identity()).preprocessing.resize_px == 248
    with pytest.raises(NetworkError, match="Exemplary gives 1 or 3 channels, bilinear or bicubic, cropped center"):
        _fed_by_timm("timm:x", config | other, nn.Identity())


def test_modules_that_give_tokens_can_be_declared(tmp_path: Path) -> None:
    """A declared module of tokens is a layer like any other: its width is that of a token, its class token a prefix."""
    code = (
        "from torchvision import models\n"
        "def build():\n"
        "    return models.VisionTransformer(\n"
        "        image_size=32, patch_size=8, num_layers=2, num_heads=2, hidden_dim=12, mlp_dim=24, num_classes=3)\n"
    )
    toml = 'input_px = 32\n[[layers]]\nname = "perceptron"\nmodules = ["encoder.layers.encoder_layer_1.mlp"]\n'
    network = load_network(written(tmp_path, toml, code), device=CPU)
    (layer,), (tap,) = network.card.layers, network.taps["perceptron"]
    assert (layer.name, layer.n_channels, tap.arrangement, tap.n_prefix) == ("perceptron", 12, "tokens", 1)
