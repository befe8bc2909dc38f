"""Words for labels that are codes, such as ImageNet's folder names."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from core.errors import UsageError


def read_label_words(path: Path) -> dict[str, str]:
    """Return label -> words from lines such as `n01440764 tench, Tinca tinca`: the first term, or all where it names two labels.

    Raises UsageError.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The labels file {path} cannot be read ({error}); give a text file of lines `LABEL WORDS`.") from error
    pairs = [line.split(maxsplit=1) for line in lines if line.strip()]
    words = {pair[0]: pair[1].strip() for pair in pairs if len(pair) == 2}
    first_terms = Counter(text.split(",")[0] for text in words.values())
    return {label: text if first_terms[text.split(",")[0]] > 1 else text.split(",")[0] for label, text in words.items()}
