"""Finding a network's layers: parallel branches where modules are named so, transformer blocks, else convolutional blocks and stages,
and whether maps are pre-ReLU.

Nothing is taken on trust from names alone: that branches make up their parent's output, and that a ReLU comes after, is checked on
the values of one probe pass.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from core.domain import Branch, Layer
from core.errors import NetworkError
from core.vision.arrangement import arrangement_of, n_channels_of, prefix_in
from core.vision.hooks import Tap
from core.vision.probe import Probe, Record

BRANCH = re.compile(r"branch_?(.+)")
CHAINS = frozenset({"features", "blocks"})  # what torchvision and timm (its efficient networks) call the chain of a network's blocks
DOMINANT = 0.9  # a child with more than this share of the convolution weights is looked into instead of its siblings


@dataclass(frozen=True, slots=True)
class Found:
    """A layer and where its branches' feature maps are seen, in channel order."""

    layer: Layer
    taps: tuple[Tap, ...]


@dataclass(frozen=True, slots=True)
class Declaration:
    """A layer as a user declares it: module paths whose outputs, concatenated, are its feature maps."""

    name: str
    modules: tuple[str, ...]
    branches: tuple[str, ...]
    pre_relu: bool


def discover(probe: Probe) -> tuple[Found, ...]:
    """Return the layers of a probed network, in the order of definition. Raises NetworkError where there are none."""
    parents = [record for record in probe.records.values() if record.calls == 1 and len(_branches_of(probe, record)) > 1]
    if any(_split(record, _branches_of(probe, record)) or _all_named(probe, record) for record in parents):
        return tuple(_branched(probe, record) for record in parents)
    tokens = _token_blocks(probe)
    if tokens:
        return tuple(_found(probe, record.path, [record], names=("all",), pre_relu=False) for record in tokens)
    found = tuple(_whole(probe, record) for record in _blocks(probe) if record.output is not None)
    if not found:
        raise NetworkError(
            "No layer with feature maps (batch, channels, height, width) or tokens (batch, tokens, channels) was found; declare some in a "
            "TOML file."
        )
    return found


def declared(probe: Probe, declarations: Sequence[Declaration]) -> tuple[Found, ...]:
    """Return the declared layers. Raises NetworkError where a module is missing or gives no feature maps."""
    return tuple(
        _found(
            probe, item.name, [_declared_record(probe, item, path) for path in item.modules], names=item.branches, pre_relu=item.pre_relu
        )
        for item in declarations
    )


def _declared_record(probe: Probe, item: Declaration, path: str) -> Record:
    record = probe.records.get(path)
    if record is None or len(record.shape or ()) not in (3, 4):
        reason = "has no such module" if record is None else "gets no (batch, channels, height, width) or token output from it"
        raise NetworkError(f"Layer {item.name!r} is declared to use the module {path!r}, but the network {reason}.")
    if record.shape is not None and record.shape[0] != probe.n_images:
        raise NetworkError(
            f"Layer {item.name!r} is declared to use the module {path!r}, whose output {record.shape} for {probe.n_images} image does not "
            "begin with the batch; declare a module whose output does (tokens: batch_first=True)."
        )
    return record


def _branches_of(probe: Probe, parent: Record) -> list[Record]:
    children = probe.children(parent.path)
    return [child for child in children if _branch_name(child) and child.calls == 1 and child.output is not None]


def _branch_name(record: Record) -> str | None:
    match = BRANCH.fullmatch(record.path.rpartition(".")[2])
    return match.group(1) if match else None


def _all_named(probe: Probe, parent: Record) -> bool:
    """Tell whether the branches are called branch_*: then they are a layer, whatever the parent does with them."""
    branches = _branches_of(probe, parent)
    one_size = len({branch.output.shape[2:] for branch in branches if branch.output is not None}) == 1
    return one_size and all(branch.path.rpartition(".")[2].startswith("branch_") for branch in branches)


def _branched(probe: Probe, parent: Record) -> Found:
    branches = _branches_of(probe, parent)
    split = _split(parent, branches)
    if split is None:
        return _concatenated(probe, branches, parent, pre_relu=False) if _all_named(probe, parent) else _whole(probe, parent)
    ordered, relu_after = split
    if relu_after:
        return _concatenated(probe, ordered, parent, pre_relu=True)
    inner = [probe.before_relu(branch) for branch in ordered]
    taps = [tap for tap in inner if tap is not None]
    return _concatenated(probe, ordered, parent, pre_relu=len(taps) == len(ordered), taps=taps if len(taps) == len(ordered) else None)


def _split(parent: Record, branches: Sequence[Record]) -> tuple[list[Record], bool] | None:
    """Return the branches in channel order and whether the parent applies a ReLU after; None where they do not make up its output."""
    for relu_after in (False, True):
        ordered = _tiling(parent.output, branches, relu_after=relu_after)
        if ordered is not None:
            return ordered, relu_after
    return None


def _tiling(whole: Tensor | None, branches: Sequence[Record], *, relu_after: bool) -> list[Record] | None:
    ordered: list[Record] = []
    start = 0
    while whole is not None and start < whole.shape[1]:
        rest, free = whole[:, start:], [item for item in branches if item not in ordered]
        fitting = next((item for item in free if _fits(rest, item.output, relu_after=relu_after)), None)
        if fitting is None or fitting.output is None:
            return None
        ordered.append(fitting)
        start += fitting.output.shape[1]
    negative = any(item.output is not None and bool(item.output.min() < 0) for item in ordered)
    return ordered if len(ordered) > 1 and (negative or not relu_after) else None


def _fits(rest: Tensor, output: Tensor | None, *, relu_after: bool) -> bool:
    if output is None or output.shape[2:] != rest.shape[2:] or output.shape[1] > rest.shape[1]:
        return False
    return bool(torch.equal(output.relu() if relu_after else output, rest[:, : output.shape[1]]))


def _concatenated(probe: Probe, branches: Sequence[Record], parent: Record, *, pre_relu: bool, taps: Sequence[Tap] | None = None) -> Found:
    names = tuple(_branch_name(branch) or branch.path.rpartition(".")[2] for branch in branches)
    return _found(probe, parent.path or "network", branches, names=names, pre_relu=pre_relu, taps=taps)


def _whole(probe: Probe, record: Record) -> Found:
    if record.output is not None and probe.is_given_to_relu(record.output):
        return _found(probe, record.path, [record], names=("all",), pre_relu=True)
    before = probe.before_relu(record)
    ordered = _tiling(record.output, probe.children(record.path), relu_after=True) if before is None else None
    if ordered is not None and all(item.calls == 1 and item.output is not None and bool(item.output.min() < 0) for item in ordered):
        return _concatenated(probe, ordered, record, pre_relu=True)  # squeezenet: children, each with a ReLU of its own, concatenated
    return _found(probe, record.path, [record], names=("all",), pre_relu=before is not None, taps=None if before is None else [before])


def _found(
    probe: Probe, name: str, records: Sequence[Record], *, names: Sequence[str], pre_relu: bool, taps: Sequence[Tap] | None = None
) -> Found:
    seen = tuple(taps or (_output_tap(probe, record) for record in records))
    branches: list[Branch] = []
    for branch, record in zip(names, records, strict=True):
        start = branches[-1].stop if branches else 0
        shape = record.shape or ()
        branches.append(Branch(branch, start, start + n_channels_of(arrangement_of(record.module, shape), shape)))
    return Found(Layer(name, branches[-1].stop, tuple(branches), pre_relu), seen)


def _output_tap(probe: Probe, record: Record) -> Tap:
    shape = record.shape or ()
    arrangement = arrangement_of(record.module, shape)
    n_prefix = prefix_in(shape[1], probe.n_prefix) if arrangement == "tokens" else 0
    return Tap(record.module, "output", record.calls - 1, arrangement, n_prefix)


def _token_blocks(probe: Probe) -> list[Record]:
    """Return the outermost blocks that tokens go through, where they hold more weights than the convolutions beside them; else nothing."""
    blocks: list[Record] = []
    for record in probe.records.values():
        if not any(record.path.startswith(f"{block.path}.") for block in blocks) and _is_token_block(probe, record):
            blocks.append(record)
    beside = _weights(probe.records[""].module) - sum(_weights(block.module) for block in blocks)
    held = sum(weight.numel() for block in blocks for weight in block.module.parameters())
    return blocks if len(blocks) > 1 and held > beside else []


def _is_token_block(probe: Probe, record: Record) -> bool:
    """Tell whether a module, called once, gives tokens of the shape it was given and has two parts with linear maps.

    A transformer's two parts are its attention and its perceptron, a mixer's its two perceptrons; bare linear maps alone are one part.
    """
    if record.calls != 1 or record.shape is None or record.shape != record.given_shape or record.shape[0] != probe.n_images:
        return False
    if arrangement_of(record.module, record.shape) == "maps":
        return False
    parts = [child for child in record.module.children() if _has_linear(child)]
    return not isinstance(record.module, nn.Sequential) and len(parts) > 1 and not all(isinstance(part, nn.Linear) for part in parts)


def _has_linear(module: nn.Module) -> bool:
    return any(isinstance(inner, nn.Linear | nn.MultiheadAttention) for inner in module.modules())


def _blocks(probe: Probe) -> list[Record]:
    """Return the blocks or stages of a network without branches: its children with convolutions, single convolutions only if alone."""
    path = ""
    while (dominant := _dominant_child(probe, path)) is not None:
        path = dominant
    children = [child for child in probe.children(path) if child.calls >= 1 and child.output is not None and _weights(child.module)]
    blocks = [child for child in children if not isinstance(child.module, nn.Conv2d)]
    return blocks if len(blocks) > 1 else children


def _dominant_child(probe: Probe, path: str) -> str | None:
    """Return the child that holds nearly all convolutions, or is called as a chain of blocks is; None where none does."""
    children = probe.children(path)
    chain = next((child.path for child in children if child.path in CHAINS and _weights(child.module)), None)
    if chain is not None:
        return chain
    total = sum(_weights(child.module) for child in children)
    names = (child.path for child in children if total and _weights(child.module) > DOMINANT * total and _has_children(child.module))
    return next(names, None)


def _weights(module: nn.Module) -> int:
    return sum(inner.weight.numel() for inner in module.modules() if isinstance(inner, nn.Conv2d))


def _has_children(module: nn.Module) -> bool:
    return next(module.children(), None) is not None
