from __future__ import annotations

import torch
from torch import Tensor, nn

from core.vision.folding import fold_batch_norm

IMAGES = torch.rand(2, 3, 12, 12, generator=torch.Generator().manual_seed(0))


def normed(*, shared: bool = False) -> nn.Module:
    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv, self.norm = nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4)

        def forward(self, x: Tensor) -> Tensor:
            maps = self.conv(x)
            return self.norm(maps) + (maps if shared else 0)

    torch.manual_seed(0)
    network = Network()
    network.norm.running_mean.normal_()
    network.norm.running_var.uniform_(0.5, 2)
    return network.eval().requires_grad_(False)


def test_folding_keeps_the_function_and_the_original() -> None:
    """The folded copy gives the same values without a batch norm; the network itself keeps its own."""
    network = normed()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    folded = fold_batch_norm(network, IMAGES)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in folded.modules())
    torch.testing.assert_close(folded(IMAGES), network(IMAGES))
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_a_convolution_that_is_used_elsewhere_stays() -> None:
    """Where folding would change the network's output, nothing is folded."""
    network = normed(shared=True)
    assert fold_batch_norm(network, IMAGES) is network


def test_a_network_without_batch_norm_is_returned_as_it_is() -> None:
    """Nothing to fold, nothing copied."""
    network = nn.Sequential(nn.Conv2d(3, 4, 3)).eval()
    assert fold_batch_norm(network, IMAGES) is network
