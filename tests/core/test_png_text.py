"""PNG that say how they were made."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from core.errors import ImageError
from core.imaging import encode_png
from core.png_text import SPEC_KEY, png_with_spec, spec_of_png
from tests.core.drawings import noise

CONTENT = {"unit": "mixed4b:465", "index": 3, "spec": {"preset": "päper 🜂", "transforms": [{"kind": "pad", "px": 12}]}}


@pytest.mark.parametrize("grey", [False, True])
def test_a_png_keeps_its_pixels_and_says_how_it_was_made(grey: bool) -> None:
    """Pixels and mode stay as they are; what was put in is read back, whatever letters it has."""
    png = encode_png(noise(grey=grey))
    marked = png_with_spec(png, CONTENT)
    before, after = Image.open(io.BytesIO(png)), Image.open(io.BytesIO(marked))
    assert after.mode == before.mode and np.array_equal(np.asarray(after), np.asarray(before))
    assert spec_of_png(marked) == CONTENT
    assert b"iTXtexemplary\0" in marked


def test_a_second_description_replaces_the_first() -> None:
    """A PNG never says two things of itself."""
    marked = png_with_spec(png_with_spec(encode_png(noise()), CONTENT), {"unit": "mixed3a:1"})
    assert spec_of_png(marked) == {"unit": "mixed3a:1"}
    assert marked.count(b"iTXt") == 1


def test_numbers_that_json_lacks_become_null() -> None:
    """NaN and infinities would make the chunk unreadable for others."""
    marked = png_with_spec(encode_png(noise()), {"margin_sd": math.inf, "list": (math.nan, 1.5), "deep": {"x": -math.inf}})
    assert spec_of_png(marked) == {"margin_sd": None, "list": [None, 1.5], "deep": {"x": None}}


@pytest.mark.parametrize("text", [None, "{not json", "[1, 2]"])
def test_a_png_without_a_description_has_none(text: str | None) -> None:
    """A missing chunk, or one that holds something else, is no description."""
    info = PngImagePlugin.PngInfo()
    if text is not None:
        info.add_itxt(SPEC_KEY, text)
    buffer = io.BytesIO()
    noise().save(buffer, "PNG", pnginfo=info)
    assert spec_of_png(buffer.getvalue()) is None


@pytest.mark.parametrize("content", [b"", b"no image", encode_png(noise())[:60]])
def test_what_is_no_png_is_refused(content: bytes) -> None:
    """Empty, foreign and cut-off bytes are refused with a reason."""
    with pytest.raises(ImageError, match="PNG"):
        png_with_spec(content, CONTENT)
    with pytest.raises(ImageError, match="PNG"):
        spec_of_png(content)
