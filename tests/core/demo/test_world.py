"""The image world: the same pixels for the same numbers, variety within classes, folders that resume."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.demo.world import CLASSES, SIZE, class_of, draw, generate, image_path
from core.errors import Interrupted


def _ignored(done: int, total: int) -> None:
    """Take a report and do nothing."""


def _states(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_same_numbers_same_pixels() -> None:
    """An image depends on its world and index alone, not on what was drawn before."""
    first = draw(5, 37)
    draw(5, 2)
    again = draw(5, 37)
    assert first[0].tobytes() == again[0].tobytes()
    assert first[1] == again[1] == CLASSES[37 % len(CLASSES)]


@pytest.mark.parametrize("number", range(len(CLASSES)), ids=CLASSES)
def test_every_class_varies(number: int) -> None:
    """Every class gives RGB images of the right size that fill the range and differ between indices and worlds."""
    pictures = [draw(seed, number + len(CLASSES) * turn) for seed, turn in ((0, 0), (0, 1), (3, 0))]
    for image, name in pictures:
        assert (image.mode, image.size, name) == ("RGB", (SIZE, SIZE), CLASSES[number])
        assert np.ptp(np.asarray(image)) > 40
    for one, other in pairwise(pictures):
        assert np.abs(np.asarray(one[0], dtype=float) - np.asarray(other[0], dtype=float)).mean() > 4


def test_names_are_plain_words() -> None:
    """There are at least 24 classes, each with a name of its own in lower-case letters."""
    assert len(set(CLASSES)) == len(CLASSES) >= 24
    assert all(name.isalpha() and name.islower() for name in CLASSES)


def test_generate_resumes(tmp_path: Path) -> None:
    """A second run draws what is missing, leaves the rest untouched and reports both."""
    generate(tmp_path, n=6, seed=4, progress=_ignored)
    image_path(tmp_path, 3).unlink()
    before = _states(tmp_path)
    reports: list[tuple[int, int]] = []
    generate(tmp_path, n=8, seed=4, progress=lambda done, total: reports.append((done, total)))
    after = _states(tmp_path)
    assert {path: after[path] for path in before} == before
    assert sorted(after) == sorted(image_path(tmp_path, index) for index in range(8))
    assert reports[0] == (5, 8)
    assert reports[-1] == (8, 8)


def test_generate_in_processes_gives_the_same_images(tmp_path: Path) -> None:
    """What worker processes write, losslessly, is what `draw` returns."""
    generate(tmp_path, n=20, seed=6, progress=_ignored, workers=2)
    for index in (0, 7, 19):
        with Image.open(image_path(tmp_path, index)) as stored:
            assert stored.tobytes() == draw(6, index)[0].tobytes()
    assert sum(1 for path in tmp_path.rglob("*") if path.is_file()) == 20
    assert image_path(tmp_path, 19).parent.name == class_of(19)


def test_an_exception_in_progress_stops_the_drawing(tmp_path: Path) -> None:
    """A run that is cancelled through its progress report ends its processes and leaves only whole images."""

    def cancel(done: int, total: int) -> None:
        if done:
            raise Interrupted("stopped")

    with pytest.raises(Interrupted):
        generate(tmp_path, n=96, seed=6, progress=cancel, workers=2)
    stored = [path for path in tmp_path.rglob("*.png") if not path.name.startswith(".")]
    assert 0 < len(stored) < 96
    for path in stored:
        with Image.open(path) as image:
            image.load()


def test_the_world_needs_no_torch() -> None:
    """Importing the world, or its worker, imports neither torch nor anything that brings it."""
    check = "import sys, core.demo.world, core.demo.world.worker; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
