"""Image worlds as folders of PNG files: drawn by several processes, resumed where they were interrupted."""

from __future__ import annotations

import os
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from core.demo.world.gallery import class_of, draw
from core.errors import StoreError

REPORT_EVERY = 16


def generate(folder: Path, *, n: int, seed: int, progress: Callable[[int, int], None], workers: int = 2) -> None:
    """Write images 0 to n - 1 of the world with this seed as `folder/<class>/<index:05d>.png`.

    Files that exist are left alone, and a file appears under its name only when it is complete: an interrupted run is
    resumed by the same call. `progress(done, total)` is called in this process, first with what was there already; if it
    raises, the drawing stops. With one worker, or few images, no process is started.
    """
    missing = [index for index in range(n) if not image_path(folder, index).exists()]
    for name in {class_of(index) for index in missing}:
        (folder / name).mkdir(parents=True, exist_ok=True)
    done = n - len(missing)
    progress(done, n)
    with _drawing(folder, seed, missing, workers) as drawn:
        for _ in drawn:
            done += 1
            if done % REPORT_EVERY == 0 or done == n:
                progress(done, n)
    if done < n:
        raise StoreError(f"Only {done} of {n} images could be drawn into {folder}; the same command resumes.")


def image_path(folder: Path, index: int) -> Path:
    """Return where `generate` writes the image with this index."""
    return folder / class_of(index) / f"{index:05d}.png"


def write_image(folder: Path, seed: int, index: int) -> None:
    """Draw one image and write it as a lossless PNG, complete or not at all."""
    image, _ = draw(seed, index)
    path = image_path(folder, index)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    image.save(temporary, format="PNG", compress_level=1, compress_type=zlib.Z_HUFFMAN_ONLY)
    temporary.replace(path)


@contextmanager
def _drawing(folder: Path, seed: int, indices: list[int], workers: int) -> Iterator[Iterator[object]]:
    """Yield something for each image drawn, by this process or by several of their own; those end with the context."""
    if workers <= 1 or len(indices) <= REPORT_EVERY:
        yield map(partial(write_image, folder, seed), indices)
        return
    read_end, write_end = os.pipe()
    started = [_started(folder, seed, indices[part::workers], write_end) for part in range(workers)]
    os.close(write_end)
    try:
        with os.fdopen(read_end, encoding="ascii") as lines:
            yield lines
    finally:
        for process in started:
            process.terminate()
            process.wait()


def _started(folder: Path, seed: int, indices: list[int], output: int) -> subprocess.Popen[str]:
    """Return a worker that writes one line to `output` for each image that it has drawn.

    It is a program of its own, not a multiprocessing worker: that would import the caller's main module, and torch with it.
    """
    command = [sys.executable, "-m", "core.demo.world.worker", str(folder.absolute()), str(seed)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, text=True)
    if process.stdin is not None:
        with process.stdin as channel:
            channel.write(" ".join(map(str, indices)))
    return process
