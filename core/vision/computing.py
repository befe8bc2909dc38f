"""How a worker's device computes: on which stream and how many threads, in which floating type, and what a batch is given to it as."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import torch
from torch import Tensor

from core.vision.hooks import Forward
from core.vision.networks import LoadedNetwork


@contextmanager
def single_thread(network: LoadedNetwork) -> Iterator[None]:
    """Let this process compute on one thread for a while, where a CPU does so."""
    n_threads = torch.get_num_threads()
    if network.device.type == "cpu":
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)


@contextmanager
def computing(network: LoadedNetwork) -> Iterator[None]:
    with torch.inference_mode(), torch.cuda.device(network.device) if network.device.type == "cuda" else nullcontext():
        yield


def in_half(network: LoadedNetwork, forward: Forward) -> Forward:
    def in_half(images: Tensor) -> tuple[Tensor, ...]:
        with torch.autocast(network.device.type, dtype=torch.bfloat16):
            return forward(images)

    return in_half


def on_stream(network: LoadedNetwork, forward: Forward) -> Forward:
    """Return the pass on a CUDA stream of its own, so that a GPU's workers do not wait for each other; elsewhere as it is."""
    if network.device.type != "cuda":
        return forward
    stream = torch.cuda.Stream(network.device)  # type: ignore[no-untyped-call]

    def streamed(images: Tensor) -> tuple[Tensor, ...]:
        stream.wait_stream(torch.cuda.current_stream(network.device))
        with torch.cuda.stream(stream):
            found = forward(images)
        images.record_stream(stream)
        stream.synchronize()
        return found

    return streamed


def black(network: LoadedNetwork, batch: int) -> Tensor:
    side, n_channels = network.card.preprocessing.crop_px, network.card.preprocessing.n_channels
    return as_input(torch.zeros((1, side, side, n_channels), dtype=torch.uint8), batch, network)


def as_input(pixels: Tensor, batch: int, network: LoadedNetwork) -> Tensor:
    """Return the crops as float (batch, C, H, W) in [0, 1], padded with black: channels last, as the pixels lie in memory."""
    sent = pixels.to(network.device, non_blocking=True)
    padded = torch.zeros((batch, *sent.shape[1:]), dtype=torch.uint8, device=sent.device) if len(sent) < batch else sent
    if padded is not sent:
        padded[: len(sent)] = sent
    return padded.permute(0, 3, 1, 2).to(network.dtype).div(255)
