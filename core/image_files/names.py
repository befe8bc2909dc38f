"""Names of members of archives: which are looked at, which are refused, and the labels that they or their neighbours give."""

from __future__ import annotations

import json
import posixpath

from core.image_files.members import CONTAINERS, compressed_reason, ending, parent_name
from core.imaging import SUFFIXES

LABEL_ENDINGS = (".cls", ".json", ".txt")  # of a WebDataset sample, the first that gives a label counts
MAX_LABEL = 100  # characters: a longer text is a caption
MAX_LABEL_BYTES = 1 << 16
_CLASS_KEYS = ("class_name", "label_name", "class", "label", "cls", "category")


def inner_name(name: str) -> str | None:
    """Return a member's name without ./ and //, or None for what unpacking would hide: names that begin with a dot, and Mac metadata."""
    parts = [part for part in name.split("/") if part not in {"", "."}]
    if not parts or parts[0] == "__MACOSX" or any(part.startswith(".") and part != ".." for part in parts):
        return None
    return ("/" if name.startswith("/") else "") + "/".join(parts)


def refusal(name: str) -> str:
    """Return why a member of this name is not looked at, or ""."""
    if name.startswith("/") or ".." in name.split("/"):
        return "its path leads out of the archive"
    if not is_text(name):
        return "its name is not valid UTF-8"
    if ending(name) in CONTAINERS or compressed_reason(name):
        return "is an archive inside an archive; unpack the outer one"
    return kind_refusal(name)


def kind_refusal(path: str) -> str:
    """Return why a file is no image by its ending, or ""."""
    suffix = ending(path)
    return "" if suffix in SUFFIXES else f"not an image by its ending ({suffix or 'none'})"


def is_text(name: str) -> bool:
    """Return whether a file's name can be kept as text."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def printable(name: str) -> str:
    """Return a name as text, with bytes that are not UTF-8 written out."""
    return name.encode(errors="backslashreplace").decode()


def sample_key(name: str) -> str:
    """Return the key of a WebDataset sample: the path up to the first dot of the last part."""
    folder, base = posixpath.split(name)
    return posixpath.join(folder, base.partition(".")[0])


def sample_label(suffix: str, content: bytes) -> str:
    """Return the label that a sample's member of this ending gives, or "" where it gives none."""
    text = content.decode(errors="replace").strip()
    if suffix == ".json":
        text = _json_label(text)
    return text if len(text) <= MAX_LABEL and "\n" not in text else ""


def inner_label(name: str) -> str:
    """Return the name of the folder inside the archive that holds a member; "" at the top."""
    return parent_name(f"/{name}")


def _json_label(text: str) -> str:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    values = [content.get(key) for key in _CLASS_KEYS] if isinstance(content, dict) else [content]
    return next((str(value) for value in values if isinstance(value, str | int) and not isinstance(value, bool)), "")
