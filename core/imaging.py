"""Decoding and preprocessing of image files with Pillow: what the network sees is exactly what people are shown.

Every decoding step has one stated behaviour: EXIF rotation is applied; palette, CMYK, 16-bit and grayscale become 8-bit RGB;
transparency is laid over mid-grey; of an animation the first frame counts; colour profiles are not applied. docs/images.md has the whole
table. No torch here: the image route uses it too.
"""

from __future__ import annotations

import hashlib
import io
import math
import re
import warnings

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image, TiffImagePlugin, UnidentifiedImageError

from core.domain import Preprocessing
from core.errors import ImageError

SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm", ".jfif", ".apng", ".avif", ".jpe", ".mpo", ".pbm"}
)
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM", "AVIF")  # not all that Pillow opens: EPS would run Ghostscript
RESAMPLING = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
MAX_PIXELS = 100_000_000
MAX_ASPECT = 50
MAX_TILE = 1 << 22  # pixels of a TIFF's tile, where that is larger than the image
MATTE = (128, 128, 128)
SIXTEEN_BIT_MODES = frozenset({"I;16", "I;16B", "I;16L", "I;16N", "I"})
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}  # EXIF's orientations
_PILLOW = re.compile(r"PIL\.")


def decode(content: bytes) -> Image.Image:
    """Return the image as RGB, upright. Raises ImageError with the reason where it cannot be decoded whole."""
    if not content:
        raise ImageError("the file is empty")
    _ignore_pillows_warnings()
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            return _upright_rgb(image)
    except ImageError:
        raise
    except UnidentifiedImageError as error:
        raise ImageError("not an image format that can be read") from error
    except Exception as error:  # whatever Pillow's readers raise of damaged bytes, it is the reason why they are not decoded
        raise ImageError(f"cannot be decoded: {str(error) or type(error).__name__}") from error


def crop(image: Image.Image, preprocessing: Preprocessing) -> Image.Image:
    """Return the crop_px square crop: short side to resize_px (antialiased), then the centre (METHOD section 2).

    The resized long side is truncated to an integer and the crop offset rounded half to even, as torchvision does.
    """
    resized = image.resize(_resized_size(image.size, preprocessing.resize_px), RESAMPLING[preprocessing.interpolation])
    left, top = (round((side - preprocessing.crop_px) / 2) for side in resized.size)
    cropped = resized.crop((left, top, left + preprocessing.crop_px, top + preprocessing.crop_px))
    return cropped if preprocessing.n_channels == 3 else cropped.convert("L")


def crop_pixels(image: Image.Image, preprocessing: Preprocessing) -> npt.NDArray[np.uint8]:
    """Return the crop as uint8 (crop_px, crop_px, n_channels)."""
    return pixels(crop(image, preprocessing), preprocessing.n_channels)


def pixels(image: Image.Image, n_channels: int) -> npt.NDArray[np.uint8]:
    """Return an image as uint8 (H, W, 3) RGB or (H, W, 1) grayscale."""
    values = np.asarray(image.convert("RGB" if n_channels == 3 else "L"), dtype=np.uint8)
    return values if n_channels == 3 else values[:, :, None]


def from_pixels(values: npt.NDArray[np.uint8]) -> Image.Image:
    """Return uint8 (H, W, 3) or (H, W, 1) as an image."""
    return Image.fromarray(values if values.shape[2] == 3 else values[:, :, 0])


def encode_png(image: Image.Image) -> bytes:
    """Return the image as PNG (lossless; every image of a trial is encoded alike)."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=3, icc_profile=None)  # the network sees the bare values: so do people
    return buffer.getvalue()


def encode_thumbnail(image: Image.Image, side_px: int) -> bytes:
    """Return the image as WebP (quality 80), its longer side at most side_px."""
    small = image.copy()
    small.thumbnail((side_px, side_px), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    small.save(buffer, "WEBP", quality=80, method=2)
    return buffer.getvalue()


def crop_address(content_hash: str, preprocessing: Preprocessing) -> str:
    """Return the 32-digit address of a file's crop: a function of the file's bytes and the preprocessing, nothing else."""
    grey = "" if preprocessing.n_channels == 3 else f":{preprocessing.n_channels}"
    interpolation = "" if preprocessing.interpolation == "bilinear" else f":{preprocessing.interpolation}"
    text = f"{content_hash}:{preprocessing.resize_px}:{preprocessing.crop_px}{grey}{interpolation}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def content_address(content: bytes) -> str:
    """Return the 32-digit address of stored bytes."""
    return hashlib.sha256(content).hexdigest()[:32]


def _upright_rgb(image: Image.Image) -> Image.Image:
    if image.width * image.height > MAX_PIXELS:
        raise ImageError(f"has {image.width} x {image.height} pixels; at most {MAX_PIXELS:,} are read")
    if max(image.size) > MAX_ASPECT * min(image.size):
        raise ImageError(f"is {image.width} x {image.height} pixels; at most 1 : {MAX_ASPECT} can be cropped")
    _check_tiles(image)
    image.load()
    turn = TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    upright = image if turn is None else image.transpose(turn)  # Pillow's exif_transpose fails where other EXIF values are damaged
    if upright.mode == "I" and image.format != "PPM":  # a PGM of 16 bits has this mode, too
        raise ImageError("has 32-bit integer pixels, whose range is not known; convert it to 8 or 16 bits")
    if upright.mode in SIXTEEN_BIT_MODES:
        return Image.fromarray((np.asarray(upright).clip(0, 65535) // 257).astype(np.uint8)).convert("RGB")
    if upright.mode == "F":
        raise ImageError("has floating-point pixels, whose range is not known; convert it to 8 or 16 bits")
    if upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info:
        rgba = upright.convert("RGBA")
        matte = Image.new("RGBA", rgba.size, (*MATTE, 255))
        return Image.alpha_composite(matte, rgba).convert("RGB")
    return upright.convert("RGB")


def _check_tiles(image: Image.Image) -> None:
    """Raise ImageError for a TIFF whose tiles say to be much larger than the image: they are unpacked whole, whatever there is."""
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        sides = (image.tag_v2.get(tag, 0) for tag in (TiffImagePlugin.TILEWIDTH, TiffImagePlugin.TILELENGTH))
        if math.prod(sides) > max(MAX_TILE, image.width * image.height):
            raise ImageError("has tiles that are much larger than the image")


def _ignore_pillows_warnings() -> None:
    """Let Pillow warn of nothing in this process: the outcome of every file is stated, and a filter for a while is not safe in threads."""
    if ("ignore", None, Warning, _PILLOW, 0) not in warnings.filters:
        warnings.filterwarnings("ignore", module=_PILLOW.pattern)


def _resized_size(size: tuple[int, int], short_px: int) -> tuple[int, int]:
    width, height = size
    if width <= height:
        return short_px, max(short_px, int(short_px * height / width))
    return max(short_px, int(short_px * width / height)), short_px
