"""Sentences about synthetic images."""

from __future__ import annotations

from core.domain import Unit
from core.render_spec import RenderSpec
from core.standing import Standing
from dashboard import render_text

SPEC = RenderSpec("quick", 9, 64, 3)


def test_the_flag_is_of_the_mean() -> None:
    """Two images beyond nature do not save a set whose mean falls short; one that falls short does not damn one whose mean does not."""
    far, near = Standing(100.0, 1.0, 0.5), Standing(90.0, -4.0, -2.0)
    flag = render_text.flag([far, far, near])
    assert flag is not None and "0.33 sd short of" in flag and "2 of 3" in flag
    assert render_text.flag([far] * 5 + [near]) is None
    assert "level with" in (render_text.flag([Standing(50.0, 0.0, 0.0)]) or "")


def test_the_command_of_a_path() -> None:
    """A seed is named only where it is not the default."""
    assert render_text.path_command("tiny", Unit("a", 1), SPEC).endswith("--units a:1 --preset quick --seed 3")
    assert render_text.path_command("tiny", Unit("a", 1), RenderSpec("quick", 9, 64, 0)).endswith("--preset quick")
