"""Measuring activations: right values, in order, whose bits depend on neither the workers nor where a run began."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core import imaging
from core.domain import ImageFile
from core.errors import ImageError, StaleWork, UsageError
from core.vision.decoding import Crops
from core.vision.mining import Busy, Pass, iter_activations, measure
from core.vision.networks import LoadedNetwork
from core.vision.reductions import REDUCTIONS


def slow_maps(network: LoadedNetwork, path: Path) -> list[torch.Tensor]:
    """One image by hand: decode, crop, scale, every module of the tiny network in turn; the maps (C, h, w) of each layer."""
    relu, pool = torch.relu, torch.nn.functional.max_pool2d
    net = network.module
    crop = imaging.crop(Image.open(path).convert("RGB"), network.card.preprocessing)
    x = torch.from_numpy(np.array(crop)).permute(2, 0, 1)[None].float() / 255
    x = relu(net.stem(x * 2 - 1))
    found = []
    for layer in (net.mixed1, net.mixed2):
        three = layer.branch_3x3(relu(layer.reduce_3x3(x)))
        maps = torch.cat([layer.branch_1x1(x), three, layer.branch_pool(pool(x, 3, stride=1, padding=1))], dim=1)
        found.append(maps[0])
        x = pool(relu(maps), 2)
    return found


def slow_activations(network: LoadedNetwork, paths: list[Path]) -> np.ndarray:
    return np.array([[float(one.mean()) for maps in slow_maps(network, path) for one in maps] for path in paths], np.float32)


def crops_of(network: LoadedNetwork, paths: list[Path]) -> Crops:
    folder = paths[0].parent
    files = [
        ImageFile(number, hashlib.sha256(path.read_bytes()).hexdigest(), path.relative_to(folder).as_posix(), "", 0, 0)
        for number, path in enumerate(paths)
    ]
    return Crops(str(folder), files, network.card.preprocessing)


def all_of(batches: Iterator[np.ndarray]) -> np.ndarray:
    return np.concatenate(list(batches))


def hooks_of(network: LoadedNetwork) -> int:
    return sum(len(module._forward_hooks) + len(module._forward_pre_hooks) for module in network.module.modules())


def test_activations_equal_an_obvious_computation(tiny: LoadedNetwork, pictures: list[Path]) -> None:
    """Rows follow the images and columns the layers; values are spatial means of the pre-ReLU maps."""
    found = all_of(iter_activations(tiny, crops_of(tiny, pictures), Pass(tiny.card.layers, 4)))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, slow_activations(tiny, pictures), rtol=1e-4, atol=1e-5)


def test_a_maximum_comes_with_its_position(tiny: LoadedNetwork, pictures: list[Path]) -> None:
    """By "max" an activation is the map's highest value, and the position says where it stands, row by row."""
    found = all_of(iter_activations(tiny, crops_of(tiny, pictures), Pass(tiny.card.layers, 4, reduction="max")))
    for row, path in zip(found, pictures, strict=True):
        maps = [one for layer in slow_maps(tiny, path) for one in layer]
        np.testing.assert_allclose(row[:, 0], [float(one.max()) for one in maps], rtol=1e-4, atol=1e-5)
        at_position = [float(one.flatten()[int(position)]) for one, position in zip(maps, row[:, 1], strict=True)]
        np.testing.assert_allclose(at_position, row[:, 0], rtol=1e-4, atol=1e-5)


def test_a_centre_is_the_middle_of_the_map(tiny: LoadedNetwork, pictures: list[Path]) -> None:
    """By "centre" an activation is the value at (h // 2, w // 2)."""
    found = all_of(iter_activations(tiny, crops_of(tiny, pictures[:2]), Pass(tiny.card.layers, 4, reduction="centre")))
    maps = [one for layer in slow_maps(tiny, pictures[1]) for one in layer]
    np.testing.assert_allclose(found[1], [float(one[one.shape[0] // 2, one.shape[1] // 2]) for one in maps], rtol=1e-4, atol=1e-5)
    odd = torch.arange(15.0).reshape(1, 1, 3, 5)
    assert REDUCTIONS["centre"](odd).tolist() == [[7.0]] and REDUCTIONS["max"](odd).tolist() == [[[14.0, 14.0]]]


@pytest.mark.parametrize("reduction", ["mean", "max"])
@pytest.mark.parametrize(("n_workers", "decoders", "threads"), [(1, 0, False), (3, 0, False), (2, 2, False), (2, 2, True)])
def test_no_bit_depends_on_the_workers(
    tiny: LoadedNetwork, pictures: list[Path], n_workers: int, decoders: int, threads: bool, reduction: str
) -> None:
    """However many workers share the images, and whoever decodes them, at one batch size the activations are the same."""
    crops, asked = crops_of(tiny, pictures), Pass(tiny.card.layers, 4, reduction=reduction)  # type: ignore[arg-type]
    wanted = all_of(iter_activations(tiny, crops, asked))
    found = all_of(iter_activations(tiny, crops, replace(asked, n_workers=n_workers, decoders=decoders, threads=threads)))
    assert found.tobytes() == wanted.tobytes()


def test_starting_later_and_padding_change_no_bit(tiny: LoadedNetwork, pictures: list[Path]) -> None:
    """Batches from a later start, and the last padded batch, have the bits of one long run."""
    crops, asked = crops_of(tiny, pictures), Pass(tiny.card.layers, 4, n_workers=2)
    whole = list(iter_activations(tiny, crops, asked))
    assert [len(batch) for batch in whole] == [4, 4, 3]
    for start in (4, 8):
        later = all_of(iter_activations(tiny, crops, replace(asked, n_workers=1), start=start))
        assert later.tobytes() == np.concatenate(whole)[start:].tobytes()
    padded = all_of(iter_activations(tiny, crops_of(tiny, pictures[:9]), asked))
    assert padded.tobytes() == np.concatenate(whole)[:9].tobytes()


def test_columns_follow_the_asked_layers(tiny: LoadedNetwork, pictures: list[Path]) -> None:
    """Asking for one layer gives its columns of the whole."""
    first, second = tiny.card.layers
    crops = crops_of(tiny, pictures)
    whole = all_of(iter_activations(tiny, crops, Pass((first, second), 4)))
    np.testing.assert_array_equal(all_of(iter_activations(tiny, crops, Pass((second,), 4))), whole[:, first.n_channels :])


def test_measuring_arrays_is_the_same_measurement(tiny: LoadedNetwork, pictures: list[Path]) -> None:
    """Crops in memory give the activations of the files they came from."""
    crops = crops_of(tiny, pictures).batch(0, len(pictures))
    wanted = all_of(iter_activations(tiny, crops_of(tiny, pictures), Pass(tiny.card.layers, 4)))
    np.testing.assert_allclose(measure(tiny, crops, layers=tiny.card.layers, batch=4), wanted, rtol=1e-5, atol=1e-6)
    crops.setflags(write=False)  # as Pillow gives them
    np.testing.assert_array_equal(measure(tiny, crops, layers=tiny.card.layers, batch=4).shape, wanted.shape)
    assert measure(tiny, crops[:0], layers=tiny.card.layers, batch=4).shape == (0, 23)


def test_half_precision_is_near(tiny: LoadedNetwork, pictures: list[Path]) -> None:
    """Computed in bfloat16, activations differ by its rounding, and are given as float32."""
    crops, asked = crops_of(tiny, pictures), Pass(tiny.card.layers, 4)
    full, half = all_of(iter_activations(tiny, crops, asked)), all_of(iter_activations(tiny, crops, replace(asked, half=True)))
    assert half.dtype == np.float32 and not np.array_equal(half, full)
    np.testing.assert_allclose(half, full, atol=0.03 * np.abs(full).max())


@pytest.mark.parametrize(("decoders", "threads"), [(0, False), (1, False), (2, True)])
def test_a_file_that_fails_to_decode_is_named(
    tiny: LoadedNetwork, pictures: list[Path], tmp_path: Path, decoders: int, threads: bool
) -> None:
    """A broken file ends the run with its path, at its batch; no hook is left."""
    names = [*pictures[:6]]
    for path in names:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "broken.png").write_bytes(pictures[0].read_bytes()[:200])
    crops = crops_of(tiny, [*(tmp_path / path.name for path in names), tmp_path / "broken.png"])
    batches = iter_activations(tiny, crops, Pass(tiny.card.layers, 4, decoders=decoders, threads=threads))
    with pytest.raises(ImageError, match=r"broken\.png"):
        list(batches)
    assert hooks_of(tiny) == 0


def test_a_file_that_changed_is_named(tiny: LoadedNetwork, pictures: list[Path], tmp_path: Path) -> None:
    """Bytes that are not what was indexed are refused with what to do."""
    for path in pictures[:2]:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    crops = crops_of(tiny, [tmp_path / path.name for path in pictures[:2]])
    (tmp_path / pictures[1].name).write_bytes(pictures[2].read_bytes())
    with pytest.raises(StaleWork, match=pictures[1].name):
        crops.batch(0, 2)


def test_abandoning_a_run_leaves_no_hooks_and_restores_the_threads(tiny: LoadedNetwork, pictures: list[Path]) -> None:
    """Closing the iterator early ends the workers, and the process computes with its own number of threads again."""
    n_threads = torch.get_num_threads()
    batches = iter_activations(tiny, crops_of(tiny, pictures), Pass(tiny.card.layers, 2, n_workers=2))
    next(batches)
    batches.close()  # type: ignore[attr-defined]
    assert hooks_of(tiny) == 0 and torch.get_num_threads() == n_threads


def test_workers_tell_what_they_were_busy_with(tiny: LoadedNetwork, pictures: list[Path]) -> None:
    """Images are counted once, and decoding and computing took time."""
    busy = Busy()
    list(iter_activations(tiny, crops_of(tiny, pictures), Pass(tiny.card.layers, 4, n_workers=2), busy=busy))
    assert busy.n_images == 11 and min(busy.decoding_s, busy.computing_s, busy.wall_s) > 0


def test_workers_share_the_weights(tiny: LoadedNetwork, pictures: list[Path]) -> None:
    """A worker has hooks of its own, but no second copy of a weight."""
    from core.vision.mining import _sharing_weights

    own = _sharing_weights(tiny, 1)
    assert own.module is not tiny.module
    for mine, theirs in zip(own.module.parameters(), tiny.module.parameters(), strict=True):
        assert mine is theirs
    assert {id(tap.module) for taps in own.taps.values() for tap in taps} <= {id(module) for module in own.module.modules()}


def test_arguments_that_do_not_fit_are_refused_at_once(tiny: LoadedNetwork, pictures: list[Path]) -> None:
    """A start off the batches, no layers, no batch, or images of another type raise before anything runs."""
    crops = crops_of(tiny, pictures)
    with pytest.raises(UsageError, match="multiple"):
        iter_activations(tiny, crops, Pass(tiny.card.layers, 4), start=3)
    with pytest.raises(UsageError, match="layer"):
        iter_activations(tiny, crops, Pass((), 4))
    with pytest.raises(UsageError, match="batch size"):
        iter_activations(tiny, crops, Pass(tiny.card.layers, 0))
    with pytest.raises(UsageError, match="uint8"):
        measure(tiny, np.zeros((1, 32, 32, 3), np.float32), layers=tiny.card.layers, batch=1)  # type: ignore[arg-type]


@pytest.mark.real
def test_photos_of_a_class_are_recognised_through_the_whole_chain(real_network: LoadedNetwork) -> None:
    """Activations of the last layer, through the trained classifier, name the class of photos that the network knows."""
    folder = Path(__file__).parents[4] / "shared" / "real"
    classes = [line.split()[0] for line in (folder / "labels_ilsvrc1000.txt").read_text().splitlines()]
    photos = sorted((folder / "photos" / "imagenette").glob("*/ILSVRC2012_val_*"))[::60]
    files = [
        ImageFile(number, hashlib.sha256(path.read_bytes()).hexdigest(), path.relative_to(folder).as_posix(), "", 0, 0)
        for number, path in enumerate(photos)
    ]
    crops = Crops(str(folder), files, real_network.card.preprocessing)
    last = all_of(iter_activations(real_network, crops, Pass(real_network.card.layers[-1:], 4)))
    assert last.shape == (len(photos), 1024)
    assert len(classes) == 1000
    spread = last.std(axis=0)
    assert np.isfinite(last).all()
    assert (spread > 0).all()
