from __future__ import annotations

import hashlib
import json
import urllib.error
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
from lucent.modelzoo.inceptionv1.InceptionV1 import InceptionV1
from torch import nn
from torchvision import models
from torchvision.models.feature_extraction import create_feature_extractor

from core.domain import Preprocessing
from core.errors import NetworkError, UnknownName, UsageError
from core.vision.arrangement import as_maps
from core.vision.discovery import Found
from core.vision.hooks import cloned, spatial_mean, tapped
from core.vision.networks import LoadedNetwork, _network_digest, device_of, load_network, loaded, weights_digest
from core.vision.sources import untrained

CPU = torch.device("cpu")
TINY = Path(__file__).with_name("tiny_network.py")
# METHOD section 1: cumulative branch ends of the paper's network.
PAPER_ENDS = {
    "mixed3a": [64, 192, 224, 256],
    "mixed3b": [128, 320, 416, 480],
    "mixed4a": [192, 396, 444, 508],
    "mixed4b": [160, 384, 448, 512],
    "mixed4c": [128, 384, 448, 512],
    "mixed4d": [112, 400, 464, 528],
    "mixed4e": [256, 576, 704, 832],
    "mixed5a": [256, 576, 704, 832],
    "mixed5b": [384, 768, 896, 1024],
}


@pytest.fixture
def checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which torch looks for downloaded weights, empty, and no way to download."""

    def offline(*_args: object, **_kwargs: object) -> None:
        raise urllib.error.URLError("no route to host")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "download_url_to_file", offline)
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def random_inception(checkpoints: Path) -> nn.Module:
    torch.manual_seed(0)
    network = InceptionV1(pretrained=False).eval()
    torch.save(network.state_dict(), checkpoints / "inception5h.pth", _use_new_zipfile_serialization=False)
    return network


def test_the_paper_network_has_the_published_units(random_inception: nn.Module) -> None:
    """inception_v1, loaded through torch's cache of downloads, has the 5,484 units and branch ends of METHOD section 1."""
    card = load_network("inception_v1", device=CPU).card
    assert card.n_units == 5484
    assert {layer.name: [branch.stop for branch in layer.branches] for layer in card.layers} == PAPER_ENDS
    assert all([branch.name for branch in layer.branches] == ["1x1", "3x3", "5x5", "pool"] and layer.pre_relu for layer in card.layers)
    assert card.preprocessing == Preprocessing(resize_px=256, crop_px=224)


def test_the_paper_network_is_given_255_x_minus_117(random_inception: nn.Module) -> None:
    """Maps of mixed3a equal the four convolutions of the bare network on scaled input."""
    network = load_network("inception_v1", device=CPU)
    images = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    names = [f"mixed3a_{part}_pre_relu_conv" for part in ("1x1", "3x3", "5x5", "pool_reduce")]
    seen: dict[str, torch.Tensor] = {}
    for name in names:
        getattr(random_inception, name).register_forward_hook(lambda _m, _i, out, name=name: seen.update({name: out.clone()}))
    with torch.no_grad(), pytest.raises(RuntimeError):  # the bare network's classifier wants 224 px
        random_inception(images * 255 - 117)
    with torch.no_grad(), tapped(network.module, network.taps, layers=network.card.layers[:1], reduction=cloned) as forward:
        torch.testing.assert_close(forward(images)[0], torch.cat([seen[name] for name in names], dim=1), rtol=1e-3, atol=1e-3)


def test_torchvision_googlenet_keeps_its_input_transform(checkpoints: Path) -> None:
    """googlenet's layers are pre-ReLU, and its pretrained-only input transform and folded batch norm change no value."""
    torch.manual_seed(0)
    bare = models.googlenet(weights=None, init_weights=False, aux_logits=True)
    for module in bare.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.uniform_(-0.1, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    torch.save(bare.state_dict(), checkpoints / "googlenet-1378be20.pth")
    network = load_network("googlenet", device=CPU)
    assert [layer.name for layer in network.card.layers][:2] == ["inception3a", "inception3b"]
    assert all(layer.pre_relu and len(layer.branches) == 4 for layer in network.card.layers)
    assert network.card.n_units == 5488
    images = torch.rand(1, 3, 224, 224)
    bare.transform_input = True
    mean, sd = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1), torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
    outputs: list[torch.Tensor] = []
    bare.eval().inception3a.register_forward_hook(lambda _m, _i, out: outputs.append(out))
    with torch.no_grad(), tapped(network.module, network.taps, layers=network.card.layers[:1], reduction=cloned) as forward:
        bare((images - mean) / sd)
        maps = forward(images)[0]
    assert maps.min() < 0
    torch.testing.assert_close(maps.relu(), outputs[0], rtol=1e-4, atol=1e-5)


def test_stages_of_a_residual_network_are_pre_relu(checkpoints: Path) -> None:
    """A network without branches has its stages as layers, taken at the input of the last ReLU, in its last call."""
    torch.manual_seed(0)
    torch.save(models.resnet18(weights=None).state_dict(), checkpoints / "resnet18-f37072fd.pth")
    network = load_network("resnet18", device=CPU)
    assert [(layer.name, layer.n_channels, layer.pre_relu) for layer in network.card.layers] == [
        (f"layer{number}", width, True) for number, width in ((1, 64), (2, 128), (3, 256), (4, 512))
    ]
    with torch.no_grad(), tapped(network.module, network.taps, layers=network.card.layers, reduction=spatial_mean) as forward:
        assert all(part.shape[0] == 2 for part in forward(torch.rand(2, 3, 64, 64)))


def test_no_internet_is_one_sentence(checkpoints: Path) -> None:
    """A failing download says what is missing and where to put it."""
    for name in ("inception_v1", "resnet18"):
        with pytest.raises(NetworkError, match=rf"weights of '{name}' cannot be downloaded .*put their file into"):
            load_network(name, device=CPU)


def test_broken_weights_are_one_sentence(checkpoints: Path) -> None:
    """A weights file of another network is refused with its reason."""
    torch.save({"fc.weight": torch.zeros(2)}, checkpoints / "resnet18-f37072fd.pth")
    with pytest.raises(NetworkError, match="weights of 'resnet18' cannot be loaded"):
        load_network("resnet18", device=CPU)


def test_an_unknown_network_lists_near_ones() -> None:
    """A wrong name is answered with near names."""
    with pytest.raises(UnknownName, match="googlenet"):
        load_network("gogglenet", device=CPU)


def test_an_own_network_is_frozen_and_named_after_its_file(tiny: LoadedNetwork) -> None:
    """A user's network comes in eval mode, without gradients on weights, under the file's stem, with the TOML's sizes."""
    assert tiny.card.name == "tiny_network"
    assert tiny.card.preprocessing == Preprocessing(resize_px=36, crop_px=32)
    assert not any(module.training for module in tiny.module.modules())
    assert not any(weight.requires_grad for weight in tiny.module.parameters())
    assert load_network(f"{TINY}:build", device=CPU, name="mine").card.name == "mine"


def test_names_that_would_be_options_of_a_command_are_refused(tmp_path: Path) -> None:
    """Neither a network nor a layer begins with a dash: started jobs name them in their commands."""
    with pytest.raises(UsageError, match="--network-name"):
        load_network(f"{TINY}:build", device=CPU, name="--layers")
    own = tmp_path / "own.py"
    own.write_text(TINY.read_text())
    first = load_network(f"{own}:build", device=CPU).card.layers[0].name
    own.with_suffix(".toml").write_text(f'input_px = 32\n[[layers]]\nname = "--all"\nmodules = ["{first}"]\n')
    with pytest.raises(NetworkError, match="'--all' cannot name a layer"):
        load_network(f"{own}:build", device=CPU)


def test_the_digest_follows_the_weights(load_tiny: Callable[[], LoadedNetwork]) -> None:
    """Equal weights have equal digests; one changed weight changes it."""
    first, second = load_tiny(), load_tiny()
    assert first.card.network_digest == second.card.network_digest
    assert weights_digest(first.module) == weights_digest(second.module)
    second.module.stem.bias.data[0] += 1e-3
    assert weights_digest(second.module) != weights_digest(first.module)


def test_the_digest_of_plain_maps_is_what_it_was_before_there_was_a_layout(load_tiny: Callable[[], LoadedNetwork]) -> None:
    """The layout of a tap counts only where it is none of plain maps; interpolation only where it is not bilinear."""
    network = load_tiny()
    found = [Found(layer, network.taps[layer.name]) for layer in network.card.layers]
    paths = {module: path for path, module in network.module.named_modules()}
    reads = [[(paths[tap.module], tap.point, tap.call) for tap in item.taps] for item in found]
    content = ["weights", [asdict(item.layer) for item in found], reads, {"resize_px": 36, "crop_px": 32, "n_channels": 3}]
    former = hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]
    assert _network_digest("weights", network.module, found, network.card.preprocessing) == former
    tokens = [Found(item.layer, tuple(replace(tap, arrangement="channels_last") for tap in item.taps)) for item in found]
    assert _network_digest("weights", network.module, tokens, network.card.preprocessing) != former


def test_the_embedded_network_keeps_its_digest(embedded: LoadedNetwork) -> None:
    """What was mined from the embedded network stays valid: its digest is pinned."""
    assert embedded.card.network_digest == "0f077bdf3c350455"


def test_the_embedded_network_has_nine_layers(embedded: LoadedNetwork) -> None:
    """The source `demo` has the nine layers of Inception, pre-ReLU, at 160 px."""
    assert [layer.name for layer in embedded.card.layers] == list(PAPER_ENDS)
    assert all(layer.pre_relu and len(layer.branches) == 4 for layer in embedded.card.layers)
    assert embedded.card.preprocessing == Preprocessing(resize_px=160, crop_px=160)


@pytest.mark.real
def test_a_real_users_network_has_its_layers_found(real_network: LoadedNetwork) -> None:
    """The layers of a trained GoogLeNet are found from its module names and proved pre-ReLU."""
    assert [layer.name for layer in real_network.card.layers] == list(PAPER_ENDS)
    assert [branch.stop for branch in real_network.card.layer("mixed4a").branches] == [192, 400, 448, 512]
    assert all(layer.pre_relu for layer in real_network.card.layers)


def test_a_device_that_is_absent_is_refused() -> None:
    """auto always finds a device; one that is not there is refused in a sentence."""
    assert device_of("cpu") == CPU
    assert device_of("auto").type in {"cpu", "cuda", "mps"}
    absent = [name for name, there in (("cuda", torch.cuda.is_available()), ("mps", torch.backends.mps.is_available())) if not there]
    for name in absent:
        with pytest.raises(UsageError, match=name):
            device_of(name)  # type: ignore[arg-type]


def test_an_unknown_layer_of_a_network_lists_near_ones(tiny: LoadedNetwork) -> None:
    """Asking a loaded network for a layer that is not there lists near names."""
    assert tiny.layer("mixed1").n_channels == 10
    with pytest.raises(UnknownName, match="mixed1"):
        tiny.layer("mixed")


@pytest.mark.parametrize(
    "name", ["alexnet", "squeezenet1_1", "mobilenet_v3_small", "shufflenet_v2_x0_5", "regnet_y_400mf", "swin_t", "vit_b_32"]
)
def test_maps_equal_what_torchvision_extracts(name: str) -> None:
    """Every layer, behind its ReLU where it is taken before it, is what torchvision's own feature extractor gives of that module."""
    torch.manual_seed(0)
    built = untrained(name)
    images = torch.rand(1, 3, 224, 224)
    network = loaded(built, name, device=CPU)
    extractor = create_feature_extractor(built.module, return_nodes=[layer.name for layer in network.card.layers])
    with torch.no_grad():
        wanted = extractor(built.normalised(images))
    with torch.no_grad(), tapped(network.module, network.taps, layers=network.card.layers, reduction=cloned) as forward:
        for layer, maps in zip(network.card.layers, forward(images), strict=True):
            tap = network.taps[layer.name][0]
            given = as_maps(wanted[layer.name], tap.arrangement, n_prefix=tap.n_prefix)
            pair = (maps.relu(), given.relu()) if layer.pre_relu else (maps, given)  # a convolution is its own layer in alexnet
            torch.testing.assert_close(*pair, rtol=1e-3, atol=1e-4)


def test_fire_modules_are_taken_before_the_relus_of_their_two_paths() -> None:
    """squeezenet's concatenated paths have each a ReLU of its own: they are branches, pre-ReLU."""
    torch.manual_seed(0)
    layer = loaded(untrained("squeezenet1_1"), "squeezenet1_1", device=CPU).card.layers[0]
    assert (layer.name, layer.pre_relu) == ("features.3", True)
    assert [(branch.name, branch.stop) for branch in layer.branches] == [("expand1x1", 64), ("expand3x3", 128)]


def test_a_transformer_is_loaded_like_any_network(checkpoints: Path) -> None:
    """torchvision's transformers are no longer refused: a swin's blocks are layers, its crops bicubic as its weights were trained for."""
    torch.manual_seed(0)
    torch.save(models.swin_t(weights=None).state_dict(), checkpoints / "swin_t-704ceda3.pth")
    card = load_network("swin_t", device=CPU).card
    assert card.preprocessing == Preprocessing(resize_px=232, crop_px=224, interpolation="bicubic")
    assert (len(card.layers), card.layers[-1].name, card.layers[-1].n_channels) == (12, "features.7.1", 768)
