"""Half precision: where it is taken, and what it never touches."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from core.settings import Precision
from core.vision.precision import full_precision, half_type

CPU = torch.device("cpu")


@pytest.mark.parametrize("precision", ["auto", "full", "half"])
@pytest.mark.parametrize("able", [{}, {"amx_bf16": True}])
def test_other_types_are_rendered_as_they_are(precision: Precision, able: dict[str, bool], monkeypatch: pytest.MonkeyPatch) -> None:
    """A double network stays double whatever is asked for."""
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
    assert half_type(CPU, torch.float64, precision) is None


@pytest.mark.parametrize(
    ("able", "expected"),
    [
        ({}, None),
        ({"avx512_f": True, "avx512_bf16": False}, None),
        ({"avx512_bf16": True}, torch.bfloat16),
        ({"amx_bf16": True}, torch.bfloat16),
    ],
)
def test_a_processor_that_multiplies_bfloat16_is_used(
    able: dict[str, bool], expected: torch.dtype | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Left to itself it is half where that is fast; full is never half, half always."""
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
    assert half_type(CPU, torch.float32, "auto") == expected
    assert half_type(CPU, torch.float32, "full") is None
    assert half_type(CPU, torch.float32, "half") == torch.bfloat16


@pytest.mark.parametrize("is_supported", [True, False])
def test_a_gpu_that_only_emulates_it_is_not(is_supported: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Emulation does not count as support."""
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation=True: including_emulation or is_supported)
    assert half_type(torch.device("cuda"), torch.float32, "auto") == (torch.bfloat16 if is_supported else None)
    assert half_type(torch.device("mps"), torch.float32, "auto") is None


@pytest.fixture(params=[True, False])
def former(request: pytest.FixtureRequest) -> Iterator[bool]:
    """Whether the process allows its convolutions TensorFloat-32; put back afterwards."""
    at_first = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = request.param
    yield request.param
    torch.backends.cudnn.allow_tf32 = at_first


def test_full_precision_ends_with_its_context(former: bool) -> None:
    """Inside no convolution may be rounded to TensorFloat-32; afterwards all is as it was, after an error too."""
    with pytest.raises(ZeroDivisionError), full_precision():
        assert not torch.backends.cudnn.allow_tf32
        raise ZeroDivisionError
    assert torch.backends.cudnn.allow_tf32 == former


def test_full_precision_lasts_while_anyone_needs_it(former: bool) -> None:
    """Two passes that overlap, the one that began first ending first: the other goes on in full precision."""
    one, other = full_precision(), full_precision()
    one.__enter__()
    other.__enter__()
    one.__exit__(None, None, None)
    assert not torch.backends.cudnn.allow_tf32
    other.__exit__(None, None, None)
    assert torch.backends.cudnn.allow_tf32 == former
