"""Every kind of image file has one stated outcome, and the crop that people see is the one that torchvision makes."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageCms, features

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


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_becomes_rgb(kind: str) -> None:
    """A CMYK file has its colours: in JPEG inverted, as Adobe writes them, in TIFF as they are."""
    red = Image.new("RGB", (16, 16), (220, 30, 30))
    content = encoded(red.convert("CMYK"), kind, **({"quality": 95} if kind == "JPEG" else {}))
    assert (b"Adobe" in content) == (kind == "JPEG")
    assert np.abs(decoded(content).astype(int) - pixels(red).astype(int)).max() < 12


def test_cmyk_without_adobes_mark_is_inverted_as_well() -> None:
    """As browsers have it, every CMYK JPEG is taken for an inverted one."""
    content = encoded(Image.new("RGB", (16, 16), (220, 30, 30)).convert("CMYK"), "JPEG", quality=95)
    start = content.index(b"\xff\xee")
    without = content[:start] + content[start + 2 + int.from_bytes(content[start + 2 : start + 4], "big") :]
    assert b"Adobe" not in without and np.array_equal(decoded(without), decoded(content))


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


def test_a_palette_of_many_transparencies_is_laid_over_grey() -> None:
    """Each colour of a palette has its own transparency."""
    image = Image.new("P", (3, 1))
    image.putpalette([10, 20, 30, 200, 100, 50, 0, 0, 0])
    image.putdata([0, 1, 2])
    found = decoded(encoded(image, "PNG", transparency=bytes([0, 255, 128])))[0].tolist()
    assert found[:2] == [[128, 128, 128], [200, 100, 50]] and all(abs(value - 64) <= 1 for value in found[2])


def test_grey_with_transparency_is_laid_over_grey() -> None:
    """Gray files may be transparent, too."""
    image = Image.new("LA", (2, 1), (200, 255))
    image.putpixel((1, 0), (0, 0))
    assert decoded(encoded(image, "PNG"))[0].tolist() == [[200, 200, 200], [128, 128, 128]]


def png_of_16_bits(values: npt.NDArray[np.uint16]) -> bytes:
    """Return colour (H, W, 3) or (H, W, 4) as PNG of 16 bits, which Pillow itself does not write."""
    (height, width, n_channels), rows = values.shape, values.astype(">u2")

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 16, {3: 2, 4: 6}[n_channels], 0, 0, 0)
    raw = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", raw) + chunk(b"IEND", b"")


def test_colour_of_16_bits_becomes_8_bits() -> None:
    """Of each colour value the upper 8 bits count; transparency is laid over mid-grey."""
    wide = np.arange(0, 65536, 65535 // 47, dtype=np.uint16)[:48].reshape(4, 4, 3)
    assert np.array_equal(decoded(png_of_16_bits(wide)), (wide >> 8).astype(np.uint8))
    clear = np.concatenate([wide, np.zeros((4, 4, 1), np.uint16)], axis=2)
    assert set(np.unique(decoded(png_of_16_bits(clear)))) == {128}


@pytest.mark.parametrize("mode", ["I", "F"])
def test_pixels_of_unknown_range_are_refused(mode: str) -> None:
    """32-bit integers and floating point have no stated white."""
    with pytest.raises(ImageError, match="range is not known"):
        imaging.decode(encoded(Image.new(mode, (4, 4), 200), "TIFF"))


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "MPO", "TIFF", "AVIF"])
def test_the_first_frame_counts(kind: str) -> None:
    """Of an animation (GIF, APNG, WebP, AVIF), of a camera's several pictures (MPO) and of pages (TIFF) the first is decoded."""
    if kind == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow cannot write AVIF")
    frames = [Image.new("RGB", (16, 16), colour) for colour in ((250, 0, 0), (0, 250, 0), (0, 0, 250))]
    found = decoded(encoded(frames[0], kind, save_all=True, append_images=frames[1:]))
    assert np.abs(found[4, 4].astype(int) - (250, 0, 0)).max() < 12


def test_what_an_animation_shows_to_those_who_cannot_play_it_counts() -> None:
    """Of an APNG with a picture of its own for such viewers, that is the first."""
    frames = [Image.new("RGB", (8, 8), colour) for colour in ((250, 0, 0), (0, 250, 0))]
    assert decoded(encoded(frames[0], "PNG", save_all=True, append_images=frames[1:], default_image=True))[4, 4].tolist() == [250, 0, 0]


def test_colour_profiles_are_not_applied() -> None:
    """People and network see the bare values, and the profile is not handed on."""
    image = image_of(9, 7)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    assert np.array_equal(decoded(encoded(image, "PNG", icc_profile=profile)), pixels(image))
    assert b"iCCP" not in imaging.encode_png(imaging.decode(encoded(image, "PNG", icc_profile=profile)))


def test_content_counts_not_the_ending() -> None:
    """Files are known by their first bytes: every kind is decoded from bytes alone."""
    image = image_of(9, 7)
    assert all(imaging.decode(encoded(image, kind)).size == (9, 7) for kind in ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM"))


# --- what is not --------------------------------------------------------------------------------------------------------------


def test_an_empty_file_is_named_so() -> None:
    """Zero bytes have a reason of their own."""
    with pytest.raises(ImageError, match="empty"):
        imaging.decode(b"")


def test_text_is_no_image() -> None:
    """A text file renamed to .jpg is refused for what it holds."""
    with pytest.raises(ImageError, match="not an image"):
        imaging.decode(b"these are my notes, not a photo")


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
