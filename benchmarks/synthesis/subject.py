"""The network that both sides render for, and what is printed of machine and results."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lucent_reference import DEFAULT_NETWORK, PreRelu, branch_modules
from torch import nn

from core.domain import Unit
from core.settings import Precision
from core.vision.mining import measure
from core.vision.networks import LoadedNetwork, load_network
from core.vision.precision import half_type
from core.vision.sources import Normalised, build

LAYERS = ("3a", "4c", "5b")


@dataclass(frozen=True, slots=True)
class Subject:
    """One network twice: as Exemplary loads it, and as it came (`raw`, taking images in [0, 1]), for lucent; the layers to render."""

    source: str
    ours: LoadedNetwork
    raw: nn.Module
    layers: tuple[str, ...]

    def for_lucent(self, layer: str, *, frozen: bool = False) -> PreRelu:
        """Return a fresh copy for one lucent render; lucent leaves its hooks on it. `frozen`: weights get no gradients."""
        prefix = "network." if isinstance(self.raw, Normalised) else ""
        model = PreRelu(self.raw, branch_modules(self.raw, prefix + layer), in_place=bool(prefix))
        return model.requires_grad_(False) if frozen else model

    def set_precision(self, precision: Precision) -> None:
        """Render ours in this precision from now on."""
        self.ours.half = half_type(self.ours.device, self.ours.dtype, precision)

    def measured(self, unit: Unit, images: np.ndarray[Any, np.dtype[np.uint8]]) -> float:
        """Return the unit's activation, by Exemplary in full precision: its mean over images, uint8 (n, side, side, 3)."""
        found = measure(self.ours, images, layers=(self.ours.layer(unit.layer),), batch=len(images))
        return float(found[:, unit.channel].mean())


def load_subject(source: str | None, layers: Sequence[str] | None) -> Subject:
    """Return the subject. Raises ExemplaryError with one sentence where the network is not to be had or differs between the sides."""
    source = source or (f"{DEFAULT_NETWORK}:build" if DEFAULT_NETWORK.is_file() else "googlenet")
    built = build(source)
    raw = Normalised(built.module, mean=built.mean, sd=built.sd) if built.mean else built.module
    ours = load_network(source, device=torch.device("cpu"))
    stem = "inception" if any(layer.name.startswith("inception") for layer in ours.card.layers) else "mixed"
    subject = Subject(source, ours, raw.eval(), tuple(layers or [stem + layer for layer in LAYERS]))
    for layer in subject.layers:
        _check_same(subject, layer)
    return subject


def _check_same(subject: Subject, layer: str) -> None:
    """Hold both sides to the same maps: what is timed against lucent must compute what lucent computes."""
    side = subject.ours.card.preprocessing.crop_px
    pixels = np.random.default_rng(0).integers(0, 256, (1, side, side, 3), dtype=np.uint8)
    model, maps = subject.for_lucent(layer), list[torch.Tensor]()
    model.pre_relu.register_forward_hook(lambda _module, _inputs, output: maps.append(output))
    with torch.inference_mode():
        model(torch.from_numpy(pixels).permute(0, 3, 1, 2).div(255))
    ours = measure(subject.ours, pixels, layers=(subject.ours.layer(layer),), batch=1)
    theirs = maps[0].mean(dim=(2, 3)).numpy()
    if not np.allclose(ours, theirs, rtol=1e-3, atol=1e-4 * float(np.abs(theirs).max())):
        raise SystemExit(f"The two sides read different maps at {layer}; this benchmark does not know this network.")


@contextmanager
def threads(number: int) -> Iterator[None]:
    """Compute with so many threads for a while."""
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def n_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine(subject: Subject) -> dict[str, Any]:
    """Return what the numbers depend on besides the code."""
    return {
        "cpu": _cpu_name(),
        "cores": n_cores(),
        "torch": torch.__version__,
        "auto_precision": str(half_type(subject.ours.device, subject.ours.dtype, "auto") or subject.ours.dtype).removeprefix("torch."),
        "load_at_start": round(os.getloadavg()[0], 2),
        "network": subject.ours.card.name,
    }


def _cpu_name() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def show(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table in Markdown, as the README takes it."""
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    print(f"\n{title}\n")
    for row in (header, ["-" * width for width in widths], *rows):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")
    sys.stdout.flush()


def note(text: str) -> None:
    """Tell on stderr how far the work is."""
    print(text, file=sys.stderr, flush=True)
