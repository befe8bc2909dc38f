"""Shares in words, one way everywhere: a number, a space, the sign."""

from __future__ import annotations

from typing import Final

PERCENT_LABEL: Final = "format(100 * datum.value, '.0f') + ' %'"  # of a Vega axis


def percent(share: float) -> str:
    """Return a share as whole percent; the space does not break."""
    return f"{100 * share:.0f}\u00a0%"
