"""The frozen records that cross module boundaries, and the closed sets of words they use.

Words and their meaning: README, glossary. Activations are unitless network outputs; sizes are in pixels (_px); times are UTC.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, is_dataclass
from datetime import datetime
from typing import Any, Literal, get_args

Extreme = Literal["max", "min"]
Reduction = Literal["mean", "max", "centre"]
ActivationType = Literal["float32", "float16"]
Interpolation = Literal["bilinear", "bicubic"]

EXTREMES: tuple[Extreme, ...] = get_args(Extreme)
LATER_FIELDS = (("interpolation", "bilinear"), ("imported", None), ("method_digests", ()), ("is_compiled", False))  # older digests stay
LOGITS = "logits"  # the layer of a network's output: not mined or browsed unless it is asked for


def digest(record: Any) -> str:
    """Return 16 hexadecimal digits that name a frozen record by its content: SHA-256 of its canonical JSON."""
    return hashlib.sha256(canonical_json(record).encode()).hexdigest()[:16]


def canonical_json(record: Any) -> str:
    """Return the record as JSON with sorted keys and no spaces: equal records give equal text."""
    content = as_content(record) if is_dataclass(record) and not isinstance(record, type) else record
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def as_content(record: Any) -> dict[str, Any]:
    """Return a record as what is stored and digested: a field that was added later is left out where it says what held before."""
    return asdict(record, dict_factory=lambda fields: {name: value for name, value in fields if (name, value) not in LATER_FIELDS})


# --- networks -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Branch:
    """One parallel path of a layer: channels start to stop - 1 of the layer's concatenated output."""

    name: str
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Layer:
    """A named output of a network. `branches` cover the channels in order; a layer without parallel paths has one branch, "all"."""

    name: str
    n_channels: int
    branches: tuple[Branch, ...]
    pre_relu: bool

    def branch_of(self, channel: int) -> str:
        """Return the name of the branch that makes `channel`."""
        return next(branch.name for branch in self.branches if branch.start <= channel < branch.stop)


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """What is done to a decoded image before the network sees it: short side to `resize_px` (antialiased), centre crop.

    `n_channels` is 3 (RGB) or 1 (grayscale, by ITU-R 601 luma as Pillow does): what the network takes, and what people are shown.
    """

    resize_px: int
    crop_px: int
    n_channels: int = 3
    interpolation: Interpolation = "bilinear"


@dataclass(frozen=True, slots=True)
class NetworkCard:
    """What the catalogue knows of a network: enough to browse, to name units and to notice that its weights changed."""

    name: str
    source: str  # how to load it again: inception_v1, googlenet, path/to/file.py:function ...
    network_digest: str  # of weights, layers, where they are read, and preprocessing
    preprocessing: Preprocessing
    layers: tuple[Layer, ...]
    n_classes: int = 0  # width of the output (B, n_classes); 0 where the output is something else

    def layer(self, name: str) -> Layer:
        """Return the layer of this name; KeyError where there is none (services turn it into a sentence with near names)."""
        return next((layer for layer in self.all_layers if layer.name == name), None) or _missing(name)

    @property
    def all_layers(self) -> tuple[Layer, ...]:
        """Return the layers and, where the network has classes, its output as one more: a map of one position for each class."""
        if not self.n_classes or any(layer.name == LOGITS for layer in self.layers):
            return self.layers
        return (*self.layers, Layer(LOGITS, self.n_classes, (Branch("all", 0, self.n_classes),), pre_relu=True))

    @property
    def n_units(self) -> int:
        return sum(layer.n_channels for layer in self.layers)


def _missing(name: str) -> Layer:
    raise KeyError(name)


@dataclass(frozen=True, slots=True, order=True)
class Unit:
    """A channel of a layer, written layer:channel (mixed4b:465). Network and image set come from the study it is looked at in."""

    layer: str
    channel: int

    def __str__(self) -> str:
        return f"{self.layer}:{self.channel}"


# --- images -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ImageFile:
    """An indexed image. `content_hash` is the SHA-256 of its bytes; `path` begins at the set's folder and may lead through an archive."""

    image_id: int  # 0-based position in the image set, in path order; images that are added later follow
    content_hash: str
    path: str
    label: str
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file below the indexed folder that could not be used, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class ImageSet:
    """Indexed images under a name. `folder`: a folder, archive or address, in which images have their paths."""

    name: str
    folder: str
    set_digest: str  # changes when any image's content, path or label changes
    n_images: int
    n_skipped: int


# --- mining -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MiningSpec:
    """All that determines a mining run's activations and exemplars."""

    network: str
    network_digest: str
    image_set: str
    set_digest: str
    preprocessing: Preprocessing
    layers: tuple[str, ...]
    pre_relu: tuple[bool, ...]  # one per layer
    top_k: int
    batch: int  # fixed batch shape (the last batch is padded), so that results are bit-identical on one machine
    reduction: Reduction = "mean"  # of a feature map to an activation: its spatial mean, its maximum, its centre
    precision: Literal["full", "half"] = "full"  # half: the passes in bfloat16
    activation_type: ActivationType = "float32"  # of the stored activations; exemplars are ranked before they are rounded
    is_compiled: bool = False  # whether torch.compile made the pass (the last images'): activations differ by rounding


def study_key(network: str, image_set: str, reduction: Reduction) -> str:
    """Return the name of the study of a network on an image set: "network/image set", with another reduction than the mean "...+max"."""
    return f"{network}/{image_set}" + ("" if reduction == "mean" else f"+{reduction}")


@dataclass(frozen=True, slots=True)
class Study:
    """One network on one image set, mined: what pages browse and experiments test."""

    network: NetworkCard
    image_set: ImageSet
    mining: MiningSpec
    mined_at: datetime

    @property
    def key(self) -> str:
        """Return "network/image set", the study's name in addresses and commands."""
        return study_key(self.network.name, self.image_set.name, self.mining.reduction)

    @property
    def stimuli_digest(self) -> str:
        """Return what changes when the study's stimuli do: with another network or other images mined under the same names."""
        return digest([self.network.network_digest, self.mining.set_digest])


@dataclass(frozen=True, slots=True)
class Exemplar:
    """A data-set image at an extreme of a unit's ranking; rank 0 is the most extreme."""

    unit: Unit
    extreme: Extreme
    rank: int
    image_id: int
    address: str  # content address of the preprocessed crop, as served and shown
    path: str
    label: str
    activation: float


@dataclass(frozen=True, slots=True)
class ActivationSummary:
    """Distribution of a unit's activation over the image set; sd has ddof 0.

    counts: images in at most 64 bins of equal width, the first of which begins at bin_low. is_constant: every image has the same
    activation; is_dead: and that is 0, behind a ReLU which lets nothing through.
    """

    n: int
    mean: float
    sd: float
    min: float
    max: float
    bin_low: float
    bin_width: float
    counts: tuple[int, ...]
    percentiles: tuple[tuple[float, float], ...]  # (percent, activation), to half a bin of the stored histogram: 1/500 of the range
    is_constant: bool
    is_dead: bool


# --- synthesis ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Render:
    """A synthetic image; `activation` is re-measured on the final clean image, preprocessed like a natural one."""

    unit: Unit
    extreme: Extreme
    index: int
    address: str  # content hash of the stored PNG
    path: str
    activation: float
    spec_digest: str
    preset: str


@dataclass(frozen=True, slots=True)
class RenderCourse:
    """How the optimisation of one group of images went.

    `activations` and `objectives` are those before each of `steps`, of the transformed images (at most 256 of them are kept).
    `snapshots`: step and address of the group's first image on its way, the finished one last. `diversity_weight` is the weight that
    held in the last step. `n_at_once` (images in its batch) and `device` are machine facts: they change the rounding, not the recipe.
    """

    unit: Unit
    extreme: Extreme
    group: int
    spec_digest: str
    n_steps: int
    steps: tuple[int, ...]
    activations: tuple[float, ...]
    objectives: tuple[float, ...]
    snapshots: tuple[tuple[int, str], ...]
    diversity_weight: float
    n_at_once: int
    device: str


@dataclass(frozen=True, slots=True)
class PathSimilarity:
    """How much a synthetic image takes the path of its unit's natural exemplars through the network (Geirhos et al. 2023).

    For each of `at_layers`, the mean Spearman correlation of its activations (spatial means of all channels) with those of the unit's
    nine most extreme exemplars; `natural`: that of these exemplars with each other; `random`: that of random images with them.
    """

    address: str
    unit: Unit
    extreme: Extreme
    at_layers: tuple[str, ...]
    similarities: tuple[float, ...]
    natural: tuple[float, ...]
    random: tuple[float, ...]

    @property
    def normalised(self) -> tuple[float, ...]:
        """Return 1 where the image is as similar as exemplars are to each other, 0 where it is as random images are; NaN undefined."""
        rows = zip(self.similarities, self.natural, self.random, strict=True)
        return tuple((one - low) / (high - low) if high > low else math.nan for one, high, low in rows)
