from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from core.vision.response_norm import FastResponseNorm, response_norm


@pytest.mark.parametrize(("size", "beta"), [(5, 0.75), (9, 0.5), (4, 0.6), (1, 0.75), (30, 0.5)])
def test_values_and_gradients_are_torchs(size: int, beta: float) -> None:
    """In float64, values and gradients equal those of torch's own local response norm."""
    maps = torch.randn(2, 12, 3, 4, dtype=torch.float64).mul(5).requires_grad_(True)
    weights = torch.randn(2, 12, 3, 4, dtype=torch.float64)
    ours = response_norm(maps, size, alpha=0.3, beta=beta, k=1.5)
    theirs = F.local_response_norm(maps, size, alpha=0.3, beta=beta, k=1.5)
    torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12)
    (our_gradient,) = torch.autograd.grad((ours * weights).sum(), maps)
    (their_gradient,) = torch.autograd.grad((theirs * weights).sum(), maps)
    torch.testing.assert_close(our_gradient, their_gradient, rtol=1e-10, atol=1e-12)


def test_it_replaces_functions_and_modules_while_active(monkeypatch: pytest.MonkeyPatch) -> None:
    """Inside the context both ways to a local response norm are replaced, and outside neither."""
    calls = []
    monkeypatch.setattr("core.vision.response_norm.response_norm", lambda maps, *_args, **_kwargs: calls.append(1) or maps)
    maps = torch.rand(1, 6, 2, 2)
    with FastResponseNorm():
        F.local_response_norm(maps, 5)
        nn.LocalResponseNorm(5)(maps)
    F.local_response_norm(maps, 5)
    assert calls == [1, 1]
