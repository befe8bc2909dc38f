"""What the text that names a network's source says. No torch here: requests are noted before anything heavy is loaded."""

from __future__ import annotations

from pathlib import Path

TIMM = "timm:"  # before a name of timm's: timm:resnet50.a1_in1k


def default_name(source: str) -> str:
    """Return the name a network gets when none is given: the source, timm-name, or the stem of a user's file."""
    return Path(source.rpartition(":")[0]).stem if ".py:" in source else source.replace(TIMM, "timm-", 1)


def absolute(source: str) -> str:
    """Return the source with the path of a file of one's own made absolute, so that it is found from any folder."""
    path, colon, function = source.rpartition(":")
    return f"{Path(path).expanduser().resolve()}:{function}" if colon and path.endswith(".py") else source
