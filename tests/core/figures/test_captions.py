"""The words below figures."""

from __future__ import annotations

import pytest

from core.figures.captions import points


@pytest.mark.parametrize(("value", "words"), [(0.1, "+10.0"), (-0.1, "−10.0"), (-0.0004, "+0.0"), (0.0, "+0.0"), (-0.0006, "−0.1")])
def test_points_have_a_sign_and_no_negative_zero(value: float, words: str) -> None:
    """A true minus; what rounds to nothing is not negative."""
    assert points(value) == words
