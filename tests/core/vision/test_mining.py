from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core import imaging
from core.errors import ImageError, UsageError
from core.vision.mining import iter_activations, measure
from core.vision.networks import LoadedNetwork


def slow_activations(network: LoadedNetwork, paths: list[Path]) -> np.ndarray:
    """One image at a time, by hand: decode, crop, scale, every module of the tiny network in turn."""
    relu, pool = torch.relu, torch.nn.functional.max_pool2d
    net = network.module
    rows = []
    for path in paths:
        crop = imaging.crop(Image.open(path).convert("RGB"), network.card.preprocessing)
        x = torch.from_numpy(np.array(crop)).permute(2, 0, 1)[None].float() / 255
        x = relu(net.stem(x * 2 - 1))
        columns = []
        for layer in (net.mixed1, net.mixed2):
            three = layer.branch_3x3(relu(layer.reduce_3x3(x)))
            maps = torch.cat([layer.branch_1x1(x), three, layer.branch_pool(pool(x, 3, stride=1, padding=1))], dim=1)
            columns += [float(one.mean()) for one in maps[0]]
            x = pool(relu(maps), 2)
        rows.append(columns)
    return np.array(rows, np.float32)


def all_of(batches: Iterator[np.ndarray]) -> np.ndarray:
    return np.concatenate(list(batches))


def test_activations_equal_an_obvious_computation(tiny: LoadedNetwork, pictures: list[Path]) -> None:
    """Rows follow the paths and columns the layers; values are spatial means of the pre-ReLU maps."""
    found = all_of(iter_activations(tiny, pictures, layers=tiny.card.layers, batch=4))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, slow_activations(tiny, pictures), rtol=1e-4, atol=1e-5)


def test_starting_later_and_padding_change_no_bit(tiny: LoadedNetwork, pictures: list[Path]) -> None:
    """Batches from a later start, and the last padded batch, have the bits of one long run."""
    whole = list(iter_activations(tiny, pictures, layers=tiny.card.layers, batch=4))
    assert [len(batch) for batch in whole] == [4, 4, 3]
    for start in (4, 8):
        later = all_of(iter_activations(tiny, pictures, layers=tiny.card.layers, batch=4, start=start, workers=1))
        assert later.tobytes() == np.concatenate(whole)[start:].tobytes()
    padded = all_of(iter_activations(tiny, pictures[:9], layers=tiny.card.layers, batch=4))
    assert padded.tobytes() == np.concatenate(whole)[:9].tobytes()


def test_columns_follow_the_asked_layers(tiny: LoadedNetwork, pictures: list[Path]) -> None:
    """Asking for one layer gives its columns of the whole."""
    first, second = tiny.card.layers
    whole = all_of(iter_activations(tiny, pictures, layers=(first, second), batch=4))
    np.testing.assert_array_equal(all_of(iter_activations(tiny, pictures, layers=(second,), batch=4)), whole[:, first.n_channels :])


def test_measuring_arrays_is_the_same_measurement(tiny: LoadedNetwork, pictures: list[Path]) -> None:
    """Crops in memory give the activations of the files they came from."""
    crops = np.stack([np.asarray(imaging.crop(imaging.read(path)[1], tiny.card.preprocessing)) for path in pictures])
    wanted = all_of(iter_activations(tiny, pictures, layers=tiny.card.layers, batch=4))
    assert measure(tiny, crops, layers=tiny.card.layers, batch=4).tobytes() == wanted.tobytes()
    assert measure(tiny, crops[:0], layers=tiny.card.layers, batch=4).shape == (0, 23)


def test_a_file_that_fails_to_decode_is_named(tiny: LoadedNetwork, pictures: list[Path], tmp_path: Path) -> None:
    """A broken file ends the run with its path; the batches before it were given."""
    broken = tmp_path / "broken.png"
    broken.write_bytes(pictures[0].read_bytes()[:200])
    batches = iter_activations(tiny, [*pictures[:6], broken], layers=tiny.card.layers, batch=4)
    assert len(next(batches)) == 4
    with pytest.raises(ImageError, match=r"broken\.png"):
        next(batches)
    assert not any(module._forward_hooks for module in tiny.module.modules())


def test_abandoning_a_run_leaves_no_hooks(tiny: LoadedNetwork, pictures: list[Path]) -> None:
    """Closing the iterator early removes the hooks."""
    batches = iter_activations(tiny, pictures, layers=tiny.card.layers, batch=2)
    next(batches)
    batches.close()  # type: ignore[attr-defined]
    assert not any(module._forward_hooks for module in tiny.module.modules())


def test_arguments_that_do_not_fit_are_refused_at_once(tiny: LoadedNetwork, pictures: list[Path]) -> None:
    """A start off the batches, no layers, no batch, or images of another type raise before anything runs."""
    with pytest.raises(UsageError, match="multiple"):
        iter_activations(tiny, pictures, layers=tiny.card.layers, batch=4, start=3)
    with pytest.raises(UsageError, match="layer"):
        iter_activations(tiny, pictures, layers=(), batch=4)
    with pytest.raises(UsageError, match="batch size"):
        iter_activations(tiny, pictures, layers=tiny.card.layers, batch=0)
    with pytest.raises(UsageError, match="uint8"):
        measure(tiny, np.zeros((1, 32, 32, 3), np.float32), layers=tiny.card.layers, batch=1)  # type: ignore[arg-type]


@pytest.mark.real
def test_photos_of_a_class_are_recognised_through_the_whole_chain(real_network: LoadedNetwork) -> None:
    """Activations of the last layer, through the trained classifier, name the class of photos that the network knows."""
    folder = Path(__file__).parents[4] / "shared" / "real"
    classes = [line.split()[0] for line in (folder / "labels_ilsvrc1000.txt").read_text().splitlines()]
    photos = sorted((folder / "photos" / "imagenette").glob("*/ILSVRC2012_val_*"))[::60]
    last = all_of(iter_activations(real_network, photos, layers=real_network.card.layers[-1:], batch=4))
    assert last.shape == (len(photos), 1024)
    assert len(classes) == 1000
    spread = last.std(axis=0)
    assert np.isfinite(last).all()
    assert (spread > 0).all()
