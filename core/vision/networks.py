"""Loading networks: one record with the card, the frozen module on its device, and where each layer's feature maps are seen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import torch
from torch import Tensor, nn

from core.domain import LOGITS, Layer, NetworkCard, Preprocessing, as_content
from core.errors import NetworkError, UnknownName, UsageError
from core.settings import Device
from core.vision.discovery import Found, declared, discover
from core.vision.folding import fold_batch_norm
from core.vision.hooks import Tap
from core.vision.probe import Probe
from core.vision.source_names import absolute, default_name
from core.vision.sources import Built, Normalised, build


@dataclass
class LoadedNetwork:
    """A network ready to be mined and to synthesise for.

    `module` takes float32 (B, C, H, W) in [0, 1], RGB or grayscale (it holds its own normalisation), is in eval mode and has no parameter
    that requires a gradient. `taps` says for each layer where its branches' feature maps are seen, in channel order.
    """

    card: NetworkCard
    module: nn.Module
    device: torch.device
    taps: Mapping[str, tuple[Tap, ...]]
    half: torch.dtype | None = None  # what rendering computes in (see precision.py); None: the weights' own type

    @property
    def dtype(self) -> torch.dtype:
        """The floating type of the weights: float32, unless a test made the module double."""
        return next((weight.dtype for weight in self.module.parameters() if weight.is_floating_point()), torch.float32)

    def layer(self, name: str) -> Layer:
        """Return the layer of this name. Raises UnknownName, listing near ones."""
        try:
            return self.card.layer(name)
        except KeyError as error:
            raise UnknownName(f"layer of {self.card.name}", name, [layer.name for layer in self.card.all_layers]) from error


def device_of(device: Device) -> torch.device:
    """Return the device that computes; "auto" is CUDA, else MPS, else the CPU. Raises UsageError where the one asked for is absent."""
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if device == "auto":
        return torch.device(next(name for name, there in present.items() if there))
    if device not in present:
        raise UsageError(f"A device is auto, cpu, cuda or mps, but came {device!r}.")
    if not present[device]:
        raise UsageError(f"The device {device!r} was asked for, but this machine has none; use auto or cpu.")
    return torch.device(device)


def load_network(source: str, *, device: torch.device, name: str | None = None) -> LoadedNetwork:
    """Return the network that `source` names, on `device`, its layers found or as declared.

    Sources: demo; inception_v1 (Lucid's, the paper's); a torchvision classification network by name (its default weights); timm:name;
    or a file of one's own, path/to/file.py:function, with an optional TOML of the same name beside it (input_px, resize_px, layers).
    Raises UnknownName for a wrong name and NetworkError where the network cannot be built, downloaded, run or searched for layers.
    """
    return loaded(build(source), source, device=device, name=name)


def loaded(built: Built, source: str, *, device: torch.device, name: str | None = None) -> LoadedNetwork:
    """Return a module that was built already, as `load_network` does with what `source` names. Raises UsageError, NetworkError."""
    weights = weights_digest(built.module)
    inner, found, n_classes = _examined(built, source)
    preprocessing = built.preprocessing
    digest = _network_digest(weights, inner, found, preprocessing)
    layers = tuple(item.layer for item in found)
    _check_names(name or default_name(source), layers)
    card = NetworkCard(name or default_name(source), absolute(source), digest, preprocessing, layers, n_classes)
    module = Normalised(inner, mean=built.mean, sd=built.sd) if built.mean else inner
    taps = {LOGITS: (Tap(inner),)} | {item.layer.name: item.taps for item in found}
    return LoadedNetwork(card, _placed(module.eval(), device), device, taps)


def _check_names(name: str, layers: Sequence[Layer]) -> None:
    """Raise an error for a name that would be an option of a command which works on the network."""
    if name.startswith("-"):
        raise UsageError(f"{name!r} cannot name a network, whose name begins with no -; give another as --network-name.")
    odd = next((layer.name for layer in layers if layer.name.startswith("-")), None)
    if odd is not None:
        raise NetworkError(f"{odd!r} cannot name a layer, whose name begins with no -; name it otherwise, in the network or its TOML file.")


def weights_digest(module: nn.Module) -> str:
    """Return 16 hexadecimal digits of the SHA-256 over names, types and bytes of the state dict, in its order."""
    content = hashlib.sha256()
    for name, value in module.state_dict().items():
        if isinstance(value, Tensor):
            flat = value.detach().cpu().contiguous().reshape(-1)
            content.update(f"{name}:{value.dtype}:{tuple(value.shape)};".encode())
            content.update(flat.view(torch.uint8).numpy().tobytes())
    return content.hexdigest()[:16]


def _network_digest(weights: str, inner: nn.Module, found: Sequence[Found], preprocessing: Preprocessing) -> str:
    """Return 16 digits that change with the weights, with any layer, with where it is read, and with the preprocessing."""
    paths = {module: path for path, module in inner.named_modules()}
    reads = [[(paths.get(tap.module, ""), tap.point, tap.call, *_layout(tap)) for tap in item.taps] for item in found]
    content = [weights, [asdict(item.layer) for item in found], reads, as_content(preprocessing)]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]


def _layout(tap: Tap) -> tuple[str | int, ...]:
    """Return how a tap's values are laid out; nothing for plain maps, so that digests are what they were before there was a layout."""
    return () if tap.arrangement == "maps" else (tap.arrangement, tap.n_prefix)


def _examined(built: Built, source: str) -> tuple[nn.Module, tuple[Found, ...], int]:
    """Return the frozen module, batch norm folded, the layers found in one pass over noise, and the number of classes."""
    module = built.module.to(device="cpu", dtype=torch.float32).eval().requires_grad_(False)
    images = built.normalised(_noise(built.preprocessing))
    try:
        module = fold_batch_norm(module, images).eval().requires_grad_(False)
        probe = Probe(module, images)
    except Exception as error:
        raise NetworkError(f"{source} cannot be run on an image of {_size(images)}: {error}") from error
    found = discover(probe) if built.layers is None else declared(probe, built.layers)
    return module, found, probe.n_classes


def _noise(preprocessing: Preprocessing) -> Tensor:
    """Return one seeded noise image: float32 (1, C, side, side) in [0, 1)."""
    shape = (1, preprocessing.n_channels, preprocessing.crop_px, preprocessing.crop_px)
    return torch.rand(shape, generator=torch.Generator().manual_seed(0))


def _size(images: Tensor) -> str:
    return f"{images.shape[1]} channels and {images.shape[-1]} px (a TOML file beside it can say input_channels and input_px)"


def _placed(module: nn.Module, device: torch.device) -> nn.Module:
    """Return the module on its device; on a CPU or CUDA with channels last, which is 1.6 times as fast for convolutions on a CPU."""
    if device.type == "mps":
        return module.to(device)
    return module.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]
