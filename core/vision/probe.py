"""One watched forward pass: what every module was given and gave, and what was given to ReLUs. Layers are found from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from core.vision.arrangement import prefix_tokens
from core.vision.hooks import Tap

RELU_FUNCTIONS = frozenset({F.relu, torch.relu, torch.relu_, Tensor.relu, Tensor.relu_})


@dataclass(slots=True)
class Record:
    """The calls of one module with float maps (B, C, h, w): copies of the last output, and of the input of each call of a ReLU.

    The shapes of its last call are kept for tensors of any dimension: what it was given first, and what it gave.
    """

    path: str
    module: nn.Module
    inputs: list[Tensor | None] = field(default_factory=list)
    output: Tensor | None = None
    given_shape: tuple[int, ...] | None = None
    shape: tuple[int, ...] | None = None

    @property
    def calls(self) -> int:
        return len(self.inputs)


class Probe:
    """The records of one forward pass over `images`, by module path, in the order of definition."""

    def __init__(self, network: nn.Module, images: Tensor) -> None:
        self.records = {path: Record(path, module) for path, module in network.named_modules()}
        self.n_images = images.shape[0]
        self.n_prefix = prefix_tokens(network)
        self._relu_inputs: list[Tensor] = []
        with ExitStack() as stack, torch.no_grad():
            for record in self.records.values():
                stack.callback(record.module.register_forward_pre_hook(_keep_input(record)).remove)
                stack.callback(record.module.register_forward_hook(_keep_output(record)).remove)
            stack.enter_context(_ReluWatch(self._relu_inputs))
            output = network(images)
        self.n_classes = output.shape[1] if isinstance(output, Tensor) and output.dim() == 2 else 0

    def children(self, path: str) -> list[Record]:
        """Return the records of a module's direct children."""
        prefix = f"{path}." if path else ""
        return [record for name, record in self.records.items() if name and name.startswith(prefix) and "." not in name[len(prefix) :]]

    def is_given_to_relu(self, maps: Tensor) -> bool:
        """Tell whether a ReLU was given exactly these maps."""
        return any(_same(maps, given) for given in self._relu_inputs)

    def before_relu(self, record: Record) -> Tap | None:
        """Return where, in or below a module, the maps are seen whose ReLU is the module's output; None where that cannot be told.

        Maps without a negative value prove nothing: a ReLU would not change them.
        """
        wanted = record.output
        if wanted is None:
            return None
        for inner in self._below(record):
            if inner.output is not None and _is_relu_of(wanted, inner.output):
                return Tap(inner.module, "output", inner.calls - 1)
            if isinstance(inner.module, nn.ReLU) and inner.inputs and _is_relu_of(wanted, inner.inputs[-1]):
                return Tap(inner.module, "input", inner.calls - 1)
        return None

    def _below(self, record: Record) -> Iterator[Record]:
        prefix = f"{record.path}." if record.path else ""
        return (inner for path, inner in reversed(self.records.items()) if path == record.path or path.startswith(prefix))


def _is_relu_of(output: Tensor, given: Tensor | None) -> bool:
    return given is not None and given.shape == output.shape and bool(given.min() < 0) and bool(torch.equal(given.relu(), output))


def _same(first: Tensor, second: Tensor) -> bool:
    return first.shape == second.shape and bool(torch.equal(first, second))


def _maps(value: Any) -> Tensor | None:
    return value.detach().clone() if isinstance(value, Tensor) and value.dim() == 4 and value.is_floating_point() else None


def _keep_input(record: Record) -> Callable[[nn.Module, tuple[Any, ...]], None]:
    def keep(_module: nn.Module, inputs: tuple[Any, ...]) -> None:
        record.inputs.append(_maps(inputs[0]) if inputs and isinstance(record.module, nn.ReLU) else None)
        record.given_shape = _shape(inputs[0]) if inputs else None

    return keep


def _keep_output(record: Record) -> Callable[[nn.Module, tuple[Any, ...], Any], None]:
    def keep(_module: nn.Module, _inputs: tuple[Any, ...], output: Any) -> None:
        record.output = _maps(output)
        record.shape = _shape(output)

    return keep


def _shape(value: Any) -> tuple[int, ...] | None:
    return tuple(value.shape) if isinstance(value, Tensor) and value.is_floating_point() else None


class _ReluWatch(TorchFunctionMode):
    """Keeps a copy of what each ReLU is given, functional ones included."""

    def __init__(self, given: list[Tensor]) -> None:
        super().__init__()
        self._given = given

    def __torch_function__(self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None) -> Any:
        if func in RELU_FUNCTIONS:
            maps = _maps(args[0])
            if maps is not None:
                self._given.append(maps)
        return func(*args, **(kwargs or {}))
