"""Every kind of image file has one stated outcome, and the crop that people see is the one that torchvision makes."""

from __future__ import annotations

import hashlib
import io
import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from core import imaging
from core.domain import Preprocessing
from core.errors import ImageError
from tests.studies import encoded, picture

Pixels = npt.NDArray[np.uint8]


def image_of(width: int, height: int, seed: int = 0) -> Image.Image:
    with Image.open(io.BytesIO(picture(np.random.default_rng(seed), (width, height)))) as image:
        return image.convert("RGB")


def pixels(image: Image.Image) -> Pixels:
    return np.asarray(image)


def decoded(content: bytes) -> Pixels:
    image = imaging.decode(content)
    assert image.mode == "RGB"
    return pixels(image)


# --- what is decoded ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM"])
def test_lossless_files_keep_their_pixels(kind: str) -> None:
    """RGB files without loss are decoded to exactly their pixels."""
    image = image_of(13, 9)
    assert np.array_equal(decoded(encoded(image, kind)), pixels(image))


@pytest.mark.parametrize(
    ("orientation", "upright"),
    [(1, None), (2, "FLIP_LEFT_RIGHT"), (3, "ROTATE_180"), (4, "FLIP_TOP_BOTTOM"), (6, "ROTATE_270"), (8, "ROTATE_90")],
)
def test_exif_rotation_is_applied(orientation: int, upright: str | None) -> None:
    """A photo is turned as its camera said."""
    image = image_of(14, 8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    expected = image.transpose(Image.Transpose[upright]) if upright else image
    assert np.array_equal(decoded(encoded(image, "PNG", exif=exif)), pixels(expected))


def test_cmyk_becomes_rgb() -> None:
    """A CMYK JPEG is decoded with its colours, not with inverted ones."""
    red = Image.new("RGB", (16, 16), (220, 30, 30))
    found = decoded(encoded(red.convert("CMYK"), "JPEG", quality=95)).astype(int)
    assert np.abs(found - pixels(red).astype(int)).max() < 12


def test_palette_becomes_rgb() -> None:
    """A palette file has the colours of its palette."""
    image = image_of(12, 12).quantize(7)
    assert np.array_equal(decoded(encoded(image, "PNG")), pixels(image.convert("RGB")))


def test_grayscale_becomes_rgb() -> None:
    """Gray becomes three equal channels; black and white files too."""
    image = image_of(12, 12).convert("L")
    assert np.array_equal(decoded(encoded(image, "PNG")), np.repeat(pixels(image)[..., None], 3, axis=2))
    assert set(np.unique(decoded(encoded(image.convert("1"), "PNG")))) <= {0, 255}


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "PPM"])
def test_16_bit_becomes_8_bit(kind: str) -> None:
    """16-bit gray is divided by 257, so that black stays black and white becomes 255."""
    wide = np.arange(0, 65536, 257, dtype=np.uint16).reshape(16, 16)
    found = decoded(encoded(Image.fromarray(wide), kind))
    assert np.array_equal(found[..., 0], (wide // 257).astype(np.uint8))


def test_big_endian_16_bit_becomes_8_bit() -> None:
    """A TIFF in the other byte order is decoded like any 16-bit file."""
    wide = np.arange(0, 65536, 257, dtype=">u2").reshape(16, 16)
    assert np.array_equal(decoded(big_endian_tiff(wide))[..., 0], (wide // 257).astype(np.uint8))


def big_endian_tiff(wide: npt.NDArray[np.uint16]) -> bytes:
    """Return 16-bit gray as an uncompressed TIFF in big-endian order, which Pillow itself does not write."""
    (height, width), raw = wide.shape, wide.tobytes()
    shorts = [(256, width), (257, height), (258, 16), (259, 1), (262, 1), (277, 1), (278, height)]
    entries = [struct.pack(">HHIHH", tag, 3, 1, value, 0) for tag, value in shorts]
    start = 8 + 2 + 12 * 9 + 4
    entries += [struct.pack(">HHII", 273, 4, 1, start), struct.pack(">HHII", 279, 4, 1, len(raw))]
    entries.sort(key=lambda entry: entry[:2])
    return b"MM\0*" + struct.pack(">IH", 8, 9) + b"".join(entries) + bytes(4) + raw


def test_transparency_is_laid_over_grey() -> None:
    """Where a picture is transparent, mid-grey shows; half transparent is half way."""
    rgba = Image.new("RGBA", (3, 1), (200, 0, 0, 255))
    rgba.putpixel((1, 0), (200, 0, 0, 0))
    rgba.putpixel((2, 0), (255, 255, 255, 128))
    found = decoded(encoded(rgba, "PNG"))[0].tolist()
    assert found[:2] == [[200, 0, 0], [128, 128, 128]]
    assert all(abs(value - 191) <= 1 for value in found[2])


def test_a_transparent_palette_colour_is_laid_over_grey() -> None:
    """One transparent colour of a palette shows mid-grey too."""
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.putpixel((1, 0), 1)
    assert decoded(encoded(image, "PNG", transparency=0))[0].tolist() == [[128, 128, 128], [200, 100, 50]]


def test_the_first_frame_of_an_animation_counts() -> None:
    """Of an animated GIF the first frame is decoded."""
    frames = [Image.new("RGB", (8, 8), colour) for colour in ((250, 0, 0), (0, 250, 0), (0, 0, 250))]
    found = decoded(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert found[4, 4].tolist() == [250, 0, 0]


# --- what is not --------------------------------------------------------------------------------------------------------------


def test_an_empty_file_is_named_so() -> None:
    """Zero bytes have a reason of their own."""
    with pytest.raises(ImageError, match="empty"):
        imaging.decode(b"")


def test_text_with_an_images_name_is_refused(tmp_path: Path) -> None:
    """A text file renamed to .jpg is not an image, and a missing file cannot be read."""
    (tmp_path / "notes.jpg").write_text("these are my notes, not a photo")
    with pytest.raises(ImageError, match="not an image"):
        imaging.read(tmp_path / "notes.jpg")
    with pytest.raises(ImageError, match="cannot be read"):
        imaging.read(tmp_path / "missing.jpg")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"])
@pytest.mark.parametrize("share", [0.2, 0.7])
def test_a_truncated_file_is_refused(kind: str, share: float) -> None:
    """Half a file is never half an image."""
    content = encoded(Image.fromarray(np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)), kind)
    with pytest.raises(ImageError):
        imaging.decode(content[: int(len(content) * share)])


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
def test_damaged_files_give_no_other_error(kind: str) -> None:
    """Whatever bytes are damaged: the file is decoded or refused with a reason, nothing else happens."""
    content, rng = encoded(image_of(24, 18), kind), np.random.default_rng(3)
    for _ in range(150):
        damaged = bytearray(content)
        for place in rng.integers(0, min(len(content), 200), 4):
            damaged[place] = int(rng.integers(256))
        try:
            imaging.decode(bytes(damaged))
        except ImageError as error:
            assert str(error)


def test_enormous_images_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """More pixels than the limit are refused with both numbers, before they are decoded."""
    monkeypatch.setattr(imaging, "MAX_PIXELS", 100)
    with pytest.raises(ImageError, match=r"11 x 10 pixels.*100"):
        imaging.decode(encoded(image_of(11, 10), "PNG"))
    assert imaging.decode(encoded(image_of(10, 10), "PNG")).size == (10, 10)


def test_decompression_bombs_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file beyond Pillow's own limit is refused with a reason as well."""
    content = encoded(image_of(11, 10), "PNG")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 40)
    with pytest.raises(ImageError):
        imaging.decode(content)


# --- crops and addresses ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(64, 64), (101, 67), (67, 101), (31, 257), (500, 37), (33, 32), (17, 12), (225, 224), (299, 451)])
@pytest.mark.parametrize("preprocessing", [Preprocessing(32, 32), Preprocessing(37, 32), Preprocessing(48, 31), Preprocessing(256, 224)])
def test_crop_is_torchvisions(size: tuple[int, int], preprocessing: Preprocessing) -> None:
    """Pixel for pixel, the crop is torchvision's Resize (antialiased) and CenterCrop of the same image."""
    from torchvision.transforms.functional import InterpolationMode, center_crop, resize

    image = image_of(*size, seed=5)
    resized = resize(image, preprocessing.resize_px, InterpolationMode.BILINEAR, antialias=True)
    expected = center_crop(resized, preprocessing.crop_px)
    assert np.array_equal(pixels(imaging.crop(image, preprocessing)), pixels(expected))


def test_png_keeps_every_pixel() -> None:
    """What people judge is stored without loss."""
    image = image_of(40, 30)
    assert np.array_equal(decoded(imaging.encode_png(image)), pixels(image))


@pytest.mark.parametrize("size", [(300, 200), (200, 300), (20, 10)])
def test_thumbnails_are_small_webp(size: tuple[int, int]) -> None:
    """A thumbnail keeps the proportions, is at most as large as asked and never enlarged."""
    with Image.open(io.BytesIO(imaging.encode_thumbnail(image_of(*size), 160))) as small:
        assert small.format == "WEBP"
        assert max(small.size) == min(160, max(size))
        assert small.width / small.height == pytest.approx(size[0] / size[1], rel=0.02)


def test_addresses_depend_on_content_and_preprocessing_only() -> None:
    """Equal content and preprocessing give one address, everything else another."""
    addresses = {imaging.crop_address(content, Preprocessing(*px)) for content in ("a", "b") for px in ((32, 32), (37, 32), (37, 31))}
    assert len(addresses) == 6
    assert imaging.crop_address("a", Preprocessing(32, 32)) in addresses
    assert all(len(address) == 32 and int(address, 16) >= 0 for address in {*addresses, imaging.content_address(b"x")})


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
def test_a_crop_is_resized_as_its_preprocessing_says(interpolation: str) -> None:
    """The two interpolations give Pillow's own pixels, and crops at different addresses."""
    image = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8))
    preprocessing = Preprocessing(24, 24, interpolation=interpolation)  # type: ignore[arg-type]
    wanted = image.resize((24, 24), getattr(Image.Resampling, interpolation.upper()))
    assert np.array_equal(np.asarray(imaging.crop(image, preprocessing)), np.asarray(wanted))
    former = hashlib.sha256(b"hash:24:24").hexdigest()[:32]
    assert (imaging.crop_address("hash", preprocessing) == former) == (interpolation == "bilinear")
