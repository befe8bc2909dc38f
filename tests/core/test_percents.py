"""Shares in words."""

from __future__ import annotations

from core.percents import percent


def test_a_share_is_whole_percent_with_a_space_that_does_not_break() -> None:
    """The number and its sign stay on one line."""
    assert [percent(share) for share in (0, 0.344, 0.5, 1)] == ["0\u00a0%", "34\u00a0%", "50\u00a0%", "100\u00a0%"]
