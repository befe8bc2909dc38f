"""Which embedders of machine observers there are, and what each name means. No torch here: pages and commands offer and check names.

A name is one of these, or any network that `core.vision.networks.load_network` loads (torchvision's by name, timm:NAME, a file of one's
own path/to/file.py:function), with #LAYER for another layer than its deepest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from core.errors import UnknownName, UsageError

EmbedderKind = Literal["network", "pairwise", "baseline"]

OWN = "own"  # own:LAYER: the studied network's own layer
DEMO_OBSERVER = "demo-observer"
LPIPS = "lpips"  # lpips:TRUNK
DREAMSIM = "dreamsim"  # dreamsim:TYPE
BASELINES = ("mean-colour", "contrast", "centre-saliency")

LPIPS_TRUNKS = ("alex", "vgg", "squeeze")
DREAMSIM_TYPES = ("ensemble", "dino_vitb16", "dinov2_vitb14", "clip_vitb32", "open_clip_vitb32", "synclr_vitb16")
# Zimmermann, Klindt and Brendel 2024 (METHOD section 9): for cosines of DreamSim, whose default is the ensemble.
DREAMSIM_TEMPERATURE = 0.16


@dataclass(frozen=True, slots=True)
class EmbedderName:
    """An embedder that is offered: how it is asked for, and what its answers are worth.

    is_biased: it sees through the network that it judges. temperature: of its choices, where one is published; None: uncalibrated until
    fitted to people's answers. extra: what must be installed beside Exemplary (exemplary[EXTRA]), if anything.
    """

    source: str
    kind: EmbedderKind
    is_biased: bool
    about: str
    temperature: float | None = None
    extra: str | None = None


def embedder_names() -> tuple[EmbedderName, ...]:
    """Return the embedders that have a name of their own; any network's source is one beside them."""
    return (
        EmbedderName(OWN, "network", True, "the studied network's own features: a biased witness; own:LAYER for another than its deepest"),
        EmbedderName(DEMO_OBSERVER, "network", False, "a small network trained apart on the embedded image world"),
        EmbedderName(LPIPS, "pairwise", False, f"LPIPS distances (Zhang et al. 2018); lpips:{' | '.join(LPIPS_TRUNKS)}", extra=LPIPS),
        EmbedderName(
            DREAMSIM,
            "network",
            False,
            f"DreamSim (Fu et al. 2023), the published observer's; dreamsim:{' | '.join(DREAMSIM_TYPES)}",
            temperature=DREAMSIM_TEMPERATURE,
            extra=DREAMSIM,
        ),
        EmbedderName("mean-colour", "baseline", False, "the mean colour of the image (CIELAB)"),
        EmbedderName("contrast", "baseline", False, "the contrast of the image at five scales"),
        EmbedderName("centre-saliency", "baseline", False, "how much more stands out in the centre of the image than around it"),
    )


def checked_source(source: str) -> str:
    """Return the name as it is stored: `own`, `lpips` and `dreamsim` without what is their default. Raises UnknownName or UsageError.

    Whether a network of a name exists is not looked up here.
    """
    base, colon, variant = source.partition(":")
    if base == OWN or base in (LPIPS, DREAMSIM):
        return _checked_variant(base, variant) if colon else base
    if base == DEMO_OBSERVER or base in BASELINES:
        if colon:
            raise UsageError(f"The embedder {base} has no variants, but came {source!r}.")
        return base
    if not source.strip():
        raise UsageError(f"An embedder is one of {', '.join(one.source for one in embedder_names())}, or a network, but came nothing.")
    return source


def kind_of(source: str) -> EmbedderKind:
    """Return whether an embedder is a network, a baseline, or gives distances of pairs only."""
    base = source.partition(":")[0]
    if base in BASELINES:
        return "baseline"
    return "pairwise" if base == LPIPS else "network"


def is_biased(source: str) -> bool:
    """Tell whether the name asks for the studied network's own features; a studied network by its name is found by its digest."""
    return source.partition(":")[0] == OWN


def temperature_of(source: str) -> float | None:
    """Return the published temperature of the embedder's choices; None: it is uncalibrated until fitted to people's answers."""
    base, _, variant = source.partition(":")
    return DREAMSIM_TEMPERATURE if base == DREAMSIM and variant in ("", DREAMSIM_TYPES[0]) else None


def split_layer(source: str) -> tuple[str, str | None]:
    """Return a network's source and the layer that is asked for after a #, or None."""
    network, sharp, layer = source.rpartition("#")
    if not sharp:
        return source, None
    if not network or not layer:
        raise UsageError(f"A network's layer is asked for as NETWORK#LAYER, but came {source!r}.")
    return network, layer


def _checked_variant(base: str, variant: str) -> str:
    if not variant:
        raise UsageError(f"After {base}: stands {'a layer' if base == OWN else 'a variant'}, but there is nothing.")
    if base == OWN:
        return f"{OWN}:{variant}"
    known = LPIPS_TRUNKS if base == LPIPS else DREAMSIM_TYPES
    if variant not in known:
        raise UnknownName(f"variant of {base}", variant, known)
    return base if variant == known[0] else f"{base}:{variant}"
