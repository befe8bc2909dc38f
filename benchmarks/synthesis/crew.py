"""Ours as `render_all` runs it on a CPU: one single-threaded worker a core, each with its own network and its own batch of one group."""

from __future__ import annotations

import copy
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import numpy as np
import torch
from subject import threads

from core.render_spec import RenderSpec, Target
from core.vision.batch import Batch, Natural
from core.vision.networks import LoadedNetwork
from core.vision.synthesis import _forward  # the pass that `render` takes, with its precision
from core.vision.transforms import centre_crop, transformed

PATIENCE_S = 600.0


class Worker:
    """A batch of one group, on a network of its own, that can be stopped between two steps and looked at."""

    def __init__(self, network: LoadedNetwork, spec: RenderSpec, target: Target, *, first_step: int = 0) -> None:
        self.network, self.spec = copy.deepcopy(network), spec
        self.layer = self.network.layer(target.unit.layer)
        self.batch = Batch(self.network, spec, [target], Natural())
        self.batch.step = first_step  # later ones than 0: what is timed is not the few first steps, whose gradients pass blocked ReLUs

    def timed(self, steps: int, warm_up: int, barrier: Barrier) -> tuple[float, float]:
        """Take the steps, all workers from the same moment on; return when they began and ended."""
        with _forward(self.network, (self.layer,)) as forward:
            for _ in range(warm_up):
                self.batch.improve(forward)
            barrier.wait(PATIENCE_S)
            start = time.perf_counter()
            for _ in range(steps):
                self.batch.improve(forward)
            return start, time.perf_counter()

    def images(self) -> np.ndarray[Any, np.dtype[np.uint8]]:
        """Return the clean images as they are now: uint8 (n, image_px, image_px, 3)."""
        with torch.inference_mode():
            images = self.batch.images_of(self.batch.parameter, self.spec.optimiser.steps)
        return centre_crop(images, self.spec.image_px).mul(255).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous().numpy()


def side_by_side(workers: Sequence[Worker], steps: int, *, warm_up: int = 0) -> tuple[float, list[float]]:
    """Let all workers take `steps` steps; return the wall seconds from the common start to the last one's end, and each one's own.

    torch's threads are to be set to 1 before.
    """
    barrier = Barrier(len(workers))
    with ThreadPoolExecutor(max_workers=len(workers)) as executor:
        spans = list(executor.map(lambda worker: worker.timed(steps, warm_up, barrier), workers))
    return max(end for _, end in spans) - min(start for start, _ in spans), [end - start for start, end in spans]


def sides(spec: RenderSpec, steps: Sequence[int]) -> list[int]:
    """Return the side of what the network sees in each of these steps."""
    blank = torch.zeros(1, 3, spec.side_px, spec.side_px)
    alone = replace(spec, n_images=1)
    with threads(1):
        return [transformed(blank, alone, step=step).shape[-1] for step in steps]


def mean_pixels(seen: Sequence[int]) -> float:
    """Return the mean number of pixels of squares of these sides."""
    return float(np.square(np.asarray(seen, dtype=float)).mean())
