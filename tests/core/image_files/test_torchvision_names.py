"""Names of torchvision's data sets: what stands after ? is the same as the options."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import UsageError
from core.image_files.torchvision_names import DataSetName, is_data_set, parse_data_set


def test_a_name_may_carry_its_arguments() -> None:
    """Split and root are told either way; other arguments are text, numbers or true and false."""
    assert parse_data_set("torchvision:CIFAR10") == DataSetName("CIFAR10")
    told = DataSetName("CIFAR10", "test", Path("/data/x"))
    assert parse_data_set("torchvision:CIFAR10?split=test&root=/data/x") == told
    assert parse_data_set("torchvision:CIFAR10", split="test", root=Path("/data/x")) == told
    assert parse_data_set("torchvision:CIFAR10?split=test", split="test", root=Path("/data/x")) == told
    options = parse_data_set("torchvision:FakeData?size=12&train=False&mode=fine&shift=-1").options
    assert options == (("mode", "fine"), ("shift", -1), ("size", 12), ("train", False))


def test_a_name_that_contradicts_an_option_is_refused() -> None:
    """Two splits cannot both be meant."""
    with pytest.raises(UsageError, match="split=test, and --split train"):
        parse_data_set("torchvision:CIFAR10?split=test", split="train")


def test_only_names_of_torchvision_are_data_sets() -> None:
    """Paths and addresses are none."""
    assert is_data_set("torchvision:MNIST") and not is_data_set("torchvision/MNIST") and not is_data_set("s3://torchvision")
