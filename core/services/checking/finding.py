"""What a check of the workspace finds: one sentence that says what is wrong and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FindingKind = Literal["wrong", "orphan", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`wrong`: something that is needed is missing or not what it should be; `orphan`: files that nothing refers to; `note`: the rest.

    `files` are what an orphan's finding would remove, relative to the workspace; n_bytes their size in all.
    """

    kind: FindingKind
    about: str
    text: str
    files: tuple[str, ...] = ()
    n_bytes: int = 0


def wrong(about: str, text: str) -> Finding:
    """Return a finding of something that must be mended."""
    return Finding("wrong", about, text)


def note(about: str, text: str) -> Finding:
    """Return a finding that is worth knowing, and nothing wrong."""
    return Finding("note", about, text)


def first_of(names: list[str]) -> str:
    """Return the first name, as a sentence about many of them shows it."""
    return names[0] if len(names) == 1 else f"first: {names[0]}"


def size_in_words(n_bytes: int) -> str:
    """Return a size in bytes as people read it: 512 B, 3.4 MB."""
    size = float(n_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:,.0f} {unit}" if unit == "B" else f"{size:,.1f} {unit}"
        size /= 1000
    return f"{size:,.1f} TB"
