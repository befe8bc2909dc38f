"""Reading the images of a method, of a folder or a CSV: square, at the network's size, each with unit, extreme and place. No torch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from PIL import Image

from core.domain import Extreme, NetworkCard, Preprocessing, SkippedFile, Unit
from core.errors import ImageError, UsageError
from core.imaging import RESAMPLING, content_address, decode, encode_png
from core.jobs.job import Progress
from core.method_files import NO_UNIT, MethodFile, method_file, natural_order
from core.method_table import WANTED, method_table

MAX_TABLE_BYTES: Final = 200_000_000


@dataclass(frozen=True, slots=True)
class MethodImage:
    """An image that can be used; `index` counts those of its unit and extreme, `address` is that of the PNG which will be stored."""

    path: str  # from the folder of the method's images, or of the CSV that lists them
    unit: Unit
    extreme: Extreme
    index: int
    address: str


def folder_of(source: Path) -> Path:
    """Return the folder that images' paths begin at: the source itself, or that of a CSV. Raises UsageError where it is neither."""
    if source.is_dir():
        return source
    if source.is_file():
        return source.parent
    raise UsageError(f"{source} is not there; give the folder that holds the method's images, or a CSV that lists them.")


def looked_at(
    source: Path, card: NetworkCard, *, n_threads: int, progress: Progress
) -> tuple[tuple[MethodImage, ...], tuple[SkippedFile, ...]]:
    """Return the images of a folder or CSV that can be used, in order of units, and the files that cannot be, with their reasons.

    An image that the unit has twice at an extreme is skipped. Raises UsageError where a file is of a unit that the network lacks, a row
    of the CSV is wrong, or nothing can be used.
    """
    folder = folder_of(source)
    placed, skipped = _listed(source, card) if source.is_file() else _found(source, card)
    files = sorted(placed, key=lambda file: (file.unit, file.extreme))
    images: list[MethodImage] = []
    seen: defaultdict[tuple[Unit, Extreme], dict[str, str]] = defaultdict(dict)  # path by address
    with ThreadPoolExecutor(n_threads) as pool:
        found = pool.map(partial(_address, folder, card.preprocessing), files)
        for n, (file, (address, reason)) in enumerate(zip(files, found, strict=True), start=1):
            same = seen[file.unit, file.extreme]
            if reason or address in same:
                skipped.append(SkippedFile(file.path, reason or f"is the same image as {same[address]}"))
            else:
                images.append(MethodImage(file.path, file.unit, file.extreme, len(same), address))
                same[address] = file.path
            progress(n, len(files), "reading images")
    if not images:
        first = f"; {skipped[0].path}: {skipped[0].reason}" if skipped else ""
        raise UsageError(f"No image of {source} can be used ({len(skipped)} files looked at{first}).")
    return tuple(images), tuple(skipped)


def read_square(path: Path, preprocessing: Preprocessing) -> Image.Image:
    """Return the image as the network takes it, crop_px x crop_px (resized antialiased). Raises ImageError where it is not square."""
    image = decode(path.read_bytes())
    if image.width != image.height:
        raise ImageError(f"is {image.width} x {image.height} pixels; a method's images are square, so that nothing of them is cut away")
    side = preprocessing.crop_px
    sized = image if image.width == side else image.resize((side, side), RESAMPLING[preprocessing.interpolation])
    return sized if preprocessing.n_channels == 3 else sized.convert("L")


def _found(folder: Path, card: NetworkCard) -> tuple[list[MethodFile], list[SkippedFile]]:
    """Return the files below the folder, in order, and those whose path tells no unit."""
    placed = {path: method_file(path, card) for path in natural_order(_paths(folder))}
    return [file for file in placed.values() if file is not None], [
        SkippedFile(path, NO_UNIT) for path, file in placed.items() if file is None
    ]


def _listed(table: Path, card: NetworkCard) -> tuple[list[MethodFile], list[SkippedFile]]:
    """Return the files that a CSV lists, in order; none is skipped yet."""
    if table.stat().st_size > MAX_TABLE_BYTES:
        raise UsageError(f"{table} is larger than {MAX_TABLE_BYTES // 10**6} MB; a CSV that lists images is wanted ({WANTED}).")
    try:
        text = table.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{table} is no text in UTF-8; a CSV that lists images is wanted ({WANTED}).") from error
    return list(method_table(text, card, name=table.name)), []


def _paths(folder: Path) -> Iterator[str]:
    """Give the files below the folder, but hidden ones."""
    for path in folder.rglob("*"):
        below = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in below.parts):
            yield below.as_posix()


def _address(folder: Path, preprocessing: Preprocessing, file: MethodFile) -> tuple[str, str]:
    """Return the address of the image of a file, and "" or why it cannot be used."""
    try:
        return content_address(encode_png(read_square(folder / file.path, preprocessing))), ""
    except ImageError as error:
        return "", str(error)
    except FileNotFoundError:
        return "", "is not there"
    except OSError as error:
        return "", f"cannot be read: {error.strerror or error}"
