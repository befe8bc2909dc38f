"""Building the module that a source names: the embedded network, the paper's, one of torchvision's or timm's, or a user's own file."""

from __future__ import annotations

import importlib.util
import math
import sys
import tomllib
import urllib.error
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import torch
from torch import Tensor, nn

from core.domain import Interpolation, Preprocessing
from core.errors import NetworkError, UnknownName
from core.vision.discovery import Declaration
from core.vision.source_names import TIMM

OWN_PREPROCESSING = Preprocessing(resize_px=256, crop_px=224)
# Lucid's InceptionV1 takes RGB in [0, 1] as 255 x - 117 (METHOD section 1).
INCEPTION_V1_SCALE, INCEPTION_V1_SHIFT = 255.0, 117.0
INCEPTION_V1_BRANCHES = {"1x1": "1x1", "3x3": "3x3", "5x5": "5x5", "pool": "pool_reduce"}
INCEPTION_V1_LAYERS = ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b")


@dataclass(frozen=True, slots=True)
class Built:
    """A module, how it is fed and what is declared of its layers (None: to be found)."""

    module: nn.Module
    preprocessing: Preprocessing
    mean: tuple[float, ...] = ()  # of RGB in [0, 1], subtracted, then divided by sd; empty where the module normalises by itself
    sd: tuple[float, ...] = ()
    layers: tuple[Declaration, ...] | None = None

    def normalised(self, images: Tensor) -> Tensor:
        """Return what the bare module is given for `images`: float32 (B, 3, H, W) RGB in [0, 1]."""
        return Normalised(nn.Identity(), mean=self.mean, sd=self.sd)(images) if self.mean else images


class Normalised(nn.Module):
    """A network behind its input normalisation: (images - mean) / sd per colour."""

    mean: Tensor
    sd: Tensor

    def __init__(self, network: nn.Module, *, mean: tuple[float, ...], sd: tuple[float, ...]) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("mean", torch.tensor(mean).view(1, -1, 1, 1), persistent=False)
        self.register_buffer("sd", torch.tensor(sd).view(1, -1, 1, 1), persistent=False)

    def forward(self, images: Tensor) -> Any:
        """Return what the network gives for `images`: float (B, 3, H, W) RGB in [0, 1]."""
        return self.network((images - self.mean) / self.sd)


def build(source: str) -> Built:
    """Return the module that `source` names, on the CPU. Raises UnknownName or NetworkError with one sentence."""
    if source == "demo":
        return _demo()
    if source == "inception_v1":
        return _inception_v1()
    if source.startswith(TIMM):
        return _timm(source)
    if ".py" in source or ":" in source:
        return _own(source)
    return _torchvision(source)


def _demo() -> Built:
    from core.demo import network

    try:
        module = network.build()
    except OSError as error:
        raise NetworkError(f"The embedded network's weights cannot be read ({error}); reinstall Exemplary.") from error
    return Built(module, Preprocessing(resize_px=160, crop_px=160))


def _inception_v1() -> Built:
    from lucent.modelzoo.inceptionv1.InceptionV1 import InceptionV1, model_urls

    # Plain ReLUs: lucent's own redirected ones bend the gradient in every step, ours only in the first ones (relus.py).
    module = InceptionV1(pretrained=False, redirected_ReLU=False)
    with downloading("inception_v1"):
        state = torch.hub.load_state_dict_from_url(model_urls["inceptionv1"], map_location="cpu", weights_only=True)
        module.load_state_dict(state)
    layers = tuple(
        Declaration(
            name=f"mixed{layer}",
            modules=tuple(f"mixed{layer}_{part}_pre_relu_conv" for part in INCEPTION_V1_BRANCHES.values()),
            branches=tuple(INCEPTION_V1_BRANCHES),
            pre_relu=True,
        )
        for layer in INCEPTION_V1_LAYERS
    )
    mean = (INCEPTION_V1_SHIFT / INCEPTION_V1_SCALE,) * 3
    return Built(module, OWN_PREPROCESSING, mean=mean, sd=(1 / INCEPTION_V1_SCALE,) * 3, layers=layers)


def _torchvision(name: str) -> Built:
    from torchvision import models

    known = models.list_models(module=models)
    if name not in known:
        raise UnknownName("network", name, ["demo", "inception_v1", *known])
    weights = models.get_model_weights(name).DEFAULT
    with downloading(name):
        return _fed_by(weights.transforms(), models.get_model(name, weights=weights))


def untrained(name: str) -> Built:
    """Return a classifier of torchvision as it is built for its weights, but with random ones: nothing is downloaded."""
    from torchvision import models

    weights = models.get_model_weights(name).DEFAULT
    slow = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}  # their own start takes a minute
    return _fed_by(weights.transforms(), models.get_model(name, weights=None, **slow))


def _fed_by(transforms: Any, module: nn.Module) -> Built:
    preprocessing = Preprocessing(transforms.resize_size[0], transforms.crop_size[0], interpolation=transforms.interpolation.value)
    return Built(module, preprocessing, mean=tuple(transforms.mean), sd=tuple(transforms.std))


def _timm(source: str) -> Built:
    try:
        import timm
        from timm.data import resolve_data_config
    except ImportError as error:
        raise NetworkError(f"{source!r} needs the package timm ({error}); install exemplary[timm].") from error
    name = source.removeprefix(TIMM)
    if name not in (known := [*timm.list_models(), *timm.list_pretrained()]):
        raise UnknownName("network of timm", name, known)
    try:
        module = timm.create_model(name, pretrained=True)
    except Exception as error:
        raise NetworkError(
            f"The weights of {source!r} cannot be loaded ({_first_line(error)}); go online once, and they are kept."
        ) from error
    return _fed_by_timm(source, resolve_data_config({}, model=module), module)


def _fed_by_timm(source: str, config: Mapping[str, Any], module: nn.Module) -> Built:
    """Return the module fed as timm evaluates it: short side to the crop's divided by crop_pct, then the centre."""
    n_channels, crop_px, _ = config["input_size"]
    interpolation, mode = config["interpolation"], config["crop_mode"]
    if interpolation not in get_args(Interpolation) or mode != "center" or n_channels not in (1, 3):
        raise NetworkError(
            f"{source} takes {n_channels} channels, interpolated {interpolation} and cropped {mode}; Exemplary gives 1 or 3 channels, "
            "bilinear or bicubic, cropped center."
        )
    preprocessing = Preprocessing(math.floor(crop_px / config["crop_pct"]), crop_px, n_channels, interpolation)
    return Built(module, preprocessing, mean=tuple(config["mean"]), sd=tuple(config["std"]))


@contextmanager
def downloading(name: str, folder: Path | None = None) -> Iterator[None]:
    """Let what loads weights, into `folder` (torch's own), fail with a NetworkError of one sentence."""
    try:
        yield
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        folder = folder or Path(torch.hub.get_dir()) / "checkpoints"
        raise NetworkError(f"The weights of {name!r} cannot be downloaded ({error}); go online or put their file into {folder}.") from error
    except Exception as error:
        raise NetworkError(f"The weights of {name!r} cannot be loaded: {_first_line(error)}.") from error


def _own(source: str) -> Built:
    path_text, _, function = source.rpartition(":")
    path = Path(path_text).expanduser()
    if not path_text.endswith(".py") or not function:
        raise NetworkError(f"A network of your own is named path/to/file.py:function, but came {source!r}.")
    if not path.is_file():
        raise NetworkError(f"There is no file {path} to take the network from.")
    module = _called(path.resolve(), function)
    if not isinstance(module, nn.Module):
        raise NetworkError(f"{source} must return a torch.nn.Module, but returned {type(module).__name__}.")
    return _declared_beside(path.with_suffix(".toml"), module)


def _called(path: Path, function: str) -> object:
    with _importable(path.parent):
        build = getattr(_imported(path), function, None)
        if not callable(build):
            raise NetworkError(f"{path.name} has no function {function!r}.")
        return _own_code(build, f"{path.name}:{function}()")


def _imported(path: Path) -> ModuleType:
    name = f"exemplary_network_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise NetworkError(f"{path} cannot be imported as a Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    loader = spec.loader
    _own_code(lambda: loader.exec_module(module), path.name)
    return module


def _own_code(run: Callable[[], object], what: str) -> object:
    """Return what a user's code returns; whatever it raises becomes one sentence."""
    try:
        return run()
    except Exception as error:
        raise NetworkError(f"{what} failed with {type(error).__name__}: {_first_line(error)}.") from error


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """Let imports find the neighbours of a user's file; afterwards they are forgotten, as another folder may have the same names."""
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in set(sys.modules) - before:
            if str(getattr(sys.modules[name], "__file__", None) or "").startswith(f"{folder}/"):
                del sys.modules[name]


def _declared_beside(path: Path, module: nn.Module) -> Built:
    if not path.is_file():
        return Built(module, replace(OWN_PREPROCESSING, n_channels=_channels_of(module)))
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        n_channels = int(content.get("input_channels", _channels_of(module)))
        crop_px = int(content.get("input_px", OWN_PREPROCESSING.crop_px))
        resize_px = int(content.get("resize_px", max(crop_px, round(crop_px * 256 / 224)) if "input_px" in content else 256))
        layers = tuple(_declaration(entry) for entry in content.get("layers", ())) or None
        _check_names(content, layers or ())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
        raise NetworkError(f"{path.name} cannot be understood: {_first_line(error)}.") from error
    if not 0 < crop_px <= resize_px:
        raise NetworkError(f"{path.name} must have 0 < input_px <= resize_px, but has {crop_px} and {resize_px}.")
    if n_channels not in (1, 3):
        raise NetworkError(f"{path.name} has input_channels {n_channels}; images that people look at have 3 (RGB) or 1 (grayscale).")
    return Built(module, Preprocessing(resize_px=resize_px, crop_px=crop_px, n_channels=n_channels), layers=layers)


def _channels_of(module: nn.Module) -> int:
    """Return 1 where the network's first convolution takes one channel, else 3."""
    first = next((inner for inner in module.modules() if isinstance(inner, nn.Conv2d)), None)
    return 1 if first is not None and first.in_channels == 1 else 3


def _check_names(content: Mapping[str, Any], layers: Sequence[Declaration]) -> None:
    unknown = set(content) - {"input_px", "input_channels", "resize_px", "layers"}
    if unknown:
        raise ValueError(f"it has {', '.join(sorted(unknown))}, but input_px, input_channels, resize_px and layers are what is read")
    if len({layer.name for layer in layers}) < len(layers):
        raise ValueError("two layers have the same name")


def _declaration(entry: Mapping[str, Any]) -> Declaration:
    modules = tuple(str(path) for path in entry["modules"])
    branches = tuple(str(name) for name in entry.get("branches", ("all",) if len(modules) == 1 else modules))
    if not modules or len(branches) != len(modules):
        raise ValueError(f"layer {entry['name']!r} needs as many branches as modules, at least one")
    return Declaration(str(entry["name"]), modules, branches, bool(entry.get("pre_relu", False)))


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
