"""The grammar of synthesis: parameterization x transforms x objective x optimiser, each a small named part of a RenderSpec.

A spec lists its parts in full and goes to JSON and back; its digest names the images it makes of a unit. Machine facts (device, batch,
precision) are no part of it. Sizes are in pixels (_px), angles in degrees (_deg), shares of a whole between 0 and 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from core.domain import Extreme, Unit

# --- parameterizations: what is optimised, and how it becomes an image in [0, 1] ------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fourier:
    """lucid's image: a 2-D real spectrum, scaled by 1 / frequency ** decay_power, colours decorrelated, then a sigmoid.

    `sd` is that of the spectrum at the start. `coarse_to_fine`: the share of the steps over which the limit of the frequencies rises
    from an eighth of all to all (0: all from the first step).
    """

    sd: float = 0.01
    decay_power: float = 1.0
    decorrelate: bool = True
    coarse_to_fine: float = 0.0
    kind: Literal["fourier"] = "fourier"


@dataclass(frozen=True, slots=True)
class Pixels:
    """Bare pixels behind a sigmoid; fields as in Fourier."""

    sd: float = 0.01
    decorrelate: bool = True
    coarse_to_fine: float = 0.0
    kind: Literal["pixels"] = "pixels"


@dataclass(frozen=True, slots=True)
class Maco:
    """Fel et al. 2023: only the phase is optimised; the magnitudes are the mean ones of natural images.

    `magnitude` is the set_digest of the image set that they are computed from. `sd` is that of the phases at the start, in radians.
    Where a real image ties a frequency to its mirror (the first column of the spectrum and, for even sides, the last), the magnitude is
    an upper bound.
    """

    magnitude: str = ""
    sd: float = 1.0
    coarse_to_fine: float = 0.0
    kind: Literal["maco"] = "maco"


@dataclass(frozen=True, slots=True)
class Cppn:
    """A compositional pattern producing network (Mordvintsev et al. 2018): position -> colour through `depth` dense layers."""

    hidden: int = 24
    depth: int = 8
    kind: Literal["cppn"] = "cppn"


Parameterization = Fourier | Pixels | Maco | Cppn

# --- where an image begins ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NoiseStart:
    """Seeded noise: a function of (seed, unit, extreme, index)."""

    kind: Literal["noise"] = "noise"


@dataclass(frozen=True, slots=True)
class ExemplarStart:
    """Feature accentuation: image `index` begins as the exemplar of rank `index` at its extreme, and what the unit sees in it grows.

    `image_set` is the set_digest of the images it is ranked in. `keep` holds the image to its exemplar: from the objective is taken
    keep x activation scale x the mean squared difference of pixels, where the scale is how far the exemplar's activation is from 0.
    """

    image_set: str = ""
    keep: float = 0.0
    kind: Literal["exemplar"] = "exemplar"


Start = NoiseStart | ExemplarStart

# --- transforms: what is done to the image, anew in every step, before the network sees it --------------------------------------


@dataclass(frozen=True, slots=True)
class Pad:
    """Pixels around the image: of one value, or mirrored."""

    px: int = 12
    mode: Literal["constant", "reflect"] = "constant"
    value: float = 0.5
    kind: Literal["pad"] = "pad"


@dataclass(frozen=True, slots=True)
class Jitter:
    """A random crop that is `px` smaller on each axis: one draw a step for the whole batch."""

    px: int = 8
    kind: Literal["jitter"] = "jitter"


@dataclass(frozen=True, slots=True)
class Scale:
    """A resize (bilinear) by a factor drawn from `factors`: one draw a step for the whole batch; the size changes with it."""

    factors: tuple[float, ...] = (1.0, 0.975, 1.025, 0.95, 1.05)
    kind: Literal["scale"] = "scale"


@dataclass(frozen=True, slots=True)
class Rotate:
    """A rotation about the centre (bilinear, black outside) by an angle drawn from `degrees`: one draw a step for the whole batch."""

    degrees: tuple[int, ...] = tuple(range(-5, 6))
    kind: Literal["rotate"] = "rotate"


@dataclass(frozen=True, slots=True)
class Affine:
    """Jitter, scale and rotation fused: one affine sample of image_px x image_px for every image of a group, mirrored at the border."""

    jitter_px: int = 24
    factors: tuple[float, ...] = (1.0, 0.975, 1.025, 0.95, 1.05)
    max_rotation_deg: int = 5
    kind: Literal["affine"] = "affine"


@dataclass(frozen=True, slots=True)
class Crops:
    """`n` random square crops of every image of a group, resized to image_px; their side is a normal draw, as a share of the image's."""

    n: int = 4
    mean_share: float = 0.25
    sd_share: float = 0.1
    kind: Literal["crops"] = "crops"


@dataclass(frozen=True, slots=True)
class Noise:
    """Normal noise on every pixel, drawn anew for every image of a group."""

    sd: float = 0.1
    kind: Literal["noise"] = "noise"


Transform = Pad | Jitter | Scale | Rotate | Affine | Crops | Noise

# --- objectives: what is maximised ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Channel:
    """The unit's activation: the mean over all positions of its feature map."""

    kind: Literal["channel"] = "channel"


@dataclass(frozen=True, slots=True)
class CentreNeuron:
    """The unit's feature map at its centre, row h // 2 and column w // 2 (as in lucid)."""

    kind: Literal["neuron"] = "neuron"


@dataclass(frozen=True, slots=True)
class Direction:
    """A direction in the layer, filed under the unit that is asked for: the mean over positions of sum of weight x feature map.

    `weights`: pairs (channel, weight). `cosine`: of the cosine between direction and feature vector instead (lucid's `direction`).
    """

    weights: tuple[tuple[int, float], ...] = ()
    cosine: bool = False
    kind: Literal["direction"] = "direction"


@dataclass(frozen=True, slots=True)
class Difference:
    """The unit's activation minus that of another unit, written layer:channel, of this or another layer."""

    other: str = ""
    kind: Literal["difference"] = "difference"


Measure = Channel | CentreNeuron | Direction | Difference


@dataclass(frozen=True, slots=True)
class Diversity:
    """How strongly the images of a group repel each other: weight x the similarity of their Gram matrices is taken from the objective.

    `balance`: "fixed" takes the weight as it is (the paper: 100); "gradient" scales it, in every step and for every group, so that the
    norm of its gradient at the feature maps is `weight` x that of the activation: the same weight then fits any network.
    `tuned_to`: set_digest of an image set; the weight is then the start of a search for the largest one whose weakest image still goes
    beyond the most extreme natural image: by factors of 10, then `n_bisections` bisections of its logarithm (the start is above 0).
    """

    weight: float = 0.0
    balance: Literal["fixed", "gradient"] = "fixed"
    tuned_to: str | None = None
    n_bisections: int = 3


@dataclass(frozen=True, slots=True)
class ObjectiveSpec:
    """What is maximised; for "min" the measure changes its sign, the diversity does not. `relu`: "post" reads max(map, 0)."""

    measure: Measure = field(default_factory=Channel)
    relu: Literal["layer", "post"] = "layer"  # "layer": as the layer is read, pre-ReLU where it has one
    diversity: Diversity = field(default_factory=Diversity)


# --- optimiser ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FlatStop:
    """A group ends early where the smoothed norm of its gradient changed by less than `tolerance` (a share) over `window` steps."""

    window: int = 64
    tolerance: float = 0.02


@dataclass(frozen=True, slots=True)
class OptimiserSpec:
    """Adam (betas .9, .999). For the first `relu_leak_steps` steps gradient passes fully blocked ReLUs (lucid: 16)."""

    learning_rate: float = 0.05
    steps: int = 128
    relu_leak_steps: int = 16
    flat_stop: FlatStop | None = None
    kind: Literal["adam"] = "adam"


# --- the whole ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Imported:
    """Images that were made elsewhere, by a method of this name; `content_digest` names them: no recipe of ours makes them again."""

    method: str
    content_digest: str


@dataclass(frozen=True, slots=True)
class RenderSpec:
    """All that determines a group of synthetic images of a unit, but for the unit, the extreme and the group's number.

    `n_images` are optimised together (a group); image `index` of a unit lies in group index // n_images. The image is synthesised
    `border_px` larger on every side and cropped at the end.
    """

    preset: str
    n_images: int
    image_px: int
    seed: int
    n_channels: int = 3
    border_px: int = 16
    parameterization: Parameterization = field(default_factory=Fourier)
    start: Start = field(default_factory=NoiseStart)
    transforms: tuple[Transform, ...] = (Affine(),)
    objective: ObjectiveSpec = field(default_factory=ObjectiveSpec)
    optimiser: OptimiserSpec = field(default_factory=OptimiserSpec)
    imported: Imported | None = None  # then the parts before say nothing, and all images of a unit and extreme are one group

    @property
    def side_px(self) -> int:
        """Return the side of the square that is synthesised."""
        return self.image_px + 2 * self.border_px

    @property
    def shows_activation(self) -> bool:
        """Tell whether it is the unit's activation that is maximised, so that an image can be held against natural ones."""
        return isinstance(self.objective.measure, Channel)

    @property
    def explains_unit(self) -> bool:
        """Tell whether its images may be references of the synthetic condition: made here, of the unit alone, and from noise."""
        return self.imported is None and isinstance(self.start, NoiseStart) and isinstance(self.objective.measure, Channel | CentreNeuron)


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """One group of images to render: of a unit, at an extreme; `group` counts further groups by the same spec."""

    unit: Unit
    extreme: Extreme
    group: int = 0
