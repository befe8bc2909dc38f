"""Mining on a GPU, images in memory: the ordinary pass and the one by torch.compile over the bare pass, in rounds that take turns."""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import torch
from subject import InMemory, Subject, middle, mining_of, timed

from core.services.mining.mining_pass import pass_of
from core.vision.compiling import CompiledPasses
from core.vision.computing import as_input, computing
from core.vision.mining import MINING_BATCH
from core.vision.networks import load_network
from core.vision.precision import full_precision
from core.vision.response_norm import FastResponseNorm

WISHES = ("off", "on")


def overhead(one: Subject, arguments: argparse.Namespace, *, device: torch.device) -> dict[str, Any]:
    """Return milliseconds an image of the bare pass of the whole network and of mining, ordinary and compiled; compiling is not in them."""
    some = replace(one, network=load_network(one.network.card.source, device=device))
    rows: list[dict[str, float]] = []
    passes = CompiledPasses()
    with (
        mock.patch("core.services.mining.mining_pass.Crops", InMemory),
        mock.patch("core.services.mining.mining_pass.pass_of", lambda run, layers: replace(pass_of(run, layers), decoders=0)),
        mock.patch("core.services.mining.mining_pass.CompiledPasses", lambda: passes),
    ):
        for _ in range(arguments.rounds):
            rows.append({"bare": _bare_ms(some)} | {wish: _mining_ms(some, wish) for wish in WISHES})
            print(f"  bare {rows[-1]['bare']:.3f} ms an image, mining {rows[-1]['off']:.3f}, compiled {rows[-1]['on']:.3f}", flush=True)
    ratios = {wish: middle([row[wish] / row["bare"] for row in rows]) for wish in WISHES}
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    gain = middle([row["off"] / row["on"] for row in rows])
    print(
        f"overhead on {name}: {len(some.images)} images, mining takes {ratios['off']:.3f} of the bare pass, compiled {ratios['on']:.3f} "
        f"({gain:.2f} times as fast; medians)"
    )
    return {"device": name, "ms": rows, "ratios": ratios}


def _bare_ms(one: Subject) -> float:
    batch = MINING_BATCH[one.network.device.type]
    n_batches = max(1, min(8, len(InMemory.pixels) // batch))
    with computing(one.network), full_precision(), FastResponseNorm():
        images = as_input(torch.from_numpy(InMemory.pixels[:batch].copy()), batch, one.network)

        def run() -> None:
            for _ in range(n_batches):
                one.network.module(images)
            if images.is_cuda:
                torch.cuda.synchronize(images.device)

        run()  # warm
        return timed(run) / (n_batches * batch) * 1e3


def _mining_ms(one: Subject, wish: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        mining = mining_of(one, Path(folder), len(one.images), compiling=wish)
        mining.run()
        return mining.mining.busy.wall_s / len(one.images) * 1e3
