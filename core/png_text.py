"""PNG that say how they were made. Pure."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping
from typing import Any, Final

from PIL import PngImagePlugin

from core.errors import ImageError

SPEC_KEY: Final = "exemplary"  # of the iTXt chunk


def png_with_spec(png: bytes, content: Mapping[str, Any]) -> bytes:
    """Return the same pixels as a PNG that carries `content` as JSON in its text chunk "exemplary", in place of an earlier one.

    Numbers that JSON lacks (NaN, infinities) become null. Raises ImageError where `png` is none.
    """
    info = PngImagePlugin.PngInfo()
    text = json.dumps(_finite(content), ensure_ascii=False, allow_nan=False)
    info.add_itxt(SPEC_KEY, text)
    buffer = io.BytesIO()
    _open_png(png).save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


def spec_of_png(png: bytes) -> dict[str, Any] | None:
    """Return what `png_with_spec` put into the PNG, or None where there is nothing that can be read. Raises ImageError for no PNG."""
    text = _open_png(png).text.get(SPEC_KEY)
    try:
        content = json.loads(text or "null")
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def _open_png(png: bytes) -> PngImagePlugin.PngImageFile:
    try:
        image = PngImagePlugin.PngImageFile(io.BytesIO(png))
        image.load()  # text chunks may stand behind the pixels
    except (OSError, ValueError, SyntaxError) as error:
        raise ImageError("is not a PNG that can be read") from error
    return image


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(one) for key, one in value.items()}
    return [_finite(one) for one in value] if isinstance(value, list | tuple) else value
