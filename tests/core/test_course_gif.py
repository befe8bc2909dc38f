"""Animations of the course of an optimisation."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from core.course_gif import course_gif
from core.errors import UsageError
from tests.core.drawings import noise, plain


def smooth(seed: int, side_px: int = 200) -> Image.Image:
    """Return a smooth image in colour, with more colours than a GIF has."""
    return noise(6, seed=seed).resize((side_px, side_px), Image.Resampling.BICUBIC)


def frames_of(gif: bytes) -> list[tuple[Image.Image, int]]:
    """Return every frame in colour, and how long it stays."""
    image = Image.open(io.BytesIO(gif))
    found = []
    for number in range(image.n_frames):
        image.seek(number)
        found.append((image.convert("RGB"), image.info["duration"]))
    return found


def test_a_course_is_an_animation_in_the_order_of_its_steps() -> None:
    """One frame a snapshot, the earliest first; the last stays longer; it loops without end."""
    courses = [(64, smooth(2)), (0, smooth(0)), (8, smooth(1))]
    gif = course_gif(courses, frame_ms=300)
    assert Image.open(io.BytesIO(gif)).info["loop"] == 0
    found = frames_of(gif)
    assert [duration for _, duration in found] == [300, 300, 1500]
    for (frame, _), seed in zip(found, (0, 1, 2), strict=True):
        difference = np.abs(np.asarray(frame, dtype=float)[:200] - np.asarray(smooth(seed), dtype=float))
        assert difference.mean() < 12


def test_the_step_stands_below_the_image() -> None:
    """The image is not written over; the band is grey, never dithered, and differs with the step."""
    found = frames_of(course_gif([(0, smooth(0)), (128, smooth(1))], frame_ms=100))
    bands = [np.asarray(frame)[200:] for frame, _ in found]
    assert all(band.shape[0] > 12 and np.ptp(band, axis=2).max() == 0 for band in bands)
    assert not np.array_equal(bands[0], bands[1])
    assert all((band[-1] == band[-1, 0]).all() and band.min() < 100 for band in bands)


def test_frames_have_one_readable_size() -> None:
    """Small images are enlarged, snapshots of another size or mode brought to that of the last."""
    found = frames_of(course_gif([(0, noise(16, grey=True)), (1, noise(40, seed=1)), (2, noise(32, seed=2))], frame_ms=100))
    assert {frame.size for frame, _ in found} == {(192, 192 + 24)}


def test_one_snapshot_is_a_still() -> None:
    """A course of one image, at step 0, is drawn as well."""
    assert [duration for _, duration in frames_of(course_gif([(0, plain("red"))], frame_ms=100))] in ([500], [0])


@pytest.mark.parametrize(("n", "frame_ms"), [(0, 100), (1, 0), (1, 9), (1, 10_001)])
def test_an_animation_of_nothing_is_refused(n: int, frame_ms: int) -> None:
    """No images, or a pace that a GIF cannot keep, are refused with what came."""
    with pytest.raises(UsageError, match=f"{n} images and {frame_ms} ms"):
        course_gif([(0, noise())] * n, frame_ms=frame_ms)
