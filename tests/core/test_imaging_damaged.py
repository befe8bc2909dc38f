"""Images whose bytes are damaged or lie: decoded or refused with a reason, in bounded time and memory."""

from __future__ import annotations

import struct
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, features

from core import imaging
from core.errors import ImageError
from tests.core.damage import in_own_process
from tests.studies import encoded

N_DAMAGED = 250  # files of each kind
MOST_MB = 48.0  # beyond what a whole file takes; a million pixels are 4 MB
DECODE = """
from core import imaging
imaging.MAX_PIXELS = 1_000_000
def read(content, path):
    imaging.decode(content)
"""


def picture() -> Image.Image:
    return Image.fromarray(np.random.default_rng(1).integers(0, 256, (40, 48, 3), dtype=np.uint8))


def files(folder: Path) -> list[Path]:
    """Write a file of every kind, with the parts that readers trip over: EXIF, palettes, frames, packing."""
    image, exif = picture(), Image.Exif()
    exif[0x0112], exif[0x010E], exif[0x011A] = 6, "a photo", 72.0
    contents = {
        "a.png": encoded(image, "PNG", exif=exif),
        "palette.png": encoded(image.quantize(9), "PNG", transparency=0),
        "frames.png": encoded(image, "PNG", save_all=True, append_images=[image.rotate(90)]),
        "a.jpg": encoded(image, "JPEG", exif=exif),
        "progressive.jpg": encoded(image.convert("CMYK"), "JPEG", progressive=True),
        "a.mpo": encoded(image, "MPO", save_all=True, append_images=[image.rotate(90)]),
        "a.gif": encoded(image, "GIF", save_all=True, append_images=[image.rotate(90)]),
        "a.tiff": encoded(image, "TIFF", exif=exif),
        "lzw.tiff": encoded(image, "TIFF", compression="tiff_lzw"),
        "jpeg.tiff": encoded(image, "TIFF", compression="jpeg"),
        "fax.tiff": encoded(image.convert("1"), "TIFF", compression="group4"),
        "a.webp": encoded(image, "WEBP", exif=exif),
        "lossless.webp": encoded(image.convert("RGBA"), "WEBP", lossless=True),
        "frames.webp": encoded(image, "WEBP", save_all=True, append_images=[image.rotate(90)]),
        "a.bmp": encoded(image, "BMP"),
        "palette.bmp": encoded(image.quantize(9), "BMP"),
        "a.ppm": encoded(image, "PPM"),
    }
    if features.check("avif"):
        contents["a.avif"] = encoded(image, "AVIF")
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in contents]


def test_damaged_images_are_decoded_or_refused(tmp_path: Path) -> None:
    """Of every kind some hundred damaged files raise nothing but ImageError, and take neither long nor much memory."""
    for name, found in in_own_process(DECODE, *files(tmp_path), n=N_DAMAGED).items():
        found.check(name, most_mb=MOST_MB)
        assert found.n_refused > 0 and found.n_read + found.n_refused == N_DAMAGED


def tiled_tiff(side_px: int, *, compression: int) -> bytes:
    """Return a gray TIFF of 16 x 16 pixels whose one tile says to be much larger."""
    raw = bytes(64)
    entries = [(256, 16), (257, 16), (258, 8), (259, compression), (262, 1), (277, 1), (322, side_px), (323, side_px)]
    start = 8 + 2 + 12 * 10 + 4
    entries += [(324, start), (325, len(raw))]
    fields = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + fields + bytes(4) + raw


def canvas_webp(side_px: int) -> bytes:
    """Return an extended WebP whose canvas says to be of this size, around a smaller picture."""
    content = bytearray(encoded(picture().convert("RGBA"), "WEBP", save_all=True, append_images=[picture().convert("RGBA").rotate(9)]))
    place = content.index(b"VP8X") + 12
    content[place : place + 6] = (side_px - 1).to_bytes(3, "little") * 2
    return bytes(content)


def patched(content: bytes, place: int, value: bytes) -> bytes:
    return content[:place] + value + content[place + len(value) :]


LIES = {
    "PNG": lambda: patched(encoded(picture(), "PNG"), 16, b"\x7f\xff\xff\xff" * 2),
    "JPEG": lambda: patched(encoded(picture(), "JPEG"), encoded(picture(), "JPEG").index(b"\xff\xc0") + 5, b"\xff\xff" * 2),
    "GIF": lambda: patched(encoded(picture(), "GIF"), 6, b"\xff\xff" * 2),
    "BMP": lambda: patched(encoded(picture(), "BMP"), 18, b"\xff\xff\xff\x7f" * 2),
    "WebP": lambda: canvas_webp(1 << 14),
    "WebP of 2^16": lambda: canvas_webp(1 << 16),
    "WebP of 2^24": lambda: canvas_webp(1 << 24),
    "tiles": lambda: tiled_tiff(65_520, compression=5),
    "plain tiles": lambda: tiled_tiff(65_520, compression=1),
    "deflated tiles": lambda: tiled_tiff(32_768, compression=8),
    "PackBits tiles": lambda: tiled_tiff(16_384, compression=32_773),
}


def test_headers_that_lie_cost_no_memory(tmp_path: Path) -> None:
    """Small files that say to be enormous are refused before memory is taken for them."""
    for name, content in LIES.items():
        (tmp_path / name).write_bytes(content())
    found = in_own_process("from core import imaging\ndef read(content, path): imaging.decode(content)", *sorted(tmp_path.iterdir()), n=0)
    for name, one in found.items():
        one.check(name, most_mb=MOST_MB)
        assert one.n_refused == 1, name


def test_warnings_of_others_are_left_alone() -> None:
    """Decoding in many threads changes nothing for warnings that are not Pillow's."""
    content = encoded(picture().quantize(9), "PNG", transparency=bytes(9))  # Pillow has something to say about it

    def decode_many() -> None:
        for _ in range(50):
            imaging.decode(content)

    threads = [threading.Thread(target=decode_many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with pytest.raises(UserWarning, match="ours"):
        warnings.warn("ours", stacklevel=1)


@pytest.mark.parametrize(
    "content", [b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", encoded(picture(), "TGA"), encoded(picture(), "ICO")]
)
def test_formats_that_are_not_listed_are_refused(content: bytes) -> None:
    """Pillow opens much else, some of it by other programs: none of that is tried."""
    with pytest.raises(ImageError, match="not an image format"):
        imaging.decode(content)
