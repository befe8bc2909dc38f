"""Folding batch norm into the convolution before it: the same function of the image with fewer operations."""

from __future__ import annotations

import copy
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

RELATIVE_TOLERANCE = 1e-4


def fold_batch_norm(network: nn.Module, probe: Tensor) -> nn.Module:
    """Return a copy in which every Conv2d directly followed by its BatchNorm2d is one convolution.

    Returns `network` itself where there is nothing to fold or where the copy's output on `probe` differs by more than 1e-4 of its
    largest value. The network must be in eval mode. The batch norm's place is taken by an identity, so module paths stay.
    """
    pairs = _pairs(network, probe)
    if not pairs:
        return network
    folded = copy.deepcopy(network)
    for conv_path, norm_path in pairs:
        conv, norm = folded.get_submodule(conv_path), folded.get_submodule(norm_path)
        if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            _replace(folded, conv_path, fuse_conv_bn_eval(conv, norm))
            _replace(folded, norm_path, nn.Identity())
    return folded if _agree(network, folded, probe) else network


def _pairs(network: nn.Module, probe: Tensor) -> list[tuple[str, str]]:
    """Return paths (convolution, batch norm) where the norm's input is the convolution's output, each called once."""
    made: dict[int, tuple[str, Tensor]] = {}
    calls: dict[str, int] = {}
    pairs: list[tuple[str, str]] = []

    def seen(path: str, module: nn.Module, inputs: tuple[Any, ...], output: Tensor) -> None:
        calls[path] = calls.get(path, 0) + 1
        if isinstance(module, nn.Conv2d):
            made[id(output)] = (path, output)  # holds the tensor, so that its id stays its own
        elif id(inputs[0]) in made:
            pairs.append((made[id(inputs[0])][0], path))

    leaves = [(path, module) for path, module in network.named_modules() if type(module) in (nn.Conv2d, nn.BatchNorm2d)]
    handles = [module.register_forward_hook(partial(seen, path)) for path, module in leaves]
    try:
        with torch.no_grad():
            network(probe)
    finally:
        for handle in handles:
            handle.remove()
    return [pair for pair in pairs if all(calls[path] == 1 for path in pair)]


def _replace(network: nn.Module, path: str, module: nn.Module) -> None:
    parent, _, name = path.rpartition(".")
    setattr(network.get_submodule(parent), name, module)


def _agree(network: nn.Module, folded: nn.Module, probe: Tensor) -> bool:
    with torch.no_grad():
        before, after = network(probe), folded(probe)
    if not (isinstance(before, Tensor) and isinstance(after, Tensor)):
        return False
    return bool((before - after).abs().max() <= RELATIVE_TOLERANCE * before.abs().max())
