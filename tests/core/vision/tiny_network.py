"""A user's own file for tests: a tiny random Inception-like network whose branches' ReLU is applied, in place, by the layer."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Layer(nn.Module):
    def __init__(self, c_in: int, one: int, three: int, pool: int) -> None:
        super().__init__()
        self.branch_1x1 = nn.Conv2d(c_in, one, 1)
        self.reduce_3x3 = nn.Conv2d(c_in, 4, 1)
        self.branch_3x3 = nn.Conv2d(4, three, 3, padding=1)
        self.branch_pool = nn.Conv2d(c_in, pool, 1)

    def forward(self, x: Tensor) -> Tensor:
        three = self.branch_3x3(F.relu(self.reduce_3x3(x), inplace=True))
        pool = self.branch_pool(F.max_pool2d(x, 3, stride=1, padding=1))
        return torch.cat([F.relu(maps, inplace=True) for maps in (self.branch_1x1(x), three, pool)], dim=1)


class Tiny(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 6, 3, stride=2, padding=1)
        self.mixed1 = Layer(6, 3, 5, 2)
        self.mixed2 = Layer(10, 4, 6, 3)
        self.classifier = nn.Linear(13, 4)

    def forward(self, images: Tensor) -> Tensor:
        x = self.mixed1(F.relu(self.stem(images * 2 - 1)))
        x = self.mixed2(F.max_pool2d(x, 2))
        return self.classifier(x.mean(dim=(2, 3)))


def build() -> nn.Module:
    """Return the network, in training mode and with gradients on, as a careless user might."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        network = Tiny()
        for weight in network.parameters():
            if weight.dim() == 4:
                nn.init.normal_(weight, std=(2 / weight[0].numel()) ** 0.5)
    return network


def number() -> int:
    return 7


def broken() -> nn.Module:
    raise RuntimeError("the weights are elsewhere")
