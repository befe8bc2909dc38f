"""Mining against the best bare forward pass, and end to end from JPEG files, in rounds that take turns."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

import gpu
import torch
from subject import CORES, InMemory, Subject, bare_pass_s, decoded, middle, mining_of, timed

BARE_IMAGES = 384  # are enough for the rate of the bare pass


def overhead(one: Subject, arguments: argparse.Namespace) -> dict[str, Any]:
    """Images in memory: hooks, means, exemplars, moments, histograms and Parquet over the bare pass of the whole network."""
    some = one.first(arguments.images)
    InMemory.pixels = decoded(some)
    bare, ours, how = [], [], ""
    for _ in range(arguments.rounds):
        seconds, how = bare_pass_s(some, InMemory.pixels[:BARE_IMAGES])
        bare.append(seconds * 1e3)
        with tempfile.TemporaryDirectory() as folder, mock.patch("core.services.mining.mining_pass.Crops", InMemory):
            mining = mining_of(some, Path(folder), len(some.images))
            ours.append(timed(mining.run) / len(some.images) * 1e3)
        print(f"  bare {bare[-1]:.2f} ms an image ({how}), mining {ours[-1]:.2f}", flush=True)
    ratio = middle([mine / pure for mine, pure in zip(ours, bare, strict=True)])
    print(f"overhead: {len(some.images)} images, {some.n_units:,} units: mining takes {ratio:.3f} of the bare pass (median)")
    found = {"bare_ms": bare, "mining_ms": ours, "best_bare": how, "ratio": ratio}
    return found | ({"gpu": gpu.overhead(some, arguments, device=torch.device("cuda"))} if torch.cuda.is_available() else {})


def end_to_end(one: Subject, arguments: argparse.Namespace) -> dict[str, Any]:
    """From files: the rate against 1 / (forward + decode / cores), all measured in each round."""
    some = one.first(arguments.images)
    rows = []
    pixels = decoded(some)
    for _ in range(arguments.rounds):
        forward, _how = bare_pass_s(some, pixels[:BARE_IMAGES])
        sample = some.first(min(256, len(some.images)))
        decode = timed(lambda sample=sample: decoded(sample)) / len(sample.images)
        with tempfile.TemporaryDirectory() as folder:
            mining = mining_of(some, Path(folder), len(some.images))
            whole = timed(mining.run) / len(some.images)
        rows.append({"forward_ms": forward * 1e3, "decode_ms": decode * 1e3, "mining_ms": whole * 1e3})
        rows[-1]["share"] = (forward + decode / CORES) / whole
        print("  " + ", ".join(f"{name} {value:.2f}" for name, value in rows[-1].items()), flush=True)
    share = middle([row["share"] for row in rows])
    rate = middle([1e3 / row["mining_ms"] for row in rows])
    print(f"end to end: {rate:.1f} images/s, {share:.3f} of 1 / (forward + decode / {CORES} cores)")
    return {"rounds": rows, "share": share}
